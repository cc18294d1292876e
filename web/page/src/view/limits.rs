//! How much may be received and given each second.

use std::num::NonZeroU64;

use language::Word;
use protocol::Limits;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::words;

/// Bytes in the unit of the fields.
const KILOBYTE: u64 = 1_000;

/// Two fields, in kilobytes per second; an empty one is no limit. `on_change` gets both after each change.
pub(crate) fn limit_fields(limits: Limits, on_change: &Callback<Limits>) -> Html {
    let field = |label: Word,
                 testid: &'static str,
                 limit: Option<NonZeroU64>,
                 set: fn(&mut Limits, Option<NonZeroU64>)| {
        let on_change = on_change.clone();
        let onchange = Callback::from(move |event: Event| {
            let typed = event.target_unchecked_into::<HtmlInputElement>().value();
            let kilobytes = typed.parse::<u64>().unwrap_or(0);
            let mut limits = limits;
            set(&mut limits, NonZeroU64::new(kilobytes.saturating_mul(KILOBYTE)));
            on_change.emit(limits);
        });
        let value = limit.map(|limit| limit.get().div_ceil(KILOBYTE).to_string());
        html! {
            <label class="field">
                <span>{ label }</span>
                <span class="with-unit">
                    <input type="number" min="1" step="1" inputmode="numeric" placeholder={words::NO_LIMIT}
                        value={value.unwrap_or_default()} data-testid={testid} {onchange} />
                    <span>{ words::LIMIT_UNIT }</span>
                </span>
            </label>
        }
    };
    html! {
        <div class="limits">
            { field(words::LIMIT_DOWN, "limit-down", limits.down, |limits, limit| limits.down = limit) }
            { field(words::LIMIT_UP, "limit-up", limits.up, |limits, limit| limits.up = limit) }
        </div>
    }
}
