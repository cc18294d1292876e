//! Everyone who is connected.

use litemap::LiteMap;

use crate::PeerKey;
use crate::peer::Peer;
use crate::work::walk;

/// The peers in the order in which they came, and whom something was done to. Whoever was not touched has said
/// and been told nothing new, so what follows from an input costs as much as the peers that it was about.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    all: LiteMap<PeerKey, Peer>,
    touched: Vec<PeerKey>,
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

    /// Calls back with each peer that was touched since the last time, in order.
    pub(crate) fn settle(&mut self, mut each: impl FnMut(&mut Peer)) {
        self.touched.sort_unstable();
        for key in self.touched.drain(..) {
            // Keys are never used again, so one that is gone was removed.
            if let Some(peer) = self.all.get_mut(&key) {
                peer.touched = false;
                each(peer);
            }
        }
    }
}

fn touch(touched: &mut Vec<PeerKey>, key: PeerKey, peer: &mut Peer) {
    if !std::mem::replace(&mut peer.touched, true) {
        touched.push(key);
    }
}

#[cfg(test)]
mod tests {
    use wire::PeerId;

    use super::*;
    use crate::{Config, Time};

    fn peers() -> Peers {
        let config = Config::new(PeerId::from_bytes([0; 20]));
        let mut peers = Peers::default();
        for key in 0..5 {
            peers.insert(Peer::new(Time::ZERO, PeerKey::new(key), None, &config));
        }
        peers
    }

    fn settled(peers: &mut Peers) -> Vec<u32> {
        let mut keys = Vec::new();
        peers.settle(|peer| keys.push(peer.key.get()));
        keys
    }

    #[test]
    fn each_peer_that_was_touched_is_settled_once_and_in_order() {
        let mut peers = peers();
        assert_eq!(settled(&mut peers), [0, 1, 2, 3, 4]);
        for key in [3, 1, 3] {
            peers.get_mut(&PeerKey::new(key));
        }
        assert_eq!(settled(&mut peers), [1, 3]);
        assert_eq!(settled(&mut peers), [0; 0]);
    }

    #[test]
    fn a_peer_that_is_gone_is_not_settled() {
        let mut peers = peers();
        peers.remove(&PeerKey::new(2));
        assert_eq!(settled(&mut peers), [0, 1, 3, 4]);
    }
}
