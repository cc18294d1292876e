//! The elements of `embed.html`, and what is drawn with them.

use std::ops::Range;

use host::browser::{document, window};
use host::player::{self, OFFERED_SPEEDS};
use language::Word;
use wasm_bindgen::prelude::*;
use web_sys::{
    CanvasRenderingContext2d, Event, EventTarget, HtmlAnchorElement, HtmlCanvasElement, HtmlElement,
    HtmlInputElement, HtmlSelectElement, HtmlVideoElement,
};

use crate::words;

/// Steps of the slider for the position: as fine as anyone can point.
const STEPS: f64 = 1000.0;
/// What has come, on the track of that slider.
const HERE: &str = "#c4ccd4";
/// What was played.
const PLAYED: &str = "#4da3ff";

/// The elements.
#[derive(Clone, Debug)]
pub(crate) struct Elements {
    pub(crate) frame: HtmlElement,
    pub(crate) media: HtmlVideoElement,
    pub(crate) start: HtmlElement,
    pub(crate) bar: HtmlElement,
    pub(crate) play: HtmlElement,
    pub(crate) seek: HtmlInputElement,
    pub(crate) mute: HtmlElement,
    pub(crate) volume: HtmlInputElement,
    pub(crate) full_screen: HtmlElement,
    pub(crate) speed: HtmlSelectElement,
    pub(crate) subtitles: HtmlSelectElement,
    pub(crate) picture_in_picture: HtmlElement,
    pub(crate) go_on: HtmlElement,
    pub(crate) go_on_relayed: HtmlElement,
    first: HtmlElement,
    subtitles_choice: HtmlElement,
    name: HtmlElement,
    heading: HtmlElement,
    message: HtmlElement,
    ranges: HtmlCanvasElement,
    time: HtmlElement,
    swarm: HtmlElement,
    tip: HtmlAnchorElement,
}

impl Elements {
    /// Those of this document; `None` if it is not `embed.html`.
    pub(crate) fn find() -> Option<Self> {
        Some(Self {
            frame: element("frame")?,
            media: element("media")?,
            start: element("start")?,
            bar: element("bar")?,
            play: element("play")?,
            seek: element("seek")?,
            mute: element("mute")?,
            volume: element("volume")?,
            full_screen: element("full-screen")?,
            speed: element("speed")?,
            subtitles: element("subtitles")?,
            picture_in_picture: element("picture-in-picture")?,
            go_on: element("go-on")?,
            go_on_relayed: element("go-on-relayed")?,
            first: element("first")?,
            subtitles_choice: element("subtitles-choice")?,
            name: element("name")?,
            heading: element("heading")?,
            message: element("message")?,
            ranges: element("ranges")?,
            time: element("time")?,
            swarm: element("swarm")?,
            tip: element("tip")?,
        })
    }

    /// Names what has always the same name.
    pub(crate) fn name_all(&self) {
        document().set_title(words::TITLE.text());
        self.heading.set_text_content(Some(words::PLAYER.text()));
        for (element, name) in [
            (&self.start, words::PLAY),
            (&self.bar, words::CONTROLS),
            (&self.seek, words::POSITION),
            (&self.volume, words::VOLUME),
        ] {
            let _ = element.set_attribute("aria-label", name.text());
        }
        for id in ["more", "choices"] {
            if let Some(element) = element::<HtmlElement>(id) {
                name(&element, words::MORE);
            }
        }
        for (id, text) in [("speed-name", words::SPEED), ("subtitles-name", words::SUBTITLES)] {
            if let Some(element) = element::<HtmlElement>(id) {
                element.set_text_content(Some(text.text()));
            }
        }
        self.picture_in_picture.set_text_content(Some(words::PICTURE_IN_PICTURE.text()));
        self.picture_in_picture.set_hidden(!player::has_picture_in_picture());
        offer(&self.subtitles, words::NO_SUBTITLES.text());
    }

    /// Shows what the film is called, until it plays.
    pub(crate) fn show_name(&self, name: &str) {
        self.name.set_text_content(Some(name));
        self.name.set_hidden(name.is_empty());
    }

    /// Offers subtitles, behind having none.
    pub(crate) fn offer_subtitles(&self, label: &str) {
        offer(&self.subtitles, label);
        self.subtitles_choice.set_hidden(false);
    }

    /// Tells what others see, and asks whether to go on, through a relay where there is one; or no longer.
    pub(crate) fn tell_first(&self, tells: bool, has_relay: bool) {
        for (id, text) in [
            ("first-why", words::FIRST_WHY),
            ("go-on", words::FIRST_GO_ON),
            ("go-on-relayed", words::RELAY_ONLY),
        ] {
            if let Some(element) = element::<HtmlElement>(id) {
                element.set_text_content(Some(text.text()));
            }
        }
        self.go_on_relayed.set_hidden(!has_relay);
        self.first.set_hidden(!tells);
        if tells {
            let _ = self.go_on.focus();
        }
    }

