//! What a torrent has to show: its player, and the list of what can be shown.

use std::rc::Rc;

use host::Streaming;
use metainfo::{InfoHash, visible};
use protocol::{FileView, PieceMap};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlMediaElement};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::playlist::{Item, first, playlist, subtitles_of};
use crate::view::film::{Film, start};
use crate::view::opened::Wanted;
use crate::view::preview::Preview;
use crate::view::subtitles::{self, Subtitles};
use crate::words;

/// Parts in which the strip tells what is here.
const STEPS: u32 = 400;
/// Seconds that one key goes back or on.
const STEP: f64 = 10.0;
/// Entries of the list that are shown: thousands would make every change slow.
const LISTED: usize = 200;

#[derive(PartialEq, Properties)]
pub(crate) struct PlayerProps {
    pub(crate) controls: Controls,
    pub(crate) info_hash: InfoHash,
    pub(crate) files: Vec<FileView>,
    pub(crate) pieces: Option<PieceMap>,
    /// Whether files can be shown while they arrive; `None` until that is known.
    pub(crate) streaming: Option<Streaming>,
}

/// Shows the files of a torrent that a browser can show, one at a time. Nothing if there are none.
#[component]
pub(crate) fn Player(props: &PlayerProps) -> Html {
    let PlayerProps { controls, info_hash, files, pieces, streaming } = props;
    let chosen = use_state_eq(|| None::<usize>);
    let added = use_state(|| Rc::new(Vec::<Rc<Subtitles>>::new()));
    let element = use_node_ref();
    let items = playlist(files);
    let Some(place) = chosen.or_else(|| first(&items, files)).filter(|place| *place < items.len()) else {
        return Html::default();
    };
    let Item { file, kind } = items[place];
    let view = &files[file as usize];
    let wanted = |file: u32| {
        let view = &files[file as usize];
        Wanted {
            info_hash: *info_hash,
            file,
            path: view.path.clone().into(),
            complete: view.progress >= 1.0,
            streaming: *streaming,
        }
    };
    let choose = {
        let (chosen, added) = (chosen.clone(), added.clone());
        Callback::from(move |place: usize| {
            added.set(Rc::default());
            chosen.set(Some(place));
        })
    };
    let step = |to: Option<usize>| {
        let to = to.filter(|to| *to < items.len());
        (to.is_some(), {
            let choose = choose.clone();
            Callback::from(move |()| {
                if let Some(to) = to {
                    choose.emit(to);
                }
            })
        })
    };
    let (has_previous, previous) = step(place.checked_sub(1));
    let (has_next, next) = step(Some(place + 1));
    let on_subtitles = {
        let added = added.clone();
        Callback::from(move |subtitles: Rc<Subtitles>| {
            added.set(Rc::new(added.iter().cloned().chain([subtitles]).collect()));
        })
    };
    let on_key = {
        let (element, previous, next) = (element.clone(), previous.clone(), next.clone());
        Callback::from(move |event: KeyboardEvent| {
            if let Some(player) = element.cast::<HtmlMediaElement>()
                && control(&player, &event, &previous, &next)
            {
                event.prevent_default();
            }
        })
    };
    let on_drop = {
        let (controls, on_subtitles) = (controls.clone(), on_subtitles.clone());
        Callback::from(move |event: DragEvent| {
            let dropped = event
                .data_transfer()
                .and_then(|transfer| transfer.files())
                .filter(|files| files.length() == 1);
            // Whatever is no subtitles is shared, as everywhere on the page.
            let Some(file) =
                dropped.and_then(|files| files.get(0)).filter(|file| subtitles::named_so(&file.name()))
            else {
                return;
            };
            event.prevent_default();
            event.stop_propagation();
            subtitles::read_file(file, &controls, on_subtitles.clone());
        })
    };
    let subtitles = subtitles_of(&view.path, files).into_iter().map(wanted).collect();
    html! {
        <section class="card player" aria-label={words::PLAYER} onkeydown={on_key} ondrop={on_drop}>
            if kind.plays() {
                <Film key={file} controls={controls.clone()} wanted={wanted(file)} {kind} size={view.size}
                    subtitles={Rc::new(subtitles)} element={element.clone()} at_once={chosen.is_some()}
                    added={(*added).clone()} {on_subtitles} on_ended={next.clone()} />
                if view.progress < 1.0 && let Some(pieces) = pieces { { strip(pieces, view) } }
            } else {
                <Preview key={file} controls={controls.clone()} wanted={wanted(file)} {kind} size={view.size} />
            }
            if items.len() > 1 {
                <div class="actions">
                    <button disabled={!has_previous} onclick={previous.reform(|_: MouseEvent| ())}>{ words::PREVIOUS }</button>
                    <button disabled={!has_next} onclick={next.reform(|_: MouseEvent| ())}>{ words::NEXT }</button>
                </div>
                <details class="playlist">
                    <summary>{ words::playlist(&view.path, place + 1, items.len()) }</summary>
                    <ol>
                        { for items.iter().enumerate().take(LISTED).map(|(at, item)| {
                            let choose = choose.clone();
                            html! {
                                <li key={item.file}>
                                    <button class="quiet" dir="auto" aria-current={(at == place).then_some("true")}
                                        onclick={move |_: MouseEvent| choose.emit(at)}>
                                        { visible(&files[item.file as usize].path).into_owned() }
                                    </button>
                                </li>
                            }
                        }) }
                    </ol>
                </details>
            }
        </section>
    }
}

