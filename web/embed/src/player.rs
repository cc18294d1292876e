//! The player: what the user, the page around it and the engine do to it.

mod keys;
mod news;
mod show;

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use host::browser::fragment;
use host::{Config, Host, Streaming};
use metainfo::InfoHash;
use protocol::{Command, FileView, Preferences, TorrentView};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DomException, Event, MediaError};

use crate::elements::{Elements, is_secure, listen};
use crate::link::Link;
use crate::parent::{Order, Parent};
use crate::words;

/// How often in a row what broke off is taken up again by itself.
const RETRIES: u32 = 5;

/// The player of this document.
pub(crate) struct Player {
    link: Link,
    elements: Elements,
    parent: OnceCell<Rc<Parent>>,
    host: OnceCell<Rc<Host>>,
    streaming: Cell<Option<Streaming>>,
    /// To be played as soon as that is possible.
    wanted: Cell<bool>,
    /// How often in a row it broke off.
    failures: Cell<u32>,
    /// Why nothing goes on any more.
    broken: RefCell<Option<String>>,
    torrent: RefCell<Torrent>,
}

/// What is known of the torrent.
#[derive(Debug, Default)]
struct Torrent {
    info_hash: Option<InfoHash>,
    /// Somebody else had it in the list before.
    shared: bool,
    view: Option<TorrentView>,
    /// Bytes that people had given before this player asked for any.
    before: Option<u64>,
    /// Bytes that they gave since.
    from_people: u64,
    film: Option<(u32, FileView)>,
    here: Vec<Range<f32>>,
    from_servers: u64,
    /// All of the film was asked for, where it cannot be streamed.
    saving: bool,
    /// The media element has its address.
    opened: bool,
}

impl Player {
    /// Starts the player of this document, whose address has this query.
    pub(crate) fn open(query: &str) {
        let Some(elements) = Elements::find() else { return };
        elements.name_all();
        let link = Link::parse(query, &fragment()).map_err(|why| words::wrong_address(&why));
        match if is_secure() { link } else { Err(words::INSECURE.into()) } {
            Ok(link) => Self::with(link, elements),
            Err(why) => {
                elements.say(&why);
                elements.start.set_hidden(true);
                elements.bar.set_hidden(true);
                Parent::greet(move |parent, order| {
                    if order == Order::Greet {
                        parent.tell("error", &[("message", JsValue::from_str(&why))]);
                    }
                });
            }
        }
    }

    fn with(link: Link, elements: Elements) {
        let media = &elements.media;
        media.set_muted(link.muted);
        media.set_loop(link.repeats);
        media.set_preload(if link.preload { "auto" } else { "metadata" });
        if let Some(poster) = &link.poster {
            media.set_poster(poster);
        }
        elements.bar.set_hidden(!link.controls);
        let at_once = (link.autoplay, link.preload);
        let player = Rc::new(Self {
            link,
            elements,
            parent: OnceCell::new(),
            host: OnceCell::new(),
            streaming: Cell::new(None),
            wanted: Cell::new(false),
            failures: Cell::new(0),
            broken: RefCell::default(),
            torrent: RefCell::default(),
        });
        player.listen_to_media();
        player.listen_to_user();
        let ordered = player.clone();
        let parent = Parent::greet(move |_, order| ordered.obey(order));
        let _ = player.parent.set(parent);
        match at_once {
            (true, _) => player.play(),
            (false, true) => player.start(),
            (false, false) => {}
        }
        player.draw();
    }

    fn listen_to_media(self: &Rc<Self>) {
        let on = |event: &str, act: fn(&Rc<Self>)| {
            let player = self.clone();
            listen(&self.elements.media, event, move |_: Event| {
                act(&player);
                player.draw();
            });
        };
        on("playing", |player| {
            player.failures.set(0);
            player.tell("playing", &[]);
        });
        on("pause", |player| player.tell("paused", &[]));
        on("waiting", |player| player.tell("stalled", &[]));
        on("ended", |player| player.tell("ended", &[]));
        on("error", Self::fail);
        on("loadedmetadata", Self::learn_rate);
        on("timeupdate", |_| {});
        on("seeking", |_| {});
        on("volumechange", |_| {});
        on("durationchange", |_| {});
    }

