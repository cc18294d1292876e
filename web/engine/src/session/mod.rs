//! Everything that the worker does, in one place that every callback calls.
//!
//! What is to be done is decided by the [session](session::Session). The [`Driver`] tells it what the browser and the
//! pages say, and does what it asks for.

mod commands;
mod links;
mod meeting;
mod news;
mod outputs;
mod pages;
mod purse;
mod saves;
mod shares;
mod shelf;
mod sources;
mod streams;
mod web_seeds;

use std::cell::Cell;
use std::rc::Rc;

use js_sys::Array;
use litemap::LiteMap;
use metainfo::{InfoHash, Magnet};
use protocol::tabs::PageId;
use protocol::{Event, Fatal, Preferences, RelayFault, Request, SaveId, ShareId};
use session::{Error, Limits, StreamKey};
use swarm::{Config, PeerKey, Time, WebSeedKey};
use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use wire::PeerId;

use self::links::Peer;
use self::news::News;
use self::pages::tell;
use self::purse::Purse;
use self::shelf::Shelf;
use crate::browser::{Alarm, Shared, Weak, now, random, scope};
use crate::files::Reader;
use crate::link::Link;
use crate::store::Folder;
use crate::stream::Outlet;
use crate::torrent::{Cancel, Torrent};
use crate::trackers::Sockets;
use crate::web_seed::Abort;

/// The session of this browser.
type Session = session::Session<Folder, Reader, Link>;

/// Starts the engine in this worker: from now on it answers the page.
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        let words = panic.to_string();
        web_sys::console::error_1(&JsValue::from_str(&words));
        tell(&Event::Fatal(Fatal::Crashed(words)));
    }));
    let driver = Shared::new_cyclic(Driver::new);
    let commanded = driver.clone();
    pages::listen(move |heard, parts| {
        commanded.with(move |driver| driver.hear(heard, parts));
    });
    let online = driver.clone();
    let on_online = Closure::<dyn Fn()>::new(move || online.with(Driver::online));
    scope().set_ononline(Some(on_online.as_ref().unchecked_ref()));
    // It lives as long as the worker.
    on_online.into_js_value();
    pages::ready();
    driver.with(|driver| driver.open_shelf());
}

/// The state of the worker.
#[derive(Debug)]
pub(crate) struct Driver {
    this: Weak<Self>,
    session: Session,
    /// Those of the deployment, once the window has told them.
    trackers: Option<Vec<String>>,
    shelf: Option<Shelf>,
    /// What came of opening the shelf, until it is known where its torrents are announced.
    opened: Option<Result<(Shelf, Vec<InfoHash>), Error>>,
    /// Requests that came before storage was ready.
    early: Vec<(PageId, Request, Array)>,
    /// Shares that are being hashed; setting one stops it.
    shares: LiteMap<ShareId, Rc<Cell<bool>>>,
    /// Files that are being handed out; setting one stops it.
    saves: LiteMap<SaveId, (InfoHash, Rc<Cell<bool>>)>,
    exports: u32,
    /// The connections that torrents have.
    peers: LiteMap<PeerKey, Peer>,
    /// Those for which something was gathered.
    outgoing: Vec<PeerKey>,
    /// Ends what is being fetched from a web seed of a torrent when it is dropped.
    fetching: LiteMap<(InfoHash, WebSeedKey), Abort>,
    /// Ends the check of a torrent that is running when it is dropped.
    checking: LiteMap<InfoHash, Cancel>,
    /// The ways out to media elements.
    outlets: LiteMap<StreamKey, Outlet>,
    /// Streams so far.
    streams: u32,
    sockets: Sockets,
    purse: Purse,
    no_webrtc: bool,
    /// Why the last connection that was to go through a relay came to nothing.
    no_relay: Option<RelayFault>,
    /// Links that name torrent files, of torrents whose folders are being opened: what is remembered of one may say that no
    /// server is to be asked.
    linked: LiteMap<InfoHash, Magnet>,
    news: News,
    alarm: Alarm<Time>,
    /// The way of messages into our memory, used again and again.
    scratch: Vec<u8>,
}

impl Driver {
    fn new(this: Weak<Self>) -> Self {
        let wake = this.clone();
        let socket = this.clone();
        let site = scope().location();
        let secure = site.protocol() == "https:";
        let mut session = Session::new(Config::new(PeerId::new(random())), random(), secure);
        session.obey(format!("{}{}/", if secure { "wss://" } else { "ws://" }, site.host()));
        Self {
            session,
            trackers: None,
            shelf: None,
            opened: None,
            early: Vec::new(),
            shares: LiteMap::new(),
            saves: LiteMap::new(),
            exports: 0,
            peers: LiteMap::new(),
            outgoing: Vec::new(),
            fetching: LiteMap::new(),
            checking: LiteMap::new(),
            outlets: LiteMap::new(),
            streams: 0,
            sockets: Sockets::new(move |url, event| {
                let url = url.to_owned();
                socket.with(move |driver| driver.socket(&url, event));
            }),
            purse: Purse::default(),
            no_webrtc: false,
            no_relay: None,
            linked: LiteMap::new(),
            news: News::default(),
            alarm: Alarm::new(move || wake.with(Self::wake)),
            scratch: Vec::new(),
            this,
        }
    }

    /// Does something with the torrent of this swarm, and what follows from it.
    fn with(&mut self, swarm: InfoHash, act: impl FnOnce(&mut Torrent, Time)) {
        let now = now();
        if let Some(torrent) = self.session.torrent_mut(swarm) {
            act(torrent, now);
            self.settle(now);
        }
    }

    /// Does what follows from whatever the session was told: once after each batch of inputs, so that what goes to one
    /// peer goes together.
    fn settle(&mut self, now: Time) {
        loop {
            while let Some(output) = self.session.poll(now) {
                self.carry_out(now, output);
            }
            if !self.flush(now) {
                break;
            }
        }
        if let Some(at) = self.session.deadline() {
            self.alarm.set(at, at.since(now));
        }
        self.news.changed();
        self.arm_news(now);
    }

    /// The timer went off, perhaps for nothing.
    fn wake(&mut self) {
        let now = now();
        self.session.wake(now);
        self.settle(now);
        self.publish(now);
        self.arm_news(now);
    }

    /// Does what the user wants of all torrents.
    fn prefer(&mut self, preferences: Preferences) {
        let Preferences { limits: protocol::Limits { down, up }, super_seed, relay_only } = preferences;
        let now = now();
        self.session.relay_all(now, relay_only);
        self.session.prefer(now, Limits { down, up }, super_seed);
        self.settle(now);
    }

    /// The browser has a network again.
    fn online(&mut self) {
        self.session.online(now());
        self.wake();
    }

    /// Something happened that a person waits for.
    fn happened(&mut self) {
        self.news.happened();
        self.arm_news(now());
    }
}
