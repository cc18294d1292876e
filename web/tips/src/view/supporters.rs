//! Who has tipped.

use btt::{Amount, Tip};
use yew::prelude::*;

use super::address;
use crate::identicon::identicon;
use crate::words;

/// Tips that are shown; the others are in the total.
const SHOWN: usize = 20;

/// What was given in all, and by whom.
pub(super) fn supporters(tips: &[Tip]) -> Html {
    let total = tips
        .iter()
        .try_fold(Amount::default(), |total, tip| total.checked_add(tip.amount))
        .unwrap_or_default();
    html! {
        <div data-testid="supporters" data-total={total.to_string()} data-count={tips.len().to_string()}>
            if tips.is_empty() {
                <p class="hint">{ words::NOBODY_YET }</p>
            } else {
                <p class="facts">{ words::total(total, tips.len()) }</p>
                <ul class="supporters">
                    { for tips.iter().take(SHOWN).map(|tip| html! {
                        <li key={btt::hex::encode(&tip.transaction)} data-testid="supporter"
                            data-from={tip.from.to_string()} data-amount={tip.amount.to_string()}>
                            { identicon(tip.from) }
                            <div>
                                <strong title={tip.amount.to_string()}>{ words::btt(tip.amount) }</strong>
                                { address(&tip.from.to_string()) }
                                if !tip.note.as_str().is_empty() { <q><bdi>{ tip.note.as_str() }</bdi></q> }
                            </div>
                        </li>
                    }) }
                </ul>
            }
        </div>
    }
}
