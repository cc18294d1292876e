//! Trackers: who is announced where, with how many offers, and what comes back.

use journal::{Event as Note, Reason};
use metainfo::{InfoHash, InfoHashes};
use swarm::Time;
use tracker::{Announce, Event, Offer, OfferId, Request, Response};

use super::{MAX_OFFERS, Output, Rendezvous, SocketEvent, Standing, Task, Torrents};
use crate::Policy;
use crate::connections::{Contact, Route};
use crate::membership::{Counts, FIRST_OFFERS};

/// How a tracker begins that does not serve a torrent and says why.
const DENIED: &str = "denied: ";

impl<L> Rendezvous<L> {
    /// A torrent looks for peers at its `trackers`, and there alone if it is `private`.
    pub(super) fn join(
        &mut self,
        now: Time,
        torrent: InfoHash,
        (hashes, policy): (InfoHashes, Policy),
        (trackers, private): (Vec<String>, bool),
        torrents: &impl Torrents,
    ) {
        let mut urls = if private { Vec::new() } else { self.common.clone() };
        for url in trackers {
            if urls.len() < MAX_TRACKERS && !urls.contains(&url) {
                urls.push(url);
            }
        }
        let mut left = false;
        for swarm in self.joined.swarms(torrent) {
            let stays = hashes.swarms().any(|other| other == swarm);
            left |= self.take_leave(now, swarm, if stays { &urls } else { &[] }, torrents);
        }
        let turned = self.policy(torrent).is_some_and(|before| before != policy);
        if turned {
            for swarm in self.joined.swarms(torrent) {
                for peer in self.connections.of_torrent(swarm) {
                    self.give_up(now, peer, Reason::Withdrawn, torrents);
                }
            }
        }
        // It turned out to be private, and who was met elsewhere is none of its peers (BEP 27); or it goes by other ways.
        if left || turned {
            for peer in self.connections.open(torrent) {
                self.give_up(now, peer, Reason::Withdrawn, torrents);
            }
        }
        self.joined.0.insert(torrent, (hashes, policy));
        for swarm in hashes.swarms() {
            self.trackers.join(now, swarm, &urls);
            if turned {
                self.trackers.memberships(swarm).for_each(|member| member.hurry(now));
            }
        }
        if turned {
            self.drop_spare();
        }
    }

    /// A torrent looks for peers no more.
    pub(super) fn leave(&mut self, now: Time, torrent: InfoHash, torrents: &impl Torrents) {
        for swarm in self.joined.swarms(torrent) {
            self.take_leave(now, swarm, &[], torrents);
        }
        self.joined.0.remove(&torrent);
        self.drop_spare();
    }

    /// A torrent has everything: every tracker hears of it at once.
    pub(super) fn completed(&mut self, now: Time, torrent: InfoHash) {
        for swarm in self.joined.swarms(torrent) {
            self.trackers.memberships(swarm).for_each(|member| member.completed(now));
        }
    }

    /// A torrent lost a peer. If it has none and still wants something, it asks for others soon.
    pub(super) fn hurry(&mut self, now: Time, torrent: InfoHash, torrents: &impl Torrents) {
        let downloads = torrents.standing(torrent).is_some_and(|standing| standing.downloading);
        if downloads && self.connections.open_count(torrent) == 0 {
            for swarm in self.joined.swarms(torrent) {
                self.trackers.memberships(swarm).for_each(|member| member.hurry(now));
            }
        }
    }

    /// Something happened on the socket to a tracker.
    pub(super) fn socket(&mut self, now: Time, url: &str, event: SocketEvent, torrents: &impl Torrents) {
        let refusal = match event {
            SocketEvent::Opened => {
                if self.trackers.opened(now, url) {
                    self.note_for_all(url, |tracker| Note::TrackerOpened { tracker });
                }
                return;
            }
            SocketEvent::Text(text) => {
                let Self { trackers, joined, connections, .. } = self;
                let peers =
                    |swarm| joined.of(swarm).map_or(0, |torrent| connections.open_count(torrent) as u32);
                if let Some(response) = trackers.received(now, url, &text, peers) {
                    self.response(now, url, response, torrents);
                }
                return;
            }
            SocketEvent::Closed => None,
            SocketEvent::Refused(words) => Some(words),
        };
        self.trackers.closed(now, url, refusal, &mut self.draws);
        self.note_failure(now, url);
        for peer in self.connections.of_tracker(url) {
            self.note_end(peer, Reason::TrackerLost);
            self.drop_connection(peer);
        }
    }

    /// Sends the announces that are due.
    pub(super) fn announce(&mut self, now: Time, torrents: &impl Torrents) {
        for (url, swarm) in self.trackers.due(now) {
            let wanted = self.offers_wanted(&url, swarm, torrents);
            if wanted > 0 {
                self.make_room(swarm);
            }
            let policy = self.joined.policy(swarm).unwrap_or_default();
            self.make_offers(now, wanted, policy);
            let ready = self.connections.ready(policy);
            let waits = ready < wanted && self.connections.making(policy);
            let Some(member) = self.trackers.membership(&url, swarm) else { continue };
            if waits && member.waits_for_offers(now, ready) {
                continue;
            }
            let draws = &mut self.draws;
            let id = || OfferId::from_bytes(draws.bytes());
            let offers = self.connections.send(now, (wanted, policy), swarm, &url, id);
            let event = member.announce(now, offers.len() as u32);
            self.note_offers(&url, swarm, &offers);
            let offers: Vec<Offer> = offers.into_iter().map(|(_, offer)| offer).collect();
            let numwant = Some(offers.len() as u32);
            let announce = Announce { event, numwant, offers, ..self.compose(swarm, torrents) };
            self.trackers.say(&url, &Request::Announce(announce), &mut self.outputs);
        }
    }

