//! One connection: what the peer said, what we said, and what both still owe each other.

mod capabilities;
mod debt;
mod early;
mod holdings;
mod service;
mod trade;
mod view;

use std::time::Duration;

use metainfo::PieceIndex;
use wire::{Bitfield, Decoder, ExtendedHandshake, Limits, Message, PeerId, Reserved};

use self::capabilities::Capabilities;
use self::debt::Debt;
use self::early::Early;
pub(crate) use self::early::NO_SUCH_PIECE;
use self::service::Service;
use self::trade::Trade;
pub(crate) use self::view::{MOST_SHOWN, Shown, View};
use crate::pipeline::Pipeline;
use crate::set::Set;
use crate::uploads::Uploads;
use crate::visits::Visit;
use crate::{CloseReason, Config, PeerKey, PeerSnapshot, Time};

/// A peer, as far as one connection shows it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) key: PeerKey,
    /// Something was done to it that `Peers` has not settled.
    pub(crate) touched: bool,
    /// Reads its stream. Lent to the loop that handles what it reads.
    pub(crate) decoder: Option<Decoder>,
    /// Messages for it that the driver does not know of yet.
    pub(crate) outbox: Vec<u8>,
    pub(crate) connected: Time,
    /// From its handshake.
    pub(crate) hello: Option<Hello>,
    /// Our handshake named the hash of version 2.
    pub(crate) named_v2: bool,
    /// The connection is of version 2 (BEP 52).
    pub(crate) speaks_v2: bool,
    /// Hashes of version 2 that it asked for and got.
    pub(crate) hashes_sent: u32,
    /// Another connection of the same peer, from before this one.
    pub(crate) twin: Option<PeerKey>,
    /// When the latest bytes came from it.
    pub(crate) heard: Time,
    /// When it was last sent something.
    pub(crate) spoke: Time,

    pub(crate) service: Service,
    pub(crate) am_interested: bool,
    pub(crate) peer_choking: bool,
    pub(crate) peer_interested: bool,

    /// The pieces it has; of no length while the metadata is unknown.
    pub(crate) has: Bitfield,
    /// It had everything when it came, or said so.
    pub(crate) came_complete: bool,
    /// What it says it has while that cannot be checked.
    pub(crate) early: Early,
    /// It said which pieces it has when it connected.
    pub(crate) announced: bool,
    /// Pieces that it has and we lack.
    useful: u32,
    /// Pieces that it serves even while it chokes us (BEP 6).
    pub(crate) allowed_fast: Set<PieceIndex>,
    /// What we show it while we super-seed, unless that is everything.
    pub(crate) view: Option<View>,
    /// What it gives is kept apart from what others give.
    pub(crate) is_apart: bool,
    /// Pieces that it refused lately.
    pub(crate) refused: Set<PieceIndex>,

    pub(crate) pipeline: Pipeline,
    pub(crate) debt: Debt,
    /// Bytes of blocks that it sent though nobody asked.
    pub(crate) unrequested: u64,

    pub(crate) uploads: Uploads,
    /// It stands in the line of the outlet.
    pub(crate) in_line: bool,
    pub(crate) capabilities: Capabilities,

    pub(crate) visit: Visit,
    pub(crate) trade: Trade,
}

/// What a peer says of itself first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hello {
    pub(crate) id: PeerId,
    pub(crate) reserved: Reserved,
    pub(crate) at: Time,
}

impl Peer {
    pub(crate) fn new(now: Time, key: PeerKey, pieces: Option<u32>, config: &Config) -> Self {
        Self {
            key,
            touched: false,
            decoder: Some(Decoder::new(Limits { pieces, ..Limits::default() })),
            outbox: Vec::new(),
            connected: now,
            hello: None,
            named_v2: false,
            speaks_v2: false,
            hashes_sent: 0,
            twin: None,
            heard: now,
            spoke: now,
            service: Service::new(now),
            am_interested: false,
            peer_choking: true,
            peer_interested: false,
            has: Bitfield::new(pieces.unwrap_or(0)),
            came_complete: false,
            early: Early::default(),
            announced: false,
            useful: 0,
            allowed_fast: Set::default(),
            view: None,
            is_apart: false,
            refused: Set::default(),
            pipeline: Pipeline::new(config.max_requests.min(DEFAULT_REQQ)),
            debt: Debt::new(now),
            unrequested: 0,
            uploads: Uploads::default(),
            in_line: false,
            capabilities: Capabilities::default(),
            visit: Visit::default(),
            trade: Trade::default(),
        }
    }

    /// Appends a message to what the peer will be sent.
    pub(crate) fn say(&mut self, message: Message<'_>) {
        message.encode(&mut self.outbox);
    }

    /// Says what we can do beyond the core protocol, if it understands that (BEP 10).
    pub(crate) fn say_extended(&mut self, payload: &[u8]) {
        if self.hello.is_some_and(|hello| hello.reserved.extended()) {
            self.say(Message::Extended { id: 0, payload });
        }
    }

    /// Whether both sides speak BEP 6.
    pub(crate) fn is_fast(&self) -> bool {
        self.hello.is_some_and(|hello| hello.reserved.fast())
    }

    /// Whether it wants something that it may have.
    pub(crate) fn wants_service(&self) -> bool {
        self.peer_interested && !self.service.standing.is_spent() && !self.waits_for_credit()
    }

    /// Whether its credit is not enough for what it is to get next.
    pub(crate) fn waits_for_credit(&self) -> bool {
        self.uploads.next_block().is_some_and(|block| !self.service.standing.affords(block.length))
    }

    /// Whether it is still to say what else it can do.
    pub(crate) fn will_extend(&self) -> bool {
        !self.capabilities.is_known() && self.hello.is_some_and(|hello| hello.reserved.extended())
    }

