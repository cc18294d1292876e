use std::ops::Range;

use metainfo::{Endorsement, InfoHash};
use serde::{Deserialize, Serialize};

use crate::{
    CloseReason, Exposure, Limits, RelayFault, SealFault, StorageFault, TorrentFault, TrackerFault,
    WebSeedFault,
};

/// One torrent, as the list shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TorrentView {
    /// Which torrent.
    pub info_hash: InfoHash,
    /// Its name; from the magnet link until the metadata is here, and empty if nothing gave one.
    pub name: String,
    /// Bytes in all; `None` until the metadata is here.
    pub size: Option<u64>,
    /// How many files it has.
    pub file_count: u32,
    /// What it is doing.
    pub state: State,
    /// Share of the wanted bytes that is here and verified (while checking: share checked), 0 to 1.
    pub progress: f32,
    /// Connected peers.
    pub peers: u32,
    /// How many of them have everything.
    pub seeds: u32,
    /// How many of them came for something and still lack some of it.
    pub waiting: u32,
    /// People who came for something since the page was opened and have it now, whether they are still connected or not.
    pub finished: u32,
    /// People who left before that, with a part of it, and have not come back.
    pub left_early: u32,
    /// Servers that are giving.
    pub web_seeds: u32,
    /// Bytes per second received, averaged over about 3 s.
    pub down_rate: u64,
    /// Bytes per second sent, averaged over about 3 s.
    pub up_rate: u64,
    /// Payload bytes received over the torrent's whole life here.
    pub downloaded: u64,
    /// Payload bytes sent over the torrent's whole life here.
    pub uploaded: u64,
    /// Seconds until complete at the present rate; `None` when that cannot be said.
    pub seconds_left: Option<u64>,
    /// Where its bytes are.
    pub source: DataSource,
    /// What keeps it from working, if anything.
    pub problem: Option<Problem>,
    /// Milliseconds since 1970 at which it was added.
    pub added_at: f64,
    /// Whether it can be read; `None` if every BitTorrent client can read it, or nobody knows yet.
    pub seal: Option<Seal>,
    /// The magnet link, with name and trackers, or with the key that opens its seal.
    pub magnet: String,
}

/// Whether a sealed share can be read here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seal {
    /// The key is not here.
    Locked,
    /// The key is here.
    Open,
}

/// What a torrent is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Getting the description of the torrent from peers.
    Metadata,
    /// Comparing bytes that are already here with the torrent's hashes.
    Checking,
    /// Some wanted bytes are missing.
    Downloading,
    /// Every wanted byte is here.
    Seeding,
    /// Stopped by the user.
    Paused,
    /// Stopped by [`TorrentView::problem`].
    Error,
}

/// Where a torrent's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum DataSource {
    /// In the browser's storage.
    Browser,
    /// In the user's own files, gone from here when the page is reloaded.
    Files,
    /// In the user's own files, while a copy goes into the browser's storage.
    Copying {
        /// Share copied, 0 to 1.
        progress: f32,
    },
    /// In the user's own files, which this page may not read since it was reloaded.
    FilesMissing,
}

/// What keeps a torrent from working. The page turns it into a sentence with something to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Problem {
    /// Nobody who has the torrent has been found yet.
    NoPeers,
    /// The same, and this keeps a server that should have it from giving anything.
    NoWebSeed(WebSeedFault),
    /// None of the trackers can be reached.
    NoTracker,
    /// The browser does not make peer connections.
    NoWebRtc,
    /// People are to be met through relays alone, and this keeps them from it.
    NoRelay(RelayFault),
    /// The browser's storage is full.
    StorageFull {
        /// Bytes that are still to be stored.
        needed: u64,
    },
    /// The browser denies its storage, and memory is full.
    MemoryFull {
        /// Bytes that are still to be stored.
        needed: u64,
    },
    /// The browser's storage failed.
    StorageFailed(StorageFault),
    /// A file that is being shared was changed, moved or deleted.
    FileChanged {
        /// Its path in the torrent.
        path: String,
    },
    /// Somebody other than this program deleted pieces that were stored: the browser or the user. They are being
    /// downloaded again.
    Evicted,
    /// The stored state of the torrent cannot be read.
    BrokenState,
    /// The engine stopped the last three times that it opened the torrent, so it is not opened before the user asks for it.
    BrokeVisit,
    /// What peers say of the torrent is genuine, and still no torrent that works.
    Unusable(TorrentFault),
    /// The site does not serve the torrent; why, in the words of its tracker.
    Denied(String),
    /// The key that the user gave does not open it.
    Sealed(SealFault),
}

