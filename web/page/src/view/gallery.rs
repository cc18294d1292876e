//! The pictures of a torrent: small beside each other, and one of them large.

use std::cell::Cell;
use std::rc::Rc;

use host::Streaming;
use media::Kind;
use media::picture::MAX_SMALL_BYTES;
use metainfo::{InfoHash, visible};
use protocol::{FileView, Priority};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::controls::Controls;
use crate::playlist::{name_of, pictures};
use crate::view::artwork::{self, Artwork};
use crate::view::growing::use_growing;
use crate::view::opened::Wanted;
use crate::view::part::Part;
use crate::words;

/// Where there are fewer, they all find room.
const FEW: usize = 24;

/// Shows the pictures of a torrent. Nothing if there are none.
#[derive(PartialEq)]
pub(crate) struct Gallery {
    pub(crate) controls: Controls,
    pub(crate) info_hash: InfoHash,
    pub(crate) files: Vec<FileView>,
    /// Whether files can be shown while they arrive; `None` until that is known.
    pub(crate) streaming: Option<Streaming>,
}

impl Part for Gallery {
    const NAME: &'static str = "gallery";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_gallery(self).run(hooks)
    }
}

#[hook]
fn use_gallery(props: &Gallery) -> Html {
    let Gallery { info_hash, files, streaming, .. } = props;
    let (controls, info_hash) = (props.controls, *info_hash);
    let pictures = use_memo(files.len(), |_| pictures(files));
    let (shown, end) = use_growing(pictures.len(), info_hash);
    let root = use_node_ref();
    let view = |place: usize| &files[pictures[place] as usize];
    // Nothing is fetched for a small picture.
    let is_small = |place: &usize| view(*place).progress >= 1.0 && view(*place).size <= MAX_SMALL_BYTES;
    // A picture that comes alone is what people came for.
    let alone = pictures.len() == 1
        && (view(0).progress >= 1.0 || view(0).priority != Priority::Skip)
        && !files.iter().any(|file| Kind::of(&file.path).is_some_and(Kind::plays));
    let drawn = if alone { 1 } else { (0..shown).filter(is_small).count() };
    // Where nothing can be shown while it arrives, it is drawn when it is here.
    let alone_and_here = alone && view(0).progress >= 1.0;
    let wanted = |file: &u32| {
        let view = &files[*file as usize];
        let (path, complete) = (view.path.clone().into(), view.progress >= 1.0);
        Wanted { info_hash, file: *file, path, complete, streaming: *streaming }
    };
    let wanted: Rc<Vec<Wanted>> = Rc::new(pictures.iter().map(wanted).collect());
    use_effect_with((drawn, alone_and_here, *streaming), {
        let (root, wanted) = (root.clone(), wanted.clone());
        move |(drawn, _, streaming): &(usize, bool, Option<Streaming>)| {
            // While the program loads, a picture may become complete: what was known before must not take its place.
            let outdated = Rc::new(Cell::new(false));
            if *drawn > 0 && streaming.is_some() {
                let outdated = outdated.clone();
                with_artwork(root, move |artwork, root| {
                    if !outdated.get() {
                        artwork.draw(root, &giver(controls, wanted), &artwork::said());
                    }
                });
            }
            move || outdated.set(true)
        }
    });
    let enlarge = {
        let root = root.clone();
        Callback::from(move |event: MouseEvent| {
            let on = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let button = on.and_then(|on| on.closest("[data-place]").ok().flatten());
            let place = button.and_then(|button| button.get_attribute("data-place")?.parse().ok());
            if let Some(place) = place {
                let wanted = wanted.clone();
                with_artwork(root.clone(), move |artwork, root| {
                    let name = |wanted: &Wanted| visible(name_of(&wanted.path)).into_owned();
                    let names = wanted.iter().map(name).collect();
                    artwork.view(root, place, names, &giver(controls, wanted), &artwork::said());
                });
            }
        })
    };
    if pictures.is_empty() {
        return Html::default();
    }
    let many = pictures.len() > FEW;
    let name = |place: usize| visible(name_of(&view(place).path)).into_owned();
    html! {
        <section ref={root} class="card" onclick={enlarge} aria-label={words::PICTURES}>
            if alone {
                <button class="alone" data-place="0">
                    <span class="stage" data-name={name(0)}></span>
                </button>
            } else {
                <ul class={classes!("thumbnails", many.then_some("many"))} tabindex={many.then_some("0")} aria-label={words::PICTURES}>
                    { for (0..shown).map(|place| html! {
                        <li key={place}>
                            <button data-place={place.to_string()} data-testid="thumbnail" data-path={view(place).path.clone()}
                                aria-label={visible(&view(place).path).into_owned()}>
                                <span class="facts" dir="auto">{ name(place) }</span>
                                if is_small(&place) { <img alt="" /> }
                            </button>
                        </li>
                    }) }
                    { for end }
                </ul>
            }
        </section>
    }
}

/// Loads the program of artwork for the pictures in `root`. Without it there are names.
fn with_artwork(root: NodeRef, act: impl FnOnce(&Artwork, &Element) + 'static) {
    spawn_local(async move {
        if let (Ok(artwork), Some(root)) = (artwork::load().await, root.cast::<Element>()) {
            act(&artwork, &root);
        }
    });
}

/// What gives the program the file of each picture, by its place.
fn giver(controls: Controls, wanted: Rc<Vec<Wanted>>) -> JsValue {
    let give = move |place: usize| {
        wanted.get(place).map_or(JsValue::UNDEFINED, |wanted| artwork::file(controls, wanted))
    };
    Closure::<dyn Fn(usize) -> JsValue>::new(give).into_js_value()
}
