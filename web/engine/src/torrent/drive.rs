//! The engine of one torrent and its connections: inputs in, outputs carried out.

use std::time::Duration;

use js_sys::{ArrayBuffer, Uint8Array};
use litemap::LiteMap;
use metainfo::merkle::{self, Hash};
use metainfo::{Block, Check, Info, InfoHash, InfoHashes, Metainfo, PieceIndex, PieceLayers};
use protocol::{Problem, TipClaim, relay};
use session::Opened;
use swarm::{
    Blocks as _, Config, Input, IntroductionKey, Output, PeerKey, Progress, Snapshot, Source, Step, Time,
    WebSeedKey,
};
use wire::{PeerId, encode_piece_header};

use super::Torrent;
use crate::Error;
use crate::browser::copy_in;
use crate::files::Reader;
use crate::link::{HIGH_WATER, Link};
use crate::slots::Slots;
use crate::store::Folder;
use crate::web_seed::{FetchJob, WebSeeds};

/// How long the record may be behind. A crash costs no more than hashing what was stored in that time; a
/// flush every moment would cost more.
pub(super) const SAVE_INTERVAL: Duration = Duration::from_secs(5);

/// Bytes that wait for a peer who asks and never takes, at which it is given up. Blocks alone wait no longer than
/// [`HIGH_WATER`].
const OVERFULL: u32 = 2 << 20;

/// How long after a block was sent its peer may still ask for the next.
const LULL: Duration = Duration::from_secs(2);

/// What the session has to do for a torrent.
#[derive(Debug)]
pub(crate) enum Effect {
    /// This connection is over; the page can forget it.
    Drop(PeerKey),
    /// A neighbour arranges a connection: this is our part of it.
    Introduce(IntroductionKey, Step),
    /// The metadata arrived: there may be further trackers, and rules for them.
    Metadata,
    /// Every wanted piece is here.
    Completed,
    /// Peers claim to have given these tips, which nobody has checked.
    Tips(Vec<TipClaim>),
    /// A web seed is to be fetched from.
    Fetch(WebSeedKey, FetchJob),
}

/// The running engine and what it trades with.
#[derive(Debug, Default)]
pub(super) struct Drive {
    engine: Option<swarm::Torrent>,
    slots: Slots,
    peers: LiteMap<PeerKey, Peer>,
    pub(super) web_seeds: WebSeeds,
    pub(super) effects: Vec<Effect>,
    /// Bytes received and sent that the record has counted.
    counted: (u64, u64),
    /// When a block was last sent.
    served: Option<Time>,
}

#[derive(Debug)]
struct Peer {
    opened: Opened<Link>,
    /// Gathered while outputs are drained, sent together.
    out: Vec<u8>,
    /// Blocks are in `out`, so there may be room for more afterwards.
    uploading: bool,
}

impl Drive {
    /// Starts an engine.
    pub(super) fn start(&mut self, now: Time, source: Source, config: Config, seed: u64) {
        if let Source::Info(info, _) = &source {
            self.slots.shape(info.geometry().clone());
        }
        self.engine = Some(swarm::Torrent::new(now, source, config, seed));
    }

    /// Ends the engine and every connection.
    pub(super) fn stop(&mut self) {
        let peers = std::mem::take(&mut self.peers);
        self.effects.extend(peers.into_iter().map(|(peer, _)| Effect::Drop(peer)));
        self.slots = Slots::default();
        self.web_seeds = WebSeeds::default();
        self.engine = None;
        self.counted = (0, 0);
    }

    pub(super) fn handle(&mut self, now: Time, input: Input<'_>) {
        if let Some(engine) = &mut self.engine {
            engine.handle(now, input, &mut self.slots);
        }
    }

    pub(super) fn deadline(&self) -> Option<Time> {
        self.engine.as_ref()?.deadline()
    }

    pub(super) fn snapshot(&self, now: Time) -> Option<Snapshot> {
        Some(self.engine.as_ref()?.snapshot(now))
    }

    /// Bytes received and sent that the record has not counted yet.
    pub(super) fn totals(&self, now: Time) -> (u64, u64) {
        self.snapshot(now).map_or((0, 0), |snapshot| {
            (
                snapshot.downloaded.saturating_sub(self.counted.0),
                snapshot.uploaded.saturating_sub(self.counted.1),
            )
        })
    }