    /// Whether it is to pass a piece on.
    pub(crate) fn is_shown(&self, piece: PieceIndex) -> bool {
        self.view.as_ref().is_some_and(|view| view.shows(piece))
    }

    /// Whether somebody is there: one that says or takes something, and not by way of another connection as well.
    pub(crate) fn is_alive(&self, now: Time) -> bool {
        let is_heard = now.since(self.heard) < QUIET || self.trade.up_rate(now) > 0;
        self.twin.is_none() && is_heard
    }

    /// Whether it lets our requests wait without an answer.
    pub(crate) const fn is_snubbed(&self) -> bool {
        self.debt.snubs() > 0
    }

    /// Whether we wait for bytes of a block.
    pub(crate) fn owes(&self) -> bool {
        self.pipeline.len() > 0 || self.debt.incoming().is_some()
    }

    /// Whether it owes us bytes, and has not sent any for a while.
    pub(crate) fn is_stalled(&self, now: Time) -> bool {
        self.owes() && self.debt.overdue_at(STALL) <= now
    }

    /// Whether it is so slow, beside one that gives `pace` bytes each second, that its requests are better
    /// sent there.
    pub(crate) fn is_far_slower(&self, now: Time, pace: u64) -> bool {
        self.is_stalled(now)
            || self.pipeline.is_settled(now) && self.pipeline.pace().saturating_mul(FAR) < pace
    }

    /// How many more blocks to ask it for.
    pub(crate) fn appetite(&self) -> u32 {
        if self.peer_choking && self.allowed_fast.as_slice().is_empty() || !self.am_interested {
            0
        } else if self.is_snubbed() {
            1_u32.saturating_sub(self.pipeline.len())
        } else {
            self.pipeline.room()
        }
    }

    /// Takes over what the extended handshake says to a torrent that has extensions of these names. It may come again,
    /// with changes; what was counted or granted stays.
    pub(crate) fn extend(
        &mut self,
        handshake: &ExtendedHandshake,
        names: impl Iterator<Item = &'static str>,
        max_requests: u32,
    ) {
        self.capabilities.learn(handshake, names);
        if let Some(reqq) = handshake.reqq {
            self.pipeline.set_limit(reqq.min(max_requests));
        }
    }

    /// What becomes due at all becomes due so long from now, or later.
    pub(crate) fn shortest_wait(config: &Config) -> Duration {
        let waits =
            [config.handshake_timeout, config.idle_timeout, config.keep_alive, config.request_timeout];
        waits.into_iter().fold(TWIN_GRACE, Duration::min)
    }

    /// When [`overdue`](Self::overdue) or a keep-alive may be due.
    pub(crate) fn deadline(&self, config: &Config) -> Time {
        let mut deadline = (self.heard + config.idle_timeout).min(self.spoke + config.keep_alive);
        if self.hello.is_none() {
            deadline = deadline.min(self.connected + config.handshake_timeout);
        }
        if let (Some(hello), Some(_)) = (self.hello, self.twin) {
            deadline = deadline.min(hello.at + TWIN_GRACE);
        }
        if self.owes() {
            deadline = deadline.min(self.debt.overdue_at(config.request_timeout));
        }
        deadline
    }

    /// Why the connection has to end by now, if it does.
    pub(crate) fn overdue(&self, now: Time, config: &Config) -> Option<CloseReason> {
        if self.hello.is_none() && now.since(self.connected) >= config.handshake_timeout {
            Some(CloseReason::HandshakeTimeout)
        } else if self.twin.is_some() && self.hello.is_some_and(|hello| now.since(hello.at) >= TWIN_GRACE) {
            Some(CloseReason::Duplicate)
        } else if now.since(self.heard) >= config.idle_timeout {
            Some(CloseReason::Idle)
        } else if self.debt.snubs() >= SNUBS {
            Some(CloseReason::RequestTimeout)
        } else {
            None
        }
    }

    /// Its client, from the extended handshake or else from its peer id.
    pub(crate) fn client(&self) -> Option<String> {
        self.capabilities.client().or_else(|| self.hello?.id.client())
    }

    pub(crate) fn snapshot(&self, now: Time) -> PeerSnapshot {
        PeerSnapshot {
            key: self.key,
            peer_id: self.hello.map(|hello| hello.id),
            client: self.client(),
            progress: self.has.count_ones() as f32 / self.has.len().max(1) as f32,
            wants_nothing: self.wants_nothing(),
            waits: self.visit != Visit::Idle && !self.wants_nothing(),
            downloaded: self.trade.downloaded(),
            uploaded: self.trade.uploaded(),
            down_rate: self.trade.down_rate(now),
            up_rate: self.trade.up_rate(now),
            am_choking: self.service.am_choking(),
            am_interested: self.am_interested,
            peer_choking: self.peer_choking,
            peer_interested: self.peer_interested,
            snubbed: self.is_snubbed(),
            requests_out: self.pipeline.len(),
            requests_in: self.uploads.len() as u32,
        }
    }
}

/// How long the other side of a double connection may take to close one of the two.
const TWIN_GRACE: Duration = Duration::from_secs(5);
/// Silence after which another peer's bytes are preferred.
pub(crate) const STALL: Duration = Duration::from_secs(3);
/// Silence after which a peer that takes nothing either counts as gone where others would wait for it.
const QUIET: Duration = Duration::from_secs(5);
/// How many times slower a peer must be to lose its requests.
pub(crate) const FAR: u64 = 10;
/// Timeouts in a row after which waiting is pointless.
const SNUBS: u32 = 3;
/// Requests that a peer is assumed to queue if it does not say.
const DEFAULT_REQQ: u32 = 250;
