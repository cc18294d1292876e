//! Trackers: who is announced where, with how many offers, and what comes back.

use metainfo::InfoHash;
use protocol::window::RtcCommand;
use session::{FIRST_OFFERS, Incoming, Route};
use swarm::Time;
use tracker::{Announce, OfferId, Response};

use super::pages::command_rtc;
use super::{Entry, Session, rtc_of};
use crate::browser::{now, random};
use crate::torrent::Torrent;
use crate::trackers::SocketEvent;

/// Offers in one announce. The reference server hands out no more, and its messages must stay below 16 KiB.
pub(super) const MAX_OFFERS: usize = 5;

/// Connections of one torrent beyond which none are asked for.
const ENOUGH_PEERS: u32 = 50;

/// Trackers of one torrent that are listened to; a link may name any number.
const MAX_TRACKERS: usize = 12;

impl Session {
    /// Joins or leaves the swarm of a torrent at its trackers, as it is active or not.
    pub(super) fn sync_trackers(&mut self, now: Time, info_hash: InfoHash) {
        let Some(entry) = self.torrents.get_mut(&info_hash) else { return };
        let active = entry.torrent.active();
        entry.announced = active;
        let swarms = entry.torrent.hashes().swarms();
        let urls = if active { self.tracker_urls(info_hash) } else { Vec::new() };
        let mut left = false;
        for swarm in swarms {
            if let Some(goodbye) = self.compose(now, swarm) {
                let goodbye = Announce { event: Some(tracker::Event::Stopped), ..goodbye };
                if self.trackers.leave(swarm, &urls, goodbye) {
                    left = true;
                    for key in self.connections.of_torrent(swarm) {
                        self.forget_rtc(key);
                    }
                }
            }
            self.trackers.join(now, swarm, &urls);
        }
        // It turned out to be private: who was met elsewhere is none of its peers (BEP 27).
        if left && active {
            self.with(info_hash, Torrent::disconnect_all);
        }
        self.drop_idle_offers();
        self.trackers.wake(now);
        self.announce(now);
    }

    /// Something happened on a tracker's socket.
    pub(super) fn socket(&mut self, url: &str, event: SocketEvent) {
        let now = now();
        match event {
            SocketEvent::Open => self.trackers.opened(now, url),
            SocketEvent::Closed => {
                self.trackers.closed(now, url);
                for key in self.connections.of_tracker(url) {
                    self.forget_rtc(key);
                }
            }
            SocketEvent::Text(text) => {
                let torrents = &self.torrents;
                let peers = |swarm| {
                    let sharing =
                        |entry: &&Entry| entry.torrent.hashes().swarms().any(|other| other == swarm);
                    let entry = torrents.get(&swarm).or_else(|| torrents.values().find(sharing));
                    entry.map_or(0, |entry| entry.torrent.peer_count() as u32)
                };
                if let Some(response) = self.trackers.received(now, url, &text, peers) {
                    self.response(now, url, response);
                }
            }
        }
        self.announce(now);
        self.news.happened();
        self.arm_news(now);
    }

    /// Sends the announces that are due.
    pub(super) fn announce(&mut self, now: Time) {
        for (url, info_hash) in self.trackers.due(now) {
            let wanted = self.offers_wanted(&url, info_hash);
            if wanted > 0 {
                self.make_room(info_hash);
            }
            self.make_offers(now, wanted);
            let Some(member) = self.trackers.membership(&url, info_hash) else { continue };
            let waits = self.connections.ready() < wanted && self.connections.making();
            if waits && member.waits_for_offers(now) {
                continue;
            }
            let Some(mut announce) = self.compose(now, info_hash) else { continue };
            announce.offers =
                self.connections.send(now, wanted, info_hash, &url, || OfferId::from_bytes(random()));
            announce.numwant = Some(announce.offers.len() as u32);
            self.trackers.announce(now, &url, announce);
        }
        let next = [self.trackers.deadline(), self.connections.deadline()];
        if let Some(at) = next.into_iter().flatten().min() {
            self.alarm.set(now, at);
        }
    }

    fn response(&mut self, now: Time, url: &str, response: Response) {
        match response {
            Response::Announce { info_hash, complete, incomplete, .. } => {
                // Nobody but us is there, so nobody got our offers.
                if complete.saturating_add(incomplete) <= 1 {
                    self.connections.take_back(info_hash, url);
                }
            }
            Response::Offer { info_hash, peer_id, offer_id, sdp } => {
                let route = Route::Tracker { url: url.to_owned(), offer_id };
                self.offered(now, Incoming { info_hash, peer_id, route }, sdp);
            }
            Response::Answer { info_hash, peer_id, offer_id, sdp } => {
                let key = self.connections.answered(now, (info_hash, url), offer_id, peer_id, &sdp);
                if let Some(key) = key {
                    command_rtc(rtc_of(key), RtcCommand::Complete { sdp });
                }
            }
            Response::Scrape { .. } | Response::Failure { .. } => {}
        }
    }

    /// An announce without offers.
    fn compose(&self, now: Time, info_hash: InfoHash) -> Option<Announce> {
        let torrent = &self.torrents.get(&self.torrent_of(info_hash))?.torrent;
        let (downloaded, uploaded) = torrent.traded(now);
        Some(Announce {
            info_hash,
            peer_id: self.peer_id,
            event: None,
            left: torrent.left(now),
            uploaded,
            downloaded,
            numwant: None,
            offers: Vec::new(),
        })
    }

    /// How many offers an announce should carry: no more than there are peers to take them, and none to other
    /// seeds from a seed.
    fn offers_wanted(&mut self, url: &str, info_hash: InfoHash) -> usize {
        let Some(entry) = self.torrents.get(&self.torrent_of(info_hash)) else { return 0 };
        let peers = entry.torrent.peer_count() as u32;
        let seeding = !entry.torrent.downloading(now());
        let counts = self.trackers.membership(url, info_hash).and_then(|member| member.counts());
        let others = match counts {
            None => FIRST_OFFERS,
            Some(counts) if seeding => counts.incomplete,
            Some(counts) => (counts.complete + counts.incomplete).saturating_sub(1),
        };
        let announced = self.torrents.values().filter(|entry| entry.announced).count();
        let wanted = others.saturating_sub(peers).min(ENOUGH_PEERS.saturating_sub(peers)) as usize;
        wanted.min(MAX_OFFERS).min(self.connections.allowance(info_hash, announced))
    }

    /// Where a torrent is announced: at its own trackers, and unless it is private, at the deployment's.
    fn tracker_urls(&self, info_hash: InfoHash) -> Vec<String> {
        let Some(entry) = self.torrents.get(&info_hash) else { return Vec::new() };
        let torrent = &entry.torrent;
        let mut urls = if torrent.private() { Vec::new() } else { self.settings.trackers.clone() };
        for url in torrent.trackers() {
            if urls.len() < MAX_TRACKERS && !urls.iter().any(|known| known == url) {
                urls.push(url.to_owned());
            }
        }
        urls
    }
}
