//! One connection: what the peer said, what we said, and what both still owe each other.

use std::num::NonZeroU8;
use std::time::Duration;

use metainfo::{Block, PieceIndex};
use wire::{Bitfield, Decoder, ExtendedHandshake, Limits, Message, PeerId, Reserved};

use crate::pieces::Pieces;
use crate::pipeline::Pipeline;
use crate::rate::Rate;
use crate::set::Set;
use crate::uploads::Uploads;
use crate::visits::Visit;
use crate::{CloseReason, Config, PeerKey, PeerSnapshot, Standing, Time};

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
    pub(crate) heard: Time,
    pub(crate) spoke: Time,

    pub(crate) am_choking: bool,
    pub(crate) am_interested: bool,
    pub(crate) peer_choking: bool,
    pub(crate) peer_interested: bool,
    /// When `am_choking` last changed.
    pub(crate) choke_changed: Time,
    /// We have served it before.
    pub(crate) served: bool,
    pub(crate) standing: Standing,

    /// The pieces it has; of no length while the metadata is unknown.
    pub(crate) has: Bitfield,
    /// What it says it has while that cannot be checked.
    pub(crate) early: Early,
    /// It said which pieces it has when it connected.
    pub(crate) announced: bool,
    /// Pieces that it has and we lack.
    pub(crate) useful: u32,
    /// Pieces that it serves even while it chokes us (BEP 6).
    pub(crate) allowed_fast: Set<PieceIndex>,
    /// What we show it while we super-seed, unless that is everything.
    pub(crate) view: Option<View>,
    /// Pieces that it refused lately.
    pub(crate) refused: Set<PieceIndex>,

    pub(crate) pipeline: Pipeline,
    /// The block that it is in the middle of sending.
    pub(crate) incoming: Option<Block>,
    /// Since when it owes us bytes: the latest of them, or the first request.
    pub(crate) owing_since: Time,
    /// Times in a row that it let us wait for too long.
    pub(crate) snubs: u32,
    /// Bytes of blocks that it sent though nobody asked.
    pub(crate) unrequested: u64,

    pub(crate) uploads: Uploads,
    /// It waits in line for its uploads.
    pub(crate) in_line: bool,
    /// It said what else it can do (BEP 10).
    pub(crate) extended: bool,
    /// What it calls each of the torrent's extensions (BEP 10).
    extensions: Vec<Option<NonZeroU8>>,
    pub(crate) client: Option<String>,
    /// It says that it wants nothing (BEP 21).
    pub(crate) upload_only: bool,
    /// It super-seeds: it serves more than it says it has.
    pub(crate) super_seeds: bool,

    pub(crate) visit: Visit,
    pub(crate) downloaded: u64,
    pub(crate) uploaded: u64,
    pub(crate) down: Rate,
    pub(crate) up: Rate,
    pub(crate) lately: Lately,
}

/// What a peer says of itself first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hello {
    pub(crate) id: PeerId,
    pub(crate) reserved: Reserved,
    pub(crate) at: Time,
}

/// What a super-seed shows a peer.
#[derive(Clone, Debug)]
pub(crate) struct View {
    /// The pieces that it is to pass on.
    pub(crate) shown: Vec<Shown>,
    /// These and all that it was shown before.
    pub(crate) seen: Bitfield,
}

/// A piece that a super-seed shows a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    pub(crate) piece: PieceIndex,
    /// Bytes of it that the peer has not got from us.
    pub(crate) left: u32,
}

/// What was exchanged with a peer lately: each round of choking counts twice as much as the one before.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lately {
    /// Bytes that it gave.
    pub(crate) given: u64,
    /// Bytes that it got.
    pub(crate) got: u64,
    /// `downloaded` and `uploaded` at the latest round.
    counted: (u64, u64),
}

