//! One torrent, or a share that is becoming one: the page that opens when something is added.

use protocol::{DataSource, FileView, Problem, TorrentView};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{Dialog, Session, View, state_attribute};
use crate::view::app::HEADING;
use crate::view::attach::AttachPanel;
use crate::view::files::{Entry, Files};
use crate::view::home::Add;
use crate::view::icon::Icon;
use crate::view::list::{Bar, List, PauseButton};
use crate::view::share_form::ShareForm;
use crate::view::share_panel::{Hashing, SharePanel};
use crate::view::swarm::Swarm;
use crate::words;

#[derive(PartialEq, Properties)]
pub(crate) struct TorrentPageProps {
    pub(crate) session: UseReducerHandle<Session>,
    pub(crate) view: View,
}

/// One torrent, or a share that is becoming one. The two look alike, so that nothing jumps when hashing ends.
#[component]
pub(crate) fn TorrentPage(props: &TorrentPageProps) -> Html {
    let session = &props.session;
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let back = Callback::from(move |_: MouseEvent| controls.show(View::Home));
    let (info_hash, share) = match props.view {
        View::Home => (None, None),
        View::Share(id) => (None, session.shares.get(&id).map(|share| (id, share))),
        View::Torrent(info_hash) => (Some(info_hash), session.share_of(info_hash)),
    };
    let torrent = info_hash.and_then(|info_hash| session.torrent(info_hash));
    let detail = session.detail.as_ref().filter(|detail| Some(detail.info_hash) == info_hash);
    let name = match (torrent, share) {
        (Some(torrent), _) => words::name_of(torrent),
        (None, Some((_, share))) => share.name().to_owned(),
        (None, None) => words::OPENING.to_owned(),
    };
    let contents = match (torrent, share) {
        (Some(torrent), _) => words::contents(torrent),
        (None, Some((_, share))) => words::size_and_files(share.size(), share.files.len() as u64),
        (None, None) => String::new(),
    };
    let entries: Vec<Entry> = match (detail, share) {
        (Some(detail), _) => detail.files.iter().map(Entry::of_torrent).collect(),
        (None, Some((_, share))) => share.files.iter().map(Entry::of_share).collect(),
        (None, None) => Vec::new(),
    };
    // What was shared from here has its link first, what is fetched has its files first.
    let ours = share.is_some() || torrent.is_some_and(|torrent| torrent.source != DataSource::Browser);
    let link = match (torrent, share) {
        (Some(torrent), share) => {
            let keepable = share.is_some() || torrent.source != DataSource::Browser;
            html! { <SharePanel torrent={torrent.clone()} {keepable} /> }
        }
        (None, Some((id, share))) => html! { <Hashing {id} share={share.clone()} /> },
        (None, None) => Html::default(),
    };
    let form = share.map(|(id, share)| html! { <ShareForm key={id.0} {id} share={share.clone()} /> });
    let source = torrent.map_or(DataSource::Files, |torrent| torrent.source);
    let files = html! {
        if !entries.is_empty() {
            <Files {info_hash} {entries} downloaded={source == DataSource::Browser && !ours} />
        }
    };
    html! {
        <>
            <button class="quiet back" onclick={back}>{ Icon::BACK.draw() }{ words::BACK }</button>
            <article class="torrent" data-testid={torrent.map(|_| "torrent")}
                data-info-hash={torrent.map(|torrent| torrent.info_hash.to_string())}
                data-state={torrent.map(|torrent| state_attribute(torrent.state))}
                data-progress={torrent.map(|torrent| torrent.progress.to_string())}
                data-peers={torrent.map(|torrent| torrent.peers.to_string())}
                data-down={torrent.map(|torrent| torrent.down_rate.to_string())}
                data-up={torrent.map(|torrent| torrent.up_rate.to_string())}
                data-downloaded={torrent.map(|torrent| torrent.downloaded.to_string())}
                data-uploaded={torrent.map(|torrent| torrent.uploaded.to_string())}>
                <div class="content">
                    <header class="head">
                        <h1 id={HEADING} tabindex="-1">{ name }</h1>
                        <p class="facts">{ contents }</p>
                        if let Some(torrent) = torrent {
                            <Progress torrent={torrent.clone()} />
                        }
                    </header>
                    if let Some(torrent) = torrent {
                        <Obstacles torrent={torrent.clone()} files={detail.map(|detail| detail.files.clone()).unwrap_or_default()}
                            forgotten={session.without_handles.contains(&torrent.info_hash)} />
                    }
                    if ours { { link.clone() }{ form }{ files.clone() } } else { { files }{ link } }
                </div>
                if let Some(torrent) = torrent {
                    <Swarm torrent={torrent.clone()} detail={detail.cloned()}
                        history={session.history.get(&torrent.info_hash).cloned().unwrap_or_default()} />
                }
            </article>
            if session.has_others() {
                <section class="others" aria-labelledby="others">
                    <h2 id="others">{ words::OTHER_FILES }</h2>
                    <List torrents={session.torrents.clone()} shares={session.shares.clone()} view={session.view} />
                </section>
            }
            <section class="others" aria-labelledby="add">
                <h2 id="add">{ words::ADD_MORE }</h2>
                <Add />
            </section>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct ProgressProps {
    torrent: TorrentView,
}

/// How far a torrent is, in words and as a bar, and what can be done with it as a whole.
#[component]
fn Progress(props: &ProgressProps) -> Html {
    let torrent = &props.torrent;
    let controls = use_context::<Controls>().expect("torrents are inside the page");
    let info_hash = torrent.info_hash;
    let remove = Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::Remove(info_hash))));
    html! {
        <>
            <Bar torrent={torrent.clone()} />
            <p class="status">{ words::status(torrent) }</p>
            // Screen readers hear of changes of state, and not of every percent.
            <p class="unseen" role="status">{ words::state(torrent.state) }</p>
            <div class="actions">
                <PauseButton {info_hash} state={torrent.state} />
                <button data-testid="remove" onclick={remove}>{ Icon::REMOVE.draw() }{ words::REMOVE }</button>
            </div>
        </>
    }
}

#[derive(PartialEq, Properties)]
struct ObstaclesProps {
    torrent: TorrentView,
    /// Whether the page has no handles of its files.
    forgotten: bool,
    files: Vec<FileView>,
}

/// What keeps a torrent from working, and what to do.
#[component]
fn Obstacles(props: &ObstaclesProps) -> Html {
    let torrent = &props.torrent;
    html! {
        <>
            if torrent.source == DataSource::FilesMissing {
                <AttachPanel info_hash={torrent.info_hash} forgotten={props.forgotten} files={props.files.clone()} />
            } else if let Some(problem) = &torrent.problem {
                // Being alone is no fault.
                <div class={classes!("panel", (*problem != Problem::NoPeers).then_some("bad"))} data-testid="notice">
                    { if *problem == Problem::NoPeers { Icon::INFO } else { Icon::WARNING }.draw() }
                    <p>{ words::problem(problem, torrent) }</p>
                </div>
            }
        </>
    }
}
