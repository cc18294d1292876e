//! What the player shows, and tells the page around it.

use host::Streaming;
use wasm_bindgen::JsValue;
use web_sys::MediaError;

use super::{Player, Torrent};
use crate::parent::object;
use crate::words;

impl Player {
    pub(super) fn draw(&self) {
        let media = &self.elements.media;
        let torrent = self.torrent.borrow();
        let fault = media.error().map(|error| error.code());
        let playing = !media.paused() && media.ready_state() > 2;
        let sentence = self.sentence(&torrent, fault, playing);
        self.elements.say(&sentence);
        let started = self.wanted.get() || (torrent.opened && media.current_time() > 0.0) || !media.paused();
        self.elements.start.set_hidden(started || self.broken.borrow().is_some());
        let state = match (self.broken.borrow().is_some() || fault.is_some(), playing, started) {
            (true, ..) => "error",
            (_, true, _) => "playing",
            (.., true) if media.paused() && !self.wanted.get() => "paused",
            (.., true) => "waiting",
            _ => "idle",
        };
        self.elements.draw_state(state, self.wanted.get() || !media.paused());
        self.elements.draw_place(&torrent.here);
        let swarm = torrent
            .view
            .as_ref()
            .map(|view| words::swarm(view.peers, torrent.from_people, torrent.from_servers));
        self.elements.tell_swarm(&swarm.unwrap_or_default());
    }

    fn sentence(&self, torrent: &Torrent, fault: Option<u16>, playing: bool) -> String {
        if let Some(why) = &*self.broken.borrow() {
            return why.clone();
        }
        if let Some(code) = fault {
            let broke_off = code == MediaError::MEDIA_ERR_NETWORK;
            return if broke_off { words::BROKEN_OFF } else { words::NOT_PLAYABLE }.into();
        }
        if self.host.get().is_none() || playing || (!self.wanted.get() && self.elements.media.paused()) {
            return String::new();
        }
        let problem = torrent.view.as_ref().and_then(|view| view.problem.as_ref());
        match (problem, &torrent.film) {
            (Some(problem), _) => words::problem(problem),
            (None, None) => words::STARTING.into(),
            (None, Some((_, film)))
                if self.streaming.get() == Some(Streaming::Unavailable) && !torrent.opened =>
            {
                words::when_complete(film.progress)
            }
            (None, Some(_)) => words::LOADING.into(),
        }
    }

    /// Tells the page around this what happened, and how everything is.
    pub(super) fn tell(&self, event: &str, details: &[(&str, JsValue)]) {
        let Some(parent) = self.parent.get() else { return };
        let media = &self.elements.media;
        let torrent = self.torrent.borrow();
        let view = torrent.view.as_ref();
        let stats = object(&[
            ("peers", view.map_or(0, |view| view.peers).into()),
            ("progress", torrent.film.as_ref().map_or(0.0, |(_, film)| film.progress).into()),
            ("size", torrent.film.as_ref().map_or(0.0, |(_, film)| film.size as f64).into()),
            ("downloadRate", view.map_or(0.0, |view| view.down_rate as f64).into()),
            ("uploadRate", view.map_or(0.0, |view| view.up_rate as f64).into()),
            ("fromPeople", (torrent.from_people as f64).into()),
            ("fromWebSeeds", (torrent.from_servers as f64).into()),
            ("uploaded", view.map_or(0.0, |view| view.uploaded as f64).into()),
        ]);
        let duration = media.duration();
        let mut properties = vec![
            ("currentTime", media.current_time().into()),
            ("duration", if duration.is_finite() { duration } else { 0.0 }.into()),
            ("paused", media.paused().into()),
            ("stats", stats.into()),
        ];
        properties.extend(details.iter().map(|(name, value)| (*name, value.clone())));
        parent.tell(event, &properties);
    }
}