    /// The same, and from now on they count as counted.
    pub(super) fn take_totals(&mut self, now: Time) -> (u64, u64) {
        let (downloaded, uploaded) = self.totals(now);
        self.counted = (self.counted.0 + downloaded, self.counted.1 + uploaded);
        (downloaded, uploaded)
    }

    /// Claims of tips that nobody has checked.
    pub(super) fn unchecked_tips(&self) -> impl Iterator<Item = TipClaim> {
        self.engine.iter().flat_map(swarm::Torrent::unchecked_tips)
    }

    /// Bytes that are still to be stored.
    pub(super) fn left(&self, now: Time) -> u64 {
        self.snapshot(now).map_or(0, |snapshot| snapshot.left)
    }

    /// Whether any peer is being served.
    pub(super) fn uploading(&self, now: Time) -> bool {
        self.served.is_some_and(|served| now.since(served) < LULL)
    }

    fn queue(&mut self, peer: PeerKey, bytes: &[u8]) {
        if let Some(peer) = self.peers.get_mut(&peer) {
            peer.out.extend_from_slice(bytes);
        }
    }

    /// Sends what was gathered. Whether the engine has something to say to that.
    fn flush(&mut self, now: Time) -> bool {
        let mut news = false;
        let mut broken = Vec::new();
        let Self { engine: Some(engine), slots, peers, .. } = self else { return false };
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
                    engine.handle(now, Input::Writable { peer: *key, room }, slots);
                    news = true;
                }
            }
        }
        for peer in broken {
            self.peers.remove(&peer);
            self.handle(now, Input::Closed { peer });
            self.effects.push(Effect::Drop(peer));
            news = true;
        }
        news
    }
}

impl Torrent {
    /// A connection for this torrent is open.
    pub(crate) fn connect(&mut self, now: Time, peer: PeerKey, swarm: InfoHash, opened: Opened<Link>) {
        self.drive.peers.insert(peer, Peer { opened, out: Vec::new(), uploading: false });
        let by_v2 = matches!(self.hashes(), InfoHashes::Both(_, v2) if v2.truncated() == swarm);
        let connected = if by_v2 { Input::ConnectedV2 { peer } } else { Input::Connected { peer } };
        self.drive.handle(now, connected);
        self.drive.handle(now, Input::Writable { peer, room: HIGH_WATER });
    }

    /// A message arrived. `scratch` is the way into our memory, kept to be used again.
    pub(crate) fn receive(&mut self, now: Time, peer: PeerKey, message: &ArrayBuffer, scratch: &mut Vec<u8>) {
        copy_in(&Uint8Array::new(message), scratch, |bytes| {
            self.drive.handle(now, Input::Received { peer, bytes });
        });
    }

    /// A connection has room again.
    pub(crate) fn writable(&mut self, now: Time, peer: PeerKey) {
        let Some(connection) = self.drive.peers.get(&peer) else { return };
        let room = HIGH_WATER.saturating_sub(connection.opened.link.buffered());
        self.drive.handle(now, Input::Writable { peer, room });
    }

    /// The session did something for a connection that a neighbour arranges.
    pub(crate) fn introduction(&mut self, now: Time, introduction: IntroductionKey, progress: Progress<'_>) {
        self.drive.handle(now, Input::Introduction { introduction, progress });
    }

    /// A connection is gone.
    pub(crate) fn disconnect(&mut self, now: Time, peer: PeerKey) {
        if self.drive.peers.remove(&peer).is_some() {
            self.drive.handle(now, Input::Closed { peer });
        }
    }

    /// Every connection is over.
    pub(crate) fn disconnect_all(&mut self, now: Time) {
        let peers: Vec<PeerKey> = self.drive.peers.keys().copied().collect();
        for peer in peers {
            self.disconnect(now, peer);
            self.drive.effects.push(Effect::Drop(peer));
        }
    }

    /// Whether a connection to this peer may be of use.
    pub(crate) fn welcomes(&self, peer: PeerId) -> bool {
        self.drive.engine.as_ref().is_some_and(|engine| engine.welcomes(peer))
    }

