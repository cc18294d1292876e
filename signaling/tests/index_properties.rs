//! The index against a model that does the same the slow way, over any sequence of requests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use metainfo::InfoHash;
use proptest::prelude::*;
use signaling::{Config, ConnId, Index, MAX_PEERS_PER_CONNECTION_AND_TORRENT, Totals};
use tracker::{Announce, Answer, Event, Offer, OfferId, Request, Response};
use wire::PeerId;

const CONNS: u8 = 4;
const PEERS: u8 = 6;
const TORRENTS: u8 = 2;
const MAX_TORRENTS: usize = 5;
const MAX_PEERS: usize = 5;
const MAX_AWAITED: usize = 3;

#[derive(Clone, Debug)]
enum Step {
    Announce { conn: u8, torrent: u8, peer: u8, event: Option<Event>, left: Option<u64>, offers: Offers },
    Answer { conn: u8, torrent: u8, peer: u8, to: u8, offer: u8 },
    Close { conn: u8 },
    Pass { seconds: u64 },
}

/// Numbers of offers, and whether they may go to seeds.
type Offers = (Vec<u8>, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let event = prop_oneof![
        4 => Just(None),
        1 => Just(Some(Event::Started)),
        1 => Just(Some(Event::Stopped)),
        1 => Just(Some(Event::Completed)),
    ];
    let left = prop_oneof![Just(None), Just(Some(0)), Just(Some(5))];
    let offers = (proptest::collection::vec(0u8..4, 0..4), any::<bool>());
    let step = prop_oneof![
        8 => (0..CONNS, 0..TORRENTS, 0..PEERS, event, left, offers).prop_map(
            |(conn, torrent, peer, event, left, offers)| Step::Announce { conn, torrent, peer, event, left, offers }
        ),
        6 => (0..CONNS, 0..TORRENTS, 0..PEERS, 0..PEERS, 0u8..4).prop_map(
            |(conn, torrent, peer, to, offer)| Step::Answer { conn, torrent, peer, to, offer }
        ),
        1 => (0..CONNS).prop_map(|conn| Step::Close { conn }),
        2 => (1u64..100).prop_map(|seconds| Step::Pass { seconds }),
    ];
    proptest::collection::vec(step, 1..120)
}

/// A place in a swarm: torrent and peer.
type Place = (u8, u8);

#[derive(Debug)]
struct Peer {
    conn: u8,
    is_seed: bool,
    heard: u64,
}

/// What must be true, kept as plain lists.
#[derive(Debug, Default)]
struct Model {
    peers: BTreeMap<Place, Peer>,
    offers: Vec<Relayed>,
}

/// An offer on its way. A peer stands beside its connection.
#[derive(Debug)]
struct Relayed {
    torrent: u8,
    offer: u8,
    from: (u8, u8),
    to: (u8, u8),
    at: u64,
}

impl Model {
    fn counts(&self, torrent: u8) -> (u32, u32) {
        let seeds = self.peers.iter().filter(|((of, _), peer)| *of == torrent && peer.is_seed).count();
        let all = self.peers.keys().filter(|(of, _)| *of == torrent).count();
        let number = |count: usize| count.try_into().expect("a handful");
        (number(seeds), number(all - seeds))
    }

    fn joined(&self, conn: u8) -> usize {
        self.peers.values().filter(|peer| peer.conn == conn).count()
    }

    /// Peers of one torrent that a connection is.
    fn peers_of(&self, conn: u8, torrent: u8) -> usize {
        self.peers.iter().filter(|((of, _), peer)| *of == torrent && peer.conn == conn).count()
    }

    fn totals(&self) -> Totals {
        let roles = |peer: u8| {
            let is =
                |seed: bool| self.peers.iter().any(|(&(_, other), of)| other == peer && of.is_seed == seed);
            (is(true), is(false))
        };
        let count = |wanted| (0..PEERS).filter(|&peer| roles(peer) == wanted).count();
        let by_family = |ipv6: bool| {
            let came =
                |peer| self.peers.iter().any(|(&(_, other), of)| other == peer && is_ipv6(of.conn) == ipv6);
            (0..PEERS).filter(|&peer| came(peer)).count()
        };
        Totals {
            peers: PEERS as usize - count((false, false)),
            seeders_only: count((true, false)),
            leechers_only: count((false, true)),
            seeders_and_leechers: count((true, true)),
            ipv4: by_family(false),
            ipv6: by_family(true),
        }
    }