    /// A tracker said something that counts.
    fn response(&mut self, now: Time, url: &str, response: Response, torrents: &impl Torrents) {
        match response {
            Response::Announce { info_hash, complete, incomplete, .. } => {
                self.note_at(url, info_hash, |tracker| Note::TrackerAnswered {
                    tracker,
                    complete,
                    incomplete,
                });
                // Nobody but us is there, so nobody got our offers.
                if (Counts { complete, incomplete }).others() == 0 {
                    for peer in self.connections.take_back(info_hash, url) {
                        self.note(info_hash, Some(peer), Note::Returned);
                    }
                }
            }
            Response::Offer { info_hash, peer_id, offer_id, sdp } => {
                if self.shunned.contains(peer_id, info_hash, url) {
                    self.note(info_hash, None, Note::Declined(Reason::Shunned));
                } else {
                    let route = Route::Tracker { url: url.to_owned(), offer_id };
                    self.offered(now, Contact { info_hash, peer_id, route }, sdp, torrents);
                }
            }
            Response::Answer { info_hash, peer_id, offer_id, sdp } => {
                let answered = self.connections.answered(now, (info_hash, url), offer_id, peer_id, &sdp);
                let Some(peer) = answered else { return };
                self.note(info_hash, Some(peer), Note::Answered);
                if self.shunned.contains(peer_id, info_hash, url) {
                    self.note_end(peer, Reason::Shunned);
                    self.drop_connection(peer);
                } else {
                    self.outputs.push_back(Output::Do(Task::Complete { peer, sdp }));
                }
            }
            Response::Failure { info_hash, reason, .. } => {
                self.note_refusal(now, url, info_hash);
                self.denied(url, info_hash, &reason);
            }
            Response::Scrape { .. } => {}
        }
    }

    /// A torrent that a tracker of the site itself denies is not for its page either. What other trackers serve is theirs
    /// to say, and says nothing of the torrent.
    fn denied(&mut self, url: &str, about: Option<InfoHash>, reason: &str) {
        let Some(reason) = reason.strip_prefix(DENIED) else { return };
        if let Some(torrent) = about.and_then(|swarm| self.joined.of(swarm))
            && self.own.as_ref().is_some_and(|own| url.starts_with(own.as_str()))
        {
            self.outputs.push_back(Output::Denied { torrent, reason: reason.to_owned() });
        }
    }

    /// Takes leave of the trackers of a swarm, except those in `kept`, and gives up whatever is on its way to peers that
    /// were met there. Whether there were any to leave.
    fn take_leave(&mut self, now: Time, swarm: InfoHash, kept: &[String], torrents: &impl Torrents) -> bool {
        let goodbye = Announce { event: Some(Event::Stopped), ..self.compose(swarm, torrents) };
        self.note_leave(swarm, kept);
        let left = self.trackers.leave(goodbye, kept, &mut self.outputs);
        if left {
            for peer in self.connections.of_torrent(swarm) {
                self.give_up(now, peer, Reason::Withdrawn, torrents);
            }
        }
        left
    }

    /// An announce without offers.
    fn compose(&self, swarm: InfoHash, torrents: &impl Torrents) -> Announce {
        let torrent = self.joined.of(swarm);
        let standing = torrent.and_then(|torrent| torrents.standing(torrent)).unwrap_or_default();
        Announce {
            info_hash: swarm,
            peer_id: self.peer_id,
            event: None,
            left: standing.left,
            uploaded: standing.uploaded,
            downloaded: standing.downloaded,
            numwant: None,
            to_seeds: torrent.is_some_and(|torrent| self.seeks_seeds(torrent, standing)),
            offers: Vec::new(),
        }
    }

    /// Whether a torrent that has everything should meet others who have: nobody is connected who could tell it of tips.
    fn seeks_seeds(&self, torrent: InfoHash, standing: Standing) -> bool {
        !standing.downloading && standing.meets_seeds && self.connections.open_count(torrent) == 0
    }

    /// How many offers an announce should carry: no more than there are peers to take them, and none to other seeds from
    /// a seed that does not seek them.
    fn offers_wanted(&mut self, url: &str, swarm: InfoHash, torrents: &impl Torrents) -> usize {
        let Some(torrent) = self.joined.of(swarm) else { return 0 };
        let peers = self.connections.open_count(torrent) as u32;
        let standing = torrents.standing(torrent).unwrap_or_default();
        let counts = self.trackers.membership(url, swarm).and_then(|member| member.counts());
        let others = match counts {
            None => FIRST_OFFERS,
            Some(counts) if standing.downloading => counts.others(),
            Some(counts) if self.seeks_seeds(torrent, standing) => {
                counts.others().min(counts.incomplete.max(FIRST_OFFERS))
            }
            Some(counts) => counts.incomplete,
        };
        let wanted = others.saturating_sub(peers).min(ENOUGH_PEERS.saturating_sub(peers)) as usize;
        wanted.min(MAX_OFFERS).min(self.connections.allowance(swarm, self.joined.0.len()))
    }
}

/// Connections of one torrent beyond which none are asked for.
const ENOUGH_PEERS: u32 = 50;

/// Trackers of one torrent that are listened to; a link may name any number.
const MAX_TRACKERS: usize = 12;