/// One torrent in full, for its own page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TorrentDetail {
    /// Which torrent.
    pub info_hash: InfoHash,
    /// Its files in torrent order; empty until the metadata is here.
    pub files: Vec<FileView>,
    /// What is here, piece by piece; `None` until the metadata is here.
    pub pieces: Option<PieceMap>,
    /// Who is connected, in the order in which they came.
    pub peers: Vec<Peer>,
    /// Who left lately, newest first: only a few, and for a few minutes.
    pub departed: Vec<Departed>,
    /// The servers that have the files, and how they are.
    pub web_seeds: Vec<WebSeedView>,
    /// The trackers and how they are.
    pub trackers: Vec<TrackerView>,
    /// Payload bytes received since this visit began, from peers and web seeds.
    pub downloaded: u64,
    /// Bytes received that were of no use: corrupt, or twice.
    pub wasted: u64,
    /// What it may trade, by the user's wish.
    pub limits: Limits,
    /// Who may see the user's address, by the user's wish for this torrent.
    pub exposure: Exposure,
    /// People are met through relays alone, by a wish for this torrent or for all.
    pub relay_only: bool,
    /// The comment in the torrent file, or the note behind its seal.
    pub comment: Option<String>,
    /// Whether the torrent is private (BEP 27).
    pub private: bool,
    /// Whom it says to pay (`docs/tips.md`).
    pub payment_options: Vec<(String, String)>,
    /// Who stands behind it, not checked.
    pub endorsements: Vec<Endorsement>,
}

/// One file of a torrent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    /// Folders and name, joined by `/`.
    pub path: String,
    /// Where it begins among all bytes of the torrent.
    pub offset: u64,
    /// Length in bytes.
    pub size: u64,
    /// Share that is here and verified, 0 to 1.
    pub progress: f32,
    /// Whether it is to be downloaded, and before or after others.
    pub priority: Priority,
}

/// How much a file is wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Priority {
    /// Not at all.
    Skip,
    /// After all others.
    Low,
    /// As every file is at first.
    #[default]
    Normal,
    /// Before all others.
    High,
}

/// The state of every piece.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PieceMap {
    /// How many pieces there are.
    pub count: u32,
    /// Bytes in each but the last.
    pub piece_length: u32,
    /// One bit per piece that is here, most significant bit first.
    pub have: Vec<u8>,
    /// Pieces that are on their way: index, and share received, 0 to 1.
    pub active: Vec<(u32, f32)>,
}

impl TorrentDetail {
    /// Whether servers are left alone, since each that is asked for something sees the user's address.
    #[must_use]
    pub const fn withholds(&self) -> bool {
        self.relay_only && !self.exposure.servers
    }
}

impl PieceMap {
    /// The parts of a file that are here, as shares of its length from 0 to 1; told in steps of one in `steps`.
    #[must_use]
    pub fn parts_of(&self, file: &FileView, steps: u32) -> Vec<Range<f32>> {
        let piece_of = |byte: u64| (byte / u64::from(self.piece_length.max(1))) as u32;
        let is_here = |piece: u32| {
            let byte = self.have.get(piece as usize / 8).copied().unwrap_or(0);
            byte & (0x80 >> (piece % 8)) != 0
        };
        let edge = |step: u32| file.offset + (file.size as f64 * f64::from(step) / f64::from(steps)) as u64;
        let mut parts: Vec<Range<f32>> = Vec::new();
        for step in 0..steps {
            let (first, end) = (edge(step), edge(step + 1));
            let last = end.saturating_sub(1).max(first);
            if file.size == 0 || !(piece_of(first)..=piece_of(last)).all(is_here) {
                continue;
            }
            let (from, to) = (step as f32 / steps as f32, (step + 1) as f32 / steps as f32);
            match parts.last_mut() {
                Some(part) if part.end == from => part.end = to,
                _ => parts.push(from..to),
            }
        }
        parts
    }
}

