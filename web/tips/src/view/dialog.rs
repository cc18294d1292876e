//! The dialog in which a tip is made.

use btt::{Amount, CONFIRMATIONS, Chain, MAX_NOTE, Note};
use protocol::tips::TipsView;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::elsewhere::{by_phone, no_wallet};
use super::{Ui, address};
use crate::creator::Answer;
use crate::history::{Given, Outcome};
use crate::identicon::identicon;
use crate::state::{Form, HighFee, Message, PRESETS, Stage, State};
use crate::trust::{self, Payee};
use crate::words;

/// The dialog.
pub(super) fn dialog(app: &State, ui: &Ui, torrent: &TipsView) -> Html {
    let payee = app.payee();
    let on_close = ui.on(|_: Event| Message::Closed);
    let content = match &payee {
        Some(payee) => html! { <>{ whom(app, ui, torrent, payee) }{ how_much(app, ui, payee) }</> },
        None if !trust::accounts(torrent).is_empty() => {
            html! { <p class="panel" data-testid="notice">{ words::NO_NETWORK }</p> }
        }
        None => Html::default(),
    };
    let linked = if app.payees.is_empty() && trust::accounts(torrent).is_empty() {
        trust::linked(torrent)
    } else {
        None
    };
    html! {
        <dialog ref={ui.dialog.clone()} onclose={on_close} aria-labelledby="tip-title" data-testid="tip-dialog">
            <div class="modal tip">
                <form class="card-head" method="dialog">
                    <h2 id="tip-title">{ words::TITLE }</h2>
                    <button class="quiet" aria-label={words::CLOSE}>{ "\u{00d7}" }</button>
                </form>
                if let Some(linked) = &linked { { typed_payee(app, ui, linked) } }
                { content }
                if payee.is_none() && linked.is_none() && trust::accounts(torrent).is_empty() {
                    <p class="panel" data-testid="notice">{ words::NO_PAYEE }</p>
                }
                { explanations(app, ui, payee.as_ref()) }
            </div>
        </dialog>
    }
}

/// A field for an address that only the link suggests.
fn typed_payee(app: &State, ui: &Ui, linked: &str) -> Html {
    html! {
        <>
            <p class="panel" data-testid="tip-trust" data-level="0">{ words::trust(btt::Trust::Link) }</p>
            <p class="hint"><code class="address">{ linked }</code></p>
            <label class="field">
                <span>{ words::TYPE_PAYEE }</span>
                <input type="text" data-testid="tip-address-typed" autocomplete="off" spellcheck="false"
                    value={app.form.address.clone()} oninput={typed(ui, |form, text| form.address = text)} />
            </label>
        </>
    }
}

