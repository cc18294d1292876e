//! News of the peer connections, from the page and from their links.

use js_sys::Array;
use metainfo::InfoHash;
use protocol::window::{RtcCommand, RtcEvent, RtcId};
use session::{Incoming, Route};
use swarm::{IntroductionKey, PeerKey, Progress, Step, Time};
use tracker::Answer;

use super::pages::command_rtc;
use super::{Session, rtc_of};
use crate::browser::now;
use crate::link::{Link, LinkEvent};
use crate::torrent::Torrent;

impl Session {
    /// The page tells of a connection.
    pub(super) fn rtc(&mut self, rtc: RtcId, event: RtcEvent, parts: &Array) {
        let now = now();
        let key = PeerKey::new(rtc.0);
        match event {
            RtcEvent::Channel => {
                let this = self.this.clone();
                let handler = move |event| this.with(move |session| session.link_event(key, event));
                if let Some(link) = Link::new(parts.get(0), handler) {
                    self.connections.link(key, link);
                }
            }
            RtcEvent::Offer { sdp } => {
                self.no_webrtc = false;
                if let Some((info_hash, introduction, sdp)) = self.connections.made(key, sdp) {
                    self.progress(info_hash, introduction, Progress::Offer(&sdp));
                }
                self.trackers.offers_ready(now);
                self.announce(now);
            }
            RtcEvent::Answer { sdp } => {
                let Some(Incoming { info_hash, peer_id: to_peer_id, route }) =
                    self.connections.accepted(now, key)
                else {
                    return;
                };
                match route {
                    Route::Tracker { url, offer_id } => {
                        let peer_id = self.peer_id;
                        self.trackers.answer(&url, Answer { info_hash, peer_id, to_peer_id, offer_id, sdp });
                    }
                    Route::Neighbour(introduction) => {
                        self.progress(info_hash, introduction, Progress::Answer(&sdp));
                    }
                }
            }
            RtcEvent::Gone => self.lost_rtc(key),
            RtcEvent::Blocked => {
                self.no_webrtc = true;
                self.connections.remove(key);
                self.news.happened();
                self.arm_news(now);
            }
        }
    }

    /// Something happened on a link.
    fn link_event(&mut self, key: PeerKey, event: LinkEvent) {
        match event {
            LinkEvent::Open => {
                if let Some((info_hash, opened)) = self.connections.opened(key) {
                    self.with(info_hash, |torrent, now| {
                        torrent.connect(now, key, info_hash, opened);
                    });
                    self.news.happened();
                    self.arm_news(now());
                }
            }
            LinkEvent::Message(bytes) => {
                if let Some(info_hash) = self.connections.torrent(key) {
                    let mut scratch = std::mem::take(&mut self.scratch);
                    self.with(info_hash, |torrent, now| {
                        torrent.receive(now, key, &bytes, &mut scratch);
                    });
                    self.scratch = scratch;
                }
            }
            LinkEvent::Low => {
                if let Some(info_hash) = self.connections.torrent(key) {
                    self.with(info_hash, |torrent, now| torrent.writable(now, key));
                }
            }
            LinkEvent::Closed => {
                self.give_up(key);
            }
        }
    }

    /// Another peer offers a connection. Whether it will have an answer.
    pub(super) fn offered(&mut self, now: Time, offer: Incoming, sdp: String) -> bool {
        let welcome = self.torrents.get(&self.torrent_of(offer.info_hash)).is_some_and(|entry| {
            let torrent = &entry.torrent;
            torrent.active() && torrent.welcomes(offer.peer_id)
        });
        if !welcome {
            return false;
        }
        match self.connections.gives_way(now, &offer) {
            Some(key) => self.give_up(key),
            None => self.make_room(offer.info_hash),
        }
        let key = self.connections.accept(now, offer, &sdp);
        if let Some(key) = key {
            command_rtc(rtc_of(key), RtcCommand::Accept { sdp });
        }
        key.is_some()
    }

