//! The engine of this window, or of the tab that has it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use js_sys::Array;
use protocol::tips::TipsCommand;
use protocol::window::{FromEngine, Settings, ToEngine};
use protocol::{Command, Event, Fatal, Preferences, Request, tabs};
use wasm_bindgen_futures::spawn_local;

use crate::browser;
use crate::config::Config;
use crate::early;
use crate::engine::Engine;
use crate::follower::Follower;
use crate::owner;
use crate::purse::Purse;
use crate::rtc::Connections;
use crate::stream::{Streaming, Streams};

/// What a window hears of the engine.
#[derive(Debug)]
pub enum News {
    /// Another tab has the engine, and this one shows and controls it.
    Follows,
    /// This window has the engine now.
    Owns,
    /// The engine was started anew, here or in another tab: it knows nothing of what this window asked for.
    Restarted,
    /// Somebody wants to speak with the purse: [`Host::open_purse`] starts it.
    Purse,
    /// Whether media elements can read files while they arrive. Comes once, some time after the start.
    Streaming(Streaming),
    /// The engine says this, with these parts. What the window does for the engine does not get here.
    Event(Event, Array),
}

/// The way to the engine. Requests made before there is one wait for it.
pub struct Host {
    on_news: Box<dyn Fn(News)>,
    engine: OnceCell<Rc<Engine>>,
    connections: OnceCell<Connections>,
    /// The way to the engine while another tab owns it.
    follower: RefCell<Option<Rc<Follower>>>,
    streams: OnceCell<Streams>,
    waiting: RefCell<Vec<(Request, Array)>>,
    purse: RefCell<Option<Purse>>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("owns", &self.owns()).finish_non_exhaustive()
    }
}

impl Host {
    /// A way that leads nowhere yet; `on_news` hears of everything.
    pub fn new(on_news: impl Fn(News) + 'static) -> Rc<Self> {
        Rc::new(Self {
            on_news: Box::new(on_news),
            engine: OnceCell::new(),
            connections: OnceCell::new(),
            follower: RefCell::default(),
            streams: OnceCell::new(),
            waiting: RefCell::default(),
            purse: RefCell::default(),
        })
    }

    /// Starts the engine, or follows the tab that has it until this one can take over. `preferences` are asked for when
    /// the engine starts. Ends once this window owns the engine.
    pub async fn run(self: Rc<Self>, config: Config, preferences: impl Fn() -> Preferences) {
        spawn_local(self.clone().open_streams());
        if owner::try_own().await {
            self.start(&config, preferences());
            return;
        }
        self.follow();
        owner::wait_to_own().await;
        let unheard = self.follower.take().map(|follower| follower.close()).unwrap_or_default();
        self.waiting.borrow_mut().extend(unheard);
        self.start(&config, preferences());
        self.tell(News::Restarted);
    }

    /// Whether the engine is this window's own.
    #[must_use]
    pub fn owns(&self) -> bool {
        self.engine.get().is_some()
    }

    /// Gives the engine a command, now or when it runs.
    pub fn command(&self, command: Command) {
        self.command_with(command, Array::new());
    }

    /// The same with parts: files, which are cloned.
    pub fn command_with(&self, command: Command, parts: Array) {
        self.request(command.into(), parts);
    }

    /// Gives the engine a command of the program of tips, now or when it runs.
    pub fn tips_command(&self, command: TipsCommand) {
        self.request(command.into(), Array::new());
    }

    /// Says something to the purse, wherever it is: postcard bytes of a [`PurseCommand`](protocol::purse::PurseCommand).
    pub fn purse_command(&self, command: Vec<u8>) {
        self.request(Request::Purse(command), Array::new());
    }

    /// Starts the purse for the engine of this window, with the networks of this deployment.
    pub fn open_purse(self: &Rc<Self>, networks: &str) {
        let Some(engine) = self.engine.get() else { return };
        let host = Rc::downgrade(self);
        let opened = Purse::open(networks, move || {
            if let Some(host) = host.upgrade() {
                host.lose_purse();
            }
        });
        match opened {
            Ok((purse, port)) => {
                self.purse.replace(Some(purse));
                engine.say_with(ToEngine::Purse, Array::of1(&port));
            }
            Err(_no_workers) => self.lose_purse(),
        }
    }

