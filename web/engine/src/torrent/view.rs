//! One torrent as people see it.

use metainfo::{FileSpan, Info, Magnet};
use protocol::{
    FileView, Peer, PieceMap, Problem, State, TorrentDetail, TorrentView, TrackerState, TrackerView,
};
use swarm::{PeerSnapshot, Phase, Priority, Snapshot, Time};
use wire::Bitfield;

use super::Torrent;

/// What a torrent cannot know of itself.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// Its trackers and how they are.
    pub(crate) trackers: Vec<TrackerView>,
    /// The trackers that every torrent of this deployment has, for its link.
    pub(crate) link_trackers: Vec<String>,
    /// The browser refuses to make peer connections.
    pub(crate) no_webrtc: bool,
    /// It has been looking for peers long enough to say that there are none.
    pub(crate) lonely: bool,
}

impl Torrent {
    /// Its line in the list.
    pub(crate) fn view(&self, now: Time, around: &Surroundings) -> TorrentView {
        let snapshot = self.drive.snapshot(now);
        let state = self.state(snapshot.as_ref());
        let (downloaded, uploaded) = self.drive.totals(now);
        let (down_rate, up_rate, left, peers) = snapshot.as_ref().map_or((0, 0, 0, &[][..]), |snapshot| {
            (snapshot.down_rate, snapshot.up_rate, snapshot.left, &snapshot.peers[..])
        });
        let visits = snapshot.as_ref().map(|snapshot| snapshot.visits).unwrap_or_default();
        let giving = snapshot.iter().flat_map(|snapshot| &snapshot.web_seeds);
        let giving = giving.filter(|web_seed| web_seed.down_rate > 0).count() as u32;
        TorrentView {
            info_hash: self.info_hash,
            name: self.name().to_owned(),
            size: self.info().map(|info| info.geometry().content_length()),
            file_count: self.info().map_or(0, |info| info.files().len() as u32),
            state,
            progress: self.progress(left),
            peers: peers.len() as u32,
            seeds: peers.iter().filter(|peer| peer.progress >= 1.0).count() as u32,
            waiting: peers.iter().filter(|peer| peer.waits).count() as u32,
            finished: visits.finished,
            left_early: visits.unfinished,
            web_seeds: giving,
            down_rate,
            up_rate,
            downloaded: self.record.downloaded + downloaded,
            uploaded: self.record.uploaded + uploaded,
            seconds_left: if state == State::Downloading { left.checked_div(down_rate) } else { None },
            source: self.source(),
            problem: self
                .problem
                .clone()
                .or_else(|| self.trouble(state, peers.is_empty() && giving == 0, around)),
            added_at: self.record.added_at,
            magnet: self.link(around),
        }
    }

    /// Its own page.
    pub(crate) fn detail(&self, now: Time, trackers: Vec<TrackerView>) -> TorrentDetail {
        let snapshot = self.drive.snapshot(now);
        let have = self.have().unwrap_or_else(|| Bitfield::new(0));
        TorrentDetail {
            info_hash: self.info_hash,
            files: self.info().map(|info| self.files(info, &have)).unwrap_or_default(),
            pieces: self.info().map(|info| pieces(info, &have, snapshot.as_ref())),
            peers: snapshot.iter().flat_map(|snapshot| &snapshot.peers).map(|peer| self.peer(peer)).collect(),
            web_seeds: self.drive.web_seeds.views(now, snapshot.as_ref()),
            trackers,
            downloaded: snapshot.as_ref().map_or(0, |snapshot| snapshot.downloaded),
            wasted: snapshot.as_ref().map_or(0, |snapshot| snapshot.wasted),
            limits: protocol::Limits { down: self.record.limits.down, up: self.record.limits.up },
            comment: self.metainfo.as_ref().and_then(|metainfo| metainfo.comment.clone()),
            private: self.private(),
            payment_options: self.info().map(|info| info.payment_options().to_vec()).unwrap_or_default(),
            endorsements: self
                .metainfo
                .as_ref()
                .map(|metainfo| metainfo.endorsements.clone())
                .unwrap_or_default(),
        }
    }

