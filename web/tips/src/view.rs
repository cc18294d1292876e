//! What people see of tips: who has tipped, the button, the dialog.

mod dialog;
mod elsewhere;
mod supporters;

use yew::prelude::*;

use crate::state::{Message, State};
use crate::{browser, trust, words};

/// What is drawn is bound to.
#[derive(Debug)]
pub(crate) struct Ui {
    /// Hears what the user does.
    pub(crate) tell: Callback<Message>,
    /// The dialog, while it is open.
    pub(crate) dialog: NodeRef,
    /// What says how far the tip is.
    pub(crate) status: NodeRef,
}

impl Ui {
    /// What turns an event of the document into a message.
    fn on<E>(&self, message: impl Fn(E) -> Message + 'static) -> Callback<E> {
        self.tell.reform(message)
    }
}

/// Everything about tips of one torrent.
pub(crate) fn tips(app: &State, ui: &Ui) -> Html {
    let Some(torrent) = &app.torrent else { return Html::default() };
    if browser::is_framed() {
        return html! { <p class="hint">{ words::FRAMED }</p> };
    }
    let has_payee = !trust::accounts(torrent).is_empty() || trust::linked(torrent).is_some();
    if !has_payee && !app.open {
        return Html::default();
    }
    let open = ui.on(|_: MouseEvent| Message::Open);
    html! {
        <section class="card tips" aria-labelledby="supporters-title">
            <div class="card-head">
                <h2 id="supporters-title">{ words::SUPPORTERS }</h2>
                <button class="primary" data-testid="tip" onclick={open}>{ words::TIP }</button>
            </div>
            { supporters::supporters(&app.supporters.tips) }
            if app.open { { dialog::dialog(app, ui, torrent) } }
        </section>
    }
}

/// An address in full: in groups, as people compare it, and in one piece for whoever copies it.
fn address(text: &str) -> Html {
    let letters: Vec<char> = text.chars().collect();
    html! {
        <code class="address">
            { for letters.chunks(4).map(|group| html! { <span>{ group.iter().collect::<String>() }</span> }) }
        </code>
    }
}
