//! A driver that does at once whatever it is asked, remembers it, and sees to it that it could be done.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metainfo::{InfoHash, InfoHashes};
use session::rendezvous::{
    Input, Outcome, Output, Rendezvous, SocketAct, SocketEvent, Standing, Task, Torrents,
};
use session::{MAX_CONNECTIONS, Policy, TrackerState, Trouble};
use swarm::{CloseReason, PeerKey, Time};
use tracker::{Announce, Answer, Event, OfferId, Request, Response};
use wire::PeerId;

pub(crate) const OURS: PeerId = PeerId::from_bytes([9; 20]);
pub(crate) const URL: &str = "wss://tracker";
pub(crate) const ANOTHER: &str = "wss://another";

pub(crate) const fn torrent(number: u8) -> InfoHash {
    InfoHash::from_bytes([number; 20])
}

pub(crate) fn peer(number: u32) -> PeerId {
    PeerId::from_bytes(id(number))
}

fn id(number: u32) -> [u8; 20] {
    let mut id = [0; 20];
    id[..4].copy_from_slice(&number.to_be_bytes());
    id
}

/// How far torrents are, and that all of them take anybody.
#[derive(Default)]
pub(crate) struct Known(pub(crate) BTreeMap<InfoHash, Standing>);

impl Torrents for Known {
    fn standing(&self, torrent: InfoHash) -> Option<Standing> {
        self.0.get(&torrent).copied()
    }

    fn welcomes(&self, torrent: InfoHash, _: PeerId) -> bool {
        self.0.contains_key(&torrent)
    }
}