    /// Ends the purse of this window, if it runs here. Whoever wants it next has it started anew.
    pub fn close_purse(&self) {
        if self.purse.take().is_some() {
            self.lose_purse();
        }
    }

    /// Whoever wants it next has it started anew. Its worker is ended later, since it may be the one that calls.
    fn lose_purse(&self) {
        if let Some(engine) = self.engine.get() {
            engine.say(ToEngine::Purse);
        }
    }

    fn request(&self, request: Request, parts: Array) {
        if let Some(engine) = self.engine.get() {
            engine.say_with(ToEngine::Request(request), parts);
        } else if let Some(follower) = &*self.follower.borrow() {
            follower.request(request, parts);
        } else {
            self.waiting.borrow_mut().push((request, parts));
        }
    }

    fn start(self: &Rc<Self>, config: &Config, preferences: Preferences) {
        let receiver = Rc::downgrade(self);
        let opened = Engine::open(move |message, parts| {
            if let Some(host) = receiver.upgrade() {
                host.receive(message, parts);
            }
        });
        let engine = match opened {
            Ok(engine) => self.engine.get_or_init(|| engine),
            Err(_no_workers) => {
                self.tell(News::Event(Event::Fatal(Fatal::Stopped), Array::new()));
                return;
            }
        };
        let relayed = browser::query_has("relay");
        self.connections.get_or_init(|| Connections::new(engine.clone(), config, relayed));
        // Not before: the engine may have asked for connections already.
        engine.start(Settings { trackers: config.trackers.clone(), preferences });
        for (request, parts) in self.waiting.take() {
            engine.say_with(ToEngine::Request(request), parts);
        }
        self.answer_streams();
        self.tell(News::Owns);
    }

    /// Shows and controls the session of another tab.
    fn follow(self: &Rc<Self>) {
        early::close_connection();
        let receiver = Rc::downgrade(self);
        let opened = Follower::open(move |message, parts| {
            if let Some(host) = receiver.upgrade() {
                host.tell(match message {
                    tabs::FromEngine::Ready => News::Restarted,
                    tabs::FromEngine::Event(event) => News::Event(event, parts),
                });
            }
        });
        // Without broadcasts this tab can only wait for its turn.
        let Ok(follower) = opened else { return };
        for (request, parts) in self.waiting.take() {
            follower.request(request, parts);
        }
        self.follower.replace(Some(follower));
        self.tell(News::Follows);
    }

    /// Finds out whether media elements can read files while they arrive.
    async fn open_streams(self: Rc<Self>) {
        let receiver = Rc::downgrade(&self);
        let opened = Streams::open(move |request, port| {
            // Nobody else is asked, since it answers only from when it owns the engine.
            if let Some(engine) = receiver.upgrade().as_ref().and_then(|host| host.engine.get()) {
                engine.say_with(ToEngine::Stream(request), port);
            }
        });
        let opened = opened.await;
        if let Some(streams) = opened {
            let _ = self.streams.set(streams);
            self.answer_streams();
            self.tell(News::Streaming(Streaming::Ready));
        } else {
            self.tell(News::Streaming(Streaming::Unavailable));
        }
    }

    /// From the moment on at which this window has both an engine and the service worker's word for it, it is the one
    /// that media elements of all tabs are answered by.
    fn answer_streams(&self) {
        if let (Some(streams), true) = (self.streams.get(), self.owns()) {
            streams.answer();
        }
    }

    fn receive(&self, message: FromEngine, parts: Array) {
        match message {
            FromEngine::Ready => {}
            FromEngine::Rtc { rtc, command } => {
                if let Some(connections) = self.connections.get() {
                    connections.handle(rtc, command);
                }
            }
            FromEngine::Purse => self.tell(News::Purse),
            FromEngine::Event(event) => self.tell(News::Event(event, parts)),
        }
    }

    fn tell(&self, news: News) {
        (self.on_news)(news);
    }
}