    fn keep(&mut self, keep: impl Fn(&Place, &Peer) -> bool) {
        self.peers.retain(|place, peer| keep(place, peer));
        let peers = &self.peers;
        self.offers.retain(|relayed| peers.contains_key(&(relayed.torrent, relayed.from.0)));
    }
}

fn torrent_id(torrent: u8) -> InfoHash {
    InfoHash::from_bytes([torrent; 20])
}

fn peer_id(peer: u8) -> PeerId {
    PeerId::from_bytes([peer; 20])
}

fn offer_id(offer: u8) -> OfferId {
    OfferId::from_bytes([offer; 20])
}

fn conn_id(conn: u8) -> ConnId {
    let id = ConnId::new(conn.into());
    if is_ipv6(conn) { id.over_ipv6() } else { id }
}

fn is_ipv6(conn: u8) -> bool {
    conn % 2 == 1
}

struct Run {
    index: Index,
    model: Model,
    config: Config,
    now: u64,
}

impl Run {
    fn new(seed: u64) -> Self {
        let config = Config {
            max_torrents_per_connection: MAX_TORRENTS,
            max_peers_per_torrent: MAX_PEERS,
            max_awaited_answers: MAX_AWAITED,
            ..Config::default()
        };
        Self { index: Index::new(config.clone(), seed), model: Model::default(), config, now: 0 }
    }

