//! Everything that a user has: the torrents, how they meet their peers, and what they have in common.
//!
//! A [`Session`] is driven as its parts are:
//!
//! 1. Tell it what happens, and what the user wants.
//! 2. Do what [`Session::poll`] says, in that order, until there is nothing more. What goes to one peer meanwhile can go
//!    together.
//! 3. At [`Session::deadline`], [wake](Session::wake) it.
//!
//! What its torrents and the [`Rendezvous`] have to say to each other stays inside.

mod meeting;
mod outlook;
mod output;
mod shelf;
mod streams;

use std::collections::VecDeque;

use litemap::LiteMap;
use metainfo::{InfoHash, InfoHashes};
use swarm::{Config, PeerKey, SessionLimits, Time};

pub use self::outlook::Hindrance;
pub use self::output::Output;
use self::shelf::Shelf;
use self::streams::Waiting;
use crate::draws::Draws;
use crate::exposure::Policy;
use crate::rendezvous::{Input, Rendezvous};
use crate::torrent::{Output as Asked, Setup, Torrent};
use crate::trackers::TrackerState;
use crate::{Limits, Storage, UserFiles};

/// All torrents of a user, stored in `S` or served from files `U`, with links `L` to their peers.
#[derive(Debug)]
pub struct Session<S, U, L> {
    /// What the engine of every torrent is set up with.
    config: Config,
    /// What all torrents together may trade, and whose turn it is.
    limits: Limits,
    turns: SessionLimits,
    /// All of them go through relays alone.
    relay_all: bool,
    /// Web seeds can be fetched from only by `https:`.
    secure: bool,
    /// What every torrent's handshakes say of payments, while they are on.
    payments: Option<Option<Vec<u8>>>,
    draws: Draws,
    torrents: LiteMap<InfoHash, Entry<S, U>>,
    shelf: Shelf<U>,
    /// Streams that no torrent has yet.
    waiting: Vec<Waiting>,
    rendezvous: Rendezvous<L>,
    /// When that has to wake.
    meeting_at: Option<Time>,
    /// Torrents that something was done with, and that are to be asked what follows from it.
    touched: VecDeque<InfoHash>,
    outputs: VecDeque<Output<L>>,
}

/// A torrent of the session.
#[derive(Debug)]
struct Entry<S, U> {
    torrent: Torrent<S, U>,
    /// When it was last known to have to wake.
    deadline: Option<Time>,
    /// Its connections.
    peers: u32,
    /// Since when it looks for peers and has none.
    alone_since: Option<Time>,
    /// Nobody was told that it is listed.
    is_new: bool,
}

impl<S: Storage, U: UserFiles, L> Session<S, U, L> {
    /// A session without torrents, whose engines are to be set up so. What nobody may guess is drawn from the secret. Web
    /// seeds can be fetched from only by `https:` if it is to be `secure`, as in a page that came so itself.
    #[must_use]
    pub fn new(config: Config, secret: [u8; 20], secure: bool) -> Self {
        let mut draws = Draws::new(secret);
        let rendezvous = Rendezvous::new(config.peer_id, draws.bytes());
        Self::with(config, draws, secure, rendezvous)
    }

    /// The next session in the place of this one, under the name in `config`, without torrents. No connection goes by a
    /// key that was used here.
    #[must_use]
    pub fn successor(&self, config: Config, secret: [u8; 20]) -> Self {
        let mut draws = Draws::new(secret);
        let rendezvous = self.rendezvous.successor(config.peer_id, draws.bytes());
        Self::with(config, draws, self.secure, rendezvous)
    }

    fn with(config: Config, draws: Draws, secure: bool, rendezvous: Rendezvous<L>) -> Self {
        Self {
            config,
            limits: Limits::default(),
            turns: SessionLimits::default(),
            relay_all: false,
            secure,
            payments: None,
            draws,
            torrents: LiteMap::new(),
            shelf: Shelf::default(),
            waiting: Vec::new(),
            rendezvous,
            meeting_at: None,
            touched: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// The next thing to do, in the order to do them in.
    pub fn poll(&mut self, now: Time) -> Option<Output<L>> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            if let Some(output) = self.rendezvous.poll() {
                self.met(now, output);
                continue;
            }
            let torrent = *self.touched.front()?;
            match self.torrents.get_mut(&torrent).and_then(|entry| entry.torrent.poll(now)) {
                Some(asked) => {
                    if let Some(output) = self.carry_out(now, torrent, asked) {
                        return Some(output);
                    }
                }
                None => {
                    self.touched.pop_front();
                    self.settle(now, torrent);
                }
            }
        }
    }

