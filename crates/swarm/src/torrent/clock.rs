//! What is due when.

use journal::Event;
use wire::Message;

use super::Torrent;
use super::asking::Change;
use super::content::Content;
use crate::peer::Peer;
use crate::timers::Timer;
use crate::{Blocks, Candidate, PeerKey, Time};

impl Torrent {
    /// When to send [`Input::Wake`](crate::Input::Wake) if nothing else happens before. `None` while
    /// nothing can become due, which is so without peers.
    #[must_use]
    pub fn deadline(&self) -> Option<Time> {
        let timers = Timer::ALL.into_iter().filter(|timer| !self.peers.is_empty() || !timer.is_of_peers());
        timers.filter_map(|timer| self.due_at(timer)).min()
    }

    /// Does what is due by now.
    pub(super) fn tick(&mut self, blocks: &mut impl Blocks) {
        for timer in Timer::ALL {
            if self.due_at(timer).is_some_and(|at| at <= self.now) {
                self.fire(timer, blocks);
            }
        }
        // Whenever a driver says so, for a limit may have been lifted.
        self.serve_line();
        self.asking.release(self.now);
        self.grant(blocks);
    }

    /// When a timer is due, if it is set.
    fn due_at(&self, timer: Timer) -> Option<Time> {
        match timer {
            Timer::Hashes => self.trees()?.layers.deadline(),
            Timer::Silence => self.silence_deadline(),
            Timer::Look => self.look_deadline(),
            Timer::Disputes => self.trees()?.disputes.deadline(),
            Timer::Outlet => self.outlet.deadline(),
            Timer::Inlet => self.asking.deadline(),
            Timer::Extensions => self.extension_deadline(),
            Timer::Peers | Timer::Rechoke | Timer::Hurry | Timer::Begin => self.timers.get(timer),
        }
    }

    /// Does what a timer is for.
    fn fire(&mut self, timer: Timer, blocks: &mut impl Blocks) {
        match timer {
            Timer::Hashes => {
                if let Some(Content { trees: Some(trees), .. }) = &mut self.content {
                    trees.layers.expire(self.now);
                }
            }
            Timer::Silence => self.abort_silent(blocks),
            Timer::Peers => self.attend_all(blocks),
            Timer::Rechoke => {
                self.rechoke();
                self.check_super_seeding();
                self.asking.after(Change::Forgiven);
            }
            Timer::Hurry => self.hurry_super_seeds(),
            Timer::Disputes => self.close_disputes(),
            Timer::Extensions => self.tick_extensions(),
            // What they allow is looked at after every input.
            Timer::Outlet | Timer::Inlet | Timer::Look | Timer::Begin => {}
        }
    }

    /// Has super-seeds asked for what is due and others have not given by then. Called when either changes.
    pub(super) fn hurry(&mut self) {
        if self.is_hurried_for() {
            self.timers.set(Timer::Hurry, self.asking.next_hurry());
        }
    }

    fn hurry_super_seeds(&mut self) {
        if !self.is_hurried_for() {
            self.timers.clear(Timer::Hurry);
            return;
        }
        self.timers.set(Timer::Hurry, self.asking.hurry(self.now));
        for (_, peer) in self.peers.iter_mut().filter(|(_, peer)| peer.capabilities.super_seeds()) {
            peer.refused.clear();
            self.asking.after(Change::Hurried(peer.key));
        }
    }

    /// Whether something is due that a super-seed may have.
    fn is_hurried_for(&self) -> bool {
        let is_awaited = self.pieces().is_some_and(|pieces| !pieces.deadlines().is_empty());
        is_awaited && self.peers.values().any(|peer| peer.capabilities.super_seeds())
    }

    /// Does what is due for each peer.
    fn attend_all(&mut self, blocks: &mut impl Blocks) {
        let now = self.now;
        let due = self.peers.values().filter(|peer| peer.deadline(&self.config) <= now);
        for key in due.map(|peer| peer.key).collect::<Vec<_>>() {
            self.attend(key, blocks);
        }
        let deadlines = self.peers.values().map(|peer| peer.deadline(&self.config));
        let next = deadlines.fold(now + Peer::shortest_wait(&self.config), Time::min);
        self.timers.set(Timer::Peers, next);
    }

    /// Does what is due for one peer.
    fn attend(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        let now = self.now;
        let Some(peer) = self.peers.get_mut(&key) else { return };
        if peer.owes() && peer.debt.overdue_at(self.config.request_timeout) <= now {
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
        peer.debt.snub(self.now);
        self.note(Some(key), Event::Snubbed);
        // The oldest request stays, so that the peer can show that it is alive.
        for block in self.release(key, 1, blocks) {
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.say(Message::Cancel(block));
            }
        }
    }

    fn rechoke(&mut self) {
        let now = self.now;
        self.note_trade();
        for (_, peer) in self.peers.iter_mut() {
            peer.refused.clear();
            peer.trade.begin_round();
        }
        let interested = self.peers.values().filter(|peer| peer.hello.is_some() && peer.wants_service());
        let candidates = interested.map(|peer| Candidate {
            key: peer.key,
            unchoked: !peer.service.am_choking(),
            since: peer.service.since(),
            served: peer.service.was_served(),
            snubbing: peer.is_snubbed(),
            given: peer.trade.given_lately(),
            up_rate: peer.trade.up_rate(now),
            standing: peer.service.standing,
        });
        let seeding = self.pieces().is_some_and(|pieces| pieces.is_complete());
        self.timers.set(Timer::Rechoke, now + self.config.rechoke_interval);
        let chosen = self.serving.choose(now, self.outlet.rate(), seeding, candidates.collect());
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.set_choking(key, chosen.binary_search(&key).is_err());
            self.return_place(key);
        }
        self.fill_slots();
    }
}
