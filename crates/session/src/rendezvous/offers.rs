//! Offers and answers, until a link is open or all hope is lost.

use journal::{Event, Reason};
use metainfo::InfoHash;
use swarm::{CloseReason, IntroductionKey, PeerKey, Step, Time};
use tracker::{Answer, Request};

use super::{Outcome, Output, Rendezvous, Task, Torrents};
use crate::Policy;
use crate::connections::{Contact, Route};

impl<L> Rendezvous<L> {
    /// Has offers of a policy made until `wanted` are ready or on their way.
    pub(super) fn make_offers(&mut self, now: Time, wanted: usize, policy: Policy) {
        for _ in 0..self.connections.short_of(wanted, policy) {
            let peer = self.connections.make(now, policy);
            self.outputs.push_back(Output::Do(Task::Offer { peer, policy }));
        }
    }

    /// Gives up the offers in stock that no torrent can have.
    pub(super) fn drop_spare(&mut self) {
        for policy in Policy::EACH {
            if !self.joined.0.values().any(|(_, other)| *other == policy) {
                for peer in self.connections.spare(policy) {
                    self.drop_connection(peer);
                }
            }
        }
    }

    /// An offer was made.
    pub(super) fn offer_made(&mut self, now: Time, peer: PeerKey, sdp: String) {
        if let Some((torrent, introduction, sdp)) = self.connections.made(peer, sdp) {
            let outcome = Outcome::Offer(sdp);
            self.outputs.push_back(Output::Introduction { torrent, introduction, outcome });
        }
        self.trackers.offers_ready(now);
    }

    /// An answer was made.
    pub(super) fn answer_made(&mut self, now: Time, peer: PeerKey, sdp: String) {
        let Some(Contact { info_hash, peer_id: to_peer_id, route }) = self.connections.accepted(now, peer)
        else {
            return;
        };
        match route {
            Route::Tracker { url, offer_id } => {
                let answer = Answer { info_hash, peer_id: self.peer_id, to_peer_id, offer_id, sdp };
                // If there is no line to it, the other side will offer again.
                self.trackers.say(&url, &Request::Answer(answer), &mut self.outputs);
            }
            Route::Neighbour(introduction) => {
                let outcome = Outcome::Answer(sdp);
                self.outputs.push_back(Output::Introduction { torrent: info_hash, introduction, outcome });
            }
        }
    }

    /// Another peer offers a connection. Whether it will have an answer.
    pub(super) fn offered(
        &mut self,
        now: Time,
        offer: Contact,
        sdp: String,
        torrents: &impl Torrents,
    ) -> bool {
        let torrent = self.joined.of(offer.info_hash);
        let welcome = torrent.filter(|torrent| torrents.welcomes(*torrent, offer.peer_id));
        let Some(policy) = welcome.and_then(|torrent| self.policy(torrent)) else {
            self.note(offer.info_hash, None, Event::Declined(Reason::Unwelcome));
            return false;
        };
        match self.connections.gives_way(now, &offer) {
            Some(peer) => self.give_up(now, peer, Reason::Crowded, torrents),
            None => self.make_room(offer.info_hash),
        }
        let (swarm, tracker) = (offer.info_hash, self.tracker_of(&offer));
        match self.connections.accept(now, policy, offer, &sdp) {
            Ok(peer) => {
                self.note(swarm, Some(peer), Event::Accepting { tracker });
                self.outputs.push_back(Output::Do(Task::Accept { peer, sdp, policy }));
                true
            }
            Err(reason) => {
                self.note(swarm, None, Event::Declined(reason));
                false
            }
        }
    }

    /// A torrent wants something done for a connection that a neighbour arranges.
    pub(super) fn introduce(
        &mut self,
        now: Time,
        torrent: InfoHash,
        introduction: IntroductionKey,
        step: Step,
        torrents: &impl Torrents,
    ) {
        let done = match step {
            Step::Offer { peer_id } => {
                self.make_room(torrent);
                let policy = self.joined.policy(torrent);
                let peer = policy.and_then(|policy| {
                    self.connections.introduce(now, policy, torrent, introduction, peer_id)
                });
                if peer.is_some() {
                    self.note(torrent, peer, Event::Offered { tracker: None });
                }
                let offer = peer.zip(policy).map(|(peer, policy)| Task::Offer { peer, policy });
                self.outputs.extend(offer.map(Output::Do));
                peer.is_some()
            }
            Step::Answer { peer_id, offer } => {
                let route = Route::Neighbour(introduction);
                self.offered(now, Contact { info_hash: torrent, peer_id, route }, offer, torrents)
            }
            Step::Complete { answer: sdp } => {
                let peer = self.connections.introduced(now, torrent, introduction, &sdp);
                if peer.is_some() {
                    self.note(torrent, peer, Event::Answered);
                }
                self.outputs.extend(peer.map(|peer| Output::Do(Task::Complete { peer, sdp })));
                peer.is_some()
            }
            Step::Cancel => {
                for peer in self.connections.of_introduction(torrent, introduction) {
                    self.note_end(peer, Reason::Withdrawn);
                    self.drop_connection(peer);
                }
                true
            }
        };
        if !done {
            let outcome = Outcome::Failed;
            self.outputs.push_back(Output::Introduction { torrent, introduction, outcome });
        }
    }

    /// A link is open: its torrent has it from now on.
    pub(super) fn opened(&mut self, peer: PeerKey) {
        let Some(swarm) = self.connections.swarm(peer) else { return };
        let torrent = self.joined.of(swarm).unwrap_or(swarm);
        if let Some(opened) = self.connections.opened(peer, torrent) {
            self.outputs.push_back(Output::Connected { torrent, swarm, peer, opened });
        }
    }

    /// A torrent ended a connection. Who misbehaved is not met again.
    pub(super) fn closed(
        &mut self,
        now: Time,
        peer: PeerKey,
        reason: Option<&CloseReason>,
        torrents: &impl Torrents,
    ) {
        let Some(torrent) = self.connections.torrent(peer) else { return };
        if reason.is_some_and(CloseReason::is_misbehaviour)
            && let Some(name) = self.connections.contact(peer).and_then(Contact::name)
        {
            self.shunned.insert(name);
        }
        self.drop_connection(peer);
        self.hurry(now, torrent, torrents);
    }

    /// Has the torrent with most connections give one up, if nearly all that there can be are taken and the torrent of
    /// this swarm has fewer.
    pub(super) fn make_room(&mut self, swarm: InfoHash) {
        if !self.connections.are_filling() {
            return;
        }
        let count = |torrent| self.connections.open_count(torrent);
        let own = self.joined.of(swarm).map_or(0, count);
        let richest = self.joined.0.keys().map(|torrent| (count(*torrent), *torrent)).max();
        if let Some((count, torrent)) = richest
            && count > own
        {
            self.outputs.push_back(Output::MakeRoom { torrent });
        }
    }
}