    /// When it has to [wake](Self::wake).
    pub fn deadline(&self) -> Option<Time> {
        let torrents = self.torrents.values().filter_map(|entry| entry.deadline);
        torrents.chain(self.meeting_at).min()
    }

    /// Does what is due.
    pub fn wake(&mut self, now: Time) {
        for (torrent, entry) in &mut self.torrents {
            if entry.deadline.is_some_and(|at| at <= now) {
                entry.torrent.wake(now);
                touch(&mut self.touched, *torrent);
            }
        }
        if self.meeting_at.is_some_and(|at| at <= now) {
            self.meet(now, Input::Wake);
        }
    }

    /// Ends the visit: peers are left, trackers hear of it, what is to be remembered is written, and storage is closed. At
    /// the next visit all of it is here again.
    pub fn close(&mut self, now: Time) {
        for torrent in self.torrents.keys().copied().collect::<Vec<_>>() {
            self.act(torrent, |torrent| torrent.close(now));
            self.let_go(now, torrent);
        }
    }

    /// All torrents together trade no more than this from now on, and are shared the way the user wants.
    pub fn prefer(&mut self, now: Time, limits: Limits, super_seed: bool) {
        self.limits = limits;
        let limits = self.shared_limits();
        self.turns.set(limits.up, limits.down);
        self.config.super_seed = super_seed;
        for (torrent, entry) in &mut self.torrents {
            entry.torrent.prefer(now, limits, super_seed);
            touch(&mut self.touched, *torrent);
        }
    }

    /// All torrents go through relays alone from now on, those to come included, or each as the user wants it. Who is
    /// connected by other ways is left at once.
    pub fn relay_all(&mut self, now: Time, relay_all: bool) {
        if std::mem::replace(&mut self.relay_all, relay_all) == relay_all {
            return;
        }
        for (_, entry) in &mut self.torrents {
            entry.torrent.relay_all(now, relay_all);
        }
        self.prefer(now, self.limits, self.config.super_seed);
    }

    /// By which ways a connection may go, if there is one.
    pub fn policy_of(&self, peer: PeerKey) -> Option<Policy> {
        self.rendezvous.policy_of(peer)
    }

    /// Speaks of payments in every torrent from now on, those to come included. `terms` go into handshakes, as one bencoded
    /// value, of who wants to be paid.
    pub fn take_payments(&mut self, now: Time, terms: Option<Vec<u8>>) {
        for (torrent, entry) in &mut self.torrents {
            entry.torrent.take_payments(now, terms.clone());
            touch(&mut self.touched, *torrent);
        }
        self.payments = Some(terms);
    }

    /// Speaks of payments no more.
    pub fn leave_payments(&mut self, now: Time) {
        for (torrent, entry) in &mut self.torrents {
            entry.torrent.leave_payments(now);
            touch(&mut self.touched, *torrent);
        }
        self.payments = None;
    }

    /// Torrents that are not private are announced at these trackers too, from when they join.
    pub fn announce_at(&mut self, trackers: Vec<String>) {
        self.rendezvous.announce_at(trackers);
    }

    /// Trackers whose URLs begin so are the site's own: a torrent that one of them denies stops.
    pub fn obey(&mut self, own: String) {
        self.rendezvous.obey(own);
    }

    /// Has what happens noted from now on, in every torrent, as [`swarm::Torrent::record`] does, with how its peers are met.
    pub fn keep_journal(&mut self, now: Time, entries: usize) {
        self.config.journal = entries;
        for (_, entry) in &mut self.torrents {
            entry.torrent.keep_journal(entries);
        }
        self.rendezvous.record(now, entries > 0);
    }

    /// Takes what every torrent noted, if anything is noted.
    pub fn take_journals(&mut self) -> impl Iterator<Item = (InfoHash, journal::Report)> {
        let torrents = self.torrents.iter_mut();
        torrents.filter_map(|(listed, entry)| Some((*listed, entry.torrent.take_journal()?)))
    }

    /// The torrents, in no particular order, each with the hash that it is listed under.
    pub fn torrents(&self) -> impl Iterator<Item = (InfoHash, &Torrent<S, U>)> {
        self.torrents.iter().map(|(listed, entry)| (*listed, &entry.torrent))
    }

    /// The torrent of this swarm.
    pub fn torrent(&self, swarm: InfoHash) -> Option<&Torrent<S, U>> {
        Some(&self.torrents.get(&self.torrent_of(swarm))?.torrent)
    }

