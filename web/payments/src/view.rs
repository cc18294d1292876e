//! What is drawn.

mod earning;
mod paying;
mod proofs;
mod sponsored;

use protocol::purse::{CallFault, PurseFault};
use wallet::Failure;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::state::{Message, Stage, State};
use crate::words;

/// All of it.
pub(crate) fn payments(state: &State, tell: &Callback<Message>) -> Html {
    if host::browser::is_framed() {
        return Html::default();
    }
    let Some(network) = &state.network else {
        return html! { <p class="panel" data-testid="payments-fault">{ words::FAULT_NOT_CONFIGURED }</p> };
    };
    let is_test = network.chain.is_test();
    html! {
        <section class="card payments" aria-labelledby="payments-title" data-testid="payments">
            <div>
                <h2 id="payments-title">{ words::TITLE }</h2>
                <p class="hint" data-testid="payments-network" data-test={is_test.to_string()}>
                    { &network.name }
                    if is_test { { " " }<span class="badge">{ words::TEST_NETWORK }</span> }
                </p>
                if state.is_real_money() { <p class="bad" role="alert">{ words::AUDIT_PENDING }</p> }
                { fault(state) }
                { sponsored::sponsored(state, tell) }
                if state.view.is_some() {
                    if state.needs_wallet() && state.wallets.len() > 1 { { wallets(state, tell) } }
                    { paying::paying(state, tell) }
                    { earning::earning(state, tell) }
                    { proofs::proofs(state, tell) }
                    { stage(state) }
                }
                <details data-testid="payments-help">
                    <summary>{ words::HELP }</summary>
                    <p>{ words::HELP_WHAT }</p>
                    <p>{ words::HELP_PAY }</p>
                    <p>{ words::HELP_SPONSOR }</p>
                    <p>{ words::HELP_EARN }</p>
                    <p>{ words::HELP_LOSE }</p>
                    <p>{ words::HELP_SEEN }</p>
                </details>
            </div>
        </section>
    }
}

/// What hinders all of it.
fn fault(state: &State) -> Html {
    let told = match &state.view {
        None if state.is_late => words::FAULT_LATE,
        None => words::STARTING,
        Some(view) => match view.fault {
            None => return Html::default(),
            Some(PurseFault::NotConfigured) => words::FAULT_NOT_CONFIGURED,
            Some(PurseFault::NoStorage) => words::FAULT_NO_STORAGE,
            Some(PurseFault::InOtherTab) => words::FAULT_OTHER_TAB,
            Some(PurseFault::NoNode) => words::FAULT_NO_NODE,
        },
    };
    html! { <p class="hint" role="status" data-testid="payments-fault">{ told }</p> }
}

/// Which of several wallets is asked, for whatever it is; the one that is being asked, until that is over.
fn wallets(state: &State, tell: &Callback<Message>) -> Html {
    let choose = tell.reform(|event: Event| {
        let value = event.target_unchecked_into::<HtmlInputElement>().value();
        Message::Typed(|form, text| form.wallet = text.parse().unwrap_or(0), value)
    });
    html! {
        <fieldset class="choices-inline" data-testid="pay-wallets" disabled={!state.is_free()}>
            <legend>{ words::WALLET }</legend>
            { for state.wallets.iter().enumerate().map(|(place, card)| html! {
                <label>
                    <input type="radio" name="pay-wallet" value={place.to_string()}
                        checked={place == state.form.wallet} onchange={choose.clone()} />
                    { " " }{ &card.name }
                </label>
            }) }
        </fieldset>
    }
}

