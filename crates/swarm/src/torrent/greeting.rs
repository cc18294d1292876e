//! The first words on a connection.

use journal::Event;
use metainfo::{InfoHash, InfoHashes};
use wire::{Bitfield, Handshake, Message, PeerId, Reserved};

use super::Torrent;
use crate::peer::{Hello, Peer};
use crate::{Blocks, CloseReason, Output, PeerKey};

impl Torrent {
    /// A channel opened: says who we are.
    pub(super) fn connected(&mut self, key: PeerKey, by_v2: bool, blocks: &mut impl Blocks) {
        let refusal = match () {
            () if self.paused || self.unusable => Some(CloseReason::Paused),
            () if self.peers.len() >= self.config.max_peers && !self.make_room(blocks) => {
                Some(CloseReason::TooManyPeers)
            }
            () => None,
        };
        if let Some(reason) = refusal {
            self.note(Some(key), Event::Closed((&reason).into()));
            self.outputs.push_back(Output::Close { peer: key, reason });
            return;
        }
        self.note(Some(key), Event::Connected);
        let pieces = self.info().map(|info| info.geometry().piece_count());
        self.peers.insert(Peer::new(self.now, key, pieces, &self.config));
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let (ours, peer_id) = (Reserved::ours(), self.config.peer_id);
        let (info_hash, reserved) = match self.hashes {
            InfoHashes::Both(_, v2) if by_v2 => (v2.truncated(), ours),
            InfoHashes::Both(v1, _) => (v1, ours.upgradable()),
            InfoHashes::One(_) | InfoHashes::Two(_) => (self.hashes.id(), ours),
        };
        peer.named_v2 = self.hashes.v2().is_some_and(|v2| v2.truncated() == info_hash);
        let handshake = Handshake { reserved, info_hash, peer_id };
        peer.outbox.extend_from_slice(&handshake.encode());
    }

    /// The peer said who it is: says what we have, and what else we can do.
    pub(super) fn greeted(&mut self, key: PeerKey, handshake: Handshake, blocks: &mut impl Blocks) {
        if let Err(reason) = self.admit(key, handshake) {
            self.close(key, reason, blocks);
            return;
        }
        self.note(Some(key), Event::Greeted);
        let names_v2 = self.hashes.v2().is_some_and(|v2| v2.truncated() == handshake.info_hash);
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.speaks_v2 = names_v2 || peer.named_v2 && handshake.reserved.takes_version_two();
            peer.hello = Some(Hello { id: handshake.peer_id, reserved: handshake.reserved, at: self.now });
        }
        self.end_idle_super_seeding();
        let shy = self.super_seeds();
        let extended = self.extended_handshake(shy);
        let have = match self.pieces() {
            Some(pieces) if shy => Bitfield::new(pieces.geometry().piece_count()),
            Some(pieces) => pieces.have().clone(),
            None => self.nothing.clone(),
        };
        let Some(peer) = self.peers.get_mut(&key) else { return };
        match (handshake.reserved.fast(), have.is_empty(), have.is_full()) {
            (true, true, _) => peer.say(Message::HaveNone),
            (true, _, true) => peer.say(Message::HaveAll),
            (false, true, _) => {}
            _ => peer.say(Message::Bitfield(have.as_bytes())),
        }
        peer.say_extended(&extended);
        if shy {
            self.show_first(key);
        }
        self.tell_extensions(&mut |extension, cx| extension.met(cx, key));
    }

    fn admit(&mut self, key: PeerKey, handshake: Handshake) -> Result<(), CloseReason> {
        let id = handshake.peer_id;
        if !self.is_named_by(handshake) {
            return Err(CloseReason::WrongInfoHash);
        }
        if id == self.config.peer_id {
            return Err(CloseReason::SelfConnection);
        }
        if self.reputations.is_banned(id) {
            return Err(CloseReason::Banned);
        }
        if let Some(twin) = self.peer_named(id) {
            // When both sides offered a connection, each may see the other one first, and closing the
            // second would close both. So the side with the higher id decides, and the other one waits.
            if self.config.peer_id > id {
                return Err(CloseReason::Duplicate);
            }
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.twin = Some(twin);
            }
        }
        Ok(())
    }

    /// Whether a handshake is for this torrent. Where there is only version 2, that of libtorrent 2.1.1 names no
    /// torrent over WebRTC: it is for the one that the tracker introduced the peer for.
    fn is_named_by(&self, handshake: Handshake) -> bool {
        let names_none = handshake.info_hash == InfoHash::from_bytes([0; 20]);
        self.hashes.swarms().any(|swarm| swarm == handshake.info_hash)
            || names_none && handshake.reserved.takes_version_two() && self.hashes.v1().is_none()
    }

    /// The connection of the peer that goes by this id.
    pub(super) fn peer_named(&self, id: PeerId) -> Option<PeerKey> {
        self.peers.values().find(|peer| peer.hello.is_some_and(|hello| hello.id == id)).map(|peer| peer.key)
    }
}
