//! What the engine tells.

use std::rc::Rc;

use host::{News, Streaming, stream};
use js_sys::{Array, Function, Promise};
use media::Kind;
use media::picture::is_drawn;
use media::player::Phase;
use protocol::{Command, Event, FileView, Priority, Seal, State, TorrentDetail, TorrentView};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, Url};

use super::Player;
use super::subtitles::Offered;
use crate::film::{choose, poster};
use crate::link::tip_page;
use crate::parent::is_framed_elsewhere;
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// A picture that is loaded without being drawn.
    #[wasm_bindgen(js_name = Image)]
    type Picture;

    #[wasm_bindgen(constructor, js_class = "Image")]
    fn new() -> Picture;

    #[wasm_bindgen(method, setter)]
    fn set_onload(this: &Picture, loaded: &Function);

    #[wasm_bindgen(method, setter)]
    fn set_onerror(this: &Picture, failed: &Function);

    #[wasm_bindgen(method, setter)]
    fn set_src(this: &Picture, address: &str);

    #[wasm_bindgen(method, getter, js_name = naturalWidth)]
    fn natural_width(this: &Picture) -> u32;

    #[wasm_bindgen(method, getter, js_name = naturalHeight)]
    fn natural_height(this: &Picture) -> u32;
}

/// Steps in which the parts that are here are drawn.
const STEPS: u32 = 400;

impl Player {
    pub(super) fn hear(self: &Rc<Self>, news: News) {
        match news {
            // No money is in a frame, nor anywhere but on the page.
            News::Follows | News::Owns | News::Purse => {}
            News::Restarted => {
                self.add();
                self.go_on();
            }
            News::Streaming(streaming) => {
                self.streaming.set(Some(streaming));
                self.advance();
            }
            News::Event(event, parts) => self.hear_engine(event, &parts),
        }
    }

    fn hear_engine(self: &Rc<Self>, event: Event, parts: &Array) {
        match event {
            Event::Shelf(known) if is_framed_elsewhere() => {
                // What this site's visitors watched before is not to be fetched along.
                let ours = self.link.magnet.hashes;
                for info_hash in known {
                    if !ours.swarms().any(|swarm| swarm == info_hash) {
                        self.command(Command::Pause(info_hash));
                    }
                }
            }
            Event::Added { info_hash, known } => {
                {
                    let mut torrent = self.torrent.borrow_mut();
                    torrent.info_hash = Some(info_hash);
                    torrent.shared = known;
                }
                self.command(Command::Watch(Some(info_hash)));
            }
            Event::Torrents(torrents) => {
                let info_hash = self.torrent.borrow().info_hash;
                let view = torrents.into_iter().find(|torrent| Some(torrent.info_hash) == info_hash);
                if let Some(view) = view {
                    self.view(view);
                }
            }
            Event::Detail(detail) if self.torrent.borrow().info_hash == Some(detail.info_hash) => {
                self.detail(&detail);
            }
            Event::Saved { info_hash, file, .. } => {
                let ours = {
                    let torrent = self.torrent.borrow();
                    let film = torrent.film.as_ref().map(|(position, _)| *position);
                    torrent.saving && torrent.info_hash == Some(info_hash) && film == Some(file)
                };
                let address = parts.get(0).dyn_into::<Blob>().ok();
                let address = address.and_then(|blob| Url::create_object_url_with_blob(&blob).ok());
                if let (true, Some(address)) = (ours, address) {
                    self.open_media(&address);
                }
            }
            Event::Refused { why } => self.give_up(words::refusal(&why)),
            Event::Fatal(why) => self.give_up(words::fatal(&why)),
            _ => {}
        }
    }

    fn view(&self, view: TorrentView) {
        // In a frame of another site nobody else could have wanted that.
        if view.state == State::Paused && (self.phase() == Phase::Loading || is_framed_elsewhere()) {
            self.command(Command::Resume(view.info_hash));
        }
        let people = {
            let mut torrent = self.torrent.borrow_mut();
            let people = torrent.view.as_ref().map(|before| before.peers);
            torrent.view = Some(view);
            people
        };
        let now = self.torrent.borrow().view.as_ref().map(|view| view.peers);
        if people != now {
            self.tell("peers", &[]);
        }
        self.tell("progress", &[]);
    }

