//! What a torrent has to show: its player, and the list of what can be shown.

use std::rc::Rc;

use host::{Streaming, player};
use media::Kind;
use media::keys::{Deed, Reach};
use metainfo::{InfoHash, visible};
use protocol::{FileView, PieceMap, Priority};
use web_sys::HtmlMediaElement;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::playlist::{Item, cover, first, is_wanted, playlist, subtitles_of};
use crate::preferences;
use crate::view::film::Film;
use crate::view::growing::use_growing;
use crate::view::opened::Wanted;
use crate::view::part::Part;
use crate::view::preview::Preview;
use crate::view::subtitles::{self, Subtitles};
use crate::words::{self, quantity};

/// Parts in which the strip tells what is here.
const STEPS: u32 = 400;

/// Shows the files of a torrent that a browser can show, one at a time. Nothing if there are none.
#[derive(PartialEq)]
pub(crate) struct Player {
    pub(crate) controls: Controls,
    pub(crate) info_hash: InfoHash,
    pub(crate) files: Vec<FileView>,
    pub(crate) pieces: Option<PieceMap>,
    /// Whether files can be shown while they arrive; `None` until that is known.
    pub(crate) streaming: Option<Streaming>,
}

impl Part for Player {
    const NAME: &'static str = "player";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_player(self).run(hooks)
    }
}

#[hook]
fn use_player(props: &Player) -> Html {
    let Player { info_hash, files, pieces, streaming, .. } = props;
    let controls = props.controls;
    let chosen = use_state_eq(|| None::<usize>);
    let added = use_state(|| Rc::new(Vec::<Rc<Subtitles>>::new()));
    let element = use_node_ref();
    let theatre = use_state_eq(preferences::theatre);
    let items =
        use_memo(
            (files.len(), is_wanted(files)),
            |(_, is_wanted)| {
                if *is_wanted { playlist(files) } else { Vec::new() }
            },
        );
    let (listed, end) = use_growing(items.len(), *info_hash);
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
        Callback::from(move |place: Option<usize>| {
            if place.is_some() {
                added.set(Rc::default());
                chosen.set(place);
            }
        })
    };
    let click = |place: Option<usize>| choose.reform(move |_: MouseEvent| place);
    // What comes before and after it in the list, if anything does.
    let previous = place.checked_sub(1);
    let next = Some(place + 1).filter(|next| *next < items.len());
    let on_turn = choose.reform(move |by: i32| if by < 0 { previous } else { next });
    let turn_theatre = {
        let theatre = theatre.clone();
        move || {
            preferences::remember_theatre(!*theatre);
            theatre.set(!*theatre);
        }
    };
    let on_subtitles = {
        let added = added.clone();
        Callback::from(move |subtitles: Rc<Subtitles>| {
            added.set(Rc::new(added.iter().cloned().chain([subtitles]).collect()));
        })
    };
    let on_key = {
        let (element, choose, turn_theatre) = (element.clone(), choose.clone(), turn_theatre.clone());
        Callback::from(move |event: KeyboardEvent| {
            let media = element.cast::<HtmlMediaElement>();
            let subtitles = media.as_ref().is_some_and(browser::has_subtitles);
            let wide = kind == Kind::Video && browser::has_room_for_theatre();
            let [back, on] = [previous.is_some(), next.is_some()];
            let reach = Reach { subtitles, previous: back, next: on, wide, ..Reach::default() };
            match (player::deed(&event, media.as_ref(), reach), media) {
                (Some(Deed::Previous), _) => choose.emit(previous),
                (Some(Deed::Next), _) => choose.emit(next),
                (Some(Deed::Toggle), Some(media)) if media.paused() => player::play(&media),
                // Only elements that are gone refuse.
                (Some(Deed::Toggle), Some(media)) => drop(media.pause()),
                (Some(Deed::FullScreen), Some(media)) => player::toggle_full_screen(&media, Some(&media)),
                (Some(Deed::Theatre), _) => turn_theatre(),
                (Some(Deed::Subtitles), Some(media)) => browser::toggle_subtitles(&media),
                (Some(deed), Some(media)) => player::adjust(&media, deed),
                (None, _) | (_, None) => {}
            }
        })
    };
    let on_drop = {
        let on_subtitles = on_subtitles.clone();
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
            // Nobody else takes it then.
            event.prevent_default();
            subtitles::read_file(file, controls, on_subtitles.clone());
        })
    };
    let subtitles = subtitles_of(&view.path, files).into_iter().map(wanted).collect();
    let is_here = |file: &u32| {
        let view = &files[*file as usize];
        view.progress >= 1.0 || view.priority != Priority::Skip
    };
    let cover = cover(&view.path, files).filter(is_here).map(wanted);
    let is_album = items.iter().all(|item| item.kind == Kind::Audio);
    let theatre_class = (*theatre && kind == Kind::Video).then_some("theatre");
    // Names are enough where all lie in one folder.
    let folder = view.path.rsplit_once('/').map_or(0, |(folder, _)| folder.len() + 1);
    let is_beside = |item: &Item| files[item.file as usize].path.get(..folder) == view.path.get(..folder);
    let folder = if items.iter().all(is_beside) { folder } else { 0 };
    let film = || Film {
        controls,
        wanted: wanted(file),
        kind,
        size: view.size,
        subtitles: Rc::new(subtitles),
        element,
        at_once: chosen.is_some(),
        added: (*added).clone(),
        on_subtitles,
        on_ended: choose.reform(move |()| next),
        cover,
        reach: [previous.is_some(), next.is_some()],
        on_turn,
        theatre: *theatre,
        on_theatre: Callback::from(move |_: MouseEvent| turn_theatre()),
    };
    html! {
        <section class={classes!("card", "player", theatre_class)} aria-label={words::PLAYER} onkeydown={on_key} ondrop={on_drop}>
            if kind.plays() {
                { film().keyed(file) }
                if view.progress < 1.0 && let Some(pieces) = pieces { { strip(pieces, view) } }
            } else if chosen.is_some() {
                { Preview { controls, wanted: wanted(file), kind, size: view.size }.keyed(file) }
            } else {
                // Nothing of a document is read before somebody asks for it, since that would fetch it.
                <div class="actions">
                    <button data-testid="show-file" onclick={click(Some(place))}>{ words::SHOW }</button>
                    <p class="file-name" dir="auto">{ visible(&view.path).into_owned() }</p>
                    <p class="facts">{ quantity::size(view.size) }</p>
                </div>
            }
            if items.len() > 1 {
                <div class="actions">
                    <button disabled={previous.is_none()} onclick={click(previous)}>{ words::PREVIOUS }</button>
                    <button disabled={next.is_none()} onclick={click(next)}>{ words::NEXT }</button>
                </div>
                <details class="playlist" open={is_album}>
                    <summary>{ words::playlist(&view.path, place + 1, items.len()) }</summary>
                    <ol>
                        { for items[..listed].iter().enumerate().map(|(at, item)| html! {
                            <li key={item.file}>
                                <button class="quiet" dir="auto" aria-current={(at == place).then_some("true")} onclick={click(Some(at))}>
                                    { visible(&files[item.file as usize].path[folder..]).into_owned() }
                                </button>
                            </li>
                        }) }
                        { end }
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
                <rect x={quantity::fraction(part.start)} width={quantity::fraction(part.end - part.start)} y="0" height="1" />
            }) }
        </svg>
    }
}
