//! The torrents of this browser.

use metainfo::{InfoHash, visible};
use protocol::{Command, DataSource, ShareId, State, TorrentView};
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::contract;
use crate::controls::Controls;
use crate::session::{Action, Picked, Session, View};
use crate::view::attach::attach;
use crate::view::copy::CopyButton;
use crate::view::growing::use_growing;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words::{self, quantity};

/// Every torrent, and every share that is becoming one, but for what is in view; each as one row.
pub(crate) fn list(session: &Session, controls: Controls) -> Html {
    let view = session.shown.view;
    let shown = session.list.torrents.iter().filter(|torrent| view != View::Torrent(torrent.info_hash));
    let hashing = session.work.hashing().filter(|(id, _)| view != View::Share(*id));
    let hashing = hashing.map(|(id, share)| hashing_row(id, share.name(), share.hashed(), controls));
    let rows: Vec<Html> = hashing
        .chain(shown.map(|torrent| {
            let forgotten = session.list.without_handles.contains_key(&torrent.info_hash);
            row(torrent, forgotten, session.shown.picked.as_ref(), controls)
        }))
        .collect();
    List { rows }.html()
}

#[derive(PartialEq)]
struct List {
    rows: Vec<Html>,
}

impl Part for List {
    const NAME: &'static str = "list";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_list(self).run(hooks)
    }
}

#[hook]
fn use_list(props: &List) -> Html {
    let (shown, end) = use_growing(props.rows.len(), ());
    html! { <ul class="list">{ for props.rows[..shown].iter().cloned() }{ for end }</ul> }
}

/// One torrent; no handles lead to its files if they are `forgotten`. While the user picks, it can be picked and nothing
/// else.
fn row(torrent: &TorrentView, forgotten: bool, picked: Option<&Picked>, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let open = Callback::from(move |_: MouseEvent| controls.show(View::Torrent(info_hash)));
    let row = html! {
        <li key={info_hash.to_string()} class="row card">
            <div class="row-text">
                <h3>
                    if let Some(picked) = picked {
                        { pick(torrent, picked.contains(info_hash), controls) }
                    } else {
                        <button class="row-open" data-testid="open-torrent" dir="auto" onclick={open}>{ words::name_of(torrent) }</button>
                    }
                </h3>
                <p class="facts">
                    <span>{ words::contents(torrent) }</span>
                    if torrent.down_rate > 0 {
                        <span class="speed">{ Icon::DOWN.draw() }{ quantity::rate(torrent.down_rate) }</span>
                    }
                    if torrent.up_rate > 0 {
                        <span class="speed">{ Icon::UP.draw() }{ quantity::rate(torrent.up_rate) }</span>
                    }
                </p>
                { bar(torrent) }
                <p class="status">{ words::status(torrent) }</p>
            </div>
            if picked.is_none() { { actions(torrent, forgotten, controls) } }
        </li>
    };
    contract::mark(row, torrent)
}

/// What people do most with a torrent of the list.
fn actions(torrent: &TorrentView, forgotten: bool, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let complete = torrent.state == State::Seeding;
    let copy = CopyButton {
        controls,
        value: controls.share_link(&torrent.magnet).into(),
        text: words::COPY_LINK,
        testid: "copy-link",
        leads_to: Some(info_hash),
        class: classes!(complete.then_some("tinted")),
    };
    html! {
        <div class="row-actions">
            { copy.html() }
            if torrent.source == DataSource::FilesMissing && forgotten {
                <label class="button primary">
                    { words::CHOOSE_FILES }
                    <input type="file" multiple=true class="unseen" data-testid="attach-files" onchange={attach(vec![info_hash], controls)} />
                </label>
            } else if torrent.source == DataSource::FilesMissing {
                { grant_button(info_hash, controls) }
            } else if !complete {
                { pause_button(torrent, controls) }
            }
        </div>
    }
}

/// Picks a torrent, or leaves it; with Shift, all from the last one to it.
fn pick(torrent: &TorrentView, picked: bool, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let onclick = Callback::from(move |event: MouseEvent| {
        controls.dispatch(Action::Pick { info_hash, range: event.shift_key() });
    });
    html! {
        <label class="row-open pick">
            <input type="checkbox" checked={picked} data-testid="pick" {onclick} />
            <span dir="auto">{ words::name_of(torrent) }</span>
        </label>
    }
}

/// A share whose link is being made.
fn hashing_row(id: ShareId, name: &str, progress: f32, controls: Controls) -> Html {
    let open = Callback::from(move |_: MouseEvent| controls.show(View::Share(id)));
    html! {
        <li key={format!("share {}", id.0)} class="row card">
            <div class="row-text">
                <h3><button class="row-open" dir="auto" onclick={open}>{ visible(name).into_owned() }</button></h3>
                <progress max="1" value={quantity::fraction(progress)} aria-label={words::PROGRESS} />
                <p class="status">{ words::making_link(&quantity::percent(progress)) }</p>
            </div>
        </li>
    }
}

/// How much of a torrent is here, or checked.
pub(crate) fn bar(torrent: &TorrentView) -> Html {
    let class = match torrent.state {
        State::Seeding => "done",
        State::Error => "bad",
        State::Paused => "still",
        State::Metadata | State::Checking | State::Downloading => "",
    };
    html! {
        <progress {class} max="1" value={quantity::fraction(torrent.progress)} aria-label={words::PROGRESS}>
            { quantity::percent(torrent.progress) }
        </progress>
    }
}

/// Stops all traffic of a torrent, or goes on.
pub(crate) fn pause_button(torrent: &TorrentView, controls: Controls) -> Html {
    let info_hash = torrent.info_hash;
    let stopped = matches!(torrent.state, State::Paused | State::Error);
    let click = Callback::from(move |_: MouseEvent| {
        controls.command(if stopped { Command::Resume(info_hash) } else { Command::Pause(info_hash) });
    });
    let (icon, text, testid) =
        if stopped { (Icon::RESUME, words::RESUME, "resume") } else { (Icon::PAUSE, words::PAUSE, "pause") };
    html! { <button data-testid={testid} onclick={click}>{ icon.draw() }{ text }</button> }
}

/// Asks for access to the user's files again.
pub(crate) fn grant_button(info_hash: InfoHash, controls: Controls) -> Html {
    let click = Callback::from(move |_: MouseEvent| controls.grant_access(info_hash));
    html! { <button class="primary" data-testid="grant-access" onclick={click}>{ words::GRANT }</button> }
}