/// Pieces that a peer announced before the number of pieces was known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Early {
    all: bool,
    /// The bitfield as it was sent.
    bitfield: Option<Vec<u8>>,
    /// Announced one by one.
    haves: Vec<PieceIndex>,
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
            am_choking: true,
            am_interested: false,
            peer_choking: true,
            peer_interested: false,
            choke_changed: now,
            served: false,
            standing: Standing::default(),
            has: Bitfield::new(pieces.unwrap_or(0)),
            early: Early::default(),
            announced: false,
            useful: 0,
            allowed_fast: Set::default(),
            view: None,
            refused: Set::default(),
            pipeline: Pipeline::new(config.max_requests.min(DEFAULT_REQQ)),
            incoming: None,
            owing_since: now,
            snubs: 0,
            unrequested: 0,
            uploads: Uploads::default(),
            in_line: false,
            extended: false,
            extensions: Vec::new(),
            client: None,
            upload_only: false,
            super_seeds: false,
            visit: Visit::default(),
            downloaded: 0,
            uploaded: 0,
            down: Rate::default(),
            up: Rate::default(),
            lately: Lately::default(),
        }
    }

    /// Appends a message to what the peer will be sent.
    pub(crate) fn say(&mut self, message: Message<'_>) {
        message.encode(&mut self.outbox);
    }

    /// Whether both sides speak BEP 6.
    pub(crate) fn is_fast(&self) -> bool {
        self.hello.is_some_and(|hello| hello.reserved.fast())
    }

    /// Says whether we want any of its pieces, if that changed. Those that a super-seed does not show are wanted
    /// while somebody waits for pieces.
    pub(crate) fn update_interest(&mut self, pieces: &Pieces) {
        let interested = self.useful > 0 || self.super_seeds && pieces.is_awaited();
        if interested != self.am_interested {
            self.am_interested = interested;
            self.say(if interested { Message::Interested } else { Message::NotInterested });
        }
    }

    /// Whether it has every piece, or every one that it wants.
    pub(crate) const fn wants_nothing(&self) -> bool {
        self.upload_only || self.is_seed()
    }

    /// Whether it wants something that it may have.
    pub(crate) fn wants_service(&self) -> bool {
        self.peer_interested && !self.standing.is_spent()
    }

    /// Whether it is still to say what else it can do.
    pub(crate) fn will_extend(&self) -> bool {
        !self.extended && self.hello.is_some_and(|hello| hello.reserved.extended())
    }

    /// Whether it has every piece.
    pub(crate) const fn is_seed(&self) -> bool {
        self.has.is_full() && !self.has.is_empty()
    }

    /// Whether it is to pass a piece on.
    pub(crate) fn is_shown(&self, piece: PieceIndex) -> bool {
        self.view.iter().flat_map(|view| &view.shown).any(|shown| shown.piece == piece)
    }

    /// Whether somebody is there: one that says or takes something, and not by way of another connection as well.
    pub(crate) fn is_alive(&self, now: Time) -> bool {
        let is_heard = now.since(self.heard) < QUIET || self.up.per_second(now) > 0;
        self.twin.is_none() && is_heard
    }

    /// Whether it would give us blocks of a piece that it says it has.
    pub(crate) fn serves(&self, piece: PieceIndex) -> bool {
        self.has.get(piece)
            && (!self.peer_choking || self.allowed_fast.contains(&piece))
            && !self.refused.contains(&piece)
    }

    /// Whether it would give us blocks of a piece that it does not show.
    pub(crate) fn hides(&self, piece: PieceIndex) -> bool {
        self.super_seeds && !self.peer_choking && !self.has.get(piece) && !self.refused.contains(&piece)
    }

    /// Whether it lets our requests wait without an answer.
    pub(crate) const fn is_snubbed(&self) -> bool {
        self.snubs > 0
    }

    /// Whether we wait for bytes of a block.
    pub(crate) fn owes(&self) -> bool {
        self.pipeline.len() > 0 || self.incoming.is_some()
    }

    /// Whether it owes us bytes, and has not sent any for a while.
    pub(crate) fn is_stalled(&self, now: Time) -> bool {
        self.owes() && now.since(self.owing_since) >= STALL
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

    /// What it calls the extension at this place in the torrent's list, if it speaks it.
    pub(crate) fn extension_id(&self, place: usize) -> Option<u8> {
        self.extensions.get(place).copied().flatten().map(NonZeroU8::get)
    }

    /// Takes over what the extended handshake says to a torrent that has extensions of these names. It may come again,
    /// with changes; what was counted or granted stays.
    pub(crate) fn extend(
        &mut self,
        handshake: &ExtendedHandshake,
        names: impl Iterator<Item = &'static str>,
        max_requests: u32,
    ) {
        self.extended = true;
        self.extensions.clear();
        self.extensions.extend(names.map(|name| NonZeroU8::new(*handshake.extensions.get(name)?)));
        if let Some(reqq) = handshake.reqq {
            self.pipeline.set_limit(reqq.min(max_requests));
        }
        self.upload_only = handshake.upload_only;
        self.super_seeds = handshake.super_seed;
        if handshake.client.is_some() {
            self.client.clone_from(&handshake.client);
        }
    }

    /// What becomes due at all becomes due so long from now, or later.
    pub(crate) fn shortest_wait(config: &Config) -> Duration {
        let waits =
            [config.handshake_timeout, config.idle_timeout, config.keep_alive, config.request_timeout];
        waits.into_iter().fold(TWIN_GRACE, Duration::min)
    }

    /// Counts what was exchanged since the latest round of choking.
    pub(crate) const fn count_round(&mut self) {
        let Lately { given, got, counted } = self.lately;
        self.lately = Lately {
            given: given / 2 + self.downloaded - counted.0,
            got: got / 2 + self.uploaded - counted.1,
            counted: (self.downloaded, self.uploaded),
        };
    }

    /// Whether anything was exchanged since the latest round of choking.
    pub(crate) const fn traded_lately(&self) -> bool {
        let (down, up) = self.lately.counted;
        self.downloaded != down || self.uploaded != up
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
            deadline = deadline.min(self.owing_since + config.request_timeout);
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
        } else if self.snubs >= SNUBS {
            Some(CloseReason::RequestTimeout)
        } else {
            None
        }
    }

    /// Its client, from the extended handshake or else from its peer id.
    pub(crate) fn client(&self) -> Option<String> {
        self.client.clone().or_else(|| self.hello?.id.client())
    }

    pub(crate) fn snapshot(&self, now: Time) -> PeerSnapshot {
        PeerSnapshot {
            key: self.key,
            peer_id: self.hello.map(|hello| hello.id),
            client: self.client(),
            progress: self.has.count_ones() as f32 / self.has.len().max(1) as f32,
            wants_nothing: self.wants_nothing(),
            waits: self.visit != Visit::Idle && !self.wants_nothing(),
            downloaded: self.downloaded,
            uploaded: self.uploaded,
            down_rate: self.down.per_second(now),
            up_rate: self.up.per_second(now),
            am_choking: self.am_choking,
            am_interested: self.am_interested,
            peer_choking: self.peer_choking,
            peer_interested: self.peer_interested,
            snubbed: self.is_snubbed(),
            requests_out: self.pipeline.len(),
            requests_in: self.uploads.len() as u32,
        }
    }
}

