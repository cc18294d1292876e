//! The button that copies a link.

use gloo_timers::future::TimeoutFuture;
use language::Word;
use metainfo::InfoHash;
use wasm_bindgen_futures::spawn_local;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::session::Action;
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words;

/// Milliseconds for which the button says that it has copied.
const SAID: u32 = 2_000;

/// Copies a link, and says so.
#[derive(PartialEq)]
pub(crate) struct CopyButton {
    pub(crate) controls: Controls,
    /// What to copy.
    pub(crate) value: AttrValue,
    /// What the button says.
    pub(crate) text: Word,
    /// What tests find it by. Its value is what it copies.
    pub(crate) testid: &'static str,
    /// The torrent that the link leads to.
    pub(crate) leads_to: Option<InfoHash>,
    /// How much it stands out: by its class.
    pub(crate) class: Classes,
}

impl Part for CopyButton {
    const NAME: &'static str = "copy";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_copy_button(self).run(hooks)
    }
}

#[hook]
fn use_copy_button(props: &CopyButton) -> Html {
    let controls = props.controls;
    let copied = use_state_eq(|| false);
    let click = {
        let (copied, value, leads_to) = (copied.clone(), props.value.clone(), props.leads_to);
        Callback::from(move |_: MouseEvent| {
            let copied = copied.clone();
            let copying = browser::navigator().clipboard().write_text(&value);
            spawn_local(async move {
                if copying.await.is_ok() {
                    if let Some(info_hash) = leads_to {
                        controls.dispatch(Action::HandedOut(info_hash));
                    }
                    copied.set(true);
                    TimeoutFuture::new(SAID).await;
                    copied.set(false);
                } else {
                    controls.complain(words::NOT_COPIED);
                }
            });
        })
    };
    let (icon, text) = if *copied { (Icon::CHECK, words::COPIED) } else { (Icon::COPY, props.text) };
    html! {
        <button class={props.class.clone()} data-testid={props.testid} value={props.value.clone()} onclick={click}>
            { icon.draw() }<span aria-live="polite">{ text }</span>
        </button>
    }
}
