//! Documents: PDF and text.

use media::Kind;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::view::opened::{Opened, Wanted, use_bytes, use_opened};
use crate::view::part::Part;
use crate::words;

/// Bytes of a text that are shown.
const MAX_TEXT: u32 = 256 << 10;

/// A PDF or a text.
#[derive(PartialEq)]
pub(crate) struct Preview {
    pub(crate) controls: Controls,
    pub(crate) wanted: Wanted,
    pub(crate) kind: Kind,
    /// Bytes of the file.
    pub(crate) size: u64,
}

impl Part for Preview {
    const NAME: &'static str = "preview";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_preview(self).run(hooks)
    }
}

#[hook]
fn use_preview(props: &Preview) -> Html {
    let Preview { wanted, kind, size, .. } = props;
    let controls = props.controls;
    let opened = use_opened(controls, wanted);
    let Some(opened) = opened else { return html! { <p class="hint">{ words::SHOWN_WHEN_COMPLETE }</p> } };
    // Nothing says what a blob in a frame is: only the service worker's answers do.
    if *kind == Kind::Pdf && matches!(opened, Opened::Whole(..)) {
        return html! { <p class="panel bad" data-testid="notice">{ words::CANNOT_SHOW }</p> };
    }
    let address = opened.address();
    match kind {
        Kind::Pdf => html! {
            <iframe key={&*address} class="pdf" data-testid="player" src={&address} title={&wanted.path} />
        },
        _ => Text { opened, size: *size, path: wanted.path.clone() }.html(),
    }
}

/// The beginning of a text.
#[derive(PartialEq)]
struct Text {
    opened: Opened,
    size: u64,
    path: AttrValue,
}

impl Part for Text {
    const NAME: &'static str = "text";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_text(self).run(hooks)
    }
}

#[hook]
fn use_text(props: &Text) -> Html {
    match use_bytes(Some(&props.opened), MAX_TEXT) {
        None => html! { <p class="hint">{ words::OPENING }</p> },
        Some(Err(())) => html! { <p class="panel bad" data-testid="notice">{ words::CANNOT_SHOW }</p> },
        Some(Ok(bytes)) => {
            // The last character may be cut in two.
            let whole = match std::str::from_utf8(&bytes) {
                Err(cut) if bytes.len() - cut.valid_up_to() < 4 => &bytes[..cut.valid_up_to()],
                _ => &bytes,
            };
            html! {
                <>
                    <pre class="reading" data-testid="player" tabindex="0" aria-label={&props.path}>
                        { browser::decode(whole, media::charset(whole, None)) }
                    </pre>
                    if props.size > u64::from(MAX_TEXT) { <p class="hint">{ words::ONLY_BEGINNING }</p> }
                </>
            }
        }
    }
}
