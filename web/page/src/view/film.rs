//! What has a beginning and an end in time: video and audio.

use std::cell::RefCell;
use std::rc::Rc;

use host::player;
use media::Kind;
use media::player::{Fault, Moment, Phase, bytes_per_second};
use metainfo::visible;
use protocol::Command;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlInputElement, HtmlMediaElement, HtmlSelectElement};
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::playback::Playback;
use crate::playlist::name_of;
use crate::positions;
use crate::view::artwork::{self, About, Playing};
use crate::view::opened::{Opened, Wanted, use_opened};
use crate::view::part::Part;
use crate::view::subtitles::{self, OwnTrack, Subtitles};
use crate::words;

/// Seconds between two notes of where the user is.
const NOTE_INTERVAL: f64 = 5.0;

/// Seconds from the start that may have played before the page hears that it can.
const JUST_BEGUN: f64 = 1.0;

/// Plays a video or a sound.
#[derive(Clone, PartialEq)]
pub(crate) struct Film {
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
    /// The picture in the torrent that is its cover.
    pub(crate) cover: Option<Wanted>,
    /// Whether something comes before it in the list, and after it.
    pub(crate) reach: [bool; 2],
    /// Goes to what comes before it (-1) or after it (1).
    pub(crate) on_turn: Callback<i32>,
    /// Whether a film is as wide as the window.
    pub(crate) theatre: bool,
    pub(crate) on_theatre: Callback<MouseEvent>,
}

impl Part for Film {
    const NAME: &'static str = "film";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_film(self).run(hooks)
    }
}

/// What is known of a film while it is shown.
#[derive(Clone, Debug, Default, PartialEq)]
struct Course {
    player: media::player::Player,
    playback: Playback,
    /// Whether it is where the user wants it, so that leaving it says where they were.
    begun: bool,
    /// Where it went on, in seconds, if that was not the start.
    resumed: Option<f64>,
    /// Where the user was when that was noted last, in seconds.
    noted: f64,
}

impl Course {
    /// Something happened to the media element of `film`.
    fn hear(&mut self, event: &Event, media: &HtmlMediaElement, film: &Film) {
        let Wanted { info_hash, file, .. } = film.wanted;
        let (at, duration) = (media.current_time(), media.duration());
        if event.type_() == "loadedmetadata" {
            if let Some(bytes_per_second) = bytes_per_second(film.size, duration) {
                film.controls.command(Command::Playing { info_hash, file, bytes_per_second });
            }
            if !self.begun
                && at < JUST_BEGUN
                && let Some(position) = positions::recall(info_hash, file)
            {
                media.set_current_time(position);
                self.resumed = Some(position);
            }
            self.begun = true;
        }
        let moment = player::moment(event, media);
        if let Some(moment) = moment {
            self.playback.note(browser::now(), moment);
            self.tell(moment, media);
        }
        if moment == Some(Moment::Ended) {
            positions::remember(info_hash, file, 0.0, 0.0);
            film.on_ended.emit(());
        } else if moment == Some(Moment::Paused) || (at - self.noted).abs() >= NOTE_INTERVAL {
            self.noted = at;
            positions::remember(info_hash, file, at, duration);
        }
    }

    /// Tells the player, and does what it says.
    fn tell(&mut self, moment: Moment, media: &HtmlMediaElement) {
        if let Some(pause) = self.player.hear(moment) {
            player::reload_after(media, pause);
        }
    }

    /// The film is shown no more, perhaps right after the user went elsewhere in it or stopped it.
    fn leave(&self, media: &HtmlMediaElement, film: &Wanted) {
        if self.begun {
            positions::remember(film.info_hash, film.file, media.current_time(), media.duration());
        }
    }

    /// The user wants what broke to go on.
    fn again(&mut self, media: &HtmlMediaElement) {
        player::play(media);
        self.tell(Moment::Play, media);
    }

    /// The user wants it from the start, and not from where they were.
    fn begin_anew(&mut self, media: &HtmlMediaElement) {
        self.resumed = None;
        media.set_current_time(0.0);
    }
}

