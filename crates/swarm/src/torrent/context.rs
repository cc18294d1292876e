use metainfo::{Info, InfoHashes, PieceIndex};
use wire::{Message, PeerId};

use super::Torrent;
use super::extensions::Wish;
use crate::set::Set;
use crate::uploads::Extra;
use crate::{CloseReason, Output, PeerKey, Standing, Time};

/// What an extension sees of a torrent, and what it may do to it.
#[derive(Debug)]
pub struct Context<'a> {
    torrent: &'a mut Torrent,
    /// Where the extension stands in the torrent's list of them.
    place: usize,
    /// What handshakes call it.
    name: &'static str,
}

/// What is known of a connected peer.
#[derive(Clone, Copy, Debug)]
pub struct PeerFacts {
    /// Who it is, once it has said so.
    pub id: Option<PeerId>,
    /// Whether it said that it speaks this extension.
    pub speaks: bool,
    /// Whether it has every piece that it wants.
    pub wants_nothing: bool,
    /// Whether it wants pieces that we have.
    pub interested: bool,
    /// Whether we serve it.
    pub served: bool,
    /// Whether it serves us.
    pub serves: bool,
    /// Bytes of blocks that it gave and that were of use.
    pub downloaded: u64,
    /// Bytes of blocks that it was asked for and gave, of use or not.
    pub answered: u64,
    /// How many of these are in pieces that turned out right.
    pub right: u64,
    /// Bytes of blocks that it was given.
    pub uploaded: u64,
}

impl<'a> Context<'a> {
    pub(super) const fn new(torrent: &'a mut Torrent, place: usize, name: &'static str) -> Self {
        Self { torrent, place, name }
    }

    /// The time.
    #[must_use]
    pub const fn now(&self) -> Time {
        self.torrent.now
    }

    /// Our own name among peers.
    #[must_use]
    pub const fn own_id(&self) -> PeerId {
        self.torrent.config.peer_id
    }

    /// The metadata, once known.
    #[must_use]
    pub const fn info(&self) -> Option<&Info> {
        self.torrent.info()
    }

    /// The torrent's names among peers, as far as they are known.
    #[must_use]
    pub const fn hashes(&self) -> InfoHashes {
        self.torrent.hashes
    }

    /// Whether every piece that we want is stored.
    #[must_use]
    pub fn wants_nothing(&self) -> bool {
        self.torrent.wants_nothing()
    }

    /// What is known of a peer, while it is connected.
    #[must_use]
    pub fn peer(&self, peer: PeerKey) -> Option<PeerFacts> {
        let peer = self.torrent.peers.get(&peer)?;
        Some(PeerFacts {
            id: peer.hello.map(|hello| hello.id),
            speaks: peer.capabilities.id(self.place).is_some(),
            wants_nothing: peer.wants_nothing(),
            interested: peer.peer_interested,
            served: !peer.service.am_choking(),
            serves: !peer.peer_choking,
            downloaded: peer.trade.downloaded(),
            answered: peer.trade.answered(),
            right: peer.trade.right(),
            uploaded: peer.trade.uploaded(),
        })
    }

    /// Whether a peer is connected that speaks this extension.
    #[must_use]
    pub fn speaks(&self, peer: PeerKey) -> bool {
        self.peer(peer).is_some_and(|peer| peer.speaks)
    }

    /// Sends a peer a message of this extension, if it speaks it.
    pub fn send(&mut self, peer: PeerKey, payload: &[u8]) {
        if let Some(peer) = self.torrent.peers.get_mut(&peer)
            && let Some(id) = peer.capabilities.id(self.place)
        {
            peer.say(Message::Extended { id, payload });
        }
    }

    /// Has [`give`](crate::extension::Extension::give) called once about `length` bytes may be sent to a peer: its
    /// channel has room, and no limit of ours forbids it. For what is large. Whether there was a place in the
    /// queue, which is short.
    pub fn queue(&mut self, peer: PeerKey, item: u32, length: u32) -> bool {
        let Some(to) = self.torrent.peers.get_mut(&peer) else { return false };
        let is_queued = to.uploads.push_extra(Extra { place: self.place, item, length });
        if is_queued {
            self.torrent.wishes.push_back(Wish::Serve(peer));
        }
        is_queued
    }

