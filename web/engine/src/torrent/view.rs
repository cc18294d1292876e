//! One torrent as people see it.

use metainfo::{FileSpan, Info};
use protocol::{
    DataSource, Departed, Exposure, FileView, Peer, PieceMap, Problem, RelayFault, Seal, State,
    TorrentDetail, TorrentView, TrackerView, WebSeedState, WebSeedView,
};
use session::{Hindrance, Policy};
use swarm::{Departure, PeerKey, PeerSnapshot, Priority, Snapshot, Time};
use wire::Bitfield;

use super::Torrent;
use crate::error::seal_fault;

/// What a torrent cannot know of itself.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    /// The trackers that every torrent of this deployment has, for its link.
    pub(crate) link_trackers: &'a [String],
    /// The browser refuses to make peer connections.
    pub(crate) no_webrtc: bool,
    /// Its peers are to be met through relays alone, and this keeps them from it.
    pub(crate) no_relay: Option<RelayFault>,
    /// What keeps it from working although nothing stopped it.
    pub(crate) hindrance: Option<Hindrance>,
}

/// A torrent's line in the list, by a `snapshot` of its engine.
pub(crate) fn view(torrent: &Torrent, snapshot: Option<&Snapshot>, around: Surroundings<'_>) -> TorrentView {
    let state = state(torrent.state(snapshot.map(|snapshot| snapshot.phase)));
    let no_connections = if around.no_webrtc {
        Some(Problem::NoWebRtc)
    } else {
        let is_alone = snapshot.is_none_or(|snapshot| snapshot.peers.is_empty());
        around.no_relay.filter(|_| is_alone).map(Problem::NoRelay)
    };
    let (downloaded, uploaded) = torrent.traded_ever();
    let (down_rate, up_rate, left, peers) = snapshot.map_or((0, 0, 0, &[][..]), |snapshot| {
        (snapshot.down_rate, snapshot.up_rate, snapshot.left, &snapshot.peers[..])
    });
    let visits = snapshot.map(|snapshot| snapshot.visits).unwrap_or_default();
    let giving = snapshot.iter().flat_map(|snapshot| &snapshot.web_seeds);
    let giving = giving.filter(|web_seed| web_seed.down_rate > 0).count() as u32;
    TorrentView {
        info_hash: torrent.info_hash(),
        name: torrent.name().to_owned(),
        size: torrent.size(),
        file_count: torrent.contents().len() as u32,
        state,
        progress: torrent.progress(left),
        peers: peers.len() as u32,
        seeds: peers.iter().filter(|peer| peer.progress >= 1.0).count() as u32,
        waiting: peers.iter().filter(|peer| peer.waits).count() as u32,
        finished: visits.finished,
        left_early: visits.unfinished,
        web_seeds: giving,
        down_rate,
        up_rate,
        downloaded,
        uploaded,
        seconds_left: if state == State::Downloading { left.checked_div(down_rate) } else { None },
        source: source(torrent.source()),
        problem: torrent.problem().map(problem).or_else(|| trouble(state, no_connections, around.hindrance)),
        added_at: torrent.record().added_at,
        seal: torrent.seal().map(|seal| match seal {
            session::Seal::Locked => Seal::Locked,
            session::Seal::Open => Seal::Open,
        }),
        magnet: torrent.link(around.link_trackers).to_string(),
    }
}

/// A torrent's own page. Some of its peers may have been introduced by neighbours.
pub(crate) fn detail(
    torrent: &Torrent,
    now: Time,
    trackers: Vec<TrackerView>,
    introduced: impl Fn(PeerKey) -> bool,
) -> TorrentDetail {
    let snapshot = torrent.snapshot(now);
    let have = torrent.have().unwrap_or_else(|| Bitfield::new(0));
    let session::Record { limits, exposure, .. } = torrent.record();
    TorrentDetail {
        info_hash: torrent.info_hash(),
        files: torrent.info().map(|info| files(torrent, info, &have)).unwrap_or_default(),
        pieces: torrent.info().map(|info| pieces(info, &have, snapshot.as_ref())),
        peers: snapshot
            .iter()
            .flat_map(|snapshot| &snapshot.peers)
            .map(|known| peer(known, introduced(known.key)))
            .collect(),
        departed: torrent.departures(now).map(departed).collect(),
        web_seeds: web_seeds(torrent, now, snapshot.as_ref()),
        trackers,
        downloaded: snapshot.as_ref().map_or(0, |snapshot| snapshot.downloaded),
        wasted: snapshot.as_ref().map_or(0, |snapshot| snapshot.wasted),
        limits: protocol::Limits { down: limits.down, up: limits.up },
        exposure: Exposure { relay_only: exposure.relay_only, servers: exposure.servers },
        relay_only: torrent.policy() == Policy::Relay,
        comment: note(torrent),
        private: torrent.private(),
        payment_options: torrent.info().map(|info| info.payment_options().to_vec()).unwrap_or_default(),
        endorsements: torrent.metainfo().map(|metainfo| metainfo.endorsements.clone()).unwrap_or_default(),
    }
}

/// What whoever shared it says to people: with the key, or to everybody.
fn note(torrent: &Torrent) -> Option<String> {
    let sealed = Some(torrent.note()).filter(|note| !note.is_empty()).map(str::to_owned);
    sealed.or_else(|| torrent.metainfo()?.comment.clone())
}

