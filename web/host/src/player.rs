//! A media element, for [`media::player`] and [`media::keys`]: what the page and the embedded player do to theirs alike.

use std::time::Duration;

use gloo_timers::callback::Timeout;
use media::keys::{self, Deed, Focus, Reach};
use media::player::{Failure, Moment};
use wasm_bindgen::JsValue;
use web_sys::{Element, Event, HtmlMediaElement, KeyboardEvent, MediaError};

use crate::browser::{document, method, property, settle};

/// Speeds that are offered, of the usual one.
pub const OFFERED_SPEEDS: [f64; 7] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];
/// The slowest and the fastest that it plays by keys, of the usual speed.
const SPEEDS: [f64; 2] = [0.25, 3.0];

/// What an event of a media element says, if it says anything to a player.
#[must_use]
pub fn moment(event: &Event, media: &HtmlMediaElement) -> Option<Moment> {
    let plays = || !media.paused() && media.ready_state() > HtmlMediaElement::HAVE_CURRENT_DATA;
    Some(match &*event.type_() {
        "play" => Moment::Play,
        "playing" => Moment::Playing,
        "waiting" => Moment::Waiting,
        "seeking" => Moment::Seeking,
        "timeupdate" if plays() => Moment::At(media.current_time()),
        "pause" => Moment::Paused,
        "ended" => Moment::Ended,
        "error" => Moment::Failed { failure: failure(media), at: media.current_time() },
        _ => return None,
    })
}

/// Loads a media element that failed anew after a pause, where it is, and plays on if it was to play.
pub fn reload_after(media: &HtmlMediaElement, pause: Duration) {
    let media = media.clone();
    let reload = move || {
        // The user may have gone elsewhere meanwhile.
        if media.error().is_none() || !media.is_connected() {
            return;
        }
        let (at, plays) = (media.current_time(), !media.paused());
        media.load();
        media.set_current_time(at);
        if plays {
            play(&media);
        }
    };
    Timeout::new(pause.as_millis() as u32, reload).forget();
}

/// Plays, unless the browser does not allow it before a click.
pub fn play(media: &HtmlMediaElement) {
    settle(media.play().ok().map(Into::into));
}

/// What a key asks the player of this media element for; then nothing else happens by it. `reach` is what there is to do
/// beside that element.
#[must_use]
pub fn deed(event: &KeyboardEvent, media: Option<&HtmlMediaElement>, reach: Reach) -> Option<Deed> {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return None;
    }
    let focus = event.target().map_or(Focus::Nothing, |target| {
        let text = |name| property(&target, name).and_then(|text| text.as_string()).unwrap_or_default();
        let controls = property(&target, "controls").is_some_and(|controls| controls.is_truthy());
        Focus::of(&text("tagName"), &text("type"), controls)
    });
    let length = media.is_some_and(|media| media.duration().is_finite());
    let deed = keys::deed(&event.key(), focus, Reach { plays: media.is_some(), length, ..reach })?;
    event.prevent_default();
    Some(deed)
}

/// Does what concerns the media element alone. The rest is its driver's.
pub fn adjust(media: &HtmlMediaElement, deed: Deed) {
    match deed {
        Deed::Skip(seconds) => go_to(media, media.current_time() + seconds),
        Deed::To(share) => go_to(media, share * media.duration()),
        Deed::Louder(by) => media.set_volume((media.volume() + by).clamp(0.0, 1.0)),
        Deed::Mute => media.set_muted(!media.muted()),
        Deed::Faster(by) => {
            let [slowest, fastest] = SPEEDS;
            set_speed(media, (media.playback_rate() + by).clamp(slowest, fastest));
        }
        Deed::Toggle | Deed::FullScreen | Deed::Theatre | Deed::Subtitles | Deed::Previous | Deed::Next => {}
    }
}

/// Has it play so many times as fast as usual, also when it is loaded anew.
pub fn set_speed(media: &HtmlMediaElement, speed: f64) {
    media.set_default_playback_rate(speed);
    media.set_playback_rate(speed);
}

/// Goes to so many seconds from its beginning, or to its end, once it is known how long it plays.
pub fn go_to(media: &HtmlMediaElement, at: f64) {
    let duration = media.duration();
    if duration.is_finite() {
        media.set_current_time(at.min(duration).max(0.0));
    }
}

/// Fills the screen with an element, or with the video in it where browsers allow nothing else; or no longer.
pub fn toggle_full_screen(element: &Element, media: Option<&HtmlMediaElement>) {
    let document: &JsValue = &document();
    let (of, name): (&JsValue, _) = if property(document, "fullscreenElement").is_some() {
        (document, "exitFullscreen")
    } else if method(element, "requestFullscreen").is_some() {
        (element, "requestFullscreen")
    } else if let Some(media) = media {
        // All that an iPhone has.
        (media, "webkitEnterFullscreen")
    } else {
        return;
    };
    settle(method(of, name).and_then(|toggle| toggle.call0(of).ok()));
}

/// Whether this browser can show a video in a window of its own.
#[must_use]
pub fn has_picture_in_picture() -> bool {
    property(&document(), "pictureInPictureEnabled").is_some_and(|enabled| enabled.is_truthy())
}

/// Shows a video in a window of its own, or no longer.
pub fn toggle_picture_in_picture(video: &HtmlMediaElement) {
    let shown = property(&document(), "pictureInPictureElement").is_some();
    let (of, name): (&JsValue, _) =
        if shown { (&document(), "exitPictureInPicture") } else { (video, "requestPictureInPicture") };
    settle(method(of, name).and_then(|toggle| toggle.call0(of).ok()));
}

fn failure(media: &HtmlMediaElement) -> Failure {
    match media.error().map(|error| error.code()) {
        Some(MediaError::MEDIA_ERR_NETWORK) => Failure::Network,
        Some(MediaError::MEDIA_ERR_DECODE) => Failure::Decode,
        _ => Failure::Source,
    }
}