    /// Gives up the connection of the least use, if there is one.
    pub(crate) fn spare_peer(&mut self, now: Time) {
        self.drive.handle(now, Input::MakeRoom);
    }

    /// Whether a neighbour arranged this connection.
    pub(super) fn introduced(&self, peer: PeerKey) -> bool {
        self.drive.peers.get(&peer).is_some_and(|peer| peer.opened.introduced)
    }

    /// How many connections there are.
    pub(crate) fn peer_count(&self) -> usize {
        self.drive.peers.len()
    }

    /// Carries out what the engine asks for, until it asks for nothing more: once after each batch of inputs, so
    /// that what goes to one peer goes together.
    pub(crate) fn drain(&mut self, now: Time) {
        loop {
            while let Some(output) = self.drive.engine.as_mut().and_then(swarm::Torrent::poll) {
                self.carry_out(now, output);
            }
            let news = self.drive.flush(now) | self.feed_streams(now);
            if !news {
                return;
            }
        }
    }

    fn carry_out(&mut self, now: Time, output: Output) {
        match output {
            Output::Send { peer, bytes } => self.drive.queue(peer, &bytes),
            Output::Upload { peer, block } => self.upload(now, peer, block),
            Output::Close { peer, .. } => {
                if self.drive.peers.remove(&peer).is_some() {
                    self.drive.effects.push(Effect::Drop(peer));
                }
            }
            Output::Fetch { web_seed, span } => self.fetch(web_seed, span),
            Output::Abort { web_seed, reason } => self.abort_fetch(web_seed, reason),
            Output::Hash { piece } => {
                let check = self
                    .metainfo
                    .as_ref()
                    .zip(self.drive.slots.get(piece))
                    .map_or(Check::Wrong, |(metainfo, bytes)| {
                        metainfo.piece_layers.check(&metainfo.info, piece, bytes)
                    });
                if check == Check::Contradiction {
                    self.give_up(now, metainfo::Error::VersionsDiffer);
                } else {
                    self.drive.handle(now, Input::Hashed { piece, ok: check == Check::Right });
                }
            }
            Output::Leaves { piece } => {
                let leaves = self.leaves(now, piece);
                self.drive.handle(now, Input::Leaves { piece, leaves: &leaves });
            }
            Output::Store { piece } => match self.store(piece) {
                Ok(()) => {
                    self.unsaved();
                    self.drive.slots.discard(piece);
                    self.drive.handle(now, Input::Stored { piece });
                }
                Err(error) => {
                    self.drive.slots.discard(piece);
                    self.drive.handle(now, Input::StoreFailed { piece });
                    self.fail(now, error);
                    self.unsaved();
                }
            },
            Output::Metadata(info) => self.adopt_metadata(now, info),
            Output::PieceLayers(layers) => {
                if let Some(metainfo) = &mut self.metainfo {
                    metainfo.piece_layers = layers;
                    if let Err(error) = self.folder.save_torrent(metainfo) {
                        self.fail(now, error);
                    }
                }
            }
            Output::Introduce { introduction, step } => {
                self.drive.effects.push(Effect::Introduce(introduction, step));
            }
            Output::Tips(claims) => self.drive.effects.push(Effect::Tips(claims)),
            // Only those that a driver adds say something, and we add none.
            Output::Extension { .. } => {}
            Output::Unusable(error) => self.give_up(now, error),
            Output::Completed => {
                self.evicted = false;
                self.save(now);
                self.drive.effects.push(Effect::Completed);
            }
        }
    }

    /// No client could use this torrent.
    fn give_up(&mut self, now: Time, why: metainfo::Error) {
        self.problem = Some(Problem::Unusable(why));
        self.drive.handle(now, Input::Pause);
    }

    fn store(&mut self, piece: PieceIndex) -> Result<(), Error> {
        let (Some(metainfo), Some(stored)) = (&self.metainfo, &mut self.stored) else {
            return Err(Error::Broken);
        };
        let bytes = self.drive.slots.get(piece).ok_or(Error::Broken)?;
        self.folder.write(metainfo.info.geometry().offset_of(piece), bytes)?;
        stored.set(piece);
        self.folder.mark(stored, piece).inspect_err(|_| {
            stored.unset(piece);
        })
    }

