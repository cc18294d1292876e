//! The outputs of a torrent carried out, and its connections.

use js_sys::{ArrayBuffer, Uint8Array};
use metainfo::{InfoHash, InfoHashes};
use protocol::relay;
use session::{Fetched, Opened, Output};
use swarm::{CloseReason, Input, IntroductionKey, PeerKey, Progress, Step, Time, TurnRequest, WebSeedKey};
use wire::{TipClaim, encode_piece_header};

use super::{CheckJob, Torrent};
use crate::browser::{self, copy_in};
use crate::link::{HIGH_WATER, Link};
use crate::web_seed::{FetchEvent, FetchJob};

/// Bytes that wait for a peer who asks and never takes, at which it is given up. Blocks alone wait no longer than
/// [`HIGH_WATER`].
const OVERFULL: u32 = 2 << 20;

/// What the session has to do for a torrent.
#[derive(Debug)]
pub(crate) enum Effect {
    /// This connection is over; why, if the engine ended it.
    Drop(PeerKey, Option<CloseReason>),
    /// A neighbour arranges a connection: this is our part of it.
    Introduce(IntroductionKey, Step),
    /// The metadata arrived: there may be further trackers, and rules for them.
    Metadata,
    /// Every wanted piece is here.
    Completed,
    /// It waits for a turn at what all torrents together may trade.
    Turn(TurnRequest),
    /// Peers claim to have given these tips, which nobody has checked.
    Tips(Vec<TipClaim>),
    /// A web seed is to be fetched from.
    Fetch(WebSeedKey, FetchJob),
    /// Pieces are to be hashed where they are.
    Check(CheckJob),
}

#[derive(Debug)]
pub(super) struct Peer {
    opened: Opened<Link>,
    /// Gathered while outputs are drained, sent together.
    out: Vec<u8>,
    /// Blocks are in `out`, so there may be room for more afterwards.
    uploading: bool,
}

impl Torrent {
    /// A connection for this torrent is open.
    pub(crate) fn connect(&mut self, now: Time, peer: PeerKey, swarm: InfoHash, opened: Opened<Link>) {
        self.peers.insert(peer, Peer { opened, out: Vec::new(), uploading: false });
        let by_v2 = matches!(self.hashes(), InfoHashes::Both(_, v2) if v2.truncated() == swarm);
        let connected = if by_v2 { Input::ConnectedV2 { peer } } else { Input::Connected { peer } };
        self.handle(now, connected);
        self.handle(now, Input::Writable { peer, room: HIGH_WATER });
    }

    /// A message arrived. `scratch` is the way into our memory, kept to be used again.
    pub(crate) fn receive(&mut self, now: Time, peer: PeerKey, message: &ArrayBuffer, scratch: &mut Vec<u8>) {
        copy_in(&Uint8Array::new(message), scratch, |bytes| {
            self.handle(now, Input::Received { peer, bytes });
        });
    }

    /// A connection has room again.
    pub(crate) fn writable(&mut self, now: Time, peer: PeerKey) {
        let Some(connection) = self.peers.get(&peer) else { return };
        let room = HIGH_WATER.saturating_sub(connection.opened.link.buffered());
        self.handle(now, Input::Writable { peer, room });
    }

    /// The session did something for a connection that a neighbour arranges.
    pub(crate) fn introduction(&mut self, now: Time, introduction: IntroductionKey, progress: Progress<'_>) {
        self.handle(now, Input::Introduction { introduction, progress });
    }

    /// A connection is gone.
    pub(crate) fn disconnect(&mut self, now: Time, peer: PeerKey) {
        if self.peers.remove(&peer).is_some() {
            self.handle(now, Input::Closed { peer });
        }
    }

    /// Gives up the connection of the least use, if there is one.
    pub(crate) fn spare_peer(&mut self, now: Time) {
        self.handle(now, Input::MakeRoom);
    }

    /// Whether a neighbour arranged this connection.
    pub(super) fn introduced(&self, peer: PeerKey) -> bool {
        self.peers.get(&peer).is_some_and(|peer| peer.opened.introduced)
    }

    /// How many connections there are.
    pub(crate) fn peer_count(&self) -> usize {
        self.peers.len()
    }