    fn obey(self: &Rc<Self>, order: Order) {
        match order {
            Order::Greet => self.tell("ready", &[]),
            Order::Play => self.play(),
            Order::Pause => self.pause(),
            Order::Seek(to) => self.seek(to),
        }
    }

    fn toggle(self: &Rc<Self>) {
        if self.wanted.get() || !self.elements.media.paused() { self.pause() } else { self.play() }
    }

    fn toggle_sound(&self) {
        self.elements.media.set_muted(!self.elements.media.muted());
    }

    fn play(self: &Rc<Self>) {
        self.wanted.set(true);
        self.start();
        self.play_media();
        self.draw();
    }

    fn pause(&self) {
        self.wanted.set(false);
        let _ = self.elements.media.pause();
        self.draw();
    }

    fn seek(&self, to: f64) {
        let duration = self.elements.media.duration();
        if duration.is_finite() {
            self.elements.media.set_current_time(to.clamp(0.0, duration));
        }
    }

    /// Plays what the media element has, if it has anything.
    fn play_media(self: &Rc<Self>) {
        if !self.torrent.borrow().opened {
            return;
        }
        if self.elements.media.error().is_some() {
            self.reload();
        }
        let Ok(playing) = self.elements.media.play() else { return };
        let player = self.clone();
        spawn_local(async move {
            let played = playing.await;
            let name =
                |why: JsValue| why.dyn_into::<DomException>().map(|why| why.name()).unwrap_or_default();
            // Browsers want a click before anything makes a noise.
            if played.err().map(name).as_deref() == Some("NotAllowedError") {
                player.tell("paused", &[]);
            }
            player.wanted.set(false);
            player.draw();
        });
    }

    /// Starts the engine, or finds it in another tab.
    fn start(self: &Rc<Self>) {
        if self.host.get().is_some() {
            return;
        }
        let player = Rc::downgrade(self);
        let host = Host::new(move |news| {
            if let Some(player) = player.upgrade() {
                player.hear(news);
                player.draw();
            }
        });
        let host = self.host.get_or_init(|| host).clone();
        self.add();
        spawn_local(async move {
            let config = Config::fetch().await;
            host.run(config, Preferences::default).await;
        });
    }

    fn command(&self, command: Command) {
        if let Some(host) = self.host.get() {
            host.command(command);
        }
    }

    fn add(&self) {
        self.command(Command::AddMagnet { magnet: self.link.magnet.to_string(), metadata_only: false });
    }

    fn open_media(self: &Rc<Self>, address: &str) {
        self.torrent.borrow_mut().opened = true;
        self.elements.media.set_src(address);
        if self.wanted.get() {
            self.play_media();
        }
    }

    /// Tells the engine how fast the film is read, so that what it needs is fetched in time.
    fn learn_rate(self: &Rc<Self>) {
        let duration = self.elements.media.duration();
        let torrent = self.torrent.borrow();
        if let (Some(info_hash), Some((position, film)), true) =
            (torrent.info_hash, &torrent.film, duration.is_finite() && duration > 0.0)
        {
            let bytes_per_second = (film.size as f64 / duration) as u64;
            self.command(Command::Playing { info_hash, file: *position, bytes_per_second });
        }
    }

    /// The media element cannot go on.
    fn fail(self: &Rc<Self>) {
        let code = self.elements.media.error().map(|error| error.code());
        let failures = self.failures.get() + 1;
        self.failures.set(failures);
        let broke_off = code == Some(MediaError::MEDIA_ERR_NETWORK);
        // Before the first byte, what is not there looks the same as what cannot be played.
        if failures == 1 || (broke_off && failures <= RETRIES) {
            self.reload();
        } else {
            let why = if broke_off { words::BROKEN_OFF } else { words::NOT_PLAYABLE };
            self.wanted.set(false);
            self.tell("error", &[("message", JsValue::from_str(why.text()))]);
        }
    }

    /// Takes up again what broke off, where it did.
    fn reload(self: &Rc<Self>) {
        let media = &self.elements.media;
        let (at, played) = (media.current_time(), !media.paused());
        media.load();
        media.set_current_time(at);
        if played {
            let _ = media.play();
        }
    }

    fn give_up(&self, why: String) {
        self.tell("error", &[("message", JsValue::from_str(&why))]);
        self.wanted.set(false);
        self.broken.replace(Some(why));
    }
}
