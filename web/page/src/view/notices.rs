//! What the user should hear: sentences that come, stay readable, and go.

use std::collections::VecDeque;

use gloo_timers::callback::Timeout;
use yew::functional::{Hook, HookContext};
use yew::prelude::*;

use crate::controls::Controls;
use crate::session::{Action, Notice};
use crate::view::icon::Icon;
use crate::view::part::Part;
use crate::words;

/// Milliseconds for which good news stay. What went wrong stays until it is dismissed.
const SHOWN: u32 = 8_000;

/// The notices, which screen readers read as they come.
pub(crate) fn notices(notices: &VecDeque<Notice>, controls: Controls) -> Html {
    html! {
        <div class="notices" role="status" aria-live="polite">
            { for notices.iter().map(|notice| One { notice: notice.clone(), controls }.keyed(notice.key)) }
        </div>
    }
}

#[derive(PartialEq)]
struct One {
    notice: Notice,
    controls: Controls,
}

impl Part for One {
    const NAME: &'static str = "notice";

    fn draw(&self, hooks: &mut HookContext) -> Html {
        use_notice(self).run(hooks)
    }
}

#[hook]
fn use_notice(props: &One) -> Html {
    let controls = props.controls;
    let key = props.notice.key;
    let dismiss = Callback::from(move |_: MouseEvent| controls.dispatch(Action::Dismiss(key)));
    use_effect_with((), {
        let problem = props.notice.problem;
        move |()| {
            let timer =
                (!problem).then(|| Timeout::new(SHOWN, move || controls.dispatch(Action::Dismiss(key))));
            move || drop(timer)
        }
    });
    let icon = if props.notice.problem { Icon::WARNING } else { Icon::INFO };
    html! {
        <div class={classes!("notice", props.notice.problem.then_some("bad"))} data-testid="notice">
            { icon.draw() }
            <p>{ &props.notice.text }</p>
            <button class="quiet icon-only" aria-label={words::DISMISS} onclick={dismiss}>{ Icon::CLOSE.draw() }</button>
        </div>
    }
}
