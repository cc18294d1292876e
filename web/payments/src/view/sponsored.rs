//! Who pays in the user's place.

use protocol::host;
use protocol::purse::{DepositState, DepositView, SponsorFault};
use yew::prelude::*;

use crate::state::{Message, SponsorStage, State};
use crate::words;

/// What a sponsor would pay or pays, and the one button that it takes.
pub(super) fn sponsored(state: &State, tell: &Callback<Message>) -> Html {
    let Some(offer) = &state.sponsor.offer else { return Html::default() };
    let host = offer.host();
    let deposit = state.sponsored_deposit();
    let accept = tell.reform(|_: MouseEvent| Message::Accept);
    let button = |label: String| {
        html! {
            <div class="actions">
                <button class="primary" data-testid="sponsor-accept" onclick={accept.clone()}
                    disabled={!state.is_ripe}>{ label }</button>
            </div>
        }
    };
    let again = || match deposit {
        Some(_) => button(words::sponsor_go_on(host)),
        None => button(words::sponsor_accept(host)),
    };
    let (name, told, action) = match (state.sponsor.stage, deposit) {
        (SponsorStage::Wanted | SponsorStage::Asking(_), _) => {
            ("asking", words::sponsor_asking(host), Html::default())
        }
        (SponsorStage::Failed(fault), _) => ("failed", failed(fault, host), again()),
        (SponsorStage::Idle, None) => ("offered", words::sponsor_hint(host), again()),
        (SponsorStage::Idle, Some(deposit)) => {
            let is_over = deposit.state == DepositState::Ended;
            let is_paying = state.is_paid_from(deposit) || is_over;
            let action = if is_paying { Html::default() } else { again() };
            let name = match deposit.state {
                DepositState::Opening => "opening",
                DepositState::Open if is_paying => "paying",
                DepositState::Open => "stopped",
                DepositState::Ended => "ended",
            };
            (name, standing(deposit, host), action)
        }
    };
    html! {
        <div data-testid="sponsored" data-state={name}>
            <p role="status">{ told }</p>
            { action }
        </div>
    }
}

/// A deposit of a sponsor, of whatever torrent: there is nothing that the user can do with it.
pub(super) fn row(deposit: &DepositView, url: &str) -> Html {
    html! { <p class="hint" data-testid="sponsored-deposit">{ standing(deposit, host(url)) }</p> }
}

fn standing(deposit: &DepositView, host: &str) -> String {
    let DepositView { amount, left, expiry, state, .. } = deposit;
    match state {
        DepositState::Opening => words::sponsored_opening(&words::btt(*amount), host),
        DepositState::Open => {
            words::sponsored_open(&words::btt(*amount), &words::date(*expiry), host, &words::btt(*left))
        }
        DepositState::Ended => words::sponsored_ended(host),
    }
}

fn failed(fault: SponsorFault, host: &str) -> String {
    match fault {
        SponsorFault::Unreachable => words::sponsor_unreachable(host),
        SponsorFault::Unfit => words::sponsor_unfit(host),
        SponsorFault::NotStored => words::FAULT_NO_STORAGE.to_string(),
        SponsorFault::TooMany => words::REFUSED_TOO_MANY.to_string(),
        SponsorFault::Ticket => words::sponsor_ticket(host),
        SponsorFault::Other => words::sponsor_other(host),
        SponsorFault::Spent => words::sponsor_spent(host),
        SponsorFault::Refused => words::sponsor_refused(host),
    }
}
