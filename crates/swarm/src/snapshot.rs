//! The state of a torrent as plain data, for people to look at.

use metainfo::PieceIndex;
use wire::PeerId;

use crate::{PeerKey, Time, Visits, WebSeedKey};

/// What a torrent is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Asking peers for the metadata.
    Metadata,
    /// Some wanted pieces are not stored.
    Downloading,
    /// Every wanted piece is stored.
    Complete,
    /// Keeping quiet until told to resume.
    Paused,
}

/// One torrent at one moment. Every byte of a block that ever arrived is in `downloaded` or in
/// `wasted`, and in one of them only.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What it is about.
    pub phase: Phase,
    /// Bytes received in this session that are stored or on their way there.
    pub downloaded: u64,
    /// Bytes of blocks given to peers in this session.
    pub uploaded: u64,
    /// Bytes received in this session for nothing: corrupt, duplicate, unasked for or dropped.
    pub wasted: u64,
    /// Bytes of wanted pieces that are not stored; zero while the metadata is unknown.
    pub left: u64,
    /// Bytes of blocks received each second, over the last three.
    pub down_rate: u64,
    /// Bytes of blocks sent each second, over the last three.
    pub up_rate: u64,
    /// Whole copies of the torrent among us and our peers; the fraction is the share of pieces that
    /// exist once more than the rarest.
    pub availability: f32,
    /// Share of the metadata that arrived, from 0 to 1.
    pub metadata_progress: f32,
    /// Pieces being downloaded: blocks received, and blocks in all.
    pub active: Vec<(PieceIndex, u32, u32)>,
    /// Every connection.
    pub peers: Vec<PeerSnapshot>,
    /// Every web seed.
    pub web_seeds: Vec<WebSeedSnapshot>,
    /// What became of those who came for pieces.
    pub visits: Visits,
}

/// One web seed at one moment.
#[derive(Clone, Debug)]
pub struct WebSeedSnapshot {
    /// Which.
    pub key: WebSeedKey,
    /// Something is being fetched from it.
    pub fetching: bool,
    /// When it may be asked again, after it failed.
    pub rests_until: Option<Time>,
    /// Bytes of blocks that it gave us.
    pub downloaded: u64,
    /// Bytes of blocks it gives each second, over the last three.
    pub down_rate: u64,
}

/// One peer at one moment.
#[derive(Clone, Debug)]
pub struct PeerSnapshot {
    /// Its connection.
    pub key: PeerKey,
    /// Who it says it is, after its handshake.
    pub peer_id: Option<PeerId>,
    /// Its client, from the extended handshake or else from its peer id.
    pub client: Option<String>,
    /// Share of the pieces that it has, from 0 to 1.
    pub progress: f32,
    /// It wants no more than it has: everything, or what it selected (BEP 21).
    pub wants_nothing: bool,
    /// It came for pieces, and still lacks some.
    pub waits: bool,
    /// Bytes of blocks that it gave us.
    pub downloaded: u64,
    /// Bytes of blocks that we gave it.
    pub uploaded: u64,
    /// Bytes of blocks it gives each second, over the last three.
    pub down_rate: u64,
    /// Bytes of blocks it gets each second, over the last three.
    pub up_rate: u64,
    /// We serve it no blocks now.
    pub am_choking: bool,
    /// It has pieces that we want.
    pub am_interested: bool,
    /// It serves us no blocks now.
    pub peer_choking: bool,
    /// We have pieces that it wants.
    pub peer_interested: bool,
    /// It lets our requests wait without an answer.
    pub snubbed: bool,
    /// Our requests that it has not answered.
    pub requests_out: u32,
    /// Its requests that we have not answered.
    pub requests_in: u32,
}