#[hook]
fn use_film(props: &Film) -> Html {
    let Film { wanted, kind, element, added, .. } = props;
    let controls = props.controls;
    let opened = use_opened(controls, wanted);
    let course = use_mut_ref(Course::default);
    let shown = use_state_eq(Course::default);
    let change = {
        let (course, shown, element) = (course.clone(), shown.clone(), element.clone());
        Rc::new(move |change: &dyn Fn(&mut Course, &HtmlMediaElement)| {
            if let Some(media) = element.cast() {
                change(&mut course.borrow_mut(), &media);
                shown.set(course.borrow().clone());
            }
        })
    };
    let on = {
        let (change, film) = (change.clone(), props.clone());
        Callback::from(move |event: Event| change(&|course, media| course.hear(&event, media, &film)))
    };
    let click = |act: fn(&mut Course, &HtmlMediaElement)| {
        let change = change.clone();
        Callback::from(move |_: MouseEvent| change(&act))
    };
    use_effect_with((element.clone(), added.len()), |(element, added)| {
        if let Some(media) = element.cast().filter(|_| *added > 0) {
            browser::show_last_subtitles(&media);
        }
    });

    use_effect_with(opened.as_ref().map(Opened::address), {
        let (element, wanted) = (element.clone(), wanted.clone());
        move |_| {
            let media = element.cast::<HtmlMediaElement>();
            move || {
                if let Some(media) = media {
                    course.borrow().leave(&media, &wanted);
                }
            }
        }
    });

    let album = use_node_ref();
    use_effect_with(shown.playback.startup.is_some(), {
        let (film, album) = (props.clone(), album.clone());
        move |played| {
            let stop = played.then(|| follow(film, album));
            move || {
                if let Some(stop) = stop {
                    stop();
                }
            }
        }
    });

    let Some(opened) = opened else { return html! { <p class="hint">{ words::PLAYED_WHEN_COMPLETE }</p> } };
    let address = opened.address();
    let tracks = html! {
        <>
            { for props.subtitles.iter().map(|wanted| {
                OwnTrack { controls, wanted: wanted.clone() }.keyed(wanted.file)
            }) }
            { for added.iter().map(|added| subtitles::track(added)) }
        </>
    };
    let Course { player, playback, resumed, .. } = &*shown;
    let unplayable = player.phase() == Phase::Broken(Fault::Format);
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
                onloadedmetadata={on.clone()} onplay={on.clone()} onplaying={on.clone()} onwaiting={on.clone()}
                onseeking={on.clone()} onpause={on.clone()} ontimeupdate={on.clone()} onended={on.clone()} onerror={on}>
                { tracks }
            </@>
            { match player.phase() {
                Phase::Broken(Fault::Stream) => html! {
                    <div class="panel bad" data-testid="notice">
                        <p>{ words::STREAM_BROKEN }</p>
                        <button onclick={click(Course::again)}>{ words::TRY_AGAIN }</button>
                    </div>
                },
                Phase::Broken(Fault::Format) => html! {
                    <div class="panel bad" data-testid="notice"><p>{ words::cannot_play(&wanted.path) }</p></div>
                },
                _ => Html::default(),
            } }
            <div ref={album} class="album" data-testid="album" hidden={*kind == Kind::Video}></div>
            if let Some(position) = *resumed {
                <p class="hint">
                    { words::goes_on_at(position) }
                    <button class="quiet" onclick={click(Course::begin_anew)}>{ words::FROM_START }</button>
                </p>
            }
            <div class="player-tools" hidden={unplayable}>
                { speed(element.clone()) }
                if *kind == Kind::Video {
                    <button class="quiet theatre-choice" data-testid="theatre" aria-pressed={props.theatre.to_string()}
                        onclick={props.on_theatre.clone()}>{ words::THEATRE }</button>
                    { picture_in_picture(element.clone()) }
                    { add_subtitles(props.on_subtitles.clone(), controls) }
                }
                if let Some(startup) = playback.startup {
                    <p class="facts">{ words::playback(startup, playback.stalls, playback.stalled) }</p>
                }
            </div>
        </>
    }
}

/// Has the program of artwork show what plays, from when it first does: nothing is read of it before. Gives what ends that.
fn follow(film: Film, album: NodeRef) -> impl FnOnce() {
    let playing = Rc::new(RefCell::new(Some(None::<Playing>)));
    let turn = {
        let on_turn = film.on_turn.clone();
        Closure::<dyn Fn(i32)>::new(move |by| on_turn.emit(by))
    };
    let place = Rc::clone(&playing);
    let function = turn.as_ref().clone();
    spawn_local(async move {
        let (Some(media), Some(album)) = (film.element.cast::<HtmlMediaElement>(), album.cast::<Element>())
        else {
            return;
        };
        // Without the program it plays all the same.
        let Ok(artwork) = artwork::load().await else { return };
        if let Some(place) = &mut *place.borrow_mut() {
            let file =
                (film.kind == Kind::Audio).then(|| (artwork::file(film.controls, &film.wanted), film.size));
            let cover = film.cover.as_ref().map(|cover| artwork::file(film.controls, cover));
            let name = visible(name_of(&film.wanted.path));
            let about = About { name: &name, file, cover, reach: film.reach };
            *place = artwork.follow(&media, &album, about, &function).ok();
        }
    });
    move || {
        if let Some(Some(playing)) = playing.take() {
            playing.free();
        }
        drop(turn);
    }
}

/// How fast it plays.
fn speed(element: NodeRef) -> Html {
    let choose = Callback::from(move |event: Event| {
        let place = event.target_unchecked_into::<HtmlSelectElement>().selected_index();
        if let (Some(media), Some(speed)) =
            (element.cast::<HtmlMediaElement>(), player::OFFERED_SPEEDS.get(place.max(0) as usize))
        {
            player::set_speed(&media, *speed);
        }
    });
    html! {
        <label class="speed-choice">
            <span class="hint">{ words::PLAY_SPEED }</span>
            <select onchange={choose}>
                { for player::OFFERED_SPEEDS.iter().map(|speed| html! {
                    <option selected={*speed == 1.0}>{ words::times(*speed) }</option>
                }) }
            </select>
        </label>
    }
}

/// Shows the video in a window of its own, where the browser can.
fn picture_in_picture(element: NodeRef) -> Html {
    let open = Callback::from(move |_: MouseEvent| {
        if let Some(media) = element.cast::<HtmlMediaElement>() {
            player::toggle_picture_in_picture(&media);
        }
    });
    html! {
        if player::has_picture_in_picture() {
            <button class="quiet" onclick={open}>{ words::PICTURE_IN_PICTURE }</button>
        }
    }
}

/// Takes a file of subtitles.
fn add_subtitles(on_subtitles: Callback<Rc<Subtitles>>, controls: Controls) -> Html {
    let choose = Callback::from(move |event: Event| {
        let input: HtmlInputElement = event.target_unchecked_into();
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            subtitles::read_file(file, controls, on_subtitles.clone());
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
