mod unseen;

use std::slice;

use btt::{Address, Transaction};
use protocol::Sponsorship;
use protocol::purse::{
    CallWish, DepositState, DepositView, Earning, Paying, ProofView, PurseFault, PurseNews, SponsorFault,
};
use wallet::{Failure, Sent};

use super::*;
use crate::deposit::Extension;

const PAYEE: &str = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

/// Counting goes on beyond the last number.
const FIRST_ID: u32 = u32::MAX;

fn card() -> Card {
    Card { name: "Test".to_owned(), icon: None, rdns: String::new(), family: Family::Evm }
}

fn torrent() -> Torrent {
    Torrent { info_hash: InfoHash::from_bytes([7; 20]), is_complete: false }
}

fn owner() -> Address {
    PAYEE.parse().unwrap()
}

fn networks() -> Networks {
    let network =
        format!(r#"{{"chain":"eip155:1029","name":"Test","rpc":"http://127.0.0.1:1","pay":"{PAYEE}"}}"#);
    Networks::of_json(&format!(r#"{{"networks":[{network}]}}"#)).unwrap()
}

/// A page with a torrent and a wallet that hears of nothing yet from the purse but that it is there.
fn opened() -> State {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    state.handle(Message::Found(card()));
    state.handle(Message::Torrent(torrent()));
    state.handle(Message::Ripe);
    hear(&mut state, PurseView { chain: 1029, ..PurseView::default() });
    state
}

fn hear(state: &mut State, view: PurseView) -> Vec<Effect> {
    state.handle(Message::Purse(PurseNews::State(Box::new(view))))
}

fn type_in(state: &mut State, set: fn(&mut Form, String), text: &str) -> Vec<Effect> {
    state.handle(Message::Typed(set, text.to_owned()))
}

fn deposit() -> DepositView {
    DepositView {
        session: [1; 32],
        owner: owner(),
        amount: Amount::from_btt(2_250),
        slot_cap: Amount::from_btt(250),
        left: Amount::from_btt(2_000),
        expiry: 1,
        state: DepositState::Open,
        sponsor: None,
    }
}

fn call() -> Transaction {
    Transaction { to: owner(), data: vec![1], value: Amount::from_btt(1) }
}

fn on_its_way() -> Sent {
    Sent { hash: "0x1".to_owned(), from: owner(), number: 3, block: 40 }
}

/// Everything up to where the wallet asks the user; the number of the question.
fn asked(state: &mut State) -> u32 {
    state.handle(Message::Pay(true));
    assert_eq!(state.handle(Message::Confirm), [Effect::Connect { wallet: 0 }]);
    let effects = state.handle(Message::Connected(Ok(owner())));
    let [Effect::Remember(true), Effect::Tell(PurseCommand::Call { id, wish }), Effect::Await(_)] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(matches!(wish, CallWish::Open { owner: of, .. } if *of == owner()), "{wish:?}");
    let id = *id;
    let effects = state.handle(Message::Purse(PurseNews::Call { id, call: Ok(call()) }));
    assert_eq!(effects, [Effect::Send { wallet: 0, from: owner(), call: call() }]);
    id
}

#[test]
fn earning_takes_an_address_and_a_price_and_no_wallet() {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    hear(&mut state, PurseView::default());
    assert_eq!(state.handle(Message::Earn(true)), [], "without an address");
    // One capital is another: a typo.
    type_in(&mut state, |form, text| form.payee = text, &PAYEE.replacen('C', "c", 1));
    assert_eq!(state.earn_terms(), None);
    type_in(&mut state, |form, text| form.payee = text, &format!(" {PAYEE} "));
    type_in(&mut state, |form, text| form.floor = text, "0");
    assert_eq!(state.earn_terms(), None, "for nothing");
    type_in(&mut state, |form, text| form.floor = text, "12.5");
    let terms = EarnTerms { payee: owner(), floor: "12.5".parse().unwrap() };
    assert_eq!(
        state.handle(Message::Earn(true)),
        [Effect::RememberPayee(PAYEE.to_owned()), Effect::Tell(PurseCommand::Earn(Some(terms)))]
    );
    assert_eq!(state.handle(Message::EarnEdited), [], "not before the purse says that it earns");
    hear(
        &mut state,
        PurseView { earning: Earning { terms: Some(terms), ..Earning::default() }, ..PurseView::default() },
    );
    assert_eq!(state.handle(Message::EarnEdited).len(), 2);
    assert_eq!(state.handle(Message::Earn(false)), [Effect::Tell(PurseCommand::Earn(None))]);
}

/// Payments, row 39.
#[test]
fn no_wallet_is_asked_before_a_click_nor_by_one_that_came_too_soon() {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    let wants = |effects: &[Effect]| {
        effects.iter().any(|effect| matches!(effect, Effect::Connect { .. } | Effect::Send { .. }))
    };
    let mut effects = state.handle(Message::Found(card()));
    effects.extend(state.handle(Message::Torrent(torrent())));
    effects.extend(hear(&mut state, PurseView::default()));
    effects.extend(state.handle(Message::Pay(true)));
    effects.extend(state.handle(Message::Confirm));
    effects.extend(state.handle(Message::Redeem));
    assert!(!wants(&effects), "{effects:?}");
    assert!(!state.can_ask(), "buttons that do nothing can be pressed");
    state.handle(Message::Ripe);
    assert!(state.can_ask());
    assert!(wants(&state.handle(Message::Confirm)));
}

#[test]
fn a_deposit_is_asked_for_once_and_paying_begins_when_it_is_sent() {
    let mut state = opened();
    asked(&mut state);
    assert_eq!(state.handle(Message::Confirm), [], "a second click");
    let effects = state.handle(Message::Sent(Ok(on_its_way())));
    let [Effect::Tell(PurseCommand::Pay(terms)), Effect::Watch { sent, call: watched }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((sent, watched), (&on_its_way(), &call()));
    assert_eq!((terms.budget, terms.only), (Amount::from_btt(1_000), Some(torrent().info_hash)));
    assert_eq!(state.pay_state(), PayState::Opening);
    state.handle(Message::Ended(Ok(())));
    assert!(state.is_free());
}

/// Payments, row 35.
#[test]
fn a_wallet_that_refuses_is_told_and_the_deposit_forgotten() {
    let mut state = opened();
    let id = asked(&mut state);
    let effects = state.handle(Message::Sent(Err(Failure::Rejected)));
    assert_eq!(effects, [Effect::Tell(PurseCommand::Dropped { id })]);
    assert!(state.is_free());
    assert!(matches!(state.stage, Stage::Failed(Purpose::Open(..), Failure::Rejected)));
}

#[test]
fn what_may_have_been_sent_is_neither_forgotten_nor_sent_again() {
    for failure in [Failure::Unknown(String::new()), Failure::NoHash] {
        let mut state = opened();
        asked(&mut state);
        assert_eq!(state.handle(Message::Sent(Err(failure))), []);
        assert_eq!(state.handle(Message::Confirm), []);
    }
}

/// Payments, row 36.
#[test]
fn a_deposit_that_the_chain_refuses_or_something_else_replaces_is_told_and_nothing_is_paid() {
    for failure in [Failure::Reverted, Failure::Replaced] {
        let mut state = opened();
        let id = asked(&mut state);
        state.handle(Message::Sent(Ok(on_its_way())));
        let effects = state.handle(Message::Ended(Err(failure)));
        assert_eq!(effects, [Effect::Tell(PurseCommand::Dropped { id }), Effect::Tell(PurseCommand::Stop)]);
        assert!(state.is_free());
    }
}

/// Payments, row 32.
#[test]
fn a_deposit_that_the_user_speeds_up_is_followed_and_one_that_the_chain_forgot_may_come_up_again() {
    let mut state = opened();
    asked(&mut state);
    state.handle(Message::Sent(Ok(on_its_way())));
    state.handle(Message::Renamed("0x2".to_owned()));
    assert!(matches!(&state.stage, Stage::Sent { hash, .. } if hash == "0x2"), "{:?}", state.stage);
    assert_eq!(state.handle(Message::Ended(Err(Failure::Dropped))), []);
    assert_eq!(state.handle(Message::Confirm), [], "a second deposit");
}

#[test]
fn a_purse_that_makes_nothing_ready_locks_nobody_out() {
    let mut state = opened();
    state.handle(Message::Pay(true));
    state.handle(Message::Confirm);
    let effects = state.handle(Message::Connected(Ok(owner())));
    let Some(Effect::Await(id)) = effects.last() else { panic!("{effects:?}") };
    let (early, late) = (Message::Unprepared(id - 1), Message::Unprepared(*id));
    assert_eq!(state.handle(early), []);
    assert_eq!(state.handle(late), [Effect::Tell(PurseCommand::Dropped { id: *id })]);
    assert!(state.is_free());
    // Should it come after all, no wallet is asked.
    let answer = PurseNews::Call { id: *id, call: Ok(call()) };
    assert_eq!(state.handle(Message::Purse(answer)), []);
}

#[test]
fn no_wallet_is_asked_to_call_anything_but_the_contract_of_the_site() {
    let mut state = opened();
    state.handle(Message::Redeem);
    state.handle(Message::Connected(Ok(owner())));
    let Stage::Preparing { id, .. } = state.stage else { panic!("{:?}", state.stage) };
    let call = Ok(Transaction { to: Address::from_bytes([9; 20]), ..call() });
    let effects = state.handle(Message::Purse(PurseNews::Call { id, call }));
    assert_eq!(effects, [Effect::Tell(PurseCommand::Dropped { id })]);
    assert!(matches!(state.stage, Stage::Failed(Purpose::Redeem, Failure::Changed)));
}

#[test]
fn who_has_a_deposit_already_pays_without_a_wallet() {
    let mut state = opened();
    let deposit = deposit();
    let paying = Paying { deposited: Amount::from_btt(1_000), ..Paying::default() };
    let effects = hear(&mut state, PurseView { deposits: vec![deposit], paying, ..PurseView::default() });
    assert_eq!(effects, [Effect::Remember(true)]);
    state.handle(Message::Pay(true));
    let effects = state.handle(Message::Confirm);
    assert!(matches!(&effects[..], [Effect::Tell(PurseCommand::Pay(_))]), "{effects:?}");
    type_in(&mut state, |form, text| form.budget = text, "1000.1");
    assert_eq!(state.handle(Message::Confirm), [Effect::Connect { wallet: 0 }]);
}

#[test]
fn without_a_torrent_nothing_is_paid_but_what_was_asked_for() {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    assert_eq!(state.pay_terms(), None);
    state.handle(Message::Everything(true));
    assert_eq!(state.pay_terms().unwrap().only, None);
}

#[test]
fn a_quote_is_asked_for_what_stands_in_the_fields_and_older_ones_count_no_more() {
    let mut state = opened();
    let id_of = |effects: &[Effect]| match effects {
        [Effect::Tell(PurseCommand::Quote { id, .. })] => *id,
        _ => panic!("{effects:?}"),
    };
    let first = id_of(&state.handle(Message::Pay(true)));
    let second = id_of(&type_in(&mut state, |form, text| form.budget = text, "5"));
    let quote =
        |peers| Quote { without: None, with: None, at_most: Amount::default(), peers, sellers: peers };
    state.handle(Message::Purse(PurseNews::Quote { id: second, quote: quote(2) }));
    state.handle(Message::Purse(PurseNews::Quote { id: first, quote: quote(1) }));
    assert_eq!(state.quote, Some(quote(2)));
    assert_eq!(type_in(&mut state, |form, text| form.budget = text, "x"), [], "that is no amount");
}

#[test]
fn what_was_typed_stays_when_the_purse_answers() {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    type_in(&mut state, |form, text| form.budget = text, "77");
    let terms =
        PayTerms { budget: Amount::from_btt(5), highest: Amount::from_btt(6), only: None, from: None };
    let view =
        PurseView { paying: Paying { terms: Some(terms), ..Paying::default() }, ..PurseView::default() };
    hear(&mut state, view.clone());
    assert_eq!(state.form.budget, "77");
    let mut untouched = State::new(networks(), String::new(), FIRST_ID);
    hear(&mut untouched, view);
    assert_eq!((untouched.form.budget.as_str(), untouched.form.everything), ("5", true));
}

#[test]
fn a_purse_that_cannot_read_what_is_stored_says_nothing_of_it() {
    for fault in [PurseFault::NotConfigured, PurseFault::NoStorage, PurseFault::InOtherTab] {
        let mut state = State::new(networks(), String::new(), FIRST_ID);
        let faulty = PurseView { fault: Some(fault), ..PurseView::default() };
        assert_eq!(hear(&mut state, faulty), [], "{fault:?}: nothing is remembered nor forgotten");
        let terms =
            PayTerms { budget: Amount::from_btt(5), highest: Amount::from_btt(6), only: None, from: None };
        let paying = Paying { terms: Some(terms), ..Paying::default() };
        let known = PurseView { fault: Some(PurseFault::NoNode), paying, ..PurseView::default() };
        assert_eq!(hear(&mut state, known), [Effect::Remember(true)], "{fault:?}");
        assert_eq!((state.form.pays, state.form.budget.as_str()), (true, "5"), "{fault:?}");
    }
}

#[test]
fn a_bond_is_taken_by_a_transaction_of_any_wallet() {
    let mut state = opened();
    let proof = ProofView { session: [7; 32], reward: Amount::from_btt(2) };
    let effects = hear(&mut state, PurseView { proofs: vec![proof], ..PurseView::default() });
    assert_eq!(effects, [Effect::Remember(true)], "it can be taken the next time, too");
    assert_eq!(state.handle(Message::Slash([7; 32])), [Effect::Connect { wallet: 0 }]);
    let effects = state.handle(Message::Connected(Ok(owner())));
    let [_, Effect::Tell(PurseCommand::Call { id, wish }), _] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!(*wish, CallWish::Slash { session: [7; 32] });
    let answer = PurseNews::Call { id: *id, call: Ok(call()) };
    let asks = Effect::Send { wallet: 0, from: owner(), call: call() };
    assert_eq!(state.handle(Message::Purse(answer)), [asks]);
    let watches = Effect::Watch { sent: on_its_way(), call: call() };
    assert_eq!(state.handle(Message::Sent(Ok(on_its_way()))), [watches], "it pays for nothing");
    let done = Effect::Tell(PurseCommand::Done { session: Some([7; 32]) });
    assert_eq!(state.handle(Message::Ended(Ok(()))), [done]);
}

#[test]
fn a_transaction_goes_to_the_wallet_that_was_chosen_when_it_began() {
    let mut state = opened();
    state.handle(Message::Found(card()));
    type_in(&mut state, |form, text| form.wallet = text.parse().unwrap(), "1");
    assert_eq!(state.handle(Message::Redeem), [Effect::Connect { wallet: 1 }]);
    let effects = state.handle(Message::Connected(Ok(owner())));
    let Some(Effect::Await(id)) = effects.last() else { panic!("{effects:?}") };
    type_in(&mut state, |form, text| form.wallet = text.parse().unwrap(), "0");
    let effects = state.handle(Message::Purse(PurseNews::Call { id: *id, call: Ok(call()) }));
    assert_eq!(effects, [Effect::Send { wallet: 1, from: owner(), call: call() }]);
}

/// Payments, row 34.
#[test]
fn a_wallet_is_chosen_wherever_one_may_be_asked() {
    let mut state = opened();
    assert!(!state.needs_wallet());
    let view = PurseView::default;
    let proofs = vec![ProofView { session: [7; 32], reward: Amount::from_btt(2) }];
    let earning = Earning { unredeemed: Amount::from_btt(1), ..Earning::default() };
    for view in [
        PurseView { deposits: vec![deposit()], ..view() },
        PurseView { proofs, ..view() },
        PurseView { earning, ..view() },
    ] {
        hear(&mut state, view);
        assert!(state.needs_wallet());
    }
    hear(&mut state, view());
    assert!(!state.needs_wallet());
    state.handle(Message::Pay(true));
    assert!(state.needs_wallet(), "for a deposit");
}

#[test]
fn a_deposit_is_extended_by_a_transaction_of_its_owner() {
    for extension in [Extension::in_time([7; 32]), Extension::in_slots([7; 32])] {
        let mut state = opened();
        assert_eq!(state.handle(Message::Extend(extension)), [Effect::Connect { wallet: 0 }]);
        let effects = state.handle(Message::Connected(Ok(owner())));
        let [_, Effect::Tell(PurseCommand::Call { id, wish }), _] = &effects[..] else {
            panic!("{effects:?}")
        };
        let Extension { session, longer, add_slots } = extension;
        assert!((longer > 0) != (add_slots > 0));
        assert_eq!(*wish, CallWish::Extend { session, owner: owner(), longer, add_slots });
        // The wallet is on another account.
        let answer = PurseNews::Call { id: *id, call: Err(CallFault::NotOwner) };
        assert_eq!(state.handle(Message::Purse(answer)), []);
        assert!(matches!(state.stage, Stage::Refused(CallFault::NotOwner)) && state.is_free());
    }
}

#[test]
fn the_page_starts_the_purse_again_while_there_is_something_to_pay_or_to_get_back() {
    let mut state = opened();
    assert_eq!(state.remembered, Some(false));
    let view = PurseView {
        earning: Earning { unredeemed: Amount::from_btt(1), ..Earning::default() },
        ..PurseView::default()
    };
    assert_eq!(hear(&mut state, view.clone()), slice::from_ref(&Effect::Remember(true)));
    assert_eq!(hear(&mut state, view), [], "it is remembered already");
}

fn sponsorship(url: &str) -> Option<Sponsorship> {
    Sponsorship::new(url, "1.a.b.2.c")
}

/// What the purse is to ask a sponsor, and the number of the question.
fn asks_sponsor(effects: &[Effect]) -> u32 {
    let [Effect::Remember(true), Effect::Tell(PurseCommand::Sponsor { id, torrent: of, url, ticket })] =
        effects
    else {
        panic!("{effects:?}")
    };
    assert_eq!((*of, &url[..], &ticket[..]), (torrent().info_hash, "https://pay.example", "1.a.b.2.c"));
    *id
}

#[test]
fn row_54_a_sponsor_is_asked_in_a_click_and_no_wallet_is() {
    let mut state = opened();
    let offer = sponsorship("https://pay.example");
    assert_eq!(state.handle(Message::Offered(offer, false)), [], "nobody is asked before");
    let id = asks_sponsor(&state.handle(Message::Accept));
    assert_eq!(state.handle(Message::Accept), [], "nor twice");
    let refused = PurseNews::Sponsored { id, agreed: Err(SponsorFault::Spent) };
    assert_eq!(state.handle(Message::Purse(refused)), []);
    assert_eq!(state.sponsor.stage, SponsorStage::Failed(SponsorFault::Spent));
    let id = asks_sponsor(&state.handle(Message::Accept));
    // What was asked before is no answer to that.
    state.handle(Message::Purse(PurseNews::Sponsored { id: id.wrapping_sub(1), agreed: Ok(()) }));
    assert_eq!(state.sponsor.stage, SponsorStage::Asking(id));
    state.handle(Message::Purse(PurseNews::Sponsored { id, agreed: Ok(()) }));
    assert_eq!(state.sponsor.stage, SponsorStage::Idle);
}

#[test]
fn row_54_a_click_on_the_page_counts_once_and_when_the_purse_is_there() {
    let mut state = State::new(networks(), String::new(), FIRST_ID);
    state.handle(Message::Torrent(torrent()));
    let offer = sponsorship("https://pay.example");
    assert_eq!(state.handle(Message::Offered(offer.clone(), true)), []);
    let effects = hear(&mut state, PurseView { chain: 1029, ..PurseView::default() });
    let [Effect::Remember(false), asked @ ..] = &effects[..] else { panic!("{effects:?}") };
    let id = asks_sponsor(asked);
    state.handle(Message::Purse(PurseNews::Sponsored { id, agreed: Err(SponsorFault::Other) }));
    assert_eq!(state.handle(Message::Offered(offer.clone(), true)), [], "it is the same click");
    assert_eq!(state.handle(Message::Offered(None, false)), []);
    assert_eq!(state.handle(Message::Offered(offer, true)), [], "nor is coming back one");
    assert_eq!(state.handle(Message::Offered(None, false)), []);
    assert_eq!(state.handle(Message::Accept), [], "there is no offer");
}

#[test]
fn row_52_what_a_sponsor_deposited_covers_no_budget_of_the_users_own() {
    let mut state = opened();
    let sponsor = protocol::purse::Sponsor {
        url: "https://pay.example".to_owned(),
        torrent: torrent().info_hash,
        highest: Amount::from_btt(1),
    };
    let deposit = DepositView {
        session: [1; 32],
        owner: owner(),
        amount: Amount::from_btt(100_000),
        slot_cap: Amount::from_btt(12_500),
        left: Amount::from_btt(100_000),
        expiry: 1,
        state: DepositState::Open,
        sponsor: Some(sponsor),
    };
    let (budget, highest) = (Amount::from_btt(5), Amount::from_btt(6));
    let terms = PayTerms { budget, highest, only: Some(torrent().info_hash), from: Some([1; 32]) };
    let paying = Paying { terms: Some(terms), ..Paying::default() };
    state.handle(Message::Offered(sponsorship("https://pay.example"), false));
    hear(&mut state, PurseView { deposits: vec![deposit], paying, ..PurseView::default() });
    assert!(!state.form.pays, "a sponsor's terms are not the user's");
    let deposit = state.sponsored_deposit().unwrap();
    assert!(state.is_paid_from(deposit));
    assert!(state.deposit().is_some(), "a wallet would be asked");
    state.handle(Message::Offered(sponsorship("https://other.example"), false));
    assert_eq!(state.sponsored_deposit(), None);
}
