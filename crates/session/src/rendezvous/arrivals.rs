//! Links that nobody told us of, as a listening socket accepts them: whom they are for is in their first bytes.

use swarm::{PeerKey, Time};

use super::{Output, Rendezvous};

impl<L> Rendezvous<L> {
    /// Somebody has opened a link to us. Until the torrent is known that it is for, tell what
    /// [arrives](super::Input::Received) on it, under this key; `None` if there are too many links.
    pub fn arrive(&mut self, now: Time, link: L) -> Option<PeerKey> {
        self.connections.arrive(now, link)
    }

    /// Bytes came on a link whose torrent is not known: gives it to the one that its handshake names.
    pub(super) fn received(&mut self, peer: PeerKey, bytes: &[u8]) {
        let Some((swarm, bytes)) = self.connections.hear(peer, bytes) else { return };
        let torrent = self.joined.of(swarm);
        let opened = torrent.and_then(|torrent| self.connections.name(peer, torrent));
        let (Some(torrent), Some(opened)) = (torrent, opened) else { return self.drop_connection(peer) };
        self.outputs.push_back(Output::Connected { torrent, swarm, peer, opened });
        self.outputs.push_back(Output::Received { torrent, peer, bytes });
    }
}