/// One connected peer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Peer {
    /// Distinguishes peers of this session.
    pub key: u32,
    /// Its program and version, as its id or handshake tells.
    pub client: String,
    /// Share of the torrent that it has, 0 to 1.
    pub progress: f32,
    /// It wants no more than it has.
    pub wants_nothing: bool,
    /// Payload bytes it gave us.
    pub downloaded: u64,
    /// Payload bytes we gave it.
    pub uploaded: u64,
    /// Bytes per second it gives.
    pub down_rate: u64,
    /// Bytes per second it gets.
    pub up_rate: u64,
    /// We want something it has.
    pub interested: bool,
    /// It wants something we have.
    pub peer_interested: bool,
    /// We do not serve it now.
    pub choking: bool,
    /// It does not serve us now.
    pub peer_choking: bool,
    /// It promised blocks and does not deliver them.
    pub snubbed: bool,
    /// It was met through another peer, and not through a tracker.
    pub introduced: bool,
}

/// One peer that left lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departed {
    /// What it was as a [`Peer`].
    pub key: u32,
    /// Its program and version, as its id or handshake told.
    pub client: String,
    /// Why we closed the connection; `None` if the other side did, or it broke.
    pub reason: Option<CloseReason>,
}

/// One server that has a torrent's files (BEP 19).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WebSeedView {
    /// Its URL.
    pub url: String,
    /// How it is.
    pub state: WebSeedState,
    /// Bytes per second it gives.
    pub down_rate: u64,
    /// Payload bytes it gave us since this visit began.
    pub downloaded: u64,
}

/// How a web seed is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WebSeedState {
    /// Left alone, since it would see the user's address.
    Withheld,
    /// Not needed right now.
    Ready,
    /// Sending.
    Giving,
    /// Of no use.
    Failed {
        /// Why.
        reason: WebSeedFault,
        /// Seconds until the next try; `None` if there is none.
        retry_in: Option<u32>,
    },
}

/// One tracker of a torrent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrackerView {
    /// Its URL.
    pub url: String,
    /// How it is.
    pub state: TrackerState,
}

/// How a tracker is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TrackerState {
    /// Not asked yet.
    Connecting,
    /// Answering.
    Working {
        /// Peers with everything, by its count.
        complete: u32,
        /// Peers without, by its count.
        incomplete: u32,
    },
    /// Cannot be reached, or refuses.
    Failed {
        /// Why.
        reason: TrackerFault,
        /// Seconds until the next try.
        retry_in: u32,
    },
    /// Not a WebSocket tracker, which is all that a browser can use.
    Unsupported,
}

/// The browser's storage for this page.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct StorageView {
    /// Bytes used.
    pub used: u64,
    /// Bytes that the browser would let it use in all.
    pub quota: u64,
    /// Whether the browser promised not to evict it.
    pub persisted: bool,
    /// It is memory, since the browser denies this page any storage: nothing is there after the page is closed.
    pub temporary: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_of_the_file_and_not_of_the_torrent() {
        let map = PieceMap {
            count: 16,
            piece_length: 10,
            have: vec![0b0011_1000, 0b0000_0011],
            active: Vec::new(),
        };
        let file = FileView {
            path: "b".to_owned(),
            offset: 20,
            size: 100,
            progress: 0.3,
            priority: Priority::Normal,
        };
        assert_eq!(map.parts_of(&file, 10), [0.0..0.3]);
        let rest = FileView { offset: 120, size: 40, ..file.clone() };
        assert_eq!(map.parts_of(&rest, 4), [0.5..1.0]);
        assert!(map.parts_of(&FileView { size: 0, ..file }, 4).is_empty());
    }

    #[test]
    fn a_bitfield_that_is_too_short_means_nothing_is_here() {
        let map = PieceMap { count: 16, piece_length: 10, have: Vec::new(), active: Vec::new() };
        let file = FileView {
            path: "b".to_owned(),
            offset: 0,
            size: 160,
            progress: 0.0,
            priority: Priority::Normal,
        };
        assert!(map.parts_of(&file, 100).is_empty());
    }
}
