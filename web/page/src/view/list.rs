//! The torrents of this browser.

use std::collections::BTreeMap;
use std::rc::Rc;

use metainfo::InfoHash;
use protocol::{Command, DataSource, ShareId, State, TorrentView};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::link;
use crate::session::{Share, Stage, View, state_attribute};
use crate::view::copy::CopyButton;
use crate::view::icon::Icon;
use crate::words::{self, quantity};

#[derive(PartialEq, Properties)]
pub(crate) struct ListProps {
    pub(crate) torrents: Rc<Vec<TorrentView>>,
    /// Shares whose link is being made.
    pub(crate) shares: BTreeMap<ShareId, Share>,
    /// What is in view, and shown there.
    pub(crate) view: View,
}

/// Every torrent, and every share that is becoming one, but for what is in view; each as one row.
#[component]
pub(crate) fn List(props: &ListProps) -> Html {
    let ListProps { torrents, shares, view } = props;
    let shown = torrents.iter().filter(|torrent| *view != View::Torrent(torrent.info_hash));
    let hashing = shares.iter().rev().filter(|(id, _)| *view != View::Share(**id));
    html! {
        <ul class="list">
            { for hashing.filter_map(|(id, share)| match share.stage {
                Stage::Hashing(done) => Some(html! {
                    <HashingRow key={format!("share {}", id.0)} id={*id} name={share.name().to_owned()}
                        progress={share.hashed(done)} />
                }),
                Stage::Done(_) => None,
            }) }
            { for shown.map(|torrent| html! {
                <Row key={torrent.info_hash.to_string()} torrent={torrent.clone()} />
            }) }
        </ul>
    }
}

#[derive(PartialEq, Properties)]
struct RowProps {
    torrent: TorrentView,
}

#[component]
fn Row(props: &RowProps) -> Html {
    let torrent = &props.torrent;
    let info_hash = torrent.info_hash;
    let controls = use_context::<Controls>().expect("the list is inside the page");
    let open = Callback::from(move |_: MouseEvent| controls.show(View::Torrent(info_hash)));
    let complete = torrent.state == State::Seeding;
    let share = link::share_link(&browser::address(), &torrent.magnet);
    html! {
        <li class="row card" data-testid="torrent" data-info-hash={info_hash.to_string()}
            data-state={state_attribute(torrent.state)} data-progress={torrent.progress.to_string()}
            data-peers={torrent.peers.to_string()} data-down={torrent.down_rate.to_string()}
            data-up={torrent.up_rate.to_string()} data-downloaded={torrent.downloaded.to_string()}
            data-uploaded={torrent.uploaded.to_string()}>
            <div class="row-text">
                <h3>
                    <button class="row-open" data-testid="open-torrent" onclick={open}>{ words::name_of(torrent) }</button>
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
                <Bar torrent={torrent.clone()} />
                <p class="status">{ words::status(torrent) }</p>
            </div>
            <div class="row-actions">
                <CopyButton value={share} class={classes!(complete.then_some("tinted"))} />
                if torrent.source == DataSource::FilesMissing {
                    <GrantButton {info_hash} />
                } else if !complete {
                    <PauseButton {info_hash} state={torrent.state} />
                }
            </div>
        </li>
    }
}

#[derive(PartialEq, Properties)]
struct HashingRowProps {
    id: ShareId,
    name: String,
    progress: f32,
}

/// A share whose link is being made.
#[component]
fn HashingRow(props: &HashingRowProps) -> Html {
    let HashingRowProps { id, name, progress } = props;
    let controls = use_context::<Controls>().expect("the list is inside the page");
    let id = *id;
    let open = Callback::from(move |_: MouseEvent| controls.show(View::Share(id)));
    html! {
        <li class="row card">
            <div class="row-text">
                <h3><button class="row-open" onclick={open}>{ name }</button></h3>
                <progress max="1" value={progress.to_string()} aria-label={words::PROGRESS} />
                <p class="status">{ words::making_link(&quantity::percent(*progress)) }</p>
            </div>
        </li>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct BarProps {
    pub(crate) torrent: TorrentView,
}

/// How much of a torrent is here, or checked.
#[component]
pub(crate) fn Bar(props: &BarProps) -> Html {
    let torrent = &props.torrent;
    let class = match torrent.state {
        State::Seeding => "done",
        State::Error => "bad",
        State::Paused => "still",
        State::Metadata | State::Checking | State::Downloading => "",
    };
    html! {
        <progress {class} max="1" value={torrent.progress.to_string()} aria-label={words::PROGRESS}>
            { quantity::percent(torrent.progress) }
        </progress>
    }
}

#[derive(PartialEq, Properties)]
pub(crate) struct PauseButtonProps {
    pub(crate) info_hash: InfoHash,
    pub(crate) state: State,
}

/// Stops all traffic of a torrent, or goes on.
#[component]
pub(crate) fn PauseButton(props: &PauseButtonProps) -> Html {
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let stopped = matches!(props.state, State::Paused | State::Error);
    let command = if stopped { Command::Resume(props.info_hash) } else { Command::Pause(props.info_hash) };
    let click = Callback::from(move |_: MouseEvent| controls.command(command.clone()));
    let (icon, text, testid) =
        if stopped { (Icon::RESUME, words::RESUME, "resume") } else { (Icon::PAUSE, words::PAUSE, "pause") };
    html! { <button data-testid={testid} onclick={click}>{ icon.draw() }{ text }</button> }
}

#[derive(PartialEq, Properties)]
pub(crate) struct GrantButtonProps {
    pub(crate) info_hash: InfoHash,
}

/// Asks for access to the user's files again.
#[component]
pub(crate) fn GrantButton(props: &GrantButtonProps) -> Html {
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let info_hash = props.info_hash;
    let click = Callback::from(move |_: MouseEvent| controls.grant_access(info_hash));
    html! { <button class="primary" data-testid="grant-access" onclick={click}>{ words::GRANT }</button> }
}