    /// Says what it is worth to serve a peer, to whatever policy chooses whom to serve ([`Standing::preference`]).
    pub fn prefer(&mut self, peer: PeerKey, preference: u64) {
        self.stand(peer, |standing| standing.preference = preference);
    }

    /// Lets a peer have so many more bytes of blocks and no more, whatever it was allowed before
    /// ([`Standing::credit`]); `None` for as many as it likes, which is so at first.
    pub fn allow(&mut self, peer: PeerKey, bytes: Option<u64>) {
        self.stand(peer, |standing| standing.credit = bytes);
    }

    /// Has a peer work on pieces of its own where it can, or on any again: it is soon known whether what it gives is right, and
    /// others have no part in that.
    pub fn keep_apart(&mut self, peer: PeerKey, apart: bool) {
        if let Some(peer) = self.torrent.peers.get_mut(&peer) {
            peer.is_apart = apart;
        }
    }

    /// Tells everybody again what we can do, since an extension is offered otherwise than before.
    pub fn introduce_again(&mut self) {
        self.torrent.wishes.push_back(Wish::Introduce);
    }

    /// Ends the connection to a peer.
    pub fn close(&mut self, peer: PeerKey, reason: CloseReason) {
        self.torrent.wishes.push_back(Wish::Close(peer, reason));
    }

    /// Tells the driver something, as an [`Output::Extension`].
    pub fn disclose(&mut self, bytes: Vec<u8>) {
        self.ask(Output::Extension { name: self.name, bytes });
    }

    fn stand(&mut self, peer: PeerKey, change: impl FnOnce(&mut Standing)) {
        if let Some(known) = self.torrent.peers.get(&peer) {
            let mut standing = known.service.standing;
            change(&mut standing);
            self.torrent.stands(peer, standing);
        }
    }

    /// Asks the driver for something.
    pub(crate) fn ask(&mut self, output: Output) {
        self.torrent.outputs.push_back(output);
    }

    /// Ends every connection of a peer, now and later: what it sent is wrong, and nobody else sent it.
    pub(crate) fn ban(&mut self, peer: PeerKey) {
        self.torrent.wishes.push_back(Wish::Ban(peer));
    }

    /// Goes on with these metadata, which are those of the torrent.
    pub(crate) fn adopt(&mut self, info: Info) {
        self.torrent.wishes.push_back(Wish::Adopt(info));
    }

    /// Does nothing any more: no client could use the torrent.
    pub(crate) fn give_up(&mut self, error: metainfo::Error) {
        self.torrent.wishes.push_back(Wish::GiveUp(error));
    }

    /// A peer does not have a piece any more.
    pub(crate) fn unset(&mut self, peer: PeerKey, piece: PieceIndex) {
        self.torrent.wishes.push_back(Wish::Unset(peer, piece));
    }

    /// Those who are connected.
    pub(crate) fn peers(&self) -> impl Iterator<Item = PeerKey> {
        self.torrent.peers.keys().copied()
    }

    /// How many more peers would be of use, beside `expected` ones.
    pub(crate) fn room(&self, expected: usize) -> usize {
        self.torrent.config.enough_peers.saturating_sub(self.torrent.peers.len() + expected)
    }

    /// As [`Torrent::welcomes`].
    pub(crate) fn welcomes(&self, peer: PeerId) -> bool {
        self.torrent.welcomes(peer)
    }

    /// Peers with whom no connection is wanted: ourselves, those who are connected, and those who are banned.
    pub(crate) fn known(&self) -> Set<PeerId> {
        let mut known = self.torrent.reputations.banned().clone();
        known.extend(self.torrent.peers.values().filter_map(|peer| peer.hello).map(|hello| hello.id));
        known.insert(self.own_id());
        known
    }
}