    fn detail(self: &Rc<Self>, detail: &TorrentDetail) {
        if detail.files.is_empty() {
            return;
        }
        let Some((position, kind)) = choose(&self.link.magnet, &detail.files) else {
            let seal = self.torrent.borrow().view.as_ref().and_then(|view| view.seal);
            let is_locked = seal == Some(Seal::Locked);
            if is_locked && self.link.magnet.key.is_some() {
                // What was kept here without the key is about to be opened, or its problem to be told.
                return;
            }
            self.give_up(if is_locked { words::LOCKED } else { words::NOTHING_PLAYS }.into());
            return;
        };
        let file = &detail.files[position as usize];
        let first = self.torrent.borrow().film.is_none();
        {
            let mut torrent = self.torrent.borrow_mut();
            let here = detail.pieces.as_ref().map(|pieces| pieces.parts_of(file, STEPS));
            torrent.here = here.unwrap_or_default();
            torrent.film = Some((position, file.clone()));
            torrent.from_servers = detail.web_seeds.iter().map(|web_seed| web_seed.downloaded).sum();
            let from_people = detail.downloaded.saturating_sub(torrent.from_servers);
            let before = if torrent.shared { from_people } else { 0 };
            torrent.from_people = from_people.saturating_sub(*torrent.before.get_or_insert(before));
        }
        let poster = self.poster_of(kind, &file.path, &detail.files).filter(|_| first);
        if first {
            let poster = poster.map(|poster| detail.files[poster as usize].path.clone());
            self.torrent.borrow_mut().poster = poster;
            self.subtitles.replace(Offered::of(&detail.files));
        }
        if first && !detail.payment_options.is_empty() {
            self.elements.offer_page(words::TIP, &tip_page(&self.link.magnet));
        }
        if first && is_framed_elsewhere() && !self.torrent.borrow().shared {
            let others = (0_u32..).zip(&detail.files);
            let others = others.filter(|(other, _)| *other != position && Some(*other) != poster);
            for (file, _) in others {
                let info_hash = detail.info_hash;
                self.command(Command::Select { info_hash, file, priority: Priority::Skip });
            }
        }
        self.advance();
    }

    /// The torrent's picture of a film, where one is seen: for as long as a sound plays, and of a video before it is to.
    fn poster_of(&self, kind: Kind, film: &str, files: &[FileView]) -> Option<u32> {
        let seen = kind == Kind::Audio || !self.phase().is_to_play();
        (seen && self.link.poster.is_none()).then(|| poster(film, files)).flatten()
    }

    /// Opens the film as soon as it can be.
    fn advance(self: &Rc<Self>) {
        let (info_hash, position, file) = {
            let torrent = self.torrent.borrow();
            let (Some(info_hash), Some((position, file)), false) =
                (torrent.info_hash, &torrent.film, torrent.opened || torrent.saving)
            else {
                return;
            };
            (info_hash, *position, file.clone())
        };
        match self.streaming.get() {
            Some(Streaming::Ready) => {
                if let Some(poster) = self.torrent.borrow().poster.as_deref() {
                    let (player, address) = (self.clone(), stream::address(info_hash, poster));
                    spawn_local(async move {
                        if is_picture_to_draw(&address).await {
                            player.elements.media.set_poster(&address);
                        }
                    });
                }
                self.open_media(&stream::address(info_hash, &file.path));
                self.offer_subtitles(&file.path);
            }
            Some(Streaming::Unavailable) if file.progress >= 1.0 => {
                self.torrent.borrow_mut().saving = true;
                self.command(Command::Save { info_hash, file: position });
            }
            _ => {}
        }
    }
}

/// Whether a stranger's picture has no more pixels than may be drawn. Once it is loaded their number is known, and it is not
/// decoded yet.
async fn is_picture_to_draw(address: &str) -> bool {
    let picture = Picture::new();
    let loaded = Promise::new(&mut |resolve, reject| {
        picture.set_onload(&resolve);
        picture.set_onerror(&reject);
    });
    picture.set_src(address);
    loaded.await.is_ok() && is_drawn(picture.natural_width(), picture.natural_height())
}