/// Which parts of a file are here.
fn strip(pieces: &PieceMap, file: &FileView) -> Html {
    let parts = pieces.parts_of(file, STEPS);
    html! {
        <svg class="strip" viewBox="0 0 1 1" preserveAspectRatio="none" role="img" aria-label={words::parts_here(file.progress)}>
            { for parts.iter().map(|part| html! {
                <rect x={part.start.to_string()} width={(part.end - part.start).to_string()} y="0" height="1" />
            }) }
        </svg>
    }
}

/// Does what a key means; whether it means anything.
fn control(
    player: &HtmlMediaElement,
    event: &KeyboardEvent,
    previous: &Callback<()>,
    next: &Callback<()>,
) -> bool {
    if event.ctrl_key() || event.alt_key() || event.meta_key() {
        return false;
    }
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let on = |selectors: &str| {
        target.as_ref().is_some_and(|target| target.closest(selectors).is_ok_and(|found| found.is_some()))
    };
    let key = event.key();
    // The browser's own controls, and fields, know these keys themselves.
    let native = on("video, audio, select, input, button, summary");
    let skip = |seconds: f64| player.set_current_time((player.current_time() + seconds).max(0.0));
    match key.as_str() {
        "k" => toggle(player),
        " " if !native => toggle(player),
        "j" => skip(-STEP),
        "l" => skip(STEP),
        "ArrowLeft" if !native => skip(-STEP / 2.0),
        "ArrowRight" if !native => skip(STEP / 2.0),
        "m" => player.set_muted(!player.muted()),
        "f" => {
            if let Some(element) = player.dyn_ref::<HtmlElement>() {
                browser::toggle_full_screen(element);
            }
        }
        "c" => browser::toggle_subtitles(player),
        "n" => next.emit(()),
        "p" => previous.emit(()),
        "<" | ">" => {
            let faster = if key == ">" { 0.25 } else { -0.25 };
            player.set_playback_rate((player.playback_rate() + faster).clamp(0.25, 3.0));
        }
        digit if !on("select") && digit.len() == 1 && player.duration().is_finite() => {
            let Ok(tenth) = digit.parse::<u8>() else { return false };
            player.set_current_time(player.duration() * f64::from(tenth) / 10.0);
        }
        _ => return false,
    }
    true
}

fn toggle(player: &HtmlMediaElement) {
    if player.paused() {
        start(player);
    } else {
        // Only elements that are gone refuse.
        let _ = player.pause();
    }
}