fn peer(peer: &PeerSnapshot, introduced: bool) -> Peer {
    Peer {
        key: peer.key.get(),
        client: peer.client.clone().unwrap_or_default(),
        progress: peer.progress,
        wants_nothing: peer.wants_nothing,
        downloaded: peer.downloaded,
        uploaded: peer.uploaded,
        down_rate: peer.down_rate,
        up_rate: peer.up_rate,
        interested: peer.am_interested,
        peer_interested: peer.peer_interested,
        choking: peer.am_choking,
        peer_choking: peer.peer_choking,
        snubbed: peer.snubbed,
        introduced,
    }
}

/// What keeps a torrent from working although nothing stopped it.
fn trouble(state: State, no_connections: Option<Problem>, hindrance: Option<Hindrance>) -> Option<Problem> {
    if no_connections.is_some() && matches!(state, State::Metadata | State::Downloading | State::Seeding) {
        return no_connections;
    }
    Some(match hindrance? {
        Hindrance::Evicted => Problem::Evicted,
        Hindrance::NoTracker => Problem::NoTracker,
        Hindrance::NoWebSeed(fault) => Problem::NoWebSeed(fault),
        Hindrance::NoPeers => Problem::NoPeers,
    })
}

/// How each web seed is, with what the engine says of those that it knows.
fn web_seeds(torrent: &Torrent, now: Time, snapshot: Option<&Snapshot>) -> Vec<WebSeedView> {
    if !torrent.asks_servers() {
        let withheld = |url: &str| WebSeedView {
            url: url.to_owned(),
            state: WebSeedState::Withheld,
            down_rate: 0,
            downloaded: 0,
        };
        return torrent.web_seeds().into_iter().map(withheld).collect();
    }
    let view = |(place, web_seed): (usize, &session::WebSeed)| {
        let mut known = snapshot.iter().flat_map(|snapshot| &snapshot.web_seeds);
        let known = known.find(|known| known.key.as_usize() == place);
        let resting = known.and_then(|known| known.rests_until).filter(|until| *until > now);
        let state = match (&web_seed.fault, known) {
            (_, Some(known)) if known.down_rate > 0 => WebSeedState::Giving,
            (Some(fault), _) => WebSeedState::Failed {
                reason: fault.clone(),
                retry_in: resting.map(|until| until.since(now).as_secs() as u32),
            },
            (None, _) => WebSeedState::Ready,
        };
        WebSeedView {
            url: web_seed.url.clone(),
            state,
            down_rate: known.map_or(0, |known| known.down_rate),
            downloaded: known.map_or(0, |known| known.downloaded),
        }
    };
    torrent.web_seed_list().iter().enumerate().map(view).collect()
}

fn files(torrent: &Torrent, info: &Info, have: &Bitfield) -> Vec<FileView> {
    let view = |(position, file): (usize, &metainfo::File)| FileView {
        path: file.path_string(),
        offset: file.span.offset,
        size: file.span.length,
        progress: share(info, have, file.span),
        priority: match torrent.priority(position as u32) {
            Priority::Skip => protocol::Priority::Skip,
            Priority::Low => protocol::Priority::Low,
            Priority::Normal => protocol::Priority::Normal,
            Priority::High => protocol::Priority::High,
        },
    };
    torrent.contents().iter().enumerate().map(view).collect()
}

fn departed(departure: &Departure) -> Departed {
    Departed {
        key: departure.key.get(),
        client: departure.client.clone().unwrap_or_default(),
        reason: departure.reason,
    }
}

const fn state(state: session::State) -> State {
    match state {
        session::State::Metadata => State::Metadata,
        session::State::Checking => State::Checking,
        session::State::Downloading => State::Downloading,
        session::State::Seeding => State::Seeding,
        session::State::Paused => State::Paused,
        session::State::Stopped => State::Error,
    }
}

const fn source(source: session::DataSource) -> DataSource {
    match source {
        session::DataSource::Stored => DataSource::Browser,
        session::DataSource::Files => DataSource::Files,
        session::DataSource::Copying { progress } => DataSource::Copying { progress },
        session::DataSource::FilesMissing => DataSource::FilesMissing,
    }
}

fn problem(problem: &session::Problem) -> Problem {
    match problem {
        session::Problem::Storage { error, needed } => crate::error::problem(error.clone(), *needed),
        session::Problem::Unusable(why) => Problem::Unusable(why.clone()),
        session::Problem::Denied(why) => Problem::Denied(why.clone()),
        session::Problem::Sealed(why) => Problem::Sealed(seal_fault(why)),
    }
}

/// Share of a file that is in pieces that are here, 0 to 1.
fn share(info: &Info, have: &Bitfield, span: FileSpan) -> f32 {
    if span.length == 0 {
        return 1.0;
    }
    let geometry = info.geometry();
    let here: u64 = geometry
        .pieces_of(span)
        .filter(|piece| have.get(*piece))
        .map(|piece| {
            let start = geometry.offset_of(piece);
            let end = start + u64::from(geometry.length_of(piece));
            end.min(span.end()) - start.max(span.offset)
        })
        .sum();
    here as f32 / span.length as f32
}

fn pieces(info: &Info, have: &Bitfield, snapshot: Option<&Snapshot>) -> PieceMap {
    let geometry = info.geometry();
    let active = snapshot.iter().flat_map(|snapshot| &snapshot.active);
    PieceMap {
        count: geometry.piece_count(),
        piece_length: geometry.piece_length(),
        have: have.as_bytes().to_vec(),
        active: active.map(|(piece, done, of)| (piece.get(), *done as f32 / *of as f32)).collect(),
    }
}
