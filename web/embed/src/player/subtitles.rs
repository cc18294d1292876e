//! Subtitles that are files of the torrent. They are fetched when somebody chooses them, and what reads them is a program of
//! its own (`web/subtitles`), which is loaded if there may be any.

use std::rc::Rc;

use host::browser::{load_program, property};
use host::stream;
use js_sys::{Promise, Reflect};
use media::MAX_SUBTITLES;
use protocol::{Command, FileView, Priority};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use super::Player;

#[wasm_bindgen]
extern "C" {
    /// The program's module.
    #[derive(Clone, Debug)]
    type Program;

    #[wasm_bindgen(method)]
    fn belong_to(this: &Program, subtitles: &str, video: &str) -> bool;

    #[wasm_bindgen(method)]
    fn label(this: &Program, path: &str, reader: &str) -> String;

    #[wasm_bindgen(method)]
    fn speak(this: &Program, path: &str, tag: &str) -> bool;

    #[wasm_bindgen(method)]
    fn track(this: &Program, path: &str, address: &str) -> Promise;
}

/// Beside the player.
const PROGRAM: &str = "seedcast-subtitles.js";

/// The subtitles of the film.
#[derive(Debug, Default)]
pub(super) struct Offered {
    program: Option<Program>,
    known: Vec<Known>,
    /// Which are shown, or will be once they are here.
    chosen: Option<usize>,
    /// Which were chosen last.
    last: usize,
}

/// A file with subtitles.
#[derive(Clone, Debug)]
struct Known {
    file: u32,
    path: String,
    /// Once they were chosen, and are here.
    track: Option<Element>,
}

impl Offered {
    /// Those that may come with the film: what else the torrent has is left out once it is known to be none.
    pub(super) fn of(files: &[FileView]) -> Self {
        let named = |path: &str| {
            let end = path.len().checked_sub(4).and_then(|start| path.get(start..));
            end.is_some_and(|end| end.eq_ignore_ascii_case(".srt") || end.eq_ignore_ascii_case(".vtt"))
        };
        let files = (0..).zip(files).filter(|(_, file)| file.size <= MAX_SUBTITLES && named(&file.path));
        let known =
            files.map(|(position, file)| Known { file: position, path: file.path.clone(), track: None });
        Self { known: known.collect(), ..Self::default() }
    }

    /// Whether there is nothing to choose, as far as is known.
    pub(super) fn is_empty(&self) -> bool {
        self.program.is_none() || self.known.is_empty()
    }

    /// Shows what is chosen, of what is here.
    fn show(&self) {
        for (place, known) in self.known.iter().enumerate() {
            if let Some(track) = known.track.as_ref().and_then(|element| property(element, "track")) {
                let mode = if self.chosen == Some(place) { "showing" } else { "disabled" };
                // A plain property.
                let _ = Reflect::set(&track, &"mode".into(), &mode.into());
            }
        }
    }
}

impl Player {
    /// Offers those that came with the film, and shows those that the address asks for. Only where files can be read while
    /// they arrive: elsewhere these would come after the film.
    pub(super) fn offer_subtitles(self: &Rc<Self>, film: &str) {
        if self.subtitles.borrow().known.is_empty() {
            return;
        }
        let (player, film) = (self.clone(), film.to_owned());
        spawn_local(async move {
            let Ok(program) = load_program(PROGRAM).await else { return };
            player.know_subtitles(&program.unchecked_into(), &film);
        });
    }

    fn know_subtitles(self: &Rc<Self>, program: &Program, film: &str) {
        let spoken = language::spoken().tag();
        let wanted = self.link.subtitles.as_deref().map(|tag| if tag.is_empty() { spoken } else { tag });
        let mut place = None;
        {
            let mut subtitles = self.subtitles.borrow_mut();
            subtitles.known.retain(|known| program.belong_to(&known.path, film));
            for (at, known) in subtitles.known.iter().enumerate() {
                self.elements.offer_subtitles(&program.label(&known.path, spoken));
                if place.is_none() && wanted.is_some_and(|tag| program.speak(&known.path, tag)) {
                    place = Some(at);
                }
            }
            subtitles.program = Some(program.clone());
        }
        if place.is_some() {
            self.show_subtitles(place);
        }
    }

    /// Shows those at this place of the list, or none.
    pub(super) fn show_subtitles(self: &Rc<Self>, place: Option<usize>) {
        self.elements.subtitles.set_selected_index(place.map_or(0, |place| place as i32 + 1));
        let mut subtitles = self.subtitles.borrow_mut();
        subtitles.chosen = place;
        subtitles.show();
        let Some(at) = place else { return };
        subtitles.last = at;
        let (Some(program), Some(known)) = (&subtitles.program, subtitles.known.get(at)) else { return };
        let (Some(info_hash), None) = (self.torrent.borrow().info_hash, &known.track) else { return };
        self.command(Command::Select { info_hash, file: known.file, priority: Priority::High });
        let track = program.track(&known.path, &stream::address(info_hash, &known.path));
        let player = self.clone();
        spawn_local(async move {
            let Ok(track) = track.await else {
                // The list says what is shown; who chooses them again asks for them again.
                if player.subtitles.borrow().chosen == Some(at) {
                    player.show_subtitles(None);
                }
                return;
            };
            let track: Element = track.unchecked_into();
            let mut subtitles = player.subtitles.borrow_mut();
            let Some(known) = subtitles.known.get_mut(at).filter(|known| known.track.is_none()) else {
                return;
            };
            if player.elements.media.append_child(&track).is_ok() {
                known.track = Some(track);
                subtitles.show();
            }
        });
    }

    /// Shows the subtitles that were shown last, or none.
    pub(super) fn toggle_subtitles(self: &Rc<Self>) {
        let place = {
            let subtitles = self.subtitles.borrow();
            if subtitles.chosen.is_some() { None } else { Some(subtitles.last) }
        };
        self.show_subtitles(place);
    }
}
