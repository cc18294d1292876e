//! What happens between this torrent and others: speeds, pieces, people, web servers, trackers.

use protocol::{
    CloseReason, Command, Departed, Limits, Peer, State, TorrentDetail, TorrentView, TrackerView,
    WebSeedState, WebSeedView,
};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{History, Session};
use crate::view::chart::chart;
use crate::view::icon::Icon;
use crate::view::limits::limit_fields;
use crate::view::part::Part;
use crate::view::piece_map::PieceMap;
use crate::view::relaying::relay_only;
use crate::words::{self, quantity, reasons, visitors};

/// What happens between this torrent and other people. The engine sends `detail` a moment after the view opens.
pub(crate) fn swarm(
    torrent: &TorrentView,
    detail: Option<&TorrentDetail>,
    history: Option<&History>,
    session: &Session,
    controls: Controls,
) -> Html {
    let (all, money) = (session.preferences.limits, &session.money);
    let size = torrent.size.unwrap_or(0);
    let info_hash = torrent.info_hash;
    let recheck = Callback::from(move |_: MouseEvent| controls.command(Command::Recheck(info_hash)));
    html! {
        <aside class="swarm" aria-label={words::SWARM}>
            <section class="card" aria-labelledby="speed">
                <h2 id="speed">{ words::SPEED }</h2>
                <p class="speeds">
                    <span class="speed down">{ Icon::DOWN.draw() }<b>{ quantity::rate(torrent.down_rate) }</b>{ " " }{ words::RECEIVING }</span>
                    <span class="speed up">{ Icon::UP.draw() }<b>{ quantity::rate(torrent.up_rate) }</b>{ " " }{ words::GIVING }</span>
                </p>
                { chart(history.unwrap_or(&History::default())) }
                <dl class="totals">
                    <div><dt>{ words::RECEIVED }</dt><dd>{ quantity::size(torrent.downloaded) }</dd></div>
                    <div><dt>{ words::GIVEN }</dt><dd>{ quantity::size(torrent.uploaded) }</dd></div>
                    <div><dt>{ words::RATIO }</dt>
                        <dd>{ quantity::ratio(torrent.uploaded, torrent.downloaded, size) }</dd></div>
                </dl>
                if let Some(detail) = detail { { limits(detail, all, controls) } }
            </section>
            if let Some(detail) = detail {
                if let Some(pieces) = &detail.pieces {
                    <section class="card" aria-labelledby="pieces">
                        <div class="card-head">
                            <h2 id="pieces">{ words::PIECES }</h2>
                            if torrent.progress > 0.0 && torrent.state != State::Checking {
                                <button class="quiet" data-testid="recheck" title={words::RECHECK_WHY}
                                    onclick={recheck}>{ words::RECHECK }</button>
                            }
                        </div>
                        { PieceMap { pieces: pieces.clone() }.html() }
                    </section>
                }
                <section class="card">
                    <h2 id="people">{ words::people_connected(torrent.peers, torrent.seeds) }</h2>
                    if detail.peers.is_empty() {
                        <p class="hint">{ words::NOBODY }</p>
                    } else {
                        if torrent.progress < 1.0 && detail.peers.iter().all(|peer| peer.progress <= 0.0) {
                            <p class="hint">{ words::NOBODY_HAS_ANYTHING }</p>
                        }
                        { people(&detail.peers, money) }
                    }
                    if !detail.departed.is_empty() {
                        <h3>{ words::LEFT_LATELY }</h3>
                        <ul class="departed">{ for detail.departed.iter().map(departed) }</ul>
                    }
                    { relay_only(detail, session.has_relay, controls) }
                </section>
                if !detail.web_seeds.is_empty() {
                    <section class="card" aria-labelledby="web-seeds">
                        <h2 id="web-seeds">{ words::WEB_SEEDS }</h2>
                        <p class="hint">{ words::WEB_SEEDS_WHY }</p>
                        <ul class="addresses">{ for detail.web_seeds.iter().map(web_seed) }</ul>
                    </section>
                }
                <section class="card" aria-labelledby="more">
                    <details>
                        <summary id="more">{ words::MEETING_POINTS }</summary>
                        <ul class="addresses">{ for detail.trackers.iter().map(|tracker| meeting_point(tracker, torrent)) }</ul>
                        if let Some(comment) = &detail.comment { <p>{ words::comment(comment) }</p> }
                        if detail.private { <p>{ words::IS_PRIVATE }</p> }
                        if detail.wasted > 0 { <p>{ words::wasted(detail.wasted) }</p> }
                        <p class="hash">{ words::INFO_HASH }{ " " }<code class="mono">{ torrent.info_hash.to_string() }</code></p>
                    </details>
                </section>
            }
        </aside>
    }
}

