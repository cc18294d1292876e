//! What the player shows, and tells the page around it.

use host::Streaming;
use media::player::{Fault, Phase};
use wasm_bindgen::JsValue;

use super::{Player, Torrent};
use crate::parent::object;
use crate::words;

impl Player {
    pub(super) fn draw(&self) {
        let torrent = self.torrent.borrow();
        let (phase, broken) = (self.phase(), self.broken.borrow());
        let state = match phase {
            Phase::Broken(_) => "error",
            _ if broken.is_some() => "error",
            Phase::Idle => "idle",
            Phase::Loading | Phase::Stalled => "waiting",
            Phase::Playing => "playing",
            Phase::Paused => "paused",
            Phase::Ended => "ended",
        };
        let sentence = broken.clone().unwrap_or_else(|| self.sentence(&torrent, phase));
        self.elements.say(&sentence);
        let offered = broken.is_none() && matches!(phase, Phase::Idle | Phase::Broken(Fault::Stream));
        self.elements.start.set_hidden(!offered);
        self.elements.draw_state(state, phase.is_to_play());
        self.elements.draw_place(&torrent.here);
        let swarm = torrent
            .view
            .as_ref()
            .map(|view| words::swarm(view.peers, torrent.from_people, torrent.from_servers));
        self.elements.tell_swarm(&swarm.unwrap_or_default());
    }

    fn sentence(&self, torrent: &Torrent, phase: Phase) -> String {
        if let Phase::Broken(fault) = phase {
            return words::fault(fault).into();
        }
        if !matches!(phase, Phase::Loading | Phase::Stalled) {
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
