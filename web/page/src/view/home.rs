//! The first screen: what this is, one thing to do, and the torrents of this browser.

use std::rc::Rc;

use metainfo::Magnet;
use wasm_bindgen::prelude::*;
use web_sys::File;
use yew::prelude::*;

use crate::chosen::Chosen;
use crate::controls::Controls;
use crate::session::{EngineState, Session};
use crate::view::HEADING;
use crate::view::add::add;
use crate::view::attach::attach_all_panel;
use crate::view::icon::Icon;
use crate::view::list::list;
use crate::view::many::{many, on_key};
use crate::words;

/// The first screen.
pub(crate) fn home(session: &Session, controls: Controls) -> Html {
    let try_sample = Callback::from(move |_: MouseEvent| {
        if let Ok(file) = sample() {
            controls.take(Chosen::of_file(file));
        }
    });
    html! {
        <div class="home">
            <section class="hero">
                <h1 id={HEADING} tabindex="-1">{ words::HEADLINE }</h1>
                <p class="lead">{ words::SENTENCE }</p>
                { add(controls) }
            </section>
            { evicted(&session.list.evicted, controls) }
            if session.has_others() {
                <section aria-labelledby="yours" onkeydown={on_key(controls)}>
                    <h2 id="yours">{ words::YOUR_FILES }</h2>
                    { attach_all_panel(&session.list, controls) }
                    { many(session, controls) }
                    { list(session, controls) }
                </section>
            } else if session.engine == EngineState::Running {
                <section class="empty">
                    <p>{ words::EMPTY }</p>
                    <button onclick={try_sample}>{ words::TRY_SAMPLE }</button>
                </section>
            }
        </div>
    }
}

/// What the browser deleted, and what can be done about it.
fn evicted(magnets: &Rc<Vec<Magnet>>, controls: Controls) -> Html {
    if magnets.is_empty() {
        return Html::default();
    }
    let fetch = {
        let magnets = magnets.clone();
        Callback::from(move |_: MouseEvent| controls.fetch_evicted(&magnets))
    };
    let let_go = Callback::from(move |_: MouseEvent| controls.let_evicted_go());
    html! {
        <div class="panel" data-testid="notice">
            { Icon::WARNING.draw() }
            <div>
                <p>{ words::evicted(magnets) }</p>
                <div class="actions">
                    <button class="primary" data-testid="fetch-again" onclick={fetch}>{ words::FETCH_AGAIN }</button>
                    <button data-testid="let-go" onclick={let_go}>{ words::LET_GO }</button>
                </div>
            </div>
        </div>
    }
}

/// A small file to try sharing with.
fn sample() -> Result<File, JsValue> {
    File::new_with_str_sequence(&js_sys::Array::of1(&words::sample().into()), words::SAMPLE_NAME.text())
}
