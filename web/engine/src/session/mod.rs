//! Everything that the worker does, in one place that every callback calls.

mod commands;
mod meeting;
mod news;
mod pages;
mod saves;
mod shares;
mod shelf;
mod sources;
mod streams;
mod web_seeds;

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Array;
use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::tabs::PageId;
use protocol::window::Settings;
use protocol::{Event, Fatal, Preferences, Problem, Request, SaveId, ShareId};
use session::rendezvous::{Input, Rendezvous};
use session::{Limits, Setup};
use swarm::{Config, SessionLimits, Time};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wire::PeerId;

use self::news::News;
use self::pages::tell;
use self::shelf::Shelf;
use self::streams::Streams;
use crate::browser::{Alarm, Shared, Weak, now, random, scope, wall_clock};
use crate::link::Link;
use crate::torrent::{Effect, Origin, Torrent};
use crate::trackers::Sockets;

/// Starts the engine in this worker: from now on it answers the page.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.to_string();
        web_sys::console::error_1(&JsValue::from_str(&words));
        tell(&Event::Fatal(Fatal::Crashed(words)));
    }));
    let session = Shared::new_cyclic(Session::new);
    let commanded = session.clone();
    pages::listen(move |heard, parts| {
        commanded.with(move |session| session.hear(heard, parts));
    });
    let on_online = Closure::<dyn Fn()>::new(move || session.with(Session::online));
    scope().set_ononline(Some(on_online.as_ref().unchecked_ref()));
    // It lives as long as the worker.
    on_online.into_js_value();
    pages::ready();
}

/// The state of the worker.
#[derive(Debug)]
pub(crate) struct Session {
    this: Weak<Self>,
    peer_id: PeerId,
    /// What all torrents together may send and ask for.
    limits: SessionLimits,
    settings: Settings,
    shelf: Option<Shelf>,
    torrents: LiteMap<InfoHash, Entry>,
    /// Torrents whose folder is being opened or deleted, and what to do with them then.
    pending: LiteMap<InfoHash, VecDeque<Origin>>,
    /// Torrents whose folder cannot be opened.
    faulty: LiteMap<InfoHash, Problem>,
    /// Requests that came before storage was ready.
    early: Vec<(PageId, Request, Array)>,
    /// Shares that are being hashed; setting one stops it.
    shares: LiteMap<ShareId, Rc<Cell<bool>>>,
    /// Files that are being handed out; setting one stops it.
    saves: LiteMap<SaveId, (InfoHash, Rc<Cell<bool>>)>,
    exports: u32,
    streams: Streams,
    rendezvous: Rendezvous<Link>,
    sockets: Sockets,
    no_webrtc: bool,
    news: News,
    alarm: Alarm,
    /// The way of messages into our memory, used again and again.
    scratch: Vec<u8>,
}

/// A torrent in the session.
#[derive(Debug)]
struct Entry {
    torrent: Torrent,
    /// Since when it looks for peers and has none.
    alone_since: Option<Time>,
}

impl Session {
    fn new(this: Weak<Self>) -> Self {
        let wake = this.clone();
        let socket = this.clone();
        let peer_id = PeerId::new(random());
        Self {
            peer_id,
            limits: SessionLimits::default(),
            settings: Settings { trackers: Vec::new(), preferences: Preferences::default() },
            shelf: None,
            torrents: LiteMap::new(),
            pending: LiteMap::new(),
            faulty: LiteMap::new(),
            early: Vec::new(),
            shares: LiteMap::new(),
            saves: LiteMap::new(),
            exports: 0,
            streams: Streams::default(),
            rendezvous: Rendezvous::new(peer_id, random()),
            sockets: Sockets::new(move |url, event| {
                let url = url.to_owned();
                socket.with(move |session| session.socket(&url, event));
            }),
            no_webrtc: false,
            news: News::default(),
            alarm: Alarm::new(move || wake.with(Self::wake)),
            scratch: Vec::new(),
            this,
        }
    }

    /// The torrent that shares this swarm: a hybrid has two, and is listed under one of them.
    fn torrent_of(&self, swarm: InfoHash) -> InfoHash {
        let shares =
            |(_, entry): &(&InfoHash, &Entry)| entry.torrent.hashes().swarms().any(|other| other == swarm);
        let listed = || self.torrents.iter().find(shares).map(|(info_hash, _)| *info_hash);
        if self.torrents.contains_key(&swarm) { swarm } else { listed().unwrap_or(swarm) }
    }