impl Early {
    pub(crate) fn all(&mut self) {
        self.all = true;
    }

    pub(crate) fn bitfield(&mut self, bytes: &[u8]) {
        self.bitfield = Some(bytes.to_vec());
    }

    pub(crate) fn have(&mut self, piece: PieceIndex) {
        if self.haves.len() < MAX_EARLY {
            self.haves.push(piece);
        }
    }

    /// What it comes to for a torrent of `pieces` pieces.
    ///
    /// # Errors
    ///
    /// When it does not fit such a torrent.
    pub(crate) fn resolve(self, pieces: u32) -> Result<Bitfield, CloseReason> {
        let mut has = match self.bitfield {
            _ if self.all => Bitfield::full(pieces),
            Some(bytes) => Bitfield::from_bytes(&bytes, pieces).map_err(CloseReason::Protocol)?,
            None => Bitfield::new(pieces),
        };
        for piece in self.haves {
            if piece.get() >= pieces {
                return Err(NO_SUCH_PIECE);
            }
            has.set(piece);
        }
        Ok(has)
    }
}

/// A peer speaks of a piece after the last.
pub(crate) const NO_SUCH_PIECE: CloseReason =
    CloseReason::Misbehaved("speaks of a piece that does not exist");

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
/// HAVE messages that are remembered while the metadata is unknown: a few minutes of a fast peer.
const MAX_EARLY: usize = 10_000;
