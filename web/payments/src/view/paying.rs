//! Paying to go faster.

use btt::gas;
use protocol::purse::{DepositState, DepositView, PayState, PurseView, Quote};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::{amount_field, fee};
use crate::deposit::{Deposit, Extension};
use crate::state::{Form, Message, Purpose, State};
use crate::words;

pub(super) fn paying(state: &State, tell: &Callback<Message>) -> Html {
    let Some(view) = &state.view else { return Html::default() };
    let is_on = state.form.pays;
    let turn =
        tell.reform(|event: Event| Message::Pay(event.target_unchecked_into::<HtmlInputElement>().checked()));
    html! {
        <fieldset class="paying">
            <legend>{ words::PAY_TITLE }</legend>
            <label class="check">
                <input type="checkbox" data-testid="pay" checked={is_on} onchange={turn} />
                { " " }{ words::PAY }
            </label>
            if is_on { { terms(state, view, tell) } }
            { meter(state, view, tell) }
            { for (1..).zip(&view.deposits).map(|(number, deposit)| deposit_row(state, number, deposit, tell)) }
        </fieldset>
    }
}

/// What may be spent, for what, and what that buys.
fn terms(state: &State, view: &PurseView, tell: &Callback<Message>) -> Html {
    let typed = |set: fn(&mut Form, String)| {
        tell.reform(move |event: InputEvent| {
            Message::Typed(set, event.target_unchecked_into::<HtmlInputElement>().value())
        })
    };
    let everything = tell.reform(|event: Event| {
        Message::Everything(event.target_unchecked_into::<HtmlInputElement>().checked())
    });
    let confirm = tell.reform(|_: MouseEvent| Message::Confirm);
    let deposit = state.deposit();
    let needs_wallet = deposit.is_some();
    let is_paying = matches!(state.pay_state(), PayState::Opening | PayState::Open);
    let is_agreed = is_paying && view.paying.terms == state.pay_terms();
    let can_confirm = state.is_free()
        && state.is_ripe
        && state.pay_terms().is_some()
        && deposit.is_none_or(|deposit| deposit.locked().is_some() && !state.wallets.is_empty());
    html! {
        <>
            <div class="limits">
                { amount_field(words::PAY_BUDGET, "pay-budget", &state.form.budget,
                    typed(|form, text| form.budget = text), Callback::noop()) }
                { amount_field(words::PAY_PRICE, "pay-price", &state.form.highest,
                    typed(|form, text| form.highest = text), Callback::noop()) }
            </div>
            <label class="check">
                <input type="checkbox" data-testid="pay-all" checked={state.form.everything} onchange={everything} />
                { " " }{ words::PAY_ALL }
            </label>
            { quote(state) }
            if let Some(deposit) = deposit { { locked(state, deposit) } }
            if needs_wallet && state.wallets.is_empty() {
                <p data-testid="pay-no-wallet">{ words::NO_WALLET }</p>
            }
            if !is_agreed {
                <div class="actions">
                    <button class="primary" data-testid="pay-confirm" onclick={confirm} disabled={!can_confirm}>
                        { if needs_wallet { words::PAY_DEPOSIT } else { words::PAY_GO } }
                    </button>
                </div>
            }
        </>
    }
}

/// What paying would change.
fn quote(state: &State) -> Html {
    let Some(Quote { without, with, at_most, peers, sellers }) = state.quote else { return Html::default() };
    let told = match (peers, with, without) {
        (0, ..) if sellers == 0 => words::QUOTE_NOBODY.to_string(),
        (0, ..) => words::quote_too_little(sellers.into()),
        (_, Some(with), Some(without)) => {
            words::quote(&words::btt(at_most), &words::time(with), &words::time(without))
        }
        (_, Some(with), None) => words::quote_at_all(&words::btt(at_most), &words::time(with)),
        (_, None, _) => words::quote_peers(peers.into(), &words::btt(at_most)),
    };
    html! { <p role="status" data-testid="pay-quote"><strong>{ told }</strong></p> }
}

/// What the wallet will be asked for, in full.
fn locked(state: &State, deposit: Deposit) -> Html {
    let Some(locked) = deposit.locked() else {
        return html! { <p class="bad" role="alert">{ words::REFUSED_NUMBERS }</p> };
    };
    let until = words::date(now() + deposit.lasts);
    let (slots, bond) = (u64::from(deposit.slots), words::btt(deposit.bond));
    html! {
        <ul class="hint" data-testid="pay-locked" data-amount={locked.units().to_string()}>
            <li>{ words::locked(&words::btt(locked), &until) }</li>
            <li>{ words::locked_slots(slots, &words::btt(deposit.slot_cap)) }</li>
            <li>{ words::locked_bond(&bond) }</li>
            <li>{ words::LOCKED_BACK }</li>
            <li>{ fee(state, gas::OPEN) }</li>
        </ul>
    }
}