/// Who gets it, on which network, and what vouches for that.
fn whom(app: &State, ui: &Ui, torrent: &TipsView, payee: &Payee) -> Html {
    let account = &payee.account;
    let domain = trust::domain(torrent);
    let answer = app.site.as_ref().filter(|(asked, _)| asked == account).map(|(_, answer)| answer);
    let is_test = payee.network.chain.is_test();
    html! {
        <>
            if app.payees.len() > 1 {
                <fieldset class="choices-inline">
                    <legend>{ words::NETWORK }</legend>
                    { for app.payees.iter().enumerate().map(|(place, other)| {
                        let choose = ui.on(move |_: Event| Message::Choose(|form, place| form.payee = place, place));
                        html! {
                            <label>
                                <input type="radio" name="tip-payee" checked={place == app.form.payee} onchange={choose} />
                                { " " }{ &other.network.name }
                            </label>
                        }
                    }) }
                </fieldset>
            }
            <div class="payee">
                { identicon(account.address) }
                <div>
                    <span class="hint">{ words::PAYEE }</span>
                    <div data-testid="tip-payee" data-address={words::address(account)}>{ address(&words::address(account)) }</div>
                    <span data-testid="tip-network" data-test={is_test.to_string()} data-chain={account.chain.to_string()}>
                        { &payee.network.name }
                        if is_test { { " " }<span class="badge">{ words::TEST_NETWORK }</span> }
                    </span>
                    <button class="quiet" data-testid="tip-copy" onclick={ui.on(|_: MouseEvent| Message::CopyAddress)}>
                        <span aria-live="polite">
                            { match app.copied {
                                None => words::COPY_ADDRESS,
                                Some(true) => words::COPIED,
                                Some(false) => words::NOT_COPIED,
                            } }
                        </span>
                    </button>
                </div>
            </div>
            if let Some(doubt) = &payee.doubt {
                <p class="panel bad" role="alert" data-testid="tip-warning">{ words::doubt(doubt) }</p>
            }
            <ul class="trust" data-testid="tip-trust" data-level={payee.trust().level().to_string()}>
                { for payee.vouchers.iter().map(|voucher| html! { <li>{ words::trust(*voucher) }</li> }) }
            </ul>
            if let Some(domain) = &domain {
                if let Some(answer) = answer {
                    { answer_of_site(domain, answer) }
                } else {
                    <p class="hint">{ words::ask_site(domain) }</p>
                    <div class="actions">
                        <button data-testid="tip-ask-site" onclick={ui.on(|_: MouseEvent| Message::AskSite)}>
                            { words::CHECK_SITE }
                        </button>
                    </div>
                }
            }
        </>
    }
}

/// What came of asking the creator's site. That it denies the address is loud.
fn answer_of_site(domain: &str, answer: &Answer) -> Html {
    let (class, role) = match answer {
        Answer::Denies => ("panel bad", "alert"),
        Answer::Lists | Answer::Unreadable | Answer::Silent => ("hint", "status"),
    };
    html! { <p {class} {role} data-testid="tip-site">{ words::site(domain, answer) }</p> }
}

/// Amount, note, fee, wallet, and how far it is.
fn how_much(app: &State, ui: &Ui, payee: &Payee) -> Html {
    let is_free = app.stage.is_free();
    let amount = app.form.amount.trim();
    let wrong_amount = !amount.is_empty() && amount.parse::<Amount>().map_or(true, Amount::is_zero);
    let wrong_note = Note::new(&app.form.note).err();
    let unanswered =
        app.history.iter().rev().find(|tip| tip.outcome == Outcome::Asked && tip.payee == payee.account);
    let wallets = app.wallets_of(&payee.network);
    let request = app.request(payee);
    let can_confirm = is_free && app.ripe && request.is_some();
    html! {
        <>
            <div class="actions" role="group" aria-label={words::AMOUNT}>
                { for PRESETS.iter().map(|btt| {
                    let choose = ui.on(move |_: MouseEvent| {
                        Message::Type(|form, amount| form.amount = amount, btt.to_string())
                    });
                    html! {
                        <button data-testid="tip-preset" data-amount={btt.to_string()} onclick={choose}>
                            { words::btt(Amount::from_btt(*btt)) }
                        </button>
                    }
                }) }
            </div>
            <label class="field">
                <span>{ words::AMOUNT }</span>
                <input type="text" inputmode="decimal" autocomplete="off" data-testid="tip-amount" value={app.form.amount.clone()}
                    aria-invalid={wrong_amount.to_string()} oninput={typed(ui, |form, text| form.amount = text)} />
            </label>
            if wrong_amount { <p class="hint bad" role="alert">{ words::AMOUNT_WRONG }</p> }
            <label class="field">
                <span>{ words::NOTE }</span>
                <input type="text" data-testid="tip-note" maxlength={MAX_NOTE.to_string()} value={app.form.note.clone()}
                    oninput={typed(ui, |form, text| form.note = text)} />
            </label>
            if let Some(error) = wrong_note { <p class="hint bad" role="alert">{ words::wrong_note(&error) }</p> }
            if wallets.is_empty() {
                { fee(app, payee) }
                { no_wallet(app, payee) }
                { status(app, ui, payee) }
            } else {
                <fieldset class="wallets">
                    <legend>{ words::WALLET }</legend>
                    { for wallets.iter().enumerate().map(|(place, wallet)| {
                        let choose = ui.on(move |_: Event| Message::Choose(|form, place| form.wallet = place, place));
                        html! {
                            <label data-testid="tip-wallet" data-rdns={wallet.rdns.clone()}>
                                <input type="radio" name="tip-wallet" checked={place == app.form.wallet} onchange={choose} />
                                if let Some(icon) = &wallet.icon { <img src={icon.clone()} alt="" width="24" height="24" /> }
                                <bdi>{ &wallet.name }</bdi>
                            </label>
                        }
                    }) }
                </fieldset>
                if app.can_publish(payee) {
                    <label class="check choice">
                        <input type="checkbox" data-testid="tip-publish" checked={app.form.publish}
                            onchange={ui.on(|event: Event| {
                                Message::Publish(event.target_unchecked_into::<HtmlInputElement>().checked())
                            })} />
                        <span>{ words::PUBLISH }<span class="hint">{ words::PUBLISH_WHY }</span></span>
                    </label>
                }
                if let Some(tip) = unanswered.filter(|_| is_free) {
                    <p class="panel" data-testid="tip-unanswered">{ words::unanswered(tip.amount) }</p>
                }
                <div class="send">
                    { fee(app, payee) }
                    <button class="primary" data-testid="tip-confirm" disabled={!can_confirm}
                        onclick={ui.on(|_: MouseEvent| Message::Confirm(js_sys::Date::now() as u64))}>
                        { request.as_ref().map_or(words::CONFIRM.into(), |request| words::confirm(request.amount)) }
                    </button>
                    { status(app, ui, payee) }
                </div>
            }
        </>
    }
}

