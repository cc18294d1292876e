//! The player: what the user, the page around it and the engine do to it.

mod news;
mod show;
mod subtitles;
mod user;

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use host::browser::fragment;
use host::{Config, FirstVisit, Host, Streaming, player, prefers_relays, remember_told, was_told};
use js_sys::Promise;
use media::player::{Fault, Moment, Phase, bytes_per_second};
use metainfo::{InfoHash, visible};
use protocol::{Command, FileView, Preferences, TorrentView};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{DomException, Event, EventTarget};

use crate::elements::{Elements, is_secure, listen};
use crate::link::{Link, sponsored_page};
use crate::parent::{Order, Parent};
use crate::words;

/// Events of the media element after which something else is shown.
const EVENTS: [&str; 12] = [
    "play",
    "playing",
    "waiting",
    "seeking",
    "timeupdate",
    "pause",
    "ended",
    "error",
    "loadedmetadata",
    "volumechange",
    "durationchange",
    "ratechange",
];

/// The player of this document.
pub(crate) struct Player {
    link: Link,
    elements: Elements,
    parent: OnceCell<Rc<Parent>>,
    host: OnceCell<Rc<Host>>,
    streaming: Cell<Option<Streaming>>,
    model: Cell<media::player::Player>,
    /// Why nothing goes on any more.
    broken: RefCell<Option<String>>,
    torrent: RefCell<Torrent>,
    subtitles: RefCell<subtitles::Offered>,
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
    /// Path of the picture that stands for it.
    poster: Option<String>,
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
        } else {
            elements.show_name(&visible(link.magnet.name.as_deref().unwrap_or_default()));
        }
        if let Some(page) = sponsored_page(&link.magnet) {
            elements.offer_page(words::SPONSORED, &page);
        }
        player::set_speed(media, link.speed);
        elements.bar.set_hidden(!link.controls);
        let at_once = (link.autoplay, link.preload);
        let player = Rc::new(Self {
            link,
            elements,
            parent: OnceCell::new(),
            host: OnceCell::new(),
            streaming: Cell::new(None),
            model: Cell::default(),
            broken: RefCell::default(),
            torrent: RefCell::default(),
            subtitles: RefCell::default(),
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
        for event in EVENTS {
            self.on(&self.elements.media, event, Self::hear_media);
        }
    }

    /// Does this whenever something happens to `target`, and draws what came of it.
    fn on(self: &Rc<Self>, target: &EventTarget, event: &str, act: fn(&Rc<Self>, &Event)) {
        let player = self.clone();
        let act = move |event: Event| {
            act(&player, &event);
            player.draw();
        };
        listen(target, event, Box::new(act));
    }

    fn hear_media(self: &Rc<Self>, event: &Event) {
        if event.type_() == "loadedmetadata" {
            self.learn_rate();
        }
        let Some(moment) = player::moment(event, &self.elements.media) else { return };
        self.happened(moment);
        match (moment, self.phase()) {
            (Moment::Playing, _) => self.tell("playing", &[]),
            (Moment::Waiting, _) => self.tell("stalled", &[]),
            (Moment::Paused, _) => self.tell("paused", &[]),
            (Moment::Ended, _) => self.tell("ended", &[]),
            (Moment::Failed { .. }, Phase::Broken(fault)) => {
                self.tell("error", &[("message", words::fault(fault).text().into())]);
            }
            _ => {}
        }
    }

    fn phase(&self) -> Phase {
        self.model.get().phase()
    }

    /// Tells the model, and does what it says.
    fn happened(&self, moment: Moment) {
        let mut model = self.model.get();
        let pause = model.hear(moment);
        self.model.set(model);
        if let Some(pause) = pause {
            player::reload_after(&self.elements.media, pause);
        }
    }

    fn obey(self: &Rc<Self>, order: Order) {
        match order {
            Order::Greet => self.tell("ready", &[]),
            Order::Play => self.play(),
            Order::Pause => self.pause(),
            Order::Seek(to) => player::go_to(&self.elements.media, to),
        }
    }

    fn toggle(self: &Rc<Self>) {
        if self.phase().is_to_play() { self.pause() } else { self.play() }
    }

    fn play(self: &Rc<Self>) {
        self.happened(Moment::Play);
        self.start();
        self.play_media();
        self.draw();
    }

    fn pause(&self) {
        self.happened(Moment::Paused);
        let _ = self.elements.media.pause();
        self.draw();
    }

    /// Plays what the media element has, if it has anything.
    fn play_media(self: &Rc<Self>) {
        if !self.torrent.borrow().opened {
            return;
        }
        let Ok(playing) = self.elements.media.play() else { return };
        let player = self.clone();
        spawn_local(async move {
            let played = playing.await;
            let name =
                |why: JsValue| why.dyn_into::<DomException>().map(|why| why.name()).unwrap_or_default();
            // Browsers want a click before anything makes a noise.
            if played.err().map(name).as_deref() == Some("NotAllowedError") {
                player.happened(Moment::Paused);
                player.tell("paused", &[]);
                player.draw();
            }
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
        let player = self.clone();
        spawn_local(async move {
            let config = Config::fetch().await;
            let is_told = config.first_visit != Some(FirstVisit::Everywhere) || was_told();
            let relay_only = if is_told { false } else { player.tell_first(config.has_relay()).await };
            let relay_only = move || relay_only || prefers_relays();
            host.run(config, move || Preferences { relay_only: relay_only(), ..Preferences::default() })
                .await;
        });
    }

    /// Tells the user what others see, and waits until they go on; whether they want to be met through relays alone.
    async fn tell_first(&self, has_relay: bool) -> bool {
        let elements = &self.elements;
        elements.tell_first(true, has_relay);
        let pressed = Promise::new(&mut |press, _| {
            elements.go_on.set_onclick(Some(&press));
            elements.go_on_relayed.set_onclick(Some(&press));
        });
        let pressed = JsFuture::from(pressed).await;
        let target = pressed.ok().and_then(|event| event.dyn_into::<Event>().ok()?.target());
        let relay_only = target.as_ref() == Some(elements.go_on_relayed.as_ref());
        remember_told(relay_only);
        elements.tell_first(false, has_relay);
        relay_only
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
        if self.phase().is_to_play() {
            self.play_media();
        }
    }

    /// Tells the engine how fast the film is read, so that what it needs is fetched in time.
    fn learn_rate(&self) {
        let torrent = self.torrent.borrow();
        let (Some(info_hash), Some((file, film))) = (torrent.info_hash, &torrent.film) else { return };
        if let Some(bytes_per_second) = bytes_per_second(film.size, self.elements.media.duration()) {
            self.command(Command::Playing { info_hash, file: *file, bytes_per_second });
        }
    }

    /// Another engine has begun: what the one before left broken goes on.
    fn go_on(self: &Rc<Self>) {
        if self.phase() == Phase::Broken(Fault::Stream) && !self.elements.media.paused() {
            self.play();
        }
    }

    fn give_up(&self, why: String) {
        self.tell("error", &[("message", JsValue::from_str(&why))]);
        self.happened(Moment::Paused);
        self.broken.replace(Some(why));
    }
}
