//! What is due when.

use std::time::Duration;

use wire::Message;

use super::Torrent;
use crate::choker::Candidate;
use crate::layers::Layers;
use crate::peer::Peer;
use crate::{Blocks, PeerKey, Time};

impl Torrent {
    /// When to send [`Input::Wake`](crate::Input::Wake) if nothing else happens before. `None` while
    /// nothing can become due, which is so without peers.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        if self.fresh {
            return Some(self.now);
        }
        let web_seeds = self.web_seed_deadline();
        if self.peers.is_empty() {
            return web_seeds;
        }
        let outlet = (!self.line.is_empty()).then(|| self.outlet.deadline());
        let inlet = self.held_back.then(|| self.inlet.deadline());
        let hashes = self.layers.as_ref().and_then(Layers::deadline);
        let extensions = self.extension_deadline();
        let sometimes =
            [hashes, self.disputes.deadline(), outlet, inlet, extensions, web_seeds, self.next_hurry()]
                .into_iter()
                .flatten();
        sometimes.chain([self.attention, self.choker.deadline()]).min()
    }

    /// Does what is due by now.
    pub(super) fn tick(&mut self, blocks: &mut impl Blocks) {
        let now = self.now;
        if let Some(layers) = &mut self.layers {
            layers.expire(now);
        }
        self.abort_silent(blocks);
        if self.attention <= now {
            let due = self.peers.values().filter(|peer| peer.deadline(&self.config) <= now);
            for key in due.map(|peer| peer.key).collect::<Vec<_>>() {
                self.attend(key, blocks);
            }
            let deadlines = self.peers.values().map(|peer| peer.deadline(&self.config));
            self.attention = deadlines.fold(now + Peer::shortest_wait(&self.config), Time::min);
        }
        if self.choker.deadline() <= now {
            self.rechoke();
            self.check_super_seeding();
            self.stirred = true;
        }
        if self.next_hurry().is_some_and(|at| at <= now) {
            self.hurried = now;
            for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.super_seeds) {
                peer.refused.clear();
                self.hungry.insert(peer.key);
            }
        }
        self.close_disputes(blocks);
        self.serve_line();
        if self.held_back && self.inlet.open(now) > 0 {
            self.held_back = false;
            self.stirred = true;
        }
        self.tick_extensions(blocks);
    }

    /// When to ask super-seeds again for what is due and others have not given until then.
    fn next_hurry(&self) -> Option<Time> {
        let is_awaited = self.pieces().is_some_and(|pieces| !pieces.deadlines().is_empty());
        let hurries = is_awaited && self.peers.values().any(|peer| peer.super_seeds);
        hurries.then(|| self.hurried + HURRY)
    }

    /// Does what is due for one peer.
    fn attend(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.owes() && now.since(peer.owing_since) >= self.config.request_timeout {
            self.snub(key, blocks);
        }
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if let Some(reason) = peer.overdue(now, &self.config) {
            self.close(key, reason, blocks);
        } else if now.since(peer.spoke) >= self.config.keep_alive && peer.outbox.is_empty() {
            peer.say(Message::KeepAlive);
            peer.spoke = now;
        }
    }

    /// Stops waiting for a peer that promised blocks and sends none.
    fn snub(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        peer.snubs += 1;
        peer.owing_since = self.now;
        // The oldest request stays, so that the peer can show that it is alive.
        for block in self.release(key, 1, blocks) {
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.say(Message::Cancel(block));
            }
        }
    }

    fn rechoke(&mut self) {
        let now = self.now;
        for (_, peer) in self.peers.iter_mut() {
            peer.refused.clear();
            peer.count_round();
        }
        let interested = self.peers.values().filter(|peer| peer.hello.is_some() && peer.peer_interested);
        let candidates = interested.map(|peer| Candidate {
            key: peer.key,
            unchoked: !peer.am_choking,
            since: peer.choke_changed,
            served: peer.served,
            snubbing: peer.is_snubbed(),
            given: peer.lately.given,
            up_rate: peer.up.per_second(now),
        });
        self.choker.share_out(self.outlet.rate());
        let seeding = self.pieces().is_some_and(|pieces| pieces.is_complete());
        let chosen = self.choker.choose(now, seeding, candidates.collect());
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.set_choking(key, chosen.binary_search(&key).is_err());
        }
    }
}

/// How often super-seeds are asked for what they do not show.
const HURRY: Duration = Duration::from_millis(500);