    /// The torrent of this swarm, to do something with. What follows from that comes out of [`poll`](Self::poll).
    pub fn torrent_mut(&mut self, swarm: InfoHash) -> Option<&mut Torrent<S, U>> {
        let listed = self.torrent_of(swarm);
        let entry = self.torrents.get_mut(&listed)?;
        touch(&mut self.touched, listed);
        Some(&mut entry.torrent)
    }

    /// What the torrent of this swarm is listed under: a hybrid has two swarms. As here if there is no such torrent.
    pub fn torrent_of(&self, swarm: InfoHash) -> InfoHash {
        let shares =
            |(_, entry): &(&_, &Entry<S, U>)| entry.torrent.hashes().swarms().any(|other| other == swarm);
        let listed = || self.torrents.iter().find(shares).map(|(listed, _)| *listed);
        if self.torrents.contains_key(&swarm) { swarm } else { listed().unwrap_or(swarm) }
    }

    /// What a torrent of these names is listed under, here or once it is added.
    pub fn listed(&self, hashes: InfoHashes) -> InfoHash {
        let known = hashes.swarms().map(|swarm| self.torrent_of(swarm));
        known.into_iter().find(|listed| self.torrents.contains_key(listed)).unwrap_or(hashes.id())
    }

    /// The trackers of a torrent, and how they are.
    pub fn trackers(&self, torrent: InfoHash) -> impl Iterator<Item = (&str, TrackerState<'_>)> {
        self.rendezvous.trackers(torrent)
    }

    /// Does something with a listed torrent.
    fn act(&mut self, torrent: InfoHash, act: impl FnOnce(&mut Torrent<S, U>)) {
        if let Some(entry) = self.torrents.get_mut(&torrent) {
            act(&mut entry.torrent);
            touch(&mut self.touched, torrent);
        }
    }

    /// A torrent goes, once everything was heard that it has still to ask for. Whether there was one.
    fn let_go(&mut self, now: Time, torrent: InfoHash) -> bool {
        while let Some(asked) = self.torrents.get_mut(&torrent).and_then(|entry| entry.torrent.poll(now)) {
            let output = self.carry_out(now, torrent, asked);
            self.outputs.extend(output);
        }
        self.meet(now, Input::Leave { torrent });
        self.torrents.remove(&torrent).is_some()
    }

    /// Does what a torrent asks for; what is left for the driver.
    fn carry_out(&mut self, now: Time, torrent: InfoHash, asked: Asked) -> Option<Output<L>> {
        match &asked {
            Asked::Engine(swarm::Output::Introduce { introduction, step }) => {
                let (introduction, step) = (*introduction, step.clone());
                self.meet(now, Input::Introduce { torrent, introduction, step });
                return None;
            }
            Asked::Engine(swarm::Output::Turn(request)) => {
                let turn = self.turns.grant(now, *request);
                self.act(torrent, |torrent| torrent.handle(now, turn));
                return None;
            }
            Asked::Engine(swarm::Output::Close { peer, reason }) => {
                self.hung_up(torrent);
                self.meet(now, Input::Closed { peer: *peer, reason: Some(reason.clone()) });
            }
            Asked::Engine(swarm::Output::Completed) => self.meet(now, Input::Completed { torrent }),
            Asked::Metadata => self.join_or_leave(now, torrent),
            _ => {}
        }
        Some(Output::Torrent { torrent, asked })
    }

    /// Nothing follows any more from what was done with a torrent.
    fn settle(&mut self, now: Time, torrent: InfoHash) {
        let Some(entry) = self.torrents.get_mut(&torrent) else { return };
        entry.deadline = entry.torrent.deadline();
        let searching = entry.peers == 0 && entry.torrent.downloading();
        entry.alone_since = searching.then(|| entry.alone_since.unwrap_or(now));
        if std::mem::take(&mut entry.is_new) {
            self.outputs.push_back(Output::Listed { torrent });
        }
        let policy = entry.torrent.active().then(|| entry.torrent.policy());
        if policy != self.rendezvous.policy(torrent) {
            self.join_or_leave(now, torrent);
        }
    }

    /// What a torrent whose storage was opened is set up with.
    fn setup(&mut self, added_at: f64) -> Setup {
        let [a, b, c, d, e, f, g, h, ..] = self.draws.bytes();
        let seed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        let limits = self.shared_limits();
        let (secure, relay_all) = (self.secure, self.relay_all);
        Setup { config: self.config.clone(), limits, seed, added_at, secure, relay_all }
    }

    /// What all torrents together may trade.
    fn shared_limits(&self) -> Limits {
        self.limits.relayed(self.relay_all)
    }
}

fn touch(touched: &mut VecDeque<InfoHash>, torrent: InfoHash) {
    if !touched.contains(&torrent) {
        touched.push_back(torrent);
    }
}