    /// Says something, or nothing.
    pub(crate) fn say(&self, sentence: &str) {
        if self.message.text_content().as_deref() != Some(sentence) {
            self.message.set_text_content(Some(sentence));
            self.message.set_hidden(sentence.is_empty());
        }
    }

    /// Says who gives it.
    pub(crate) fn tell_swarm(&self, words: &str) {
        self.swarm.set_text_content(Some(words));
        self.swarm.set_hidden(words.is_empty());
    }

    /// Offers to tip whoever the torrent names, or to be paid for, on a page of its own: no money is spent in a frame.
    /// The first that is offered stays: on that page there is the other one, too.
    pub(crate) fn offer_page(&self, words: Word, page: &str) {
        if !self.tip.hidden() {
            return;
        }
        self.tip.set_text_content(Some(words.text()));
        self.tip.set_href(page);
        self.tip.set_hidden(false);
    }

    /// Draws what it is doing, and whether it plays or is about to.
    pub(crate) fn draw_state(&self, state: &str, playing: bool) {
        let _ = self.frame.set_attribute("data-state", state);
        name(&self.play, if playing { words::PAUSE } else { words::PLAY });
        name(&self.mute, if self.media.muted() { words::UNMUTE } else { words::MUTE });
        name(&self.full_screen, if is_full_screen() { words::LEAVE_FULL_SCREEN } else { words::FULL_SCREEN });
        for (button, pressed) in
            [(&self.play, playing), (&self.mute, self.media.muted()), (&self.full_screen, is_full_screen())]
        {
            let _ = button.class_list().toggle_with_force("on", pressed);
        }
        let speed = self.media.playback_rate();
        let place = OFFERED_SPEEDS.iter().position(|offered| *offered == speed);
        self.speed.set_selected_index(place.map_or(-1, |place| place as i32));
        self.volume.set_value_as_number(if self.media.muted() { 0.0 } else { self.media.volume() });
    }

    /// Draws the position, over the parts of the file that are here.
    pub(crate) fn draw_place(&self, here: &[Range<f32>]) {
        let (at, duration) = (self.media.current_time(), self.media.duration());
        let share = if duration > 0.0 { at / duration } else { 0.0 };
        let place = words::place(at, duration);
        self.seek.set_value_as_number(share * STEPS);
        let _ = self.seek.set_attribute("aria-valuetext", &place);
        self.time.set_text_content(Some(&place));
        let (width, height) = (self.ranges.client_width().max(1), self.ranges.client_height().max(1));
        self.ranges.set_width(width as u32);
        self.ranges.set_height(height as u32);
        let context = self.ranges.get_context("2d").ok().flatten();
        let Some(context) = context.and_then(|context| context.dyn_into::<CanvasRenderingContext2d>().ok())
        else {
            return;
        };
        let (width, height) = (f64::from(width), f64::from(height));
        context.set_fill_style_str(HERE);
        for part in here {
            let start = f64::from(part.start) * width;
            context.fill_rect(start, 0.0, f64::from(part.end) * width - start, height);
        }
        context.set_fill_style_str(PLAYED);
        context.fill_rect(0.0, 0.0, share * width, height);
    }

    /// The position that the user chose, in seconds.
    pub(crate) fn chosen_place(&self) -> f64 {
        let duration = self.media.duration();
        if duration.is_finite() { self.seek.value_as_number() / STEPS * duration } else { 0.0 }
    }
}

/// Calls `act` whenever something happens to `target`, for as long as the document lives.
pub(crate) fn listen(target: &EventTarget, event: &str, act: Box<dyn Fn(Event)>) {
    let listener = Closure::wrap(act);
    let _ = target.add_event_listener_with_callback(event, listener.as_ref().unchecked_ref());
    listener.forget();
}

fn element<T: JsCast>(id: &str) -> Option<T> {
    document().get_element_by_id(id)?.dyn_into().ok()
}

fn offer(choice: &HtmlSelectElement, text: &str) {
    if let Ok(option) = document().create_element("option") {
        option.set_text_content(Some(text));
        let _ = choice.append_child(&option);
    }
}

fn name(element: &HtmlElement, name: Word) {
    let _ = element.set_attribute("aria-label", name.text());
    element.set_title(name.text());
}

fn is_full_screen() -> bool {
    document().fullscreen_element().is_some()
}

/// Whether this page may be used at all.
pub(crate) fn is_secure() -> bool {
    window().is_secure_context()
}
