//! What a share needs after a reload: access to the user's files.

use metainfo::InfoHash;
use protocol::FileView;
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::view::icon::Icon;
use crate::view::list::GrantButton;
use crate::words;

#[derive(PartialEq, Properties)]
pub(crate) struct AttachPanelProps {
    pub(crate) info_hash: InfoHash,
    /// Whether the page has no handles of the files, so that the user must choose them again.
    pub(crate) forgotten: bool,
    /// The files in torrent order.
    pub(crate) files: Vec<FileView>,
}

/// Asks for access to the files again, or for the files themselves.
#[component]
pub(crate) fn AttachPanel(props: &AttachPanelProps) -> Html {
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let (info_hash, wanted) = (props.info_hash, props.files.clone());
    let attach = Callback::from(move |event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        if let Some(files) = input.and_then(|input| input.files()) {
            controls.attach_chosen(info_hash, &wanted, &Chosen::from_input(&files));
        }
    });
    html! {
        <div class="panel" data-testid="notice">
            { Icon::INFO.draw() }
            <div>
                <p>{ if props.forgotten { words::CHOOSE_AGAIN } else { words::ALLOW_AGAIN } }</p>
                if props.forgotten {
                    <div class="actions">
                        <label class="button primary">
                            { words::CHOOSE_FILES }
                            <input type="file" multiple=true class="unseen" data-testid="attach-files"
                                onchange={attach.clone()} />
                        </label>
                        <label class="button">
                            { words::CHOOSE_FOLDER }
                            <input type="file" multiple=true class="unseen" webkitdirectory=true onchange={attach} />
                        </label>
                    </div>
                } else {
                    <GrantButton {info_hash} />
                }
            </div>
        </div>
    }
}
