//! Journeys of a tip, told as what happens and what is done about it. Issue 12, 5.

use btt::{Address, CONFIRMATIONS, Tip};

use super::*;

const CREATOR: &str = "eip155:1029:0x1234000000000000000000000000000000005678";
const ON_TRON: &str = "tron:0xcd8690dc:TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";
const VIEWER: Address = Address::from_bytes([7; 20]);
const TORRENT: InfoHash = InfoHash::from_bytes([0xdd; 20]);
const RPC: &str = "https://node.example/";
const NOW: u64 = 1_763_900_000_000;

fn networks() -> Networks {
    let network = |chain: &str, rpc: Option<&str>| Network {
        chain: chain.parse().unwrap(),
        name: chain.to_owned(),
        rpc: rpc.map(str::to_owned),
        explorer: None,
        token: None,
        second_rpc: None,
        pay: None,
    };
    let networks = vec![network("eip155:1029", Some(RPC)), network("tron:0xcd8690dc", None)];
    Networks { networks, ..Networks::default() }
}

fn torrent(options: &[(&str, &str)]) -> TipsNews {
    TipsNews::Torrent(TipsView {
        info_hash: TORRENT,
        name: "holiday.mp4".to_owned(),
        magnet: format!("magnet:?xt=urn:btih:{TORRENT}&x.btt={CREATOR}"),
        payment_options: options.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        endorsements: Vec::new(),
    })
}

fn wallet(name: &str, family: Family) -> Message {
    Message::Found(Card { name: name.to_owned(), icon: None, rdns: String::new(), family })
}

/// Nothing but a torrent that names an account on a chain like Ethereum.
fn fresh() -> State {
    let mut state = State::new(networks(), History::default());
    assert_eq!(state.handle(Message::News(torrent(&[("btt", CREATOR)]))), []);
    state
}

/// With the dialog open for long enough, a wallet, and an amount.
fn ready() -> State {
    let mut state = fresh();
    state.handle(Message::Open);
    state.handle(wallet("Fox", Family::Evm));
    state.handle(Message::Type(|form, text| form.amount = text, "5".to_owned()));
    state.handle(Message::Ripe);
    state
}