    /// Does something with the torrent of this swarm, and what follows from it.
    fn with(&mut self, swarm: InfoHash, act: impl FnOnce(&mut Torrent, Time)) {
        let info_hash = self.torrent_of(swarm);
        let now = now();
        if let Some(entry) = self.torrents.get_mut(&info_hash) {
            act(&mut entry.torrent, now);
            self.settle(now, info_hash);
        }
    }

    /// Does what follows from whatever was done with a torrent.
    fn settle(&mut self, now: Time, info_hash: InfoHash) {
        let Some(entry) = self.torrents.get_mut(&info_hash) else { return };
        entry.torrent.drain(now);
        let effects = entry.torrent.take_effects();
        let deadline = entry.torrent.deadline();
        let rejoin = entry.torrent.active() != self.rendezvous.has_joined(info_hash);
        // Nobody waits to hear of turns, which are many.
        if !effects.iter().all(|effect| matches!(effect, Effect::Turn(_))) || rejoin {
            self.news.happened();
        }
        for effect in effects {
            self.carry_out(now, info_hash, effect);
        }
        if rejoin {
            self.join_or_leave(now, info_hash);
        }
        if let Some(at) = deadline {
            self.alarm.set(now, at);
        }
        self.news.changed();
        self.arm_news(now);
    }

    fn carry_out(&mut self, now: Time, info_hash: InfoHash, effect: Effect) {
        match effect {
            Effect::Drop(peer, reason) => self.meet(now, Input::Closed { peer, reason }),
            Effect::Introduce(introduction, step) => {
                self.meet(now, Input::Introduce { torrent: info_hash, introduction, step });
            }
            Effect::Metadata => self.join_or_leave(now, info_hash),
            Effect::Fetch(web_seed, job) => self.run_fetch(info_hash, web_seed, job),
            Effect::Check(job) => self.run_check(info_hash, job),
            Effect::Turn(request) => {
                let turn = self.limits.grant(now, request);
                self.with(info_hash, |torrent, now| torrent.handle(now, turn));
            }
            Effect::Tips(claims) => self.tell_of_tips(info_hash, &claims, None),
            Effect::Completed => self.meet(now, Input::Completed { torrent: info_hash }),
        }
    }

    /// The timer went off, perhaps for nothing.
    fn wake(&mut self) {
        let now = now();
        let due = |entry: &Entry| entry.torrent.deadline().is_some_and(|at| at <= now);
        let torrents: Vec<InfoHash> =
            self.torrents.iter().filter(|(_, entry)| due(entry)).map(|(info_hash, _)| *info_hash).collect();
        for info_hash in torrents {
            self.with(info_hash, |torrent, now| torrent.wake(now));
        }
        self.meet(now, Input::Wake);
        self.publish(now);
        let torrents = self.torrents.values().filter_map(|entry| entry.torrent.deadline());
        let others = [self.rendezvous.deadline(), self.news.deadline()];
        if let Some(at) = torrents.chain(others.into_iter().flatten()).min() {
            self.alarm.set(now, at);
        }
    }

    /// What every torrent is set up with.
    fn setup(&self) -> Setup {
        let Preferences { limits: protocol::Limits { down, up }, super_seed } = self.settings.preferences;
        Setup {
            config: Config { super_seed, journal: self.news.journal, ..Config::new(self.peer_id) },
            limits: Limits { down, up },
            seed: u64::from_le_bytes(random()),
            added_at: wall_clock(),
            secure: scope().location().protocol() == "https:",
        }
    }

    /// Does what the user wants of all torrents.
    fn prefer(&mut self, preferences: Preferences) {
        let protocol::Limits { down, up } = preferences.limits;
        self.limits.set(up, down);
        self.settings.preferences = preferences;
        for info_hash in self.torrents.keys().copied().collect::<Vec<_>>() {
            self.with(info_hash, |torrent, now| {
                torrent.prefer(now, Limits { down, up }, preferences.super_seed)
            });
        }
    }

    /// The browser has a network again.
    fn online(&mut self) {
        self.meet(now(), Input::Online);
        self.wake();
    }
}
