//! Everyone who is connected.

use std::mem;

use litemap::LiteMap;

use crate::peer::Peer;
use crate::set::Set;
use crate::work::walk;
use crate::{PeerKey, Time};

/// The peers in the order in which they came, and whom something was done to. Whoever was not touched has said
/// and been told nothing new, so what follows from an input costs as much as the peers that it was about.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    all: LiteMap<PeerKey, Peer>,
    touched: Vec<PeerKey>,
    /// Those whose outbox may hold something.
    told: Set<PeerKey>,
}

impl Peers {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(crate) fn contains_key(&self, key: &PeerKey) -> bool {
        self.all.contains_key(key)
    }

    pub(crate) fn get(&self, key: &PeerKey) -> Option<&Peer> {
        self.all.get(key)
    }

    /// A peer to do something to.
    pub(crate) fn get_mut(&mut self, key: &PeerKey) -> Option<&mut Peer> {
        let peer = self.all.get_mut(key)?;
        touch(&mut self.touched, *key, peer);
        Some(peer)
    }

    pub(crate) fn first(&self) -> Option<(&PeerKey, &Peer)> {
        self.all.first()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &PeerKey> {
        walk(self.all.keys())
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &Peer> {
        walk(self.all.values())
    }

    /// Everyone, to do something to each.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&PeerKey, &mut Peer)> {
        let touched = &mut self.touched;
        walk(self.all.iter_mut()).map(|(key, peer)| {
            touch(touched, *key, peer);
            (key, peer)
        })
    }

    /// Adds a peer, unless its key is taken.
    pub(crate) fn insert(&mut self, peer: Peer) {
        let key = peer.key;
        if self.all.try_insert(key, peer).is_none() {
            self.get_mut(&key);
        }
    }

    pub(crate) fn remove(&mut self, key: &PeerKey) -> Option<Peer> {
        self.all.remove(key)
    }

    /// Takes note of who was told something since the last time.
    pub(crate) fn settle(&mut self, now: Time) {
        for key in self.touched.drain(..) {
            // Keys are never used again, so one that is gone was removed.
            let Some(peer) = self.all.get_mut(&key) else { continue };
            peer.touched = false;
            if !peer.outbox.is_empty() {
                peer.spoke = now;
                self.told.insert(key);
            }
        }
    }

    /// What the first of those who were told something was told.
    pub(crate) fn pop_said(&mut self) -> Option<(PeerKey, Vec<u8>)> {
        while let Some(key) = self.told.pop_first() {
            if let Some(peer) = self.all.get_mut(&key).filter(|peer| !peer.outbox.is_empty()) {
                return Some((key, mem::take(&mut peer.outbox)));
            }
        }
        None
    }
}

fn touch(touched: &mut Vec<PeerKey>, key: PeerKey, peer: &mut Peer) {
    if !mem::replace(&mut peer.touched, true) {
        touched.push(key);
    }
}

#[cfg(test)]
mod tests {
    use wire::{Message, PeerId};

    use super::*;
    use crate::Config;

    fn peers() -> Peers {
        let config = Config::new(PeerId::from_bytes([0; 20]));
        let mut peers = Peers::default();
        for key in 0..5 {
            peers.insert(Peer::new(Time::ZERO, PeerKey::new(key), None, &config));
        }
        peers
    }

    /// Who was told something.
    fn told(peers: &mut Peers) -> Vec<u32> {
        peers.settle(Time::ZERO);
        std::iter::from_fn(|| peers.pop_said()).map(|(key, _)| key.get()).collect()
    }

    fn tell(peers: &mut Peers, keys: &[u32]) {
        for key in keys {
            peers.get_mut(&PeerKey::new(*key)).unwrap().say(Message::Choke);
        }
    }

    #[test]
    fn what_each_peer_was_told_is_handed_out_once_and_in_order() {
        let mut peers = peers();
        tell(&mut peers, &[3, 1, 3]);
        assert_eq!(told(&mut peers), [1, 3]);
        assert_eq!(told(&mut peers), [0; 0]);
    }

    #[test]
    fn what_a_peer_was_told_in_several_inputs_is_handed_out_together() {
        let mut peers = peers();
        for _ in 0..3 {
            tell(&mut peers, &[2]);
            peers.settle(Time::ZERO);
        }
        assert_eq!(peers.pop_said().map(|(key, bytes)| (key.get(), bytes.len())), Some((2, 15)));
        assert_eq!(peers.pop_said(), None);
    }

    #[test]
    fn a_peer_that_is_gone_is_told_nothing() {
        let mut peers = peers();
        tell(&mut peers, &[1, 2]);
        peers.remove(&PeerKey::new(2));
        assert_eq!(told(&mut peers), [1]);
        tell(&mut peers, &[0, 1]);
        peers.settle(Time::ZERO);
        peers.remove(&PeerKey::new(0));
        assert_eq!(told(&mut peers), [1]);
    }
}