    /// Puts a block behind what already goes to `peer`, straight from storage.
    fn upload(&mut self, now: Time, key: PeerKey, block: Block) {
        let Some(metainfo) = &self.metainfo else { return };
        let Some(peer) = self.drive.peers.get_mut(&key) else { return };
        let at = metainfo.info.geometry().span_of(block).offset;
        let before = peer.out.len();
        peer.out.extend_from_slice(&encode_piece_header(block));
        let start = peer.out.len();
        peer.out.resize(start + block.length as usize, 0);
        let copied = self.stored.as_ref().is_some_and(|stored| stored.get(block.piece));
        match read(&mut self.reader, &self.folder, copied, at, &mut peer.out[start..]) {
            Ok(()) => {
                peer.uploading = true;
                self.drive.served = Some(now);
            }
            Err(error) => {
                peer.out.truncate(before);
                self.lost(now, block.piece, error);
            }
        }
    }

    /// The leaf of each block of a piece that is on its way to storage, or there. None if it cannot be read.
    fn leaves(&mut self, now: Time, piece: PieceIndex) -> Vec<Hash> {
        let Some(metainfo) = &self.metainfo else { return Vec::new() };
        let geometry = metainfo.info.geometry();
        let content = geometry.content_of(piece) as usize;
        if let Some(bytes) = self.drive.slots.get(piece) {
            return merkle::leaves(bytes.get(..content).unwrap_or_default());
        }
        let mut bytes = vec![0; content];
        let copied = self.stored.as_ref().is_some_and(|stored| stored.get(piece));
        match read(&mut self.reader, &self.folder, copied, geometry.offset_of(piece), &mut bytes) {
            Ok(()) => merkle::leaves(&bytes),
            Err(error) => {
                self.lost(now, piece, error);
                Vec::new()
            }
        }
    }

    /// A piece that was here cannot be read.
    pub(super) fn lost(&mut self, now: Time, piece: PieceIndex, error: Error) {
        if let (Error::NotFound, Some(stored)) = (&error, &mut self.stored)
            && stored.unset(piece)
        {
            // Unmarked or not, it is hashed again at the next start.
            let _ = self.folder.mark(stored, piece);
            self.evicted = true;
            // Before anything makes the file longer again, and the piece look as if it were there.
            self.save(now);
            self.drive.handle(now, Input::Lost { piece });
            if let Some(selection) = self.selection() {
                self.drive.handle(now, Input::Select(selection));
            }
        } else {
            self.fail(now, error);
        }
    }

    fn adopt_metadata(&mut self, now: Time, info: Info) {
        let announce = match &self.magnet {
            Some(magnet) => magnet.trackers.iter().map(|url| vec![url.clone()]).collect(),
            None => Vec::new(),
        };
        self.drive.slots.shape(info.geometry().clone());
        self.learn(
            now,
            Metainfo {
                info,
                piece_layers: PieceLayers::default(),
                announce,
                url_list: self.magnet.as_ref().map(|magnet| magnet.web_seeds.clone()).unwrap_or_default(),
                comment: None,
                created_by: None,
                creation_date: None,
                endorsements: Vec::new(),
            },
        );
        self.skip_what_is_not_linked();
        self.drive.effects.push(Effect::Metadata);
        // Left behind by an earlier visit whose records are lost.
        let doubtful = self.doubtful();
        if !doubtful.is_empty() {
            self.start(now, doubtful);
        } else if self.problem.is_some() {
            self.drive.handle(now, Input::Pause);
        } else if let Some(selection) = self.selection() {
            self.expect_player(now);
            self.drive.handle(now, Input::Select(selection));
        }
        self.save(now);
    }
}

/// Reads stored bytes: from the folder if they were `copied` there, or if there are no files of the user's.
fn read(
    reader: &mut Option<Reader>,
    folder: &Folder,
    copied: bool,
    at: u64,
    place: &mut [u8],
) -> Result<(), Error> {
    match reader {
        Some(reader) if !copied => reader.read(at, place),
        _ => folder.read(at, place),
    }
}