    /// A torrent wants something done for a connection that a neighbour arranges.
    pub(super) fn introduce(
        &mut self,
        now: Time,
        info_hash: InfoHash,
        introduction: IntroductionKey,
        step: Step,
    ) {
        let done = match step {
            Step::Offer { peer_id } => {
                self.make_room(info_hash);
                let key = self.connections.introduce(now, info_hash, introduction, peer_id);
                if let Some(key) = key {
                    command_rtc(rtc_of(key), RtcCommand::Offer);
                }
                key.is_some()
            }
            Step::Answer { peer_id, offer } => {
                let route = Route::Neighbour(introduction);
                self.offered(now, Incoming { info_hash, peer_id, route }, offer)
            }
            Step::Complete { answer: sdp } => {
                let key = self.connections.introduced(now, info_hash, introduction, &sdp);
                if let Some(key) = key {
                    command_rtc(rtc_of(key), RtcCommand::Complete { sdp });
                }
                key.is_some()
            }
            Step::Cancel => {
                for key in self.connections.of_introduction(info_hash, introduction) {
                    self.forget_rtc(key);
                }
                true
            }
        };
        if !done {
            self.progress(info_hash, introduction, Progress::Failed);
        }
        if let Some(at) = self.connections.deadline() {
            self.alarm.set(now, at);
        }
    }

    /// Tells a torrent what became of an introduction.
    fn progress(&mut self, info_hash: InfoHash, introduction: IntroductionKey, progress: Progress<'_>) {
        self.with(info_hash, |torrent, now| torrent.introduction(now, introduction, progress));
    }

    /// Has the torrent with most connections give one up, if all that there can be are taken and this one has fewer.
    pub(super) fn make_room(&mut self, info_hash: InfoHash) {
        if !self.connections.are_full() {
            return;
        }
        let counts = self.torrents.iter().map(|(info_hash, entry)| (entry.torrent.peer_count(), *info_hash));
        let own = self.torrents.get(&info_hash).map_or(0, |entry| entry.torrent.peer_count());
        if let Some((count, richest)) = counts.max()
            && count > own
        {
            self.with(richest, Torrent::spare_peer);
        }
    }

    /// Has the page make offers until `wanted` are ready or on their way.
    pub(super) fn make_offers(&mut self, now: Time, wanted: usize) {
        for _ in 0..self.connections.short_of(wanted) {
            let key = self.connections.make(now);
            command_rtc(rtc_of(key), RtcCommand::Offer);
        }
        if let Some(at) = self.connections.deadline() {
            self.alarm.set(now, at);
        }
    }

    /// Closes the offers in stock once no torrent may need them.
    pub(super) fn drop_idle_offers(&mut self) {
        if !self.torrents.values().any(|entry| entry.announced) {
            for key in self.connections.spare() {
                self.forget_rtc(key);
            }
        }
    }

    /// Has the page close a connection that no torrent has.
    pub(super) fn forget_rtc(&mut self, key: PeerKey) {
        self.connections.remove(key);
        command_rtc(rtc_of(key), RtcCommand::Drop);
    }

    /// A torrent closed a connection.
    pub(super) fn drop_rtc(&mut self, key: PeerKey) {
        if self.connections.remove(key) {
            command_rtc(rtc_of(key), RtcCommand::Drop);
        }
    }

    /// A torrent has one peer less.
    pub(super) fn peer_left(&mut self, now: Time, info_hash: InfoHash) {
        let Some(entry) = self.torrents.get(&self.torrent_of(info_hash)) else { return };
        if entry.torrent.peer_count() == 0 && entry.torrent.downloading(now) {
            for swarm in entry.torrent.hashes().swarms() {
                self.trackers.hurry(now, swarm);
            }
            if let Some(at) = self.trackers.deadline() {
                self.alarm.set(now, at);
            }
        }
    }

    /// Has the page close a connection, whatever it was for.
    fn give_up(&mut self, key: PeerKey) {
        self.lost_rtc(key);
        command_rtc(rtc_of(key), RtcCommand::Drop);
    }

    fn lost_rtc(&mut self, key: PeerKey) {
        let now = now();
        let torrent = self.connections.torrent(key);
        let introduction = self.connections.introduction(key);
        self.connections.remove(key);
        if let Some((info_hash, introduction)) = introduction {
            self.progress(info_hash, introduction, Progress::Failed);
        }
        if let Some(info_hash) = torrent {
            self.with(info_hash, |torrent, now| torrent.disconnect(now, key));
            self.peer_left(now, info_hash);
        } else {
            self.announce(now);
        }
    }
}