    fn handle(&mut self, conn: u8, request: Request) -> Vec<(ConnId, Response)> {
        let mut out = Vec::new();
        self.index.handle(Duration::from_secs(self.now), conn_id(conn), request, &mut out);
        out
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Announce { conn, torrent, peer, event, left, offers } => {
                self.announce(conn, torrent, peer, event, left, &offers);
            }
            Step::Answer { conn, torrent, peer, to, offer } => self.answer(conn, torrent, peer, to, offer),
            Step::Close { conn } => {
                self.index.closed(conn_id(conn));
                self.model.keep(|_, peer| peer.conn != conn);
            }
            Step::Pass { seconds } => {
                self.now += seconds;
                self.index.sweep(Duration::from_secs(self.now));
                let (now, peer_ttl) = (self.now, self.config.peer_ttl.as_secs());
                self.model.keep(|_, peer| peer.heard + peer_ttl > now);
                let offer_ttl = self.config.offer_ttl.as_secs();
                self.model.offers.retain(|relayed| relayed.at + offer_ttl > now);
            }
        }
        self.compare();
    }

    fn announce(
        &mut self,
        conn: u8,
        torrent: u8,
        peer: u8,
        event: Option<Event>,
        left: Option<u64>,
        (offers, to_seeds): &Offers,
    ) {
        let out = self.handle(
            conn,
            Request::Announce(Announce {
                info_hash: torrent_id(torrent),
                peer_id: peer_id(peer),
                event,
                left,
                uploaded: 0,
                downloaded: 0,
                numwant: None,
                to_seeds: *to_seeds,
                offers: offers
                    .iter()
                    .map(|&offer| Offer { offer_id: offer_id(offer), sdp: String::new() })
                    .collect(),
            }),
        );
        let place = (torrent, peer);
        let known = self.model.peers.get(&place).map(|peer| (peer.conn, peer.is_seed));
        let joins = known.is_none() && event != Some(Event::Stopped);
        // Who is too many peers of this swarm gives a place up before it takes one.
        let swaps = joins && self.model.peers_of(conn, torrent) == MAX_PEERS_PER_CONNECTION_AND_TORRENT;
        let refused = known.is_some_and(|(owner, _)| owner != conn)
            || joins && !swaps && self.model.joined(conn) >= MAX_TORRENTS;
        if refused {
            assert!(matches!(out[..], [(to, Response::Failure { .. })] if to == conn_id(conn)), "{out:?}");
            return;
        }
        if event == Some(Event::Stopped) {
            self.model.keep(|&other, _| other != place);
        } else {
            if swaps {
                self.follow_eviction(torrent, place, |peer| peer.conn == conn);
            }
            let is_seed = event == Some(Event::Completed)
                || left.map_or(known.is_some_and(|(_, was_seed)| was_seed), |left| left == 0);
            self.model.peers.insert(place, Peer { conn, is_seed, heard: self.now });
            if self.model.peers.keys().filter(|(of, _)| *of == torrent).count() > MAX_PEERS {
                self.follow_eviction(torrent, place, |_| true);
            }
        }

        let [(to, Response::Announce { complete, incomplete, .. }), relayed @ ..] = &out[..] else {
            panic!("not a reply: {out:?}")
        };
        assert_eq!((*to, (*complete, *incomplete)), (conn_id(conn), self.model.counts(torrent)));
        self.expect_offers(conn, torrent, peer, (offers, *to_seeds), relayed);
    }

    /// Which of several equally silent peers goes is the index's choice; that it is one of them is not.
    fn follow_eviction(&mut self, torrent: u8, newcomer: Place, among: impl Fn(&Peer) -> bool) {
        let left: BTreeSet<PeerId> = self
            .index
            .memberships()
            .filter(|membership| membership.info_hash == torrent_id(torrent))
            .map(|membership| membership.peer_id)
            .collect();
        let others = || {
            let peers = self.model.peers.iter();
            peers.filter(|(place, peer)| place.0 == torrent && **place != newcomer && among(peer))
        };
        let longest = others().map(|(_, peer)| peer.heard).min();
        let gone: Vec<Place> = others()
            .filter(|(place, _)| !left.contains(&peer_id(place.1)))
            .map(|(&place, _)| place)
            .collect();
        assert_eq!(gone.len(), 1);
        assert_eq!(Some(self.model.peers[&gone[0]].heard), longest);
        self.model.keep(|place, _| !gone.contains(place));
    }

    fn expect_offers(
        &mut self,
        conn: u8,
        torrent: u8,
        peer: u8,
        (offers, to_seeds): (&[u8], bool),
        relayed: &[(ConnId, Response)],
    ) {
        let announcer = self.model.peers.get(&(torrent, peer));
        let leechers_only = announcer.is_some_and(|peer| peer.is_seed) && !to_seeds;
        let candidates: Vec<(u8, u8)> = self
            .model
            .peers
            .iter()
            .filter(|((of, other), candidate)| {
                *of == torrent && *other != peer && !(leechers_only && candidate.is_seed)
            })
            .map(|(&(_, other), candidate)| (other, candidate.conn))
            .collect();
        let expected = if announcer.is_some() { offers.len().min(candidates.len()) } else { 0 };
        assert_eq!(relayed.len(), expected, "as many as there are offers and peers");

        let mut unmet = candidates.clone();
        for ((to, response), &offer) in relayed.iter().zip(offers) {
            let Response::Offer { info_hash, peer_id: from, offer_id: relayed, .. } = response else {
                panic!("not an offer: {response:?}")
            };
            assert_eq!((*info_hash, *from, *relayed), (torrent_id(torrent), peer_id(peer), offer_id(offer)));
            let met = unmet.iter().position(|&(_, conn)| conn_id(conn) == *to).expect("an unmet candidate");
            unmet.remove(met);
            // Several peers of one connection look alike from outside, so each of them may answer here.
            for &candidate in candidates.iter().filter(|&&(_, conn)| conn_id(conn) == *to) {
                let (from, at) = ((peer, conn), self.now);
                self.model.offers.push(Relayed { torrent, offer, from, to: candidate, at });
            }
        }
    }

    fn answer(&mut self, conn: u8, torrent: u8, peer: u8, to: u8, offer: u8) {
        let out = self.handle(
            conn,
            Request::Answer(Answer {
                info_hash: torrent_id(torrent),
                peer_id: peer_id(peer),
                to_peer_id: peer_id(to),
                offer_id: offer_id(offer),
                sdp: String::new(),
            }),
        );
        match self.model.peers.get_mut(&(torrent, peer)) {
            None => assert!(out.is_empty(), "strangers have nothing to answer: {out:?}"),
            Some(owned) if owned.conn != conn => {
                assert!(
                    matches!(out[..], [(to, Response::Failure { .. })] if to == conn_id(conn)),
                    "{out:?}"
                );
            }
            Some(owned) => {
                owned.heard = self.now;
                let awaited = self.model.offers.iter().find(|relayed| {
                    (relayed.torrent, relayed.offer, relayed.from.0, relayed.to)
                        == (torrent, offer, to, (peer, conn))
                });
                match &out[..] {
                    [] => {}
                    [(reached, Response::Answer { peer_id: from, offer_id: number, .. })] => {
                        let awaited = awaited.expect("only awaited answers are relayed");
                        assert_eq!(
                            *reached,
                            conn_id(awaited.from.1),
                            "and only to the connection of the offer"
                        );
                        assert_eq!((*from, *number), (peer_id(peer), offer_id(offer)));
                    }
                    _ => panic!("an answer has one reader: {out:?}"),
                }
            }
        }
    }

    fn compare(&self) {
        let memberships: BTreeMap<_, _> = self
            .index
            .memberships()
            .map(|peer| ((peer.info_hash, peer.peer_id), (peer.conn, peer.is_seed)))
            .collect();
        let expected: BTreeMap<_, _> = self
            .model
            .peers
            .iter()
            .map(|(&(torrent, peer), of)| {
                ((torrent_id(torrent), peer_id(peer)), (conn_id(of.conn), of.is_seed))
            })
            .collect();
        assert_eq!(memberships, expected);
        let torrents: BTreeSet<u8> = self.model.peers.keys().map(|&(torrent, _)| torrent).collect();
        assert_eq!(self.index.torrents(), torrents.len());
        // Issue 11, B: they are counted as peers come and go, and not when somebody asks.
        assert_eq!(self.index.census().totals(), self.model.totals());
        let (software, others) = self.index.census().software();
        assert_eq!(software.values().sum::<usize>() + others, self.model.totals().peers);
        assert!(self.index.awaited_answers() <= self.model.peers.len() * MAX_AWAITED);
        assert!(self.index.awaited_answers() <= self.model.offers.len());
        for conn in 0..CONNS {
            assert!(self.model.joined(conn) <= MAX_TORRENTS);
            for torrent in 0..TORRENTS {
                assert!(self.model.peers_of(conn, torrent) <= MAX_PEERS_PER_CONNECTION_AND_TORRENT);
            }
        }
    }
}

