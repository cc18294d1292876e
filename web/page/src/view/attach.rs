//! What a share needs after a reload: access to the user's files.

use metainfo::InfoHash;
use protocol::FileView;
use wasm_bindgen::prelude::*;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::view::icon::Icon;
use crate::view::list::grant_button;
use crate::words;

/// Asks for access to the files again or, if the page has no handles of them, for the files themselves.
/// `wanted` are the files in torrent order.
pub(crate) fn attach_panel(
    info_hash: InfoHash,
    forgotten: bool,
    wanted: Vec<FileView>,
    controls: Controls,
) -> Html {
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
                <p>{ if forgotten { words::CHOOSE_AGAIN } else { words::ALLOW_AGAIN } }</p>
                if forgotten {
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
                    { grant_button(info_hash, controls) }
                }
            </div>
        </div>
    }
}
