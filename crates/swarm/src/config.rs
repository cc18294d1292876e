//! Everything about the engine that a deployment may want different.

use std::sync::Arc;
use std::time::Duration;

use wire::PeerId;

use crate::{ChokingFactory, Market};

/// Limits and periods of one torrent. The defaults suit a browser tab on a home connection.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who we say we are in the handshake; also how a connection to ourselves is recognised.
    pub peer_id: PeerId,
    /// The client and version in the extended handshake, for other people's peer tables.
    pub client: String,
    /// Connections at once. Browsers slow down beyond a few dozen peer connections.
    pub max_peers: usize,
    /// How long a new peer may show of what use it is before it may have to make room for another.
    pub trial: Duration,
    /// Connections up to which neighbours are asked for more. The rest of `max_peers` is for those who ask us.
    pub enough_peers: usize,
    /// Whom to serve.
    pub choking: Arc<dyn ChokingFactory>,
    /// Interested peers that we serve at once. Few slots keep each one fast enough to be worth repaying.
    pub upload_slots: usize,
    /// Bytes of pieces between their first request and storage: the memory that the driver's slots may take.
    pub max_active: u64,
    /// Requests in flight to one peer, at most. The bandwidth-delay product of a data channel stays below it.
    pub max_requests: u32,
    /// Requests of one peer that we queue; sent as `reqq` (BEP 10), and what exceeds it is rejected.
    pub max_queued: u32,
    /// Longest block that we serve, in bytes. WebTorrent serves as much; libtorrent asks for 16 KiB only.
    pub max_block: u32,
    /// Bytes of blocks never asked for that a peer may send us before we hang up.
    pub max_unrequested: u64,
    /// Pieces picked at random before rarest first starts, so that there soon is something to trade.
    pub random_first: u32,
    /// Bytes each second from peers at which web seeds rest, unless no peer has a piece: enough for a film, and
    /// somebody pays for what a server sends.
    pub enough: u64,
    /// Web seeds to fetch from at once.
    pub max_fetches: usize,
    /// Bytes to ask a web seed for at once, if that is not less than a piece.
    pub max_run: u64,
    /// How long a web seed may send nothing before others are asked.
    pub web_seed_timeout: Duration,
    /// How long a peer may take to say who it is.
    pub handshake_timeout: Duration,
    /// How long an unchoked peer with requests may send no block before its requests go to others.
    pub request_timeout: Duration,
    /// How long a metadata request may stay unanswered before another peer is asked (BEP 9).
    pub metadata_timeout: Duration,
    /// How long a peer may say nothing at all.
    pub idle_timeout: Duration,
    /// How long we say nothing at all: other clients hang up after two minutes.
    pub keep_alive: Duration,
    /// As the only seed, give each piece to one peer and let it pass it on (BEP 16). Without it peers who cannot
    /// see what others are fetching make a seed send almost everything twice.
    pub super_seed: bool,
    /// How long a super-seed waits for any piece to be passed on before it shows everything.
    pub super_seed_patience: Duration,
    /// Entries that are kept of what happens ([`Torrent::record`](crate::Torrent::record)): none unless somebody looks.
    pub journal: usize,
    /// How often it is chosen anew whom to serve.
    pub rechoke_interval: Duration,
}

impl Config {
    /// The defaults, under the name `peer_id`.
    #[must_use]
    pub fn new(peer_id: PeerId) -> Self {
        Self {
            peer_id,
            client: concat!("Seedcast ", env!("CARGO_PKG_VERSION")).to_owned(),
            max_peers: 55,
            trial: Duration::from_secs(60),
            enough_peers: 30,
            choking: Arc::new(Market::default()),
            upload_slots: 8,
            max_active: 64 << 20,
            max_requests: 500,
            max_queued: 512,
            max_block: 128 << 10,
            max_unrequested: 1 << 20,
            random_first: 4,
            enough: 2 << 20,
            max_fetches: 4,
            max_run: 64 << 20,
            web_seed_timeout: Duration::from_secs(15),
            handshake_timeout: Duration::from_secs(25),
            request_timeout: Duration::from_secs(30),
            metadata_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(120),
            keep_alive: Duration::from_secs(55),
            super_seed: true,
            super_seed_patience: Duration::from_secs(60),
            journal: 0,
            rechoke_interval: Duration::from_secs(10),
        }
    }
}
