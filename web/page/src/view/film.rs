//! What has a beginning and an end in time: video and audio.

use std::rc::Rc;

use media::Kind;
use metainfo::visible;
use protocol::Command;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlInputElement, HtmlMediaElement, HtmlSelectElement, MediaError};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::playback::{Moment, Playback};
use crate::positions;
use crate::view::opened::{Wanted, use_opened};
use crate::view::subtitles::{self, OwnTrack, Subtitles};
use crate::words;

/// Seconds between two notes of where the user is.
const NOTE_INTERVAL: f64 = 5.0;
/// Speeds that are offered.
const SPEEDS: [f64; 7] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0];

#[derive(PartialEq, Properties)]
pub(crate) struct FilmProps {
    pub(crate) controls: Controls,
    pub(crate) wanted: Wanted,
    pub(crate) kind: Kind,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// Subtitles that came with it.
    pub(crate) subtitles: Rc<Vec<Wanted>>,
    /// The element, for whoever controls it.
    pub(crate) element: NodeRef,
    /// Whether to play at once: the user has chosen it.
    pub(crate) at_once: bool,
    /// Subtitles that the user adds.
    pub(crate) added: Rc<Vec<Rc<Subtitles>>>,
    pub(crate) on_subtitles: Callback<Rc<Subtitles>>,
    pub(crate) on_ended: Callback<()>,
}

/// Why something does not play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failure {
    /// This browser cannot play it.
    Format,
    /// Its bytes do not come.
    Stream,
}

/// Plays a video or a sound.
#[component]
pub(crate) fn Film(props: &FilmProps) -> Html {
    let FilmProps { controls, wanted, kind, size, element, .. } = props;
    let opened = use_opened(controls, wanted);
    let playback = use_state(Playback::default);
    let record = use_mut_ref(Playback::default);
    let failure = use_state_eq(|| None::<Failure>);
    let resumed = use_state_eq(|| None::<f64>);
    let noted = use_mut_ref(|| 0.0_f64);
    let (info_hash, file) = (wanted.info_hash, wanted.file);
    let player = {
        let element = element.clone();
        move || element.cast::<HtmlMediaElement>()
    };

    let note = {
        let (record, playback) = (record, playback.clone());
        move |moment: Moment| {
            let mut record = record.borrow_mut();
            record.note(browser::now(), moment);
            playback.set(record.clone());
        }
    };
    let on = |moment: Moment| {
        let note = note.clone();
        Callback::from(move |_: Event| note(moment))
    };
    let on_metadata = {
        let (player, controls, resumed, size) = (player.clone(), controls.clone(), resumed.clone(), *size);
        Callback::from(move |_: Event| {
            let Some(player) = player() else { return };
            let duration = player.duration();
            if duration.is_finite() && duration > 0.0 {
                let bytes_per_second = (size as f64 / duration) as u64;
                controls.command(Command::Playing { info_hash, file, bytes_per_second });
            }
            if player.current_time() == 0.0
                && let Some(position) = positions::recall(info_hash, file)
            {
                player.set_current_time(position);
                resumed.set(Some(position));
            }
        })
    };
    let on_time = {
        let (player, noted) = (player.clone(), noted);
        Callback::from(move |_: Event| {
            let Some(player) = player() else { return };
            let at = player.current_time();
            if (at - *noted.borrow()).abs() >= NOTE_INTERVAL {
                *noted.borrow_mut() = at;
                positions::remember(info_hash, file, at, player.duration());
            }
        })
    };
    let on_pause = {
        let (player, note) = (player.clone(), note.clone());
        Callback::from(move |_: Event| {
            note(Moment::Stopped);
            if let Some(player) = player() {
                positions::remember(info_hash, file, player.current_time(), player.duration());
            }
        })
    };
    let on_ended = {
        let (ended, note) = (props.on_ended.clone(), note.clone());
        Callback::from(move |_: Event| {
            note(Moment::Stopped);
            positions::remember(info_hash, file, 0.0, 0.0);
            ended.emit(());
        })
    };
    let on_error = {
        let (player, failure) = (player.clone(), failure.clone());
        Callback::from(move |_: Event| {
            let code = player().and_then(|player| player.error()).map(|error| error.code());
            let stream = code == Some(MediaError::MEDIA_ERR_NETWORK);
            failure.set(Some(if stream { Failure::Stream } else { Failure::Format }));
        })
    };
    let again = {
        let (player, failure) = (player.clone(), failure.clone());
        Callback::from(move |_: MouseEvent| {
            failure.set(None);
            if let Some(player) = player() {
                let at = player.current_time();
                player.load();
                player.set_current_time(at);
                start(&player);
            }
        })
    };
    let from_start = {
        let (player, resumed) = (player.clone(), resumed.clone());
        Callback::from(move |_: MouseEvent| {
            resumed.set(None);
            if let Some(player) = player() {
                player.set_current_time(0.0);
            }
        })
    };

    use_effect_with(props.added.len(), move |added: &usize| {
        if let Some(player) = player().filter(|_| *added > 0) {
            browser::show_last_subtitles(&player);
        }
    });

    let Some(opened) = opened else { return html! { <p class="hint">{ words::PLAYED_WHEN_COMPLETE }</p> } };
    let address = opened.address();
    let tracks = html! {
        <>
            { for props.subtitles.iter().map(|wanted| html! {
                <OwnTrack key={wanted.file} controls={controls.clone()} wanted={wanted.clone()} />
            }) }
            { for props.added.iter().map(|added| subtitles::track(added)) }
        </>
    };
    let unplayable = *failure == Some(Failure::Format);
    let tag = if *kind == Kind::Video { "video" } else { "audio" };
    let preload = if props.at_once { "auto" } else { "metadata" };
    html! {
        <>
            <@{tag} key={&*address} ref={element.clone()} class={tag} data-testid="player" src={&address}
                hidden={unplayable} controls=true playsinline=true {preload} autoplay={props.at_once} aria-label={visible(&wanted.path).into_owned()}
                data-startup-ms={playback.startup.map(|startup| startup.as_millis().to_string())}
                data-seek-ms={playback.seek.map(|seek| seek.as_millis().to_string())}
                data-stalls={playback.stalls.to_string()}
                data-stalled-ms={playback.stalled.as_millis().to_string()}
                onloadedmetadata={on_metadata} onplay={on(Moment::Play)} onplaying={on(Moment::Playing)}
                onwaiting={on(Moment::Waiting)} onseeking={on(Moment::Seeking)} onpause={on_pause}
                ontimeupdate={on_time} onended={on_ended} onerror={on_error}>
                { tracks }
            </@>
            if let Some(failure) = *failure {
                <div class="panel bad" data-testid="notice">
                    if failure == Failure::Stream {
                        <p>{ words::STREAM_BROKEN }</p>
                        <button onclick={again}>{ words::TRY_AGAIN }</button>
                    } else {
                        <p>{ words::cannot_play(&wanted.path) }</p>
                    }
                </div>
            }
            if let Some(position) = *resumed {
                <p class="hint">
                    { words::goes_on_at(position) }
                    <button class="quiet" onclick={from_start}>{ words::FROM_START }</button>
                </p>
            }
            <div class="player-tools" hidden={unplayable}>
                <Speed element={element.clone()} />
                if *kind == Kind::Video {
                    <PictureInPicture element={element.clone()} />
                    <AddSubtitles controls={controls.clone()} on_subtitles={props.on_subtitles.clone()} />
                }
                if let Some(startup) = playback.startup {
                    <p class="facts">{ words::playback(startup, playback.stalls, playback.stalled) }</p>
                }
            </div>
        </>
    }
}

