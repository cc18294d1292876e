//! What a share needs after a reload: access to the user's files.

use metainfo::InfoHash;
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::view::icon::Icon;
use crate::view::list::grant_button;
use crate::words;

/// Asks for access to the files again or, if the page has no handles of them, for the files themselves.
pub(crate) fn attach_panel(info_hash: InfoHash, forgotten: bool, controls: Controls) -> Html {
    let attach = attach(info_hash, controls);
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

/// Takes files that the user chose again for a torrent.
pub(crate) fn attach(info_hash: InfoHash, controls: Controls) -> Callback<Event> {
    Callback::from(move |event: Event| {
        if let Some(chosen) = Chosen::of_event(&event) {
            controls.attach_chosen(info_hash, chosen);
        }
    })
}
