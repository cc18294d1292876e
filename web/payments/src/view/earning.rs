//! Being paid for what is given.

use btt::Address;
use protocol::purse::Earning;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::amount_field;
use crate::state::{Message, Purpose, State};
use crate::words;

pub(super) fn earning(state: &State, tell: &Callback<Message>) -> Html {
    let Some(view) = &state.view else { return Html::default() };
    let Earning { terms, today, unredeemed, redeemed, fee, redeem_by } = &view.earning;
    let is_on = terms.is_some();
    let can_turn = is_on || state.earn_terms().is_some();
    let turn = tell
        .reform(|event: Event| Message::Earn(event.target_unchecked_into::<HtmlInputElement>().checked()));
    let typed = |set: fn(&mut crate::state::Form, String)| {
        tell.reform(move |event: InputEvent| {
            Message::Typed(set, event.target_unchecked_into::<HtmlInputElement>().value())
        })
    };
    let edited = tell.reform(|_: Event| Message::EarnEdited);
    let payee = state.form.payee.trim();
    let parsed = payee.parse::<Address>().ok();
    let is_wrong = !payee.is_empty() && parsed.is_none();
    let redeem = tell.reform(|_: MouseEvent| Message::Redeem);
    let is_worth = fee.is_some_and(|fee| fee < *unredeemed);
    html! {
        <fieldset class="earning">
            <legend>{ words::EARN_TITLE }</legend>
            <label class="field">
                <span>{ words::EARN_ADDRESS }</span>
                <input type="text" autocomplete="off" spellcheck="false" placeholder="0x…" data-testid="earn-address"
                    value={state.form.payee.clone()} aria-invalid={is_wrong.to_string()}
                    oninput={typed(|form, text| form.payee = text)} onchange={edited.clone()} />
            </label>
            if is_wrong { <p class="bad" role="alert">{ words::WRONG_ADDRESS }</p> }
            if let Some(parsed) = parsed.filter(|parsed| parsed.to_string() != payee) {
                <p class="hint">{ words::paid_to(&parsed.to_string()) }</p>
            }
            { amount_field(words::EARN_PRICE, "earn-price", &state.form.floor,
                typed(|form, text| form.floor = text), edited) }
            <label class="check">
                <input type="checkbox" data-testid="earn" checked={is_on} disabled={!can_turn} onchange={turn} />
                { " " }{ words::EARN }
            </label>
            <p class="hint">{ words::EARN_HINT }</p>
            if is_on || !unredeemed.is_zero() || !redeemed.is_zero() {
                <div class="earned" data-testid="earned" data-unredeemed={unredeemed.units().to_string()}
                    data-redeemed={redeemed.units().to_string()}>
                    <p>{ words::earned(&words::btt(*redeemed), &words::btt(*today), &words::btt(*unredeemed)) }</p>
                    if !unredeemed.is_zero() {
                        if let Some(by) = redeem_by { <p class="hint">{ words::redeem_by(&words::date(*by)) }</p> }
                        <p class="hint" data-testid="earn-worth" data-worth={is_worth.to_string()}>
                            { match fee {
                                None => words::FEE_UNKNOWN.to_string(),
                                Some(fee) if is_worth => words::worth(&words::btt(*fee)),
                                Some(fee) => words::not_worth(&words::btt(*fee)),
                            } }
                        </p>
                        if !state.is_under_way(&Purpose::Redeem) {
                            <div class="actions">
                                <button data-testid="earn-redeem" onclick={redeem}
                                    disabled={!state.can_ask()}>{ words::REDEEM }</button>
                            </div>
                        }
                        if state.wallets.is_empty() { <p class="hint">{ words::NO_WALLET_TO_REDEEM }</p> }
                    }
                </div>
            }
        </fieldset>
    }
}
