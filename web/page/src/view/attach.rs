//! What a share needs after a reload: access to the user's files.

use metainfo::InfoHash;
use protocol::{DataSource, Problem, TorrentView};
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::session::List;
use crate::view::icon::Icon;
use crate::view::list::grant_button;
use crate::words;

/// Asks for access to the files again or, if the page has no handles of them, for the files themselves.
pub(crate) fn attach_panel(torrent: &TorrentView, forgotten: bool, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let (class, icon, why) = match &torrent.problem {
        Some(Problem::FileChanged { path }) => ("panel bad", Icon::WARNING, words::files_changed(path)),
        _ if forgotten => ("panel", Icon::INFO, words::CHOOSE_AGAIN.into()),
        _ => ("panel", Icon::INFO, words::ALLOW_AGAIN.into()),
    };
    html! {
        <div {class} data-testid="notice">
            { icon.draw() }
            <div>
                <p>{ why }</p>
                <div class="actions">
                    if forgotten {
                        { choose_again(vec![info_hash], "attach-files", controls) }
                    } else {
                        { grant_button(info_hash, controls) }
                    }
                </div>
            </div>
        </div>
    }
}

/// The same for all shares that wait for their files, where there are several: whatever can be allowed, with one press, and
/// one choice of files for all that the page has no handles of.
pub(crate) fn attach_all_panel(list: &List, controls: Controls) -> Html {
    let waiting = list.torrents.iter().filter(|torrent| torrent.source == DataSource::FilesMissing);
    let waiting: Vec<InfoHash> = waiting.map(|torrent| torrent.info_hash).collect();
    if waiting.len() < 2 {
        return Html::default();
    }
    let is_forgotten = |info_hash: &InfoHash| list.without_handles.contains_key(info_hash);
    let known: Vec<InfoHash> = waiting.iter().copied().filter(|waits| !is_forgotten(waits)).collect();
    let some_forgotten = known.len() < waiting.len();
    let count = waiting.len() as u64;
    html! {
        <div class="panel" data-testid="notice">
            { Icon::INFO.draw() }
            <div>
                <p>{ words::shares_wait(count) }</p>
                <div class="actions">
                    if !known.is_empty() {
                        <button class="primary" data-testid="grant-all"
                            onclick={move |_: MouseEvent| controls.grant_access_to_all(&known)}>{ words::GRANT }</button>
                    }
                    if some_forgotten { { choose_again(waiting, "attach-all", controls) } }
                </div>
            </div>
        </div>
    }
}

/// Two ways to choose files again.
fn choose_again(waiting: Vec<InfoHash>, testid: &'static str, controls: Controls) -> Html {
    let attach = attach(waiting, controls);
    html! {
        <>
            <label class="button primary">
                { words::CHOOSE_FILES }
                <input type="file" multiple=true class="unseen" data-testid={testid} onchange={attach.clone()} />
            </label>
            <label class="button">
                { words::CHOOSE_FOLDER }
                <input type="file" multiple=true class="unseen" webkitdirectory=true onchange={attach} />
            </label>
        </>
    }
}

/// Takes files that the user chose again for these torrents.
pub(crate) fn attach(waiting: Vec<InfoHash>, controls: Controls) -> Callback<Event> {
    Callback::from(move |event: Event| {
        if let Some(chosen) = Chosen::of_event(&event) {
            controls.attach_chosen(waiting.clone(), chosen);
        }
    })
}