/// What this torrent may trade, and what all together may.
fn limits(detail: &TorrentDetail, all: Limits, controls: Controls) -> Html {
    let info_hash = detail.info_hash;
    let limit = Callback::from(move |limits| controls.command(Command::Limit { info_hash, limits }));
    html! {
        <div class="limiting">
        <details key={info_hash.to_string()}>
            <summary data-testid="limits">
                { words::LIMITS }
                if let Some(own) = words::limits(detail.limits) { <span class="hint">{ own }</span> }
                if let Some(all) = words::limits(all) { <span class="hint">{ words::limits_with_all(&all) }</span> }
            </summary>
            { limit_fields(detail.limits, &limit) }
        </details>
        </div>
    }
}

/// Everyone who is connected, and what each gives and gets.
fn people(peers: &[Peer], money: &[(u32, String)]) -> Html {
    html! {
        <div class="scroll" tabindex="0" role="region" aria-labelledby="people">
            <table class="people">
                <thead>
                    <tr>
                        <th scope="col">{ words::WHO }</th>
                        <th scope="col">{ words::HAS }</th>
                        <th scope="col">{ words::GIVES }</th>
                        <th scope="col">{ words::GETS }</th>
                    </tr>
                </thead>
                <tbody>
                    { for peers.iter().map(|peer| html! {
                        <tr key={peer.key}>
                            <th scope="row">
                                { client(&peer.client) }
                                <span class="hint">{ words::peer(peer) }if peer.introduced { { " · " }{ words::INTRODUCED } }</span>
                                if let Some((_, text)) = money.iter().find(|(key, _)| *key == peer.key) {
                                    <span class="hint" data-testid="peer-money">{ text }</span>
                                }
                            </th>
                            <td class={classes!((peer.progress >= 1.0).then_some("done"))} data-testid="peer-has">
                                { visitors::has(peer) }
                            </td>
                            <td>{ quantity::size(peer.downloaded) }<span class="hint">{ rate(peer.down_rate) }</span></td>
                            <td>{ quantity::size(peer.uploaded) }<span class="hint">{ rate(peer.up_rate) }</span></td>
                        </tr>
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Somebody who is not connected any more.
fn departed(departed: &Departed) -> Html {
    let reason = departed.reason.map_or("left", CloseReason::name);
    html! {
        <li key={departed.key} data-testid="departed" data-reason={reason}>
            { client(&departed.client) }
            <span class="hint">{ reasons::departure(departed.reason) }</span>
        </li>
    }
}

/// Somebody's program.
fn client(client: &str) -> String {
    if client.is_empty() { words::UNKNOWN_CLIENT.into() } else { client.to_owned() }
}

fn rate(rate: u64) -> String {
    if rate == 0 { "–".to_owned() } else { quantity::rate(rate) }
}

fn web_seed(web_seed: &WebSeedView) -> Html {
    let state = match web_seed.state {
        WebSeedState::Withheld => "withheld",
        WebSeedState::Ready => "ready",
        WebSeedState::Giving => "giving",
        WebSeedState::Failed { .. } => "failed",
    };
    html! {
        <li key={web_seed.url.clone()} data-testid="web-seed" data-state={state}
            data-downloaded={web_seed.downloaded.to_string()}>
            <code class="mono">{ &web_seed.url }</code>
            <span class="hint">{ words::web_seed(web_seed) }</span>
        </li>
    }
}

fn meeting_point(tracker: &TrackerView, torrent: &TorrentView) -> Html {
    html! {
        <li key={tracker.url.clone()}>
            <code class="mono">{ &tracker.url }</code>
            <span class="hint">{ words::tracker(&tracker.state, torrent) }</span>
        </li>
    }
}
