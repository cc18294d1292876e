//! The place of tips on a torrent's page. What is drawn there is a program of its own, which is loaded when it is first
//! needed: most torrents name nobody to thank.

use std::cell::RefCell;
use std::rc::Rc;

use host::browser::load_program;
use js_sys::Promise;
use protocol::TipClaim;
use protocol::tips::{TipsCommand, TipsNews, TipsView};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Element;
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::words;

#[wasm_bindgen]
extern "C" {
    /// The program's module.
    type Module;

    #[wasm_bindgen(method)]
    fn speak(this: &Module, tag: &str) -> Promise;

    #[wasm_bindgen(method, catch)]
    fn mount(this: &Module, root: &Element, networks: &str, send: &JsValue) -> Result<Program, JsValue>;

    /// The program where it is drawn.
    type Program;

    #[wasm_bindgen(method)]
    fn tell(this: &Program, news: &[u8]);

    #[wasm_bindgen(method)]
    fn unmount(this: &Program);
}

/// Beside the page.
const PROGRAM: &str = "seedcast-tips.js";

#[derive(PartialEq, Properties)]
pub(crate) struct TipsProps {
    pub(crate) controls: Controls,
    pub(crate) torrent: TipsView,
    pub(crate) claims: Rc<Vec<TipClaim>>,
    pub(crate) networks: Rc<str>,
    /// How often the user asked to tip.
    pub(crate) wanted: u32,
}

/// Tips of one torrent.
#[component]
pub(crate) fn Tips(props: &TipsProps) -> Html {
    let root = use_node_ref();
    let program = use_mut_ref(|| None::<Program>);
    let ready = use_state_eq(|| false);
    use_effect_with((), {
        let (controls, networks) = (props.controls, props.networks.clone());
        let (root, program, ready) = (root.clone(), program.clone(), ready.clone());
        move |()| {
            let send = {
                Closure::<dyn Fn(Vec<u8>)>::new(move |command: Vec<u8>| {
                    if let Ok(command) = postcard::from_bytes::<TipsCommand>(&command) {
                        controls.tips_command(command);
                    }
                })
            };
            let place = root.cast::<Element>();
            let mounted = Rc::new(RefCell::new(place));
            let still = Rc::clone(&mounted);
            let function = send.as_ref().clone();
            let slot = program.clone();
            spawn_local(async move {
                let module = load().await;
                // The user may have left meanwhile.
                let Some(place) = still.borrow().clone() else { return };
                match module.and_then(|module| module.mount(&place, &networks, &function)) {
                    Ok(mounted) => {
                        slot.replace(Some(mounted));
                        ready.set(true);
                    }
                    Err(_unreachable) => controls.complain(words::TIPS_NOT_LOADED),
                }
            });
            move || {
                mounted.replace(None);
                if let Some(program) = program.take() {
                    program.unmount();
                }
                drop(send);
            }
        }
    });
    let tell = move |news: &TipsNews| {
        if let (Some(program), Ok(news)) = (&*program.borrow(), postcard::to_allocvec(news)) {
            program.tell(&news);
        }
    };
    use_effect_with((*ready, props.torrent.clone()), {
        let tell = tell.clone();
        move |(ready, torrent)| {
            if *ready {
                tell(&TipsNews::Torrent(torrent.clone()));
                if browser::take_request("tip") {
                    tell(&TipsNews::Open);
                }
            }
        }
    });
    use_effect_with((*ready, props.wanted), {
        let tell = tell.clone();
        move |(ready, wanted)| {
            if *ready && *wanted > 0 {
                tell(&TipsNews::Open);
            }
        }
    });
    use_effect_with((*ready, props.claims.clone()), move |(ready, claims)| {
        if *ready {
            tell(&TipsNews::Claims(claims.to_vec()));
        }
    });
    html! { <div ref={root} class="tips-place"></div> }
}

async fn load() -> Result<Module, JsValue> {
    let module: Module = JsFuture::from(load_program(PROGRAM)).await?.unchecked_into();
    JsFuture::from(module.speak(language::spoken().tag())).await?;
    Ok(module)
}