/// How far a transaction is.
fn stage(state: &State) -> Html {
    let (name, told) = match &state.stage {
        Stage::Idle => return Html::default(),
        Stage::Connecting { .. } | Stage::Preparing { .. } | Stage::Asking { .. } => {
            ("wallet", words::ASKING_WALLET.to_string())
        }
        Stage::Sent { hash, .. } => ("pending", words::sent(hash)),
        Stage::Done(_) => ("confirmed", words::DONE.to_string()),
        Stage::Failed(_, failure) => ("failed", failed(failure)),
        Stage::Refused(fault) => ("failed", refused(*fault).to_string()),
    };
    let class = match name {
        "confirmed" => "panel",
        "failed" => "panel status bad",
        _ => "panel status",
    };
    html! { <p {class} role="status" data-testid="payments-status" data-state={name}>{ told }</p> }
}

fn failed(failure: &Failure) -> String {
    let (sentence, words) = match failure {
        Failure::Rejected => (words::FAILED_REJECTED, ""),
        Failure::Busy => (words::FAILED_BUSY, ""),
        Failure::NoAccount => (words::FAILED_NO_ACCOUNT, ""),
        Failure::WrongChain => (words::FAILED_WRONG_CHAIN, ""),
        Failure::Changed => (words::FAILED_CHANGED, ""),
        Failure::Insufficient { has, needs } => {
            return words::failed_insufficient(&words::btt(*has), &words::btt(*needs));
        }
        Failure::Unreachable => (words::FAILED_UNREACHABLE, ""),
        Failure::Impossible(why) | Failure::Wallet(why) => (words::FAILED_OTHER, &why[..]),
        Failure::TooMuch | Failure::Locked | Failure::Lacks | Failure::Tampered(_) => {
            (words::FAILED_OTHER, "")
        }
        Failure::Unknown(why) => (words::FAILED_UNKNOWN, &why[..]),
        Failure::NoHash | Failure::SignedOther(_) => (words::FAILED_UNKNOWN, ""),
        Failure::Reverted => (words::FAILED_REVERTED, ""),
        Failure::Replaced => (words::FAILED_REPLACED, ""),
        Failure::Dropped => (words::FAILED_LOST, ""),
    };
    if words.is_empty() { sentence.to_string() } else { words::it_says(sentence.text(), words) }
}

const fn refused(fault: CallFault) -> language::Word {
    match fault {
        CallFault::Nothing => words::REFUSED_NOTHING,
        CallFault::BadNumbers => words::REFUSED_NUMBERS,
        CallFault::NotOwner => words::REFUSED_NOT_OWNER,
        CallFault::NotStored => words::REFUSED_NOT_STORED,
        CallFault::TooMany => words::REFUSED_TOO_MANY,
    }
}

/// What money goes to the people of the torrent that is open, or comes from them, by their keys.
pub(crate) fn people(state: &State) -> Vec<(u32, String)> {
    let Some((view, torrent)) = state.view.as_ref().zip(state.torrent) else { return Vec::new() };
    let ours = view.peers.iter().filter(|money| money.torrent == torrent.info_hash);
    ours.filter_map(|money| {
        let text = if !money.paid.is_zero() {
            words::is_paid(&words::btt(money.paid))
        } else if !money.pays.is_zero() {
            words::pays_us(&words::btt(money.pays))
        } else {
            return None;
        };
        Some((money.peer, text))
    })
    .collect()
}

/// A field for an amount in BTT.
fn amount_field(
    label: language::Word,
    testid: &'static str,
    value: &str,
    oninput: Callback<InputEvent>,
    onchange: Callback<Event>,
) -> Html {
    let is_wrong = crate::state::amount(value).is_none();
    html! {
        <label class="field">
            <span>{ label }</span>
            <input type="text" inputmode="decimal" autocomplete="off" data-testid={testid} value={value.to_owned()}
                aria-invalid={is_wrong.to_string()} {oninput} {onchange} />
        </label>
    }
}

/// What a transaction of so much gas costs, in words.
fn fee(state: &State, gas: u64) -> String {
    match state.gas_price.and_then(|price| price.checked_mul(gas)) {
        Some(fee) => words::fee(&words::btt(fee)),
        None => words::FEE_UNKNOWN.to_string(),
    }
}