/// What was spent, and the way to stop.
fn meter(state: &State, view: &PurseView, tell: &Callback<Message>) -> Html {
    let paying = &view.paying;
    let pay_state = state.pay_state();
    let (name, told) = match pay_state {
        PayState::Off => ("off", words::STATE_OFF),
        PayState::Opening => ("opening", words::STATE_OPENING),
        PayState::Open => ("open", words::STATE_OPEN),
        PayState::Spent => ("spent", words::STATE_SPENT),
        PayState::Expired => ("expired", words::STATE_EXPIRED),
    };
    let stop = tell.reform(|_: MouseEvent| Message::Pay(false));
    let budget = paying.terms.as_ref().map_or(0, |terms| terms.budget.units()).max(1);
    let share = paying.spent.units().saturating_mul(1000) / budget;
    html! {
        <div class="meter" data-testid="pay-meter" data-state={name} data-spent={paying.spent.units().to_string()}
            data-left={paying.left.units().to_string()}>
            <p class={(pay_state == PayState::Off).then_some("hint")} role="status">{ told }</p>
            if pay_state != PayState::Off {
                <progress max="1000" value={share.min(1000).to_string()} aria-label={words::METER}></progress>
                <p>{ words::spent(&words::btt(paying.left), &words::btt(paying.spent)) }</p>
                <div class="actions"><button data-testid="pay-stop" onclick={stop}>{ words::STOP }</button></div>
            }
        </div>
    }
}

fn deposit_row(state: &State, number: usize, deposit: &DepositView, tell: &Callback<Message>) -> Html {
    if let Some(sponsor) = &deposit.sponsor {
        return super::sponsored::row(deposit, &sponsor.url);
    }
    let DepositView { session, amount, slot_cap, left, expiry, state: standing, .. } = *deposit;
    let is_idle = state.can_ask();
    let extend = |extension: Extension| tell.reform(move |_: MouseEvent| Message::Extend(extension));
    let is_under_way = |extension| state.is_under_way(&Purpose::Extend(extension));
    // Several deposits have the same buttons, and who hears them hears each alone.
    let of_this = |action: &str| words::of_deposit(action, &words::btt(amount), &number.to_string());
    let longer = Extension::in_time(session);
    let more = Extension::in_slots(session);
    let more_slots = slot_cap
        .checked_mul(more.add_slots.into())
        .map(|price| words::extend_slots(more.add_slots.into(), &words::btt(price)));
    let withdraw = tell.reform(move |_: MouseEvent| Message::Withdraw(session));
    let told = match standing {
        DepositState::Opening => words::deposit_opening(&words::btt(amount)),
        DepositState::Open => {
            words::deposit_open(&words::btt(amount), &words::date(expiry), &words::btt(left))
        }
        DepositState::Ended => words::deposit_ended(&words::btt(left)),
    };
    html! {
        <div class="deposit" data-testid="deposit" data-left={left.units().to_string()}>
            <p class="hint">{ told }</p>
            if standing == DepositState::Open {
                <details>
                    <summary aria-label={of_this(words::EXTEND.text())}>{ words::EXTEND }</summary>
                    <p class="hint">{ fee(state, gas::EXTEND) }</p>
                    <div class="actions">
                        if !is_under_way(longer) {
                            <button data-testid="pay-longer" aria-label={of_this(words::EXTEND_TIME.text())}
                                disabled={!is_idle} onclick={extend(longer)}>{ words::EXTEND_TIME }</button>
                        }
                        if let Some(told) = more_slots.filter(|_| !is_under_way(more)) {
                            <button data-testid="pay-more" aria-label={of_this(&told)} disabled={!is_idle}
                                onclick={extend(more)}>{ &told }</button>
                        }
                    </div>
                </details>
            }
            if standing == DepositState::Ended && !state.is_under_way(&Purpose::Withdraw(session)) {
                <div class="actions">
                    <button data-testid="pay-withdraw" aria-label={of_this(words::WITHDRAW.text())} onclick={withdraw}
                        disabled={!is_idle}>{ words::WITHDRAW }</button>
                </div>
            }
        </div>
    }
}

/// Seconds since 1970.
fn now() -> u64 {
    (js_sys::Date::now() / 1000.0) as u64
}