    fn peer(&self, peer: &PeerSnapshot) -> Peer {
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
            introduced: self.introduced(peer.key),
        }
    }

    /// Its name, as far as anything told it.
    pub(crate) fn name(&self) -> &str {
        let linked = || self.magnet.as_ref().and_then(|magnet| magnet.name.as_deref());
        self.info().map(Info::name).or_else(linked).unwrap_or_default()
    }

    /// Whether it still lacks something that it wants.
    pub(crate) fn downloading(&self, now: Time) -> bool {
        let phase = self.drive.snapshot(now).map(|snapshot| snapshot.phase);
        self.active() && matches!(phase, Some(Phase::Metadata | Phase::Downloading))
    }

    /// Bytes that are still to be stored; `None` until the metadata tells how many there are.
    pub(crate) fn left(&self, now: Time) -> Option<u64> {
        self.info().map(|_| self.drive.left(now))
    }

    /// Bytes received and sent since this visit began.
    pub(crate) fn traded(&self, now: Time) -> (u64, u64) {
        self.drive.snapshot(now).map_or((0, 0), |snapshot| (snapshot.downloaded, snapshot.uploaded))
    }

    fn state(&self, snapshot: Option<&Snapshot>) -> State {
        if self.problem.is_some() {
            State::Error
        } else if self.check.is_some() {
            State::Checking
        } else if !self.active() {
            State::Paused
        } else {
            match snapshot.map(|snapshot| snapshot.phase) {
                Some(Phase::Downloading) => State::Downloading,
                Some(Phase::Complete) => State::Seeding,
                Some(Phase::Paused) => State::Paused,
                Some(Phase::Metadata) | None => State::Metadata,
            }
        }
    }

    /// What keeps it from working although nothing stopped it.
    fn trouble(&self, state: State, alone: bool, around: &Surroundings) -> Option<Problem> {
        let searching = matches!(state, State::Metadata | State::Downloading);
        let unreachable = |tracker: &TrackerView| {
            matches!(tracker.state, TrackerState::Failed { .. } | TrackerState::Unsupported)
        };
        if around.no_webrtc && (searching || state == State::Seeding) {
            Some(Problem::NoWebRtc)
        } else if searching && self.evicted {
            Some(Problem::Evicted)
        } else if !searching || !alone {
            None
        } else if around.trackers.iter().all(unreachable) {
            Some(Problem::NoTracker)
        } else {
            around.lonely.then(|| match self.drive.web_seeds.fault() {
                Some(fault) => Problem::NoWebSeed(fault.clone()),
                None => Problem::NoPeers,
            })
        }
    }

    fn progress(&self, left: u64) -> f32 {
        if let Some(check) = &self.check {
            return check.progress();
        }
        let (Some(info), Some(selection)) = (self.info(), self.selection()) else { return 0.0 };
        let geometry = info.geometry();
        let total: u64 = selection.iter().map(|piece| u64::from(geometry.length_of(piece))).sum();
        if total == 0 { 1.0 } else { total.saturating_sub(left) as f32 / total as f32 }
    }

    /// The link by which it is passed on, with everything that helps whoever follows it.
    fn link(&self, around: &Surroundings) -> String {
        let linked = self.magnet.clone().map(Magnet::passed_on);
        let mut magnet = Magnet {
            hashes: self.hashes(),
            name: Some(self.name().to_owned()).filter(|name| !name.is_empty()),
            trackers: self.trackers().into_iter().map(str::to_owned).collect(),
            web_seeds: self.web_seeds().into_iter().map(str::to_owned).collect(),
            ..linked.unwrap_or_else(|| Magnet::new(self.hashes()))
        };
        // While the metadata is unknown, it may be private.
        if self.info().is_some_and(|info| !info.private()) {
            for url in &around.link_trackers {
                if !magnet.trackers.contains(url) {
                    magnet.trackers.push(url.clone());
                }
            }
        }
        magnet.to_string()
    }

    fn files(&self, info: &Info, have: &Bitfield) -> Vec<FileView> {
        let view = |(position, file): (usize, &metainfo::File)| FileView {
            path: file.path_string(),
            offset: file.span.offset,
            size: file.span.length,
            progress: share(info, have, file.span),
            priority: match self.priority(position as u32) {
                Priority::Skip => protocol::Priority::Skip,
                Priority::Low => protocol::Priority::Low,
                Priority::Normal => protocol::Priority::Normal,
                Priority::High => protocol::Priority::High,
            },
        };
        info.files().iter().enumerate().map(view).collect()
    }
}

/// Whether every byte of `span` is in pieces that are here.
pub(super) fn covers(info: &Info, have: &Bitfield, span: FileSpan) -> bool {
    info.geometry().pieces_of(span).all(|piece| have.get(piece))
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
