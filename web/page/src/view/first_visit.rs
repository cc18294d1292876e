//! What others see, said before anything is connected for the first time in a browser, where whoever runs the site wants that.

use yew::prelude::*;

use crate::controls::Controls;
use crate::session::Dialog;
use crate::view::HEADING;
use crate::words;

/// The card, in place of everything that the page does.
pub(crate) fn first_visit(has_relay: bool, controls: Controls) -> Html {
    let go_on = |relay_only: bool| Callback::from(move |_: MouseEvent| controls.go_on(relay_only));
    let how = Callback::from(move |_: MouseEvent| controls.dialog(Some(Dialog::Help)));
    html! {
        <section class="obstacle card" data-testid="first-visit">
            <h1 id={HEADING} tabindex="-1">{ words::FIRST_TITLE }</h1>
            <ul>
                <li>{ words::FIRST_SEEN }</li>
                <li>{ words::FIRST_GIVE }</li>
                <li>{ words::FIRST_ANSWER }</li>
            </ul>
            <div class="actions">
                <button class="primary" data-testid="go-on" onclick={go_on(false)}>{ words::FIRST_GO_ON }</button>
                if has_relay {
                    <button data-testid="go-on-relayed" onclick={go_on(true)}>{ words::RELAY_ONLY }</button>
                }
                <button class="quiet" data-testid="how" onclick={how}>{ words::FIRST_HOW }</button>
            </div>
            if has_relay { <p class="hint">{ words::RELAY_ONLY }{ ": " }{ words::RELAY_ONLY_WHY }</p> }
        </section>
    }
}
