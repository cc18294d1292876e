//! Files that are looked at: pictures, PDF, text.

use media::Kind;
use metainfo::visible;
use yew::prelude::*;

use crate::browser;
use crate::controls::Controls;
use crate::view::opened::{Opened, Wanted, use_bytes, use_opened};
use crate::words::{self, quantity};

/// Bytes of a text that are shown.
const MAX_TEXT: u32 = 256 << 10;

#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PreviewProps {
    pub(crate) controls: Controls,
    pub(crate) wanted: Wanted,
    pub(crate) kind: Kind,
    /// Bytes of the file.
    pub(crate) size: u64,
    /// The user asks for it.
    pub(crate) on_ask: Callback<MouseEvent>,
    /// Whether they have asked. Before that nothing of a document is read, since that would fetch it.
    pub(crate) asked: bool,
}

/// A picture, a PDF or a text.
#[component]
pub(crate) fn Preview(props: &PreviewProps) -> Html {
    if props.asked || props.kind == Kind::Picture {
        return html! { <Shown ..props.clone() /> };
    }
    let PreviewProps { wanted, size, on_ask, .. } = props;
    html! {
        <div class="actions">
            <button data-testid="show-file" onclick={on_ask}>{ words::SHOW }</button>
            <p class="file-name" dir="auto">{ visible(&wanted.path).into_owned() }</p>
            <p class="facts">{ quantity::size(*size) }</p>
        </div>
    }
}

#[component]
fn Shown(props: &PreviewProps) -> Html {
    let PreviewProps { wanted, kind, size, .. } = props;
    let controls = props.controls;
    let opened = use_opened(controls, wanted);
    let failed = use_state_eq(|| false);
    let on_error = {
        let failed = failed.clone();
        Callback::from(move |_: Event| failed.set(true))
    };
    let Some(opened) = opened else { return html! { <p class="hint">{ words::SHOWN_WHEN_COMPLETE }</p> } };
    // Nothing says what a blob in a frame is: only the service worker's answers do.
    if *failed || (*kind == Kind::Pdf && matches!(opened, Opened::Whole(..))) {
        return html! { <p class="panel bad" data-testid="notice">{ words::CANNOT_SHOW }</p> };
    }
    let address = opened.address();
    match kind {
        Kind::Picture => html! {
            <img key={&*address} class="picture" data-testid="player" src={&address} alt={&wanted.path} onerror={on_error} />
        },
        Kind::Pdf => html! {
            <iframe key={&*address} class="pdf" data-testid="player" src={&address} title={&wanted.path} />
        },
        _ => html! { <Text {opened} size={*size} path={&wanted.path} /> },
    }
}

#[derive(PartialEq, Properties)]
struct TextProps {
    opened: Opened,
    size: u64,
    path: AttrValue,
}

/// The beginning of a text.
#[component]
fn Text(props: &TextProps) -> Html {
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