    /// Something came of what a web seed was asked for.
    pub(crate) fn fetch_event(
        &mut self,
        now: Time,
        web_seed: WebSeedKey,
        event: FetchEvent,
        scratch: &mut Vec<u8>,
    ) {
        match event {
            FetchEvent::Bytes(chunk) => copy_in(&chunk, scratch, |bytes| {
                self.fetched(now, web_seed, Fetched::Bytes(bytes));
            }),
            FetchEvent::Instead(span) => self.fetched(now, web_seed, Fetched::Instead(span)),
            FetchEvent::Failed(error) => {
                self.fetching.remove(&web_seed);
                self.fetched(now, web_seed, Fetched::Failed(error));
            }
        }
    }

    /// Carries out what its life asks for, until it asks for nothing more: once after each batch of inputs, so
    /// that what goes to one peer goes together.
    pub(crate) fn drain(&mut self, now: Time) {
        loop {
            while let Some(output) = self.poll(now) {
                self.carry_out(now, output);
            }
            if !self.flush(now) {
                return;
            }
        }
    }

    fn carry_out(&mut self, now: Time, output: Output) {
        match output {
            Output::Send { peer, bytes } => {
                if let Some(peer) = self.peers.get_mut(&peer) {
                    peer.out.extend_from_slice(&bytes);
                }
            }
            Output::Upload { peer, block } => {
                let Self { life, peers, .. } = self;
                let Some(peer) = peers.get_mut(&peer) else { return };
                let before = peer.out.len();
                peer.out.extend_from_slice(&encode_piece_header(block));
                let start = peer.out.len();
                peer.out.resize(start + block.length as usize, 0);
                if life.upload(now, block, &mut peer.out[start..]) {
                    peer.uploading = true;
                } else {
                    peer.out.truncate(before);
                }
            }
            Output::Close { peer, reason } => {
                if self.peers.remove(&peer).is_some() {
                    self.effects.push(Effect::Drop(peer, Some(reason)));
                }
            }
            Output::Introduce { introduction, step } => {
                self.effects.push(Effect::Introduce(introduction, step));
            }
            Output::Hash { piece } => {
                let check = self.verify(piece);
                self.hashed(now, piece, check);
            }
            Output::Store { piece } => {
                let written = self.write(piece);
                self.stored(now, piece, written);
            }
            Output::Leaves { piece } => {
                let leaves = self.hash_leaves(now, piece);
                self.handle(now, Input::Leaves { piece, leaves: &leaves });
            }
            Output::Copy { piece } => {
                let copied = self.copy(piece);
                self.copied(browser::now(), piece, copied);
            }
            Output::Check(pieces) => {
                let job = self.check_job(pieces);
                self.effects.extend(job.map(Effect::Check));
            }
            Output::Fetch { web_seed, address, span } => {
                let info = self.info().cloned();
                let job = info.and_then(|info| FetchJob::new(address, info, span));
                if let Some(job) = job {
                    self.fetching.insert(web_seed, job.abort());
                    self.effects.push(Effect::Fetch(web_seed, job));
                }
            }
            Output::Abort { web_seed } => {
                self.fetching.remove(&web_seed);
            }
            Output::Begin { stream, head } => self.begin(stream, &head),
            Output::Stream { stream, span, stored } => self.send_chunk(now, stream, span, stored),
            Output::End { stream, broken } => self.end(stream, broken),
            Output::Metadata => self.effects.push(Effect::Metadata),
            Output::Turn(request) => self.effects.push(Effect::Turn(request)),
            Output::Tips(claims) => self.effects.push(Effect::Tips(claims)),
            Output::Completed => self.effects.push(Effect::Completed),
        }
    }

    /// Sends what was gathered. Whether the engine has something to say to that.
    fn flush(&mut self, now: Time) -> bool {
        let mut news = false;
        let mut broken = Vec::new();
        let Self { life, peers, .. } = self;
        for (key, peer) in peers {
            if peer.out.is_empty() {
                continue;
            }
            let sent =
                peer.out.chunks(peer.opened.max_message).try_for_each(|part| peer.opened.link.send(part));
            peer.out.clear();
            if sent.is_err() || peer.opened.link.buffered() > OVERFULL {
                broken.push(*key);
            } else if std::mem::take(&mut peer.uploading) {
                let buffered = peer.opened.link.buffered();
                if buffered <= relay::LOW_WATER {
                    let room = HIGH_WATER - buffered;
                    life.handle(now, Input::Writable { peer: *key, room });
                    news = true;
                }
            }
        }
        for peer in broken {
            self.disconnect(now, peer);
            self.effects.push(Effect::Drop(peer, None));
            news = true;
        }
        news
    }
}
