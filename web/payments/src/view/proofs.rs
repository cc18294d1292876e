//! Bonds of those who cheated.

use btt::gas;
use protocol::purse::ProofView;
use yew::prelude::*;

use super::fee;
use crate::state::{Message, Purpose, State};
use crate::words;

/// What can be taken, if anything can.
pub(super) fn proofs(state: &State, tell: &Callback<Message>) -> Html {
    let proofs = state.view.as_ref().map(|view| &view.proofs[..]).unwrap_or_default();
    if proofs.is_empty() {
        return Html::default();
    }
    html! {
        <fieldset>
            <legend>{ words::PROOFS_TITLE }</legend>
            <p class="hint">{ words::PROOFS_HINT }</p>
            { for (1..).zip(proofs).map(|(number, proof)| row(state, number, *proof, tell)) }
            if state.wallets.is_empty() { <p class="hint">{ words::NO_WALLET }</p> }
        </fieldset>
    }
}

fn row(
    state: &State,
    number: usize,
    ProofView { session, reward }: ProofView,
    tell: &Callback<Message>,
) -> Html {
    let slash = tell.reform(move |_: MouseEvent| Message::Slash(session));
    let of_this = words::of_proof(words::PROOF_SLASH.text(), &words::btt(reward), &number.to_string());
    html! {
        <div data-testid="proof" data-reward={reward.units().to_string()}>
            <p>{ words::proof_reward(&words::btt(reward)) }</p>
            <p class="hint">{ fee(state, gas::SLASH) }</p>
            if !state.is_under_way(&Purpose::Slash(session)) {
                <div class="actions">
                    <button data-testid="proof-slash" aria-label={of_this} onclick={slash}
                        disabled={!state.can_ask()}>{ words::PROOF_SLASH }</button>
                </div>
            }
        </div>
    }
}