proptest! {
    #[test]
    fn the_index_agrees_with_the_model(seed: u64, steps in steps()) {
        let mut run = Run::new(seed);
        for step in steps {
            run.step(step);
        }
    }

    #[test]
    fn everything_ends_when_all_fall_silent(seed: u64, steps in steps()) {
        let mut run = Run::new(seed);
        for step in steps {
            run.step(step);
        }
        let end = run.now + run.config.peer_ttl.as_secs();
        run.index.sweep(Duration::from_secs(end));
        prop_assert_eq!((run.index.torrents(), run.index.awaited_answers()), (0, 0));
        // Nothing that a connection was charged for is left either: it may join as many swarms as ever.
        for torrent in 0..u8::try_from(MAX_TORRENTS).unwrap() {
            let announce = Announce {
                info_hash: torrent_id(torrent),
                peer_id: peer_id(0),
                event: None,
                left: None,
                uploaded: 0,
                downloaded: 0,
                numwant: None,
                to_seeds: false,
                offers: Vec::new(),
            };
            let out = run.handle(0, Request::Announce(announce));
            prop_assert!(matches!(out[..], [(_, Response::Announce { .. })]), "{:?}", out);
        }
    }

    #[test]
    fn a_run_with_the_same_seed_repeats_itself(seed: u64, steps in steps()) {
        let transcript = |steps: Vec<Step>| {
            let mut run = Run::new(seed);
            let mut all = Vec::new();
            for step in steps {
                if let Step::Announce { conn, torrent, peer, event, left, offers } = step {
                    let (offers, to_seeds) = offers;
                    let offers = offers
                        .into_iter()
                        .map(|offer| Offer { offer_id: offer_id(offer), sdp: String::new() })
                        .collect();
                    let (info_hash, peer_id) = (torrent_id(torrent), peer_id(peer));
                    let (uploaded, downloaded, numwant) = (0, 0, None);
                    all.extend(run.handle(conn, Request::Announce(Announce {
                        info_hash, peer_id, event, left, uploaded, downloaded, numwant, to_seeds, offers,
                    })));
                }
            }
            all
        };
        prop_assert_eq!(transcript(steps.clone()), transcript(steps));
    }
}
