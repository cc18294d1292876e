//! A checkbox for something that the engine decides.

use gloo_timers::callback::Timeout;
use language::Word;
use web_sys::HtmlInputElement;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::view::part::Part;

/// Milliseconds for which the user's click is shown before the engine has confirmed it.
const PATIENCE: u32 = 2_000;

/// Shows the user's click at once, and then what the engine made of it.
#[derive(PartialEq)]
pub(crate) struct Checkbox {
    /// What the engine says.
    pub(crate) checked: bool,
    pub(crate) testid: &'static str,
    /// The user wants this.
    pub(crate) onchange: Callback<bool>,
}

/// A checkbox with what it is for, and what that means.
pub(crate) fn choice(checkbox: Html, label: Word, why: Word) -> Html {
    html! {
        <label class="check choice">{ checkbox }<span>{ label }<span class="hint">{ why }</span></span></label>
    }
}

impl Part for Checkbox {
    const NAME: &'static str = "checkbox";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_checkbox(self).run(hooks)
    }
}

#[hook]
fn use_checkbox(props: &Checkbox) -> Html {
    let wish = use_state_eq(|| None::<bool>);
    use_effect_with((props.checked, *wish), {
        let wish = wish.clone();
        move |(checked, wished): &(bool, Option<bool>)| {
            let timer = match wished {
                Some(wished) if wished != checked => Some(Timeout::new(PATIENCE, move || wish.set(None))),
                Some(_) => {
                    wish.set(None);
                    None
                }
                None => None,
            };
            move || drop(timer)
        }
    });
    let onchange = {
        let (wish, onchange) = (wish.clone(), props.onchange.clone());
        Callback::from(move |event: Event| {
            let checked = event.target_unchecked_into::<HtmlInputElement>().checked();
            wish.set(Some(checked));
            onchange.emit(checked);
        })
    };
    html! {
        <input type="checkbox" checked={wish.unwrap_or(props.checked)}
            data-testid={props.testid} {onchange} />
    }
}