/// Confirmed by a click, which asks the wallet; it is about to move money.
fn asked() -> State {
    let mut state = ready();
    let effects = state.handle(Message::Confirm(NOW));
    let [Effect::Pay { wallet: WalletKey(0), request, given, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((request.amount, given.at, given.outcome), (Amount::from_btt(5), NOW, Outcome::Asked));
    assert_eq!(state.stage, Stage::Wallet("Fox".to_owned()));
    state.handle(Message::Asked(Given { from: Some(VIEWER), ..(**given).clone() }));
    state
}

fn on_its_way() -> Sent {
    Sent { hash: hash(1), from: VIEWER, number: 3, block: 40 }
}

/// Taken by the chain.
fn sent() -> State {
    let mut state = asked();
    let effects = state.handle(Message::Sent(NOW, Ok(on_its_way())));
    let [Effect::Remember(NOW, Change::Sent(_)), Effect::WatchByNode { at: NOW, rpc, sent, .. }] =
        &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!((rpc.as_str(), sent), (RPC, &on_its_way()));
    state
}

fn hash(byte: u8) -> String {
    btt::hex::prefixed(&[byte; 32])
}

fn claim(byte: u8) -> TipClaim {
    TipClaim { chain: 1029, transaction: [byte; 32] }
}

fn outcome(state: &State) -> Option<Outcome> {
    state.history.of(NOW).map(|tip| tip.outcome)
}

#[test]
fn the_first_opening_looks_for_wallets_and_each_asks_for_the_price() {
    let mut state = fresh();
    let price = Effect::AskPrice(CREATOR.parse().unwrap(), RPC.to_owned());
    let opening = [Effect::Recall, Effect::Ripen, Effect::Discover, price.clone()];
    assert_eq!(state.handle(Message::Open), opening);
    assert_eq!(state.handle(Message::Open), [], "it is open");
    state.handle(Message::Closed);
    assert_eq!(state.handle(Message::News(TipsNews::Open)), [Effect::Recall, Effect::Ripen, price]);
    state.handle(Message::Price(CREATOR.parse().unwrap(), Ok(Amount::from_units(9))));
    state.handle(Message::Closed);
    assert_eq!(state.handle(Message::Open), [Effect::Recall, Effect::Ripen], "the price is known");
}

#[test]
fn a_tip_that_the_chain_confirms_is_remembered_and_told_to_peers_once_it_was_looked_at() {
    let mut state = sent();
    assert_eq!(state.handle(Message::Progress(NOW, Progress::Unreachable)), []);
    assert_eq!(state.stage, Stage::Pending { at: NOW, confirmations: 0, unreachable: true });
    state.handle(Message::Progress(NOW, Progress::Confirmations(CONFIRMATIONS - 1)));
    let waits = Stage::Pending { at: NOW, confirmations: CONFIRMATIONS - 1, unreachable: false };
    assert_eq!(state.stage, waits);
    let look =
        Effect::Look { claims: vec![claim(1)], accounts: vec![CREATOR.parse().unwrap()], info_hash: TORRENT };
    let remember = Effect::Remember(NOW, Change::Confirmed(Some(hash(1))));
    assert_eq!(state.handle(Message::Ended(NOW, Ok(Some(hash(1))))), [remember, look]);
    assert_eq!(
        (state.stage.clone(), outcome(&state)),
        (Stage::Confirmed { at: NOW }, Some(Outcome::Confirmed))
    );
    assert_eq!(state.payee().unwrap().trust(), Trust::Pinned, "the user knows the address now");
    let tip = Tip {
        chain: "eip155:1029".parse().unwrap(),
        transaction: [1; 32],
        from: VIEWER,
        amount: Amount::from_btt(5),
        note: Note::default(),
        block: 41,
    };
    let told = TipsCommand::Checked { info_hash: TORRENT, genuine: vec![claim(1)], refused: vec![] };
    assert_eq!(state.handle(Message::Looked(claim(1), Finding::Genuine(tip))), [Effect::Tell(told)]);
    assert_eq!(state.supporters.tips.len(), 1);
    state.handle(Message::Again);
    assert_eq!(state.stage, Stage::Idle);
}

#[test]
fn a_tip_that_the_user_keeps_to_themselves_is_claimed_to_nobody() {
    let mut state = sent();
    state.handle(Message::Publish(false));
    let effects = state.handle(Message::Ended(NOW, Ok(Some(hash(1)))));
    assert_eq!(effects, [Effect::Remember(NOW, Change::Confirmed(Some(hash(1))))]);
}

#[test]
fn a_refusal_is_told_and_remembered_as_no_tip() {
    for failure in [
        Failure::Rejected,
        Failure::Busy,
        Failure::NoAccount,
        // The user turned to another account or chain while the wallet asked.
        Failure::Changed,
        Failure::WrongChain,
        Failure::Insufficient { has: Amount::from_btt(1), needs: Amount::from_btt(5) },
    ] {
        let mut state = asked();
        let effects = state.handle(Message::Sent(NOW, Err(failure.clone())));
        assert_eq!(effects, [Effect::Remember(NOW, Change::Failed)], "{failure:?}");
        assert_eq!((outcome(&state), &state.stage), (Some(Outcome::Failed), &Stage::Failed(failure)));
        // Issue 13, B: another amount could be typed, and not sent.
        state.handle(Message::Type(|form, text| form.amount = text, "3".to_owned()));
        let effects = state.handle(Message::Confirm(NOW + 1));
        let [Effect::Pay { request, .. }] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(request.amount, Amount::from_btt(3));
    }
}

#[test]
fn a_fee_that_is_more_than_the_tip_or_the_smallest_amount_on_offer_is_remarked_on() {
    // Issue 13, B: a fee of twice the smallest amount was told like any other.
    let mut state = ready();
    let payee = state.payee().unwrap();
    let mut remark = |gas_price: u128, amount: &str| {
        state.handle(Message::Price(payee.account, Ok(Amount::from_units(gas_price))));
        state.handle(Message::Type(|form, text| form.amount = text, amount.to_owned()));
        state.high_fee(&payee)
    };
    // A transfer with the data of a tip takes a little more than 21,000 units of gas.
    const SMALLEST: u128 = 100 * 10_u128.pow(18) / 21_000;
    for (gas_price, amount, expected) in [
        (9, "5", None),
        (9, "", None),
        (SMALLEST, "", Some(HighFee::AboveSmallest)),
        (SMALLEST, "1000", Some(HighFee::AboveSmallest)),
        (SMALLEST, "100", Some(HighFee::AboveTip)),
        (SMALLEST / 2, "", None),
        (SMALLEST / 2, "5", Some(HighFee::AboveTip)),
    ] {
        assert_eq!(remark(gas_price, amount), expected, "{gas_price} a unit for {amount:?}");
    }
}

#[test]
fn what_may_have_been_sent_stays_open_and_is_not_sent_again_by_a_click() {
    let mut state = asked();
    let failure = Failure::Unknown("timeout".to_owned());
    assert_eq!(state.handle(Message::Sent(NOW, Err(failure.clone()))), []);
    assert_eq!((outcome(&state), &state.stage), (Some(Outcome::Asked), &Stage::Failed(failure)));
    assert_eq!(state.handle(Message::Confirm(NOW + 1)), [], "not before the user says so");
}

#[test]
fn a_transaction_that_fails_is_told_and_one_that_is_replaced_is_followed() {
    for failure in [Failure::Reverted, Failure::Replaced, Failure::Dropped] {
        let mut state = sent();
        let effects = state.handle(Message::Ended(NOW, Err(failure.clone())));
        assert_eq!(effects, [Effect::Remember(NOW, Change::Failed)]);
        assert_eq!(state.stage, Stage::Failed(failure.clone()));
        // What is forgotten may come up again.
        let sends = !state.handle(Message::Confirm(NOW + 1)).is_empty();
        assert_eq!(sends, failure != Failure::Dropped, "{failure:?}");
        assert_eq!(outcome(&state), Some(Outcome::Failed));
    }
    let mut state = sent();
    state.handle(Message::Progress(NOW, Progress::Confirmations(4)));
    let effects = state.handle(Message::Progress(NOW, Progress::Renamed(hash(2))));
    assert_eq!(effects, [Effect::Remember(NOW, Change::Renamed(hash(2)))]);
    assert_eq!(state.history.of(NOW).unwrap().transaction, Some(hash(2)));
    assert_eq!(state.stage, Stage::Pending { at: NOW, confirmations: 0, unreachable: false });
}

#[test]
fn a_click_pays_only_once_and_only_what_the_form_rightly_says() {
    let mut state = asked();
    assert_eq!(state.handle(Message::Confirm(NOW + 1)), [], "the wallet asks already");
    for amount in ["", "0", "five", "1e3"] {
        let mut state = ready();
        state.handle(Message::Type(|form, text| form.amount = text, amount.to_owned()));
        assert_eq!(state.handle(Message::Confirm(NOW)), [], "{amount:?}");
    }
    let mut state = ready();
    state.handle(Message::Closed);
    state.handle(Message::Open);
    assert_eq!(state.handle(Message::Confirm(NOW)), [], "the dialog came under the pointer just now");
    let mut state = ready();
    state.handle(Message::Choose(|form, place| form.wallet = place, 1));
    assert_eq!(state.handle(Message::Confirm(NOW)), [], "there is no second wallet");
}

#[test]
fn a_wallet_pays_on_chains_of_its_own_kind_alone() {
    let mut state = State::new(networks(), History::default());
    state.handle(Message::News(torrent(&[("btt", CREATOR), ("btt-tron", ON_TRON)])));
    state.handle(Message::Open);
    state.handle(wallet("Fox", Family::Evm));
    state.handle(Message::Ripe);
    state.handle(Message::Type(|form, text| form.amount = text, "5".to_owned()));
    let tron = state.payees.iter().position(|payee| matches!(payee.account.chain, Chain::Tron(_)));
    let tron = tron.expect("the site has a network for it");
    state.handle(Message::Choose(|form, place| form.payee = place, tron));
    assert_eq!(state.handle(Message::Confirm(NOW)), []);
    state.handle(wallet("Link", Family::Tron));
    let effects = state.handle(Message::Confirm(NOW));
    assert!(matches!(effects[..], [Effect::Pay { wallet: WalletKey(1), .. }]), "{effects:?}");
}

#[test]
fn a_tip_of_an_earlier_visit_is_watched_once() {
    let mut before = sent();
    let history = mem::take(&mut before.history);
    let mut state = State::new(networks(), history);
    let effects = state.handle(Message::News(torrent(&[("btt", CREATOR)])));
    assert!(matches!(effects[..], [Effect::WatchByNode { at: NOW, .. }]), "{effects:?}");
    assert_eq!(state.stage, Stage::Pending { at: NOW, confirmations: 0, unreachable: false });
    assert_eq!(state.handle(wallet("Fox", Family::Evm)), []);
}

#[test]
fn what_another_tab_remembered_counts_as_soon_as_it_is_read() {
    let mut elsewhere = sent();
    elsewhere.handle(Message::Ended(NOW, Ok(Some(hash(1)))));
    let mut state = fresh();
    assert_eq!(state.payee().unwrap().trust(), Trust::Torrent);
    state.handle(Message::Remembered(elsewhere.history));
    assert_eq!(state.payee().unwrap().trust(), Trust::Pinned);
}

#[test]
fn who_forges_claims_is_told_of_and_is_believed_nothing() {
    let mut state = fresh();
    let effects = state.handle(Message::News(TipsNews::Claims(vec![claim(1), claim(2)])));
    assert!(matches!(&effects[..], [Effect::Look { claims, .. }] if claims.len() == 2), "{effects:?}");
    assert_eq!(state.handle(Message::News(TipsNews::Claims(vec![claim(3)]))), [], "a round is under way");
    let told = TipsCommand::Checked { info_hash: TORRENT, genuine: vec![], refused: vec![claim(2)] };
    assert_eq!(state.handle(Message::Looked(claim(2), Finding::Refused)), [Effect::Tell(told)]);
    assert_eq!(state.handle(Message::Looked(claim(1), Finding::Unknown)), [], "nobody is to blame");
    assert!(state.supporters.tips.is_empty());
    let effects = state.handle(Message::RoundOver);
    assert!(matches!(&effects[..], [Effect::Look { claims, .. }] if *claims == [claim(3)]), "{effects:?}");
    assert_eq!(state.handle(Message::News(TipsNews::Claims(vec![claim(1), claim(2)]))), [], "they are known");
}

#[test]
fn an_account_that_only_the_link_names_has_to_be_typed() {
    let mut state = State::new(networks(), History::default());
    state.handle(Message::News(torrent(&[])));
    state.handle(Message::Open);
    assert_eq!(state.payee(), None);
    let address = CREATOR.rsplit(':').next().unwrap().to_owned();
    let effects = state.handle(Message::Type(|form, text| form.address = text, address));
    assert!(matches!(effects[..], [Effect::AskPrice(..)]), "{effects:?}");
    let payee = state.payee().unwrap();
    assert_eq!((payee.trust(), state.can_publish(&payee)), (Trust::Link, false));
}
