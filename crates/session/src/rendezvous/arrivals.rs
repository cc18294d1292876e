//! Links that nobody told us of, as a listening socket accepts them: whom they are for is in their first bytes.

use metainfo::InfoHash;
use swarm::{PeerKey, Time};

use super::{Output, Rendezvous};
use crate::Policy;

impl<L> Rendezvous<L> {
    /// We have opened a link to somebody of this swarm without any offer, as a socket is. The key under which its torrent
    /// has it now; `None` if there are too many links, or there is no such torrent that takes any: a socket goes through no
    /// relay.
    pub fn dial(&mut self, now: Time, swarm: InfoHash, link: L) -> Option<PeerKey> {
        let torrent = self.reachable(swarm)?;
        let peer = self.connections.arrive(now, link)?;
        let opened = self.connections.name(peer, torrent)?;
        self.outputs.push_back(Output::Connected { torrent, swarm, peer, opened });
        Some(peer)
    }

    /// Somebody has opened a link to us. Until the torrent is known that it is for, tell what
    /// [arrives](super::Input::Received) on it, under this key; `None` if there are too many links.
    pub fn arrive(&mut self, now: Time, link: L) -> Option<PeerKey> {
        self.connections.arrive(now, link)
    }

    /// Bytes came on a link whose torrent is not known: gives it to the one that its handshake names.
    pub(super) fn received(&mut self, peer: PeerKey, bytes: &[u8]) {
        let Some((swarm, bytes)) = self.connections.hear(peer, bytes) else { return };
        let torrent = self.reachable(swarm);
        let opened = torrent.and_then(|torrent| self.connections.name(peer, torrent));
        let (Some(torrent), Some(opened)) = (torrent, opened) else { return self.drop_connection(peer) };
        self.outputs.push_back(Output::Connected { torrent, swarm, peer, opened });
        self.outputs.push_back(Output::Received { torrent, peer, bytes });
    }

    /// The torrent of a swarm, unless its peers are met through relays alone.
    fn reachable(&self, swarm: InfoHash) -> Option<InfoHash> {
        self.joined.of(swarm).filter(|torrent| self.policy(*torrent) == Some(Policy::All))
    }
}