/// What the network takes, and that it is much if it is.
fn fee(app: &State, payee: &Payee) -> Html {
    let fee = match (payee.network.chain, app.fee(payee)) {
        (Chain::Tron(_), _) => words::FEE_BY_WALLET.into(),
        (_, None) => words::FEE_ASKED.into(),
        (_, Some(Ok(fee))) => words::btt(fee),
        (_, Some(Err(_))) => words::FEE_UNKNOWN.into(),
    };
    let remark = app.high_fee(payee).map(|high| match high {
        HighFee::AboveTip => words::FEE_ABOVE_TIP.into(),
        HighFee::AboveSmallest => words::fee_above_smallest(Amount::from_btt(PRESETS[0])),
    });
    html! {
        <div>
            <p data-testid="tip-fee"><span class="hint">{ words::FEE }</span>{ " " }{ fee }</p>
            <p class="hint" role="status" data-testid="tip-fee-high">{ remark }</p>
        </div>
    }
}

/// How far the tip is, and what to do next.
fn status(app: &State, ui: &Ui, payee: &Payee) -> Html {
    let tip_at = |at: u64| app.history.of(at);
    let (state, text, tip) = match &app.stage {
        Stage::Idle => ("idle", String::new(), None),
        Stage::Wallet(name) => ("wallet", words::asked_wallet(name), None),
        Stage::Pending { unreachable: true, at, .. } => ("pending", words::OUT_OF_TOUCH.into(), tip_at(*at)),
        Stage::Pending { at, confirmations, .. } => {
            ("pending", words::pending(*confirmations, CONFIRMATIONS), tip_at(*at))
        }
        Stage::Confirmed { at } => {
            let tip = tip_at(*at);
            ("confirmed", words::arrived(tip.map_or_else(Amount::default, |tip| tip.amount)), tip)
        }
        Stage::Failed(failure) => ("failed", words::failure(failure), None),
    };
    let transaction = tip.and_then(|tip| tip.transaction.as_deref());
    let explorer = payee.network.explorer.as_deref().zip(transaction);
    // Otherwise the button that sends is all it takes.
    let has_to_read = matches!(app.stage, Stage::Confirmed { .. } | Stage::Failed(_)) && !app.stage.is_free();
    html! {
        <div ref={ui.status.clone()} class={classes!("panel", "tip-status", (state == "failed").then_some("bad"))} role="status" hidden={state == "idle"}
            data-testid="tip-status" data-state={state} data-transaction={transaction.map(str::to_owned)}
            data-confirmations={match app.stage { Stage::Pending { confirmations, .. } => Some(confirmations.to_string()), _ => None }}>
            <p>{ text }</p>
            if let Some((explorer, transaction)) = explorer {
                <a href={format!("{}/tx/{transaction}", explorer.trim_end_matches('/'))} target="_blank"
                    rel="noopener noreferrer">{ words::EXPLORER }</a>
            }
            if has_to_read {
                <button data-testid="tip-again" onclick={ui.on(|_: MouseEvent| Message::Again)}>
                    { if state == "failed" { words::TRY_AGAIN } else { words::AGAIN } }
                </button>
            }
        </div>
    }
}