/// Plays, unless the browser does not allow it before a click.
pub(crate) fn start(player: &HtmlMediaElement) {
    if let Ok(playing) = player.play() {
        spawn_local(async move { drop(playing.await) });
    }
}

#[derive(PartialEq, Properties)]
struct ElementProps {
    element: NodeRef,
}

/// How fast it plays.
#[component]
fn Speed(props: &ElementProps) -> Html {
    let element = props.element.clone();
    let choose = Callback::from(move |event: Event| {
        let place = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        if let (Some(player), Some(speed)) =
            (element.cast::<HtmlMediaElement>(), SPEEDS.get(place.max(0) as usize))
        {
            player.set_default_playback_rate(*speed);
            player.set_playback_rate(*speed);
        }
    });
    html! {
        <label class="speed-choice">
            <span class="hint">{ words::PLAY_SPEED }</span>
            <select onchange={choose}>
                { for SPEEDS.iter().map(|speed| html! {
                    <option selected={*speed == 1.0}>{ words::times(*speed) }</option>
                }) }
            </select>
        </label>
    }
}

/// Shows the video in a window of its own, where the browser can.
#[component]
fn PictureInPicture(props: &ElementProps) -> Html {
    let element = props.element.clone();
    let open = Callback::from(move |_: MouseEvent| {
        if let Some(player) = element.cast::<HtmlMediaElement>() {
            browser::toggle_picture_in_picture(&player);
        }
    });
    html! {
        if browser::has_picture_in_picture() {
            <button class="quiet" onclick={open}>{ words::PICTURE_IN_PICTURE }</button>
        }
    }
}

#[derive(Clone, PartialEq, Properties)]
struct AddSubtitlesProps {
    controls: Controls,
    on_subtitles: Callback<Rc<Subtitles>>,
}

/// Takes a file of subtitles.
#[component]
fn AddSubtitles(props: &AddSubtitlesProps) -> Html {
    let AddSubtitlesProps { controls, on_subtitles } = props.clone();
    let choose = Callback::from(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            subtitles::read_file(file, &controls, on_subtitles.clone());
        }
        // The same file can be chosen again.
        input.set_value("");
    });
    html! {
        <label class="button quiet">
            { words::ADD_SUBTITLES }
            <input type="file" class="unseen" accept=".srt,.vtt" data-testid="add-subtitles" onchange={choose} />
        </label>
    }
}