pub(crate) struct Driver {
    pub(crate) rendezvous: Rendezvous<()>,
    pub(crate) known: Known,
    /// Torrents whose peers are met through relays alone.
    pub(crate) relayed: BTreeSet<InfoHash>,
    pub(crate) now: Time,
    /// Connections can be described; else they fail.
    pub(crate) describes: bool,
    /// Answers are left to the test.
    pub(crate) answers_by_hand: bool,
    /// The sockets that there are, and whether they are open.
    pub(crate) sockets: BTreeMap<String, bool>,
    /// The connections that there are, and whether a torrent has them.
    pub(crate) connections: BTreeMap<PeerKey, bool>,
    /// By which ways those go that were made to order.
    policies: BTreeMap<PeerKey, Policy>,
    keys: BTreeSet<PeerKey>,
    pub(crate) offers: usize,
    pub(crate) accepted: Vec<PeerKey>,
    pub(crate) completed: Vec<PeerKey>,
    pub(crate) dropped: Vec<PeerKey>,
    pub(crate) announces: Vec<(String, Announce)>,
    pub(crate) answers: Vec<(String, Answer)>,
    pub(crate) opening: Vec<String>,
    pub(crate) closed: Vec<String>,
    pub(crate) connected: Vec<(InfoHash, InfoHash, PeerKey)>,
    pub(crate) heard: Vec<(PeerKey, Vec<u8>)>,
    pub(crate) lost: Vec<PeerKey>,
    pub(crate) rooms: Vec<InfoHash>,
    pub(crate) outcomes: Vec<Outcome>,
    pub(crate) denied: Vec<(InfoHash, String)>,
    pub(crate) noted: Vec<(Option<PeerKey>, journal::Event)>,
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self {
            rendezvous: Rendezvous::new(OURS, [1; 20]),
            known: Known::default(),
            relayed: BTreeSet::new(),
            now: Time::ZERO,
            describes: true,
            answers_by_hand: false,
            sockets: BTreeMap::new(),
            connections: BTreeMap::new(),
            policies: BTreeMap::new(),
            keys: BTreeSet::new(),
            offers: 0,
            accepted: Vec::new(),
            completed: Vec::new(),
            dropped: Vec::new(),
            announces: Vec::new(),
            answers: Vec::new(),
            opening: Vec::new(),
            closed: Vec::new(),
            connected: Vec::new(),
            heard: Vec::new(),
            lost: Vec::new(),
            rooms: Vec::new(),
            outcomes: Vec::new(),
            denied: Vec::new(),
            noted: Vec::new(),
        }
    }

    /// One torrent that downloads, announced at one tracker.
    pub(crate) fn announced() -> Self {
        let mut driver = Self::new();
        driver.join(1, &[URL]);
        driver.socket(URL, SocketEvent::Opened);
        driver
    }

    pub(crate) fn tell(&mut self, input: Input<'_, ()>) {
        self.rendezvous.handle(self.now, input, &self.known);
        while let Some(output) = self.rendezvous.poll() {
            self.carry_out(output);
        }
    }

    /// A torrent that downloads looks for peers.
    pub(crate) fn join(&mut self, number: u8, urls: &[&str]) {
        self.join_as(number, InfoHashes::One(torrent(number)), urls, false);
    }

    pub(crate) fn join_as(&mut self, number: u8, hashes: InfoHashes, urls: &[&str], private: bool) {
        let torrent = torrent(number);
        self.known.0.entry(torrent).or_insert(Standing { downloading: true, ..Standing::default() });
        let trackers = urls.iter().map(|url| (*url).to_owned()).collect();
        let policy = self.policy(torrent);
        self.tell(Input::Join { torrent, hashes, trackers, private, policy });
    }

    /// The peers of a torrent that downloads are met in another way from now on.
    pub(crate) fn turn(&mut self, number: u8, urls: &[&str]) {
        if !self.relayed.remove(&torrent(number)) {
            self.relayed.insert(torrent(number));
        }
        self.join(number, urls);
    }

    fn policy(&self, torrent: InfoHash) -> Policy {
        if self.relayed.contains(&torrent) { Policy::Relay } else { Policy::All }
    }

    /// What goes out for a torrent names nobody's address but a relay's, if that is wanted.
    fn expect_described(&self, torrent: InfoHash, sdp: &str) {
        assert_eq!(sdp, describe(self.policy(torrent)), "what is said for {torrent}");
    }

    pub(crate) fn socket(&mut self, url: &str, event: SocketEvent) {
        match event {
            SocketEvent::Opened => {
                if let Some(open) = self.sockets.get_mut(url) {
                    *open = true;
                }
            }
            SocketEvent::Closed | SocketEvent::Refused(_) => {
                self.sockets.remove(url);
            }
            SocketEvent::Text(_) => {}
        }
        self.tell(Input::Socket { url, event });
    }

    pub(crate) fn says(&mut self, url: &str, response: &Response) {
        self.socket(url, SocketEvent::Text(response.to_json()));
    }

    /// A tracker counts so many peers besides us, half of them seeds.
    pub(crate) fn counts(&mut self, url: &str, number: u8, others: u32) {
        let (complete, incomplete) = (others / 2, others - others / 2 + 1);
        let info_hash = torrent(number);
        self.says(url, &Response::Announce { info_hash, complete, incomplete, interval: 120, warning: None });
    }

    /// A tracker passes on an offer. What is to be answered, if it is.
    pub(crate) fn offered(&mut self, url: &str, number: u8, by: u32) -> Option<PeerKey> {
        let before = self.accepted.len();
        let (offer_id, sdp) = (OfferId::from_bytes(id(by)), "sdp".to_owned());
        self.says(url, &Response::Offer { info_hash: torrent(number), peer_id: peer(by), offer_id, sdp });
        self.accepted.get(before).copied()
    }

    /// Whether the last announce to this tracker had offers.
    pub(crate) fn has_offered(&self, url: &str) -> bool {
        let last = self.announces.iter().rev().find(|(other, _)| other == url);
        last.is_some_and(|(_, announce)| !announce.offers.is_empty())
    }

    /// A peer answers an offer of the last announce. What is to be completed, if it is.
    pub(crate) fn answered(&mut self, url: &str, by: u32) -> Option<PeerKey> {
        let before = self.completed.len();
        let sent = self.announces.iter().rev().find(|(other, _)| other == url).map(|(_, announce)| announce);
        let announce = sent.expect("there was an announce").clone();
        let (info_hash, sdp) = (announce.info_hash, "sdp".to_owned());
        let offer_id = announce.offers.first().expect("it has offers").offer_id;
        self.says(url, &Response::Answer { info_hash, peer_id: peer(by), offer_id, sdp });
        self.completed.get(before).copied()
    }

    pub(crate) fn open(&mut self, peer: PeerKey) {
        self.tell(Input::Linked { peer, link: () });
        self.tell(Input::Opened { peer });
    }

    /// A peer that a tracker passes on connects.
    pub(crate) fn met(&mut self, url: &str, number: u8, by: u32) -> PeerKey {
        let peer = self.offered(url, number, by).expect("it is answered");
        self.open(peer);
        peer
    }

    pub(crate) fn close(&mut self, peer: PeerKey, reason: CloseReason) {
        self.tell(Input::Closed { peer, reason: Some(reason) });
    }

    /// Waits as long, and wakes it whenever it wants to be.
    pub(crate) fn wait(&mut self, seconds: u64) {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.rendezvous.deadline().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.tell(Input::Wake);
        }
        self.now = until;
    }

    /// How many offers each announce since the last look carried, and with which event.
    pub(crate) fn carried(&mut self) -> Vec<(usize, Option<Event>)> {
        self.announces.drain(..).map(|(_, announce)| (announce.offers.len(), announce.event)).collect()
    }

    /// Why there is no line to a tracker of a torrent.
    pub(crate) fn trouble(&self, number: u8) -> Option<Trouble> {
        self.rendezvous.trackers(torrent(number)).find_map(|(_, state)| match state {
            TrackerState::Failed { trouble, .. } => Some(trouble.clone()),
            _ => None,
        })
    }

    /// A link comes by itself.
    pub(crate) fn arrive(&mut self) -> Option<PeerKey> {
        let peer = self.rendezvous.arrive(self.now, ())?;
        self.make(peer);
        Some(peer)
    }

    fn make(&mut self, peer: PeerKey) {
        assert!(self.keys.insert(peer), "a key is used once");
        self.connections.insert(peer, false);
        assert!(self.connections.len() <= MAX_CONNECTIONS);
    }

    fn carry_out(&mut self, output: Output<()>) {
        match output {
            Output::Do(Task::Socket { url, act: SocketAct::Open }) => {
                assert_eq!(self.sockets.insert(url.clone(), false), None, "a socket is opened once");
                self.opening.push(url);
            }
            Output::Do(Task::Socket { url, act: SocketAct::Close }) => {
                assert!(self.sockets.remove(&url).is_some(), "a socket that is closed was there");
                self.closed.push(url);
            }
            Output::Do(Task::Socket { url, act: SocketAct::Send(text) }) => {
                assert_eq!(self.sockets.get(&url), Some(&true), "a socket that sends is open");
                match Request::parse(&text).expect("it is a request") {
                    Request::Announce(announce) => {
                        for offer in &announce.offers {
                            self.expect_described(announce.info_hash, &offer.sdp);
                        }
                        self.announces.push((url, announce));
                    }
                    Request::Answer(answer) => {
                        self.expect_described(answer.info_hash, &answer.sdp);
                        self.answers.push((url, answer));
                    }
                    Request::Scrape(_) => unreachable!("nobody asks"),
                }
            }
            Output::Do(Task::Offer { peer, policy }) => {
                self.offers += 1;
                self.make(peer);
                self.policies.insert(peer, policy);
                let sdp = describe(policy).to_owned();
                self.tell(if self.describes { Input::Offered { peer, sdp } } else { Input::Gone { peer } });
            }
            Output::Do(Task::Accept { peer, sdp, policy }) => {
                assert_eq!(sdp, "sdp", "what others said");
                self.accepted.push(peer);
                self.make(peer);
                self.policies.insert(peer, policy);
                if !self.answers_by_hand {
                    self.tell(Input::Answered { peer, sdp: describe(policy).to_owned() });
                }
            }
            Output::Do(Task::Complete { peer, .. }) => {
                assert_eq!(self.connections.get(&peer), Some(&false), "what is completed was offered");
                self.completed.push(peer);
            }
            Output::Do(Task::Drop { peer }) => {
                self.connections.remove(&peer);
                self.dropped.push(peer);
            }
            Output::Connected { torrent, swarm, peer, .. } => {
                assert_eq!(self.connections.insert(peer, true), Some(false), "what opens was made");
                if let Some(policy) = self.policies.get(&peer) {
                    assert_eq!(*policy, self.policy(torrent), "a connection goes as its torrent wants it");
                }
                self.connected.push((torrent, swarm, peer));
            }
            Output::Received { peer, bytes, .. } => self.heard.push((peer, bytes)),
            Output::Lost { peer, .. } => {
                assert_eq!(self.connections.get(&peer), Some(&true), "who is lost was a peer");
                self.lost.push(peer);
            }
            Output::MakeRoom { torrent } => self.rooms.push(torrent),
            Output::Introduction { torrent, outcome, .. } => {
                if let Outcome::Offer(sdp) | Outcome::Answer(sdp) = &outcome {
                    self.expect_described(torrent, sdp);
                }
                self.outcomes.push(outcome);
            }
            Output::Denied { torrent, reason } => self.denied.push((torrent, reason)),
            Output::Noted { peer, event, .. } => self.noted.push((peer, event)),
        }
    }
}

/// What a connection of ours is described by.
const fn describe(policy: Policy) -> &'static str {
    match policy {
        Policy::All => "sdp",
        Policy::Relay => "relay",
    }
}
