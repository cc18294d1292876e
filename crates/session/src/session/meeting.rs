//! What connections and trackers' sockets do, and what that means for the torrents.

use litemap::LiteMap;
use metainfo::{Info, InfoHash, InfoHashes};
use swarm::{Input as Told, PeerKey, Time};
use wire::PeerId;

use super::{Entry, Output, Session, touch};
use crate::exposure::Policy;
use crate::rendezvous::{Input, Output as Met, SocketEvent, Standing, Torrents};
use crate::{Storage, UserFiles};

/// What a rendezvous has to know of the torrents.
struct Known<'a, S, U>(&'a LiteMap<InfoHash, Entry<S, U>>);

impl<S: Storage, U: UserFiles> Torrents for Known<'_, S, U> {
    fn standing(&self, torrent: InfoHash) -> Option<Standing> {
        let torrent = &self.0.get(&torrent)?.torrent;
        let (downloaded, uploaded) = torrent.traded();
        let downloading = torrent.downloading();
        let meets_seeds = torrent.info().is_some_and(Info::takes_tips);
        Some(Standing { left: torrent.left(), uploaded, downloaded, downloading, meets_seeds })
    }

    fn welcomes(&self, torrent: InfoHash, peer: PeerId) -> bool {
        self.0.get(&torrent).is_some_and(|entry| entry.torrent.welcomes(peer))
    }
}

impl<S: Storage, U: UserFiles, L> Session<S, U, L> {
    /// There is a network again: trackers that are waited for need not be.
    pub fn online(&mut self, now: Time) {
        self.meet(now, Input::Online);
    }

    /// A torrent of which nothing is known yet will soon be added: what its first announce takes is made
    /// ready meanwhile.
    pub fn expect(&mut self, now: Time) {
        self.meet(now, Input::Expect { private: false, policy: Policy::of(self.relay_all) });
    }

    /// Something happened on the socket to a tracker.
    pub fn socket(&mut self, now: Time, url: &str, event: SocketEvent) {
        self.meet(now, Input::Socket { url, event });
    }

    /// The offer of a connection was made.
    pub fn offered(&mut self, now: Time, peer: PeerKey, sdp: String) {
        self.meet(now, Input::Offered { peer, sdp });
    }

    /// The answer of a connection was made.
    pub fn answered(&mut self, now: Time, peer: PeerKey, sdp: String) {
        self.meet(now, Input::Answered { peer, sdp });
    }

    /// The link of a connection is there. It may take a while to [open](Self::link_opened).
    pub fn linked(&mut self, now: Time, peer: PeerKey, link: L) {
        self.meet(now, Input::Linked { peer, link });
    }

    /// The link of a connection is open.
    pub fn link_opened(&mut self, now: Time, peer: PeerKey) {
        self.meet(now, Input::Opened { peer });
    }

    /// We have opened a link to somebody of this swarm without any offer, as a socket is. The key of the peer; `None` if
    /// there are too many links, or there is no such torrent.
    pub fn dial(&mut self, now: Time, swarm: InfoHash, link: L) -> Option<PeerKey> {
        let peer = self.rendezvous.dial(now, swarm, link);
        self.meeting_at = self.rendezvous.deadline();
        peer
    }

    /// Somebody has opened a link to us. The torrent is the one that its first bytes name. The key of the peer; `None` if
    /// there are too many links.
    pub fn arrive(&mut self, now: Time, link: L) -> Option<PeerKey> {
        let peer = self.rendezvous.arrive(now, link);
        self.meeting_at = self.rendezvous.deadline();
        peer
    }

    /// Bytes came from a peer.
    pub fn received(&mut self, now: Time, peer: PeerKey, bytes: &[u8]) {
        match self.rendezvous.torrent(peer) {
            Some(torrent) => {
                self.act(torrent, |torrent| torrent.handle(now, Told::Received { peer, bytes }));
            }
            None => self.meet(now, Input::Received { peer, bytes }),
        }
    }

    /// A connection takes so many bytes more.
    pub fn writable(&mut self, now: Time, peer: PeerKey, room: u32) {
        if let Some(torrent) = self.rendezvous.torrent(peer) {
            self.act(torrent, |torrent| torrent.handle(now, Told::Writable { peer, room }));
        }
    }

    /// A connection failed or is over.
    pub fn gone(&mut self, now: Time, peer: PeerKey) {
        self.meet(now, Input::Gone { peer });
    }

    pub(super) fn meet(&mut self, now: Time, input: Input<'_, L>) {
        self.rendezvous.handle(now, input, &Known(&self.torrents));
        self.meeting_at = self.rendezvous.deadline();
    }

    /// Does what the rendezvous asks for, or hands it on to the driver.
    pub(super) fn met(&mut self, now: Time, met: Met<L>) {
        match met {
            Met::Do(task) => self.outputs.push_back(Output::Meet(task)),
            Met::Connected { torrent, swarm, peer, opened } => {
                let Some(entry) = self.torrents.get_mut(&torrent) else { return };
                let by_v2 =
                    matches!(entry.torrent.hashes(), InfoHashes::Both(_, v2) if v2.truncated() == swarm);
                let connected = if by_v2 { Told::ConnectedV2 { peer } } else { Told::Connected { peer } };
                entry.torrent.handle(now, connected);
                entry.peers += 1;
                touch(&mut self.touched, torrent);
                self.outputs.push_back(Output::Connected { torrent, peer, opened });
            }
            Met::Received { torrent, peer, bytes } => {
                self.act(torrent, |torrent| torrent.handle(now, Told::Received { peer, bytes: &bytes }));
            }
            Met::Lost { torrent, peer } => {
                self.hung_up(torrent);
                self.act(torrent, |torrent| torrent.handle(now, Told::Closed { peer }));
            }
            Met::MakeRoom { torrent } => {
                self.act(torrent, |torrent| torrent.handle(now, Told::MakeRoom));
            }
            Met::Denied { torrent, reason } => self.act(torrent, |torrent| torrent.deny(now, reason)),
            Met::Noted { torrent, peer, event } => {
                if let Some(entry) = self.torrents.get_mut(&torrent) {
                    entry.torrent.note_at(now, peer, event);
                }
            }
            Met::Introduction { torrent, introduction, outcome } => {
                let torrent = self.torrent_of(torrent);
                let progress = outcome.progress();
                self.act(torrent, |torrent| {
                    torrent.handle(now, Told::Introduction { introduction, progress });
                });
            }
        }
    }

    /// A connection of a torrent is over.
    pub(super) fn hung_up(&mut self, torrent: InfoHash) {
        if let Some(entry) = self.torrents.get_mut(&torrent) {
            entry.peers = entry.peers.saturating_sub(1);
        }
    }

    /// Lets a torrent look for peers, or no more, as it is active or not.
    pub(super) fn join_or_leave(&mut self, now: Time, torrent: InfoHash) {
        let Some(entry) = self.torrents.get(&torrent) else { return };
        let life = &entry.torrent;
        let input = if life.active() {
            let trackers = life.trackers().into_iter().map(str::to_owned).collect();
            Input::Join {
                torrent,
                hashes: life.hashes(),
                trackers,
                private: life.private(),
                policy: life.policy(),
            }
        } else {
            Input::Leave { torrent }
        };
        self.meet(now, input);
    }
}
