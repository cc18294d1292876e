//! The place of tips on a torrent's page. What is drawn there is a program of its own, which is loaded when it is first
//! needed: most torrents name nobody to thank.

use std::rc::Rc;

use protocol::TipClaim;
use protocol::tips::{TipsCommand, TipsNews, TipsView};
use wasm_bindgen::prelude::*;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::view::part::Part;
use crate::view::program::{Calls, use_program};

/// Beside the page.
const PROGRAM: &str = "seedcast-tips.js";

/// Tips of one torrent.
#[derive(PartialEq)]
pub(crate) struct Tips {
    pub(crate) controls: Controls,
    pub(crate) torrent: TipsView,
    pub(crate) claims: Rc<Vec<TipClaim>>,
    pub(crate) networks: Rc<str>,
    /// How often the user asked to tip.
    pub(crate) wanted: u32,
}

impl Part for Tips {
    const NAME: &'static str = "tips";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_tips(self).run(hooks)
    }
}

#[hook]
fn use_tips(props: &Tips) -> Html {
    let controls = props.controls;
    let place = use_program(PROGRAM, controls, &props.networks, move || Calls {
        send: Closure::new(move |command: Vec<u8>| {
            if let Ok(command) = postcard::from_bytes::<TipsCommand>(&command) {
                controls.tips_command(command);
            }
        }),
        people: None,
    });
    let (program, ready) = (place.program, place.is_ready);
    let tell = move |news: &TipsNews| {
        if let (Some(program), Ok(news)) = (&*program.borrow(), postcard::to_allocvec(news)) {
            program.tell(&news);
        }
    };
    use_effect_with((ready, props.torrent.clone()), {
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
    use_effect_with((ready, props.wanted), {
        let tell = tell.clone();
        move |(ready, wanted)| {
            if *ready && *wanted > 0 {
                tell(&TipsNews::Open);
            }
        }
    });
    use_effect_with((ready, props.claims.clone()), move |(ready, claims)| {
        if *ready {
            tell(&TipsNews::Claims(claims.to_vec()));
        }
    });
    html! { <div ref={place.root} class="tips-place"></div> }
}
