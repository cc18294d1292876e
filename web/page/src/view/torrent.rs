//! One torrent, or a share that is becoming one: the page that opens when something is added.

use protocol::tips::TipsView;
use protocol::{DataSource, Problem, TorrentDetail, TorrentView};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::session::{Dialog, Session, View, source_attribute, state_attribute};
use crate::view::app::HEADING;
use crate::view::attach::attach_panel;
use crate::view::files::{Entry, Files};
use crate::view::home::add;
use crate::view::icon::Icon;
use crate::view::list::{bar, list, pause_button};
use crate::view::player::Player;
use crate::view::share_form::share_form;
use crate::view::share_panel::{SharePanel, hashing};
use crate::view::swarm::swarm;
use crate::view::tips::Tips;
use crate::words::{self, quantity, visitors};

/// One torrent, or a share that is becoming one. The two look alike, so that nothing jumps when hashing ends.
pub(crate) fn torrent_page(session: &Session, view: View, controls: &Controls) -> Html {
    let back = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.show(View::Home))
    };
    let (info_hash, share) = match view {
        View::Home | View::Debug => (None, None),
        View::Share(id) => (None, session.shares.get(&id).map(|share| (id, share))),
        View::Torrent(info_hash) => (Some(info_hash), session.share_of(info_hash)),
    };
    let torrent = info_hash.and_then(|info_hash| session.torrent(info_hash));
    let detail = session.detail.as_deref().filter(|detail| Some(detail.info_hash) == info_hash);
    let name = match (torrent, share) {
        (Some(torrent), _) => words::name_of(torrent),
        (None, Some((_, share))) => share.name().to_owned(),
        (None, None) => words::OPENING.into(),
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
            html! { <SharePanel controls={controls.clone()} torrent={torrent.clone()} {keepable} notifies={session.notifies} /> }
        }
        (None, Some((id, share))) => hashing(id, share, controls),
        (None, None) => Html::default(),
    };
    let form = share.map(|(id, share)| share_form(id, share, session.usual_chain, controls));
    let slow = share.filter(|(_, share)| !share.slow.is_empty()).map(|(_, share)| html! {
        <div class="panel" data-testid="slow-start">{ Icon::INFO.draw() }<p>{ words::starts_slowly(&share.slow) }</p></div>
    });
    let source = torrent.map_or(DataSource::Files, |torrent| torrent.source);
    let save = info_hash.and_then(|info_hash| session.save_of(info_hash));
    let files = html! {
        if !entries.is_empty() {
            <Files controls={controls.clone()} {info_hash} {entries} {save} downloaded={source == DataSource::Browser && !ours} />
        }
    };
    let player = detail.map(|detail| html! {
        <Player key={detail.info_hash.to_string()} controls={controls.clone()} info_hash={detail.info_hash}
            files={detail.files.clone()} pieces={detail.pieces.clone()} streaming={session.streaming} />
    });
    let tips =
        torrent.zip(detail).filter(|(torrent, detail)| has_tips(torrent, detail)).map(|(torrent, detail)| {
            let view = TipsView {
                info_hash: detail.info_hash,
                name: words::name_of(torrent),
                magnet: browser::fragment(),
                payment_options: detail.payment_options.clone(),
                endorsements: detail.endorsements.clone(),
            };
            html! {
                <Tips key={detail.info_hash.to_string()} controls={controls.clone()} torrent={view}
                    claims={session.claims.clone()} networks={session.networks.clone()} />
            }
        });
    html! {
        <>
            <button class="quiet back" onclick={back}>{ Icon::BACK.draw() }{ words::BACK }</button>
            <article class="torrent" data-testid={torrent.map(|_| "torrent")}
                data-info-hash={torrent.map(|torrent| torrent.info_hash.to_string())}
                data-state={torrent.map(|torrent| state_attribute(torrent.state))}
                data-source={torrent.map(|torrent| source_attribute(torrent.source))}
                data-progress={torrent.map(|torrent| quantity::fraction(torrent.progress))}
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
                            { progress(torrent, controls) }
                        }
                    </header>
                    if let Some(torrent) = torrent {
                        { standing(session, torrent, detail, controls) }
                    }
                    if ours {
                        { link.clone() }{ form }{ slow }{ player.clone() }{ files.clone() }{ tips.clone() }
                    } else {
                        { player }{ tips }{ files }{ link }
                    }
                </div>
                if let Some(torrent) = torrent {
                    { swarm(torrent, detail, session.history.get(&torrent.info_hash), session.preferences.limits, controls) }
                }
            </article>
            if session.has_others() {
                <section class="others" aria-labelledby="others">
                    <h2 id="others">{ words::OTHER_FILES }</h2>
                    { list(session, controls) }
                </section>
            }
            <section class="others" aria-labelledby="add">
                <h2 id="add">{ words::ADD_MORE }</h2>
                { add(controls) }
            </section>
        </>
    }
}

/// Whether there is anything to say of tips: somebody is named, by the torrent or the link that led here, or the user came
/// to tip.
fn has_tips(torrent: &TorrentView, detail: &TorrentDetail) -> bool {
    let described = torrent.size.is_some();
    let linked = || browser::fragment().contains("x.btt=");
    described && (!detail.payment_options.is_empty() || linked() || browser::asks_for_tip())
}

/// How far a torrent is, in words and as a bar, and what can be done with it as a whole.
fn progress(torrent: &TorrentView, controls: &Controls) -> Html {
    let info_hash = torrent.info_hash;
    let remove = {
        let controls = controls.clone();
        Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::Remove(info_hash))))
    };
    html! {
        <>
            { bar(torrent) }
            <p class="status">{ words::status(torrent) }</p>
            // Screen readers hear of changes of state, and not of every percent.
            <p class="unseen" role="status">{ words::state(torrent.state) }</p>
            <div class="actions">
                { pause_button(torrent, controls) }
                <button data-testid="remove" onclick={remove}>{ Icon::REMOVE.draw() }{ words::REMOVE }</button>
            </div>
        </>
    }
}

/// What keeps a torrent from working and what to do, or that nobody needs it any more.
fn standing(
    session: &Session,
    torrent: &TorrentView,
    detail: Option<&TorrentDetail>,
    controls: &Controls,
) -> Html {
    let info_hash = torrent.info_hash;
    if let Some(told) = visitors::through(torrent) {
        return html! {
            <div class="panel good" role="status" data-testid="through">{ Icon::CHECK.draw() }<p>{ told }</p></div>
        };
    }
    if torrent.source == DataSource::FilesMissing {
        let forgotten = session.without_handles.contains(&info_hash);
        let files = detail.map(|detail| detail.files.clone()).unwrap_or_default();
        return attach_panel(info_hash, forgotten, files, controls);
    }
    let Some(problem) = &torrent.problem else { return Html::default() };
    // Being alone is no fault.
    let (class, icon) =
        if *problem == Problem::NoPeers { ("panel", Icon::INFO) } else { ("panel bad", Icon::WARNING) };
    html! {
        <div {class} data-testid="notice">
            { icon.draw() }
            <p>{ words::problem(problem, torrent) }</p>
        </div>
    }
}