/// What newcomers ask, what the user gave, and what is for creators.
fn explanations(app: &State, ui: &Ui, payee: Option<&Payee>) -> Html {
    let has_wallet = payee.is_some_and(|payee| !app.wallets_of(&payee.network).is_empty());
    let request = payee.filter(|_| has_wallet).and_then(|payee| app.request(payee));
    let chain = payee.map(|payee| payee.account.chain);
    let can_sign = has_wallet && matches!(chain, Some(Chain::Eip155(_)));
    html! {
        <>
            if let Some(request) = request.filter(|_| matches!(chain, Some(Chain::Eip155(_)))) {
                <details>
                    <summary>{ words::PHONE }</summary>
                    { by_phone(Some(&request)) }
                </details>
            }
            if !app.history.is_empty() {
                <details data-testid="tip-history">
                    <summary>{ words::HISTORY }</summary>
                    <p class="hint">{ words::HISTORY_WHY }</p>
                    <ul class="given">{ for app.history.iter().rev().take(50).map(given) }</ul>
                    <button data-testid="tip-history-export" onclick={ui.on(|_: MouseEvent| Message::Export)}>
                        { words::EXPORT }
                    </button>
                </details>
            }
            <details data-testid="tip-help">
                <summary>{ words::EXPLAIN }</summary>
                <dl class="help">
                    { for words::QUESTIONS.iter().map(|(question, answer)| html! {
                        <><dt>{ *question }</dt><dd>{ *answer }</dd></>
                    }) }
                </dl>
            </details>
            if can_sign {
                <details>
                    <summary>{ words::ENDORSE }</summary>
                    <p class="hint">{ words::ENDORSE_WHY }</p>
                    <button data-testid="tip-endorse" onclick={ui.on(|_: MouseEvent| Message::Endorse)}>
                        { words::ENDORSE }
                    </button>
                    <p role="status" data-testid="tip-endorsed">
                        { match &app.endorsed {
                            None => String::new(),
                            Some(Ok(())) => words::ENDORSED.into(),
                            Some(Err(failure)) => words::not_signed(failure),
                        } }
                    </p>
                </details>
            }
        </>
    }
}

fn given(tip: &Given) -> Html {
    let when = language::number::date(tip.at as f64);
    html! {
        <li key={tip.at.to_string()}>
            <strong>{ words::btt(tip.amount) }</strong>{ ", " }{ when }{ ", " }{ words::outcome(tip.outcome) }
            <br />{ address(&words::address(&tip.payee)) }
            <br /><span class="hint"><bdi>{ &tip.name }</bdi></span>
        </li>
    }
}

fn typed(ui: &Ui, field: fn(&mut Form, String)) -> Callback<InputEvent> {
    ui.on(move |event: InputEvent| {
        Message::Type(field, event.target_unchecked_into::<HtmlInputElement>().value())
    })
}
