//! A claim to have tipped is believed only if everything that a node says of it fits.

use btt::{Account, Amount, CONFIRMATIONS, Chain, Forgery, Memo, Note, Tip, Verdict, hex};
use metainfo::InfoHash;
use proptest::prelude::*;
use serde_json::{Value, json};

const HASH: [u8; 32] = [0xcd; 32];
const BLOCK: u64 = 100;
const HEAD: u64 = BLOCK + CONFIRMATIONS - 1;

fn payee() -> Account {
    "eip155:1029:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse().expect("an account")
}

fn info_hash() -> InfoHash {
    InfoHash::from_bytes([7; 20])
}

fn memo(note: &str) -> String {
    hex::prefixed(&Memo { info_hash: info_hash(), note: Note::new(note).expect("a note") }.encode())
}

/// What a node answers of a tip of 10 BTT: the transaction, and its receipt.
fn answers() -> (Value, Value) {
    let transaction = json!({
        "hash": hex::prefixed(&HASH),
        "from": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "to": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "value": "0x8ac7230489e80000",
        "input": memo("Thank you!"),
        "chainId": "0x405",
        "blockNumber": "0x64",
        "blockHash": hex::prefixed(&[0xb1; 32]),
        "gasPrice": "0x1ff973cafa8000",
        "type": "0x0",
    });
    let receipt = json!({
        "transactionHash": hex::prefixed(&HASH),
        "from": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
        "to": "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "blockNumber": "0x64",
        "blockHash": hex::prefixed(&[0xb1; 32]),
        "status": "0x1",
        "logs": [],
    });
    (transaction, receipt)
}

fn judge(transaction: &Value, receipt: &Value, head: u64) -> Verdict {
    btt::judge(HASH, &[payee()], payee().chain, info_hash(), transaction, receipt, head)
}

/// The verdict if the transaction says something else in one place.
fn with(field: &str, value: impl Into<Value>) -> Verdict {
    let (mut transaction, receipt) = answers();
    transaction[field] = value.into();
    judge(&transaction, &receipt, HEAD)
}

/// The verdict if the receipt says something else in one place.
fn with_receipt(field: &str, value: impl Into<Value>) -> Verdict {
    let (transaction, mut receipt) = answers();
    receipt[field] = value.into();
    judge(&transaction, &receipt, HEAD)
}

#[test]
fn a_tip_is_genuine_once_twelve_blocks_have_it() {
    let (transaction, receipt) = answers();
    let tip = Tip {
        chain: Chain::BTTC_DONAU,
        from: "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse().unwrap(),
        amount: Amount::from_btt(10),
        note: Note::new("Thank you!").unwrap(),
        transaction: HASH,
        block: BLOCK,
    };
    assert_eq!(judge(&transaction, &receipt, HEAD), Verdict::Genuine(tip));
    for head in [HEAD - 1, BLOCK, BLOCK - 1, 0] {
        assert_eq!(judge(&transaction, &receipt, head), Verdict::Unconfirmed, "{head}");
    }
    assert!(matches!(judge(&transaction, &receipt, u64::MAX), Verdict::Genuine(_)));
}

#[test]
fn what_the_chain_does_not_know_is_unknown() {
    assert_eq!(judge(&Value::Null, &Value::Null, HEAD), Verdict::Unknown);
}

#[test]
fn what_a_receipt_alone_settles_needs_no_transaction() {
    let (_, receipt) = answers();
    let judge = |receipt: &Value, head| btt::judge_receipt(HASH, &[payee()], payee().chain, receipt, head);
    let with = |field: &str, value: Value| {
        let mut receipt = receipt.clone();
        receipt[field] = value;
        judge(&receipt, HEAD)
    };
    assert_eq!(judge(&receipt, HEAD), None);
    assert_eq!(judge(&Value::Null, HEAD), Some(Verdict::Unknown));
    assert_eq!(judge(&receipt, HEAD - 1), Some(Verdict::Unconfirmed));
    assert_eq!(with("status", "0x0".into()), Some(Verdict::Forged(Forgery::Failed)));
    assert_eq!(with("to", Value::Null), Some(Verdict::Forged(Forgery::WrongPayee)));
    let own = payee().address.to_string();
    assert_eq!(with("from", own.into()), Some(Verdict::Forged(Forgery::OwnPocket)));
    assert_eq!(with("transactionHash", hex::prefixed(&[1; 32]).into()), Some(Verdict::Nonsense));
}

#[test]
fn what_waits_or_moves_to_another_block_is_unconfirmed() {
    let (transaction, receipt) = answers();
    assert_eq!(judge(&transaction, &Value::Null, HEAD), Verdict::Unconfirmed);
    assert_eq!(with("blockNumber", Value::Null), Verdict::Unconfirmed);
    assert_eq!(with_receipt("blockNumber", "0x63"), Verdict::Unconfirmed);
    assert_eq!(with_receipt("blockHash", hex::prefixed(&[0; 32])), Verdict::Unconfirmed);
    assert!(matches!(judge(&transaction, &receipt, HEAD), Verdict::Genuine(_)));
}

#[test]
fn who_pays_somebody_else_has_not_tipped() {
    let forged = Verdict::Forged(Forgery::WrongPayee);
    assert_eq!(with("to", "0x70997970c51812dc3a010c7d01b50e0d17dc79c9"), forged);
    // A new contract pays nobody.
    assert_eq!(with("to", Value::Null), forged);
    let (transaction, receipt) = answers();
    let judge = |accounts: &[Account], chain| {
        btt::judge(HASH, accounts, chain, info_hash(), &transaction, &receipt, HEAD)
    };
    assert_eq!(judge(&[], Chain::BTTC_DONAU), forged);
    // The same address on another chain is another account.
    let elsewhere = Account { chain: Chain::LOCAL, ..payee() };
    assert_eq!(judge(&[elsewhere], Chain::BTTC_DONAU), forged);
}

#[test]
fn who_pays_themselves_has_not_tipped() {
    let from = "0x70997970c51812dc3a010c7d01b50e0d17dc79c8";
    let (transaction, receipt) = answers();
    let own = Account { chain: Chain::TRON, address: from.parse().unwrap() };
    let verdict = btt::judge(HASH, &[payee(), own], payee().chain, info_hash(), &transaction, &receipt, HEAD);
    assert_eq!(verdict, Verdict::Forged(Forgery::OwnPocket));
}

#[test]
fn a_tip_for_another_torrent_is_not_for_this_one() {
    let (transaction, receipt) = answers();
    let other = InfoHash::from_bytes([8; 20]);
    let verdict = btt::judge(HASH, &[payee()], payee().chain, other, &transaction, &receipt, HEAD);
    assert_eq!(verdict, Verdict::Forged(Forgery::WrongTorrent));
}

#[test]
fn a_payment_that_is_no_tip_does_not_become_one() {
    let forged = Verdict::Forged(Forgery::NotATip);
    let long = format!("{}{}", memo(""), "61".repeat(141));
    let token = format!("0xa9059cbb{}", "00".repeat(64));
    let hidden = format!("{}e280ae", memo(""));
    for input in [
        "0x",
        &memo("")[..memo("").len() - 2],
        &long,
        &token,
        &hidden,
        &format!("0x{}", "00".repeat(100_000)),
    ] {
        assert_eq!(with("input", input), forged);
    }
}

#[test]
fn a_tip_of_nothing_is_none() {
    assert_eq!(with("value", "0x0"), Verdict::Forged(Forgery::Nothing));
}

#[test]
fn a_failed_transaction_is_refused_once_that_is_certain() {
    assert_eq!(with_receipt("status", "0x0"), Verdict::Forged(Forgery::Failed));
    let (transaction, mut receipt) = answers();
    receipt["status"] = "0x0".into();
    assert_eq!(judge(&transaction, &receipt, HEAD - 1), Verdict::Unconfirmed);
}

#[test]
fn a_transaction_of_another_chain_is_refused() {
    assert_eq!(with("chainId", "0xc7"), Verdict::Forged(Forgery::WrongChain));
    // From before EIP-155: it belongs to every chain that has it.
    assert!(matches!(with("chainId", Value::Null), Verdict::Genuine(_)));
}

#[test]
fn the_coin_of_tron_is_not_taken_for_btt() {
    let (transaction, receipt) = answers();
    let account = Account { chain: Chain::TRON, ..payee() };
    let verdict = btt::judge(HASH, &[account], Chain::TRON, info_hash(), &transaction, &receipt, HEAD);
    assert_eq!(verdict, Verdict::Forged(Forgery::WrongChain));
}

#[test]
fn answers_that_contradict_the_question_or_each_other_are_nonsense() {
    let other = "0x70997970c51812dc3a010c7d01b50e0d17dc79c9";
    assert_eq!(with("hash", hex::prefixed(&[0; 32])), Verdict::Nonsense);
    assert_eq!(with("from", other), Verdict::Nonsense);
    assert_eq!(with_receipt("transactionHash", hex::prefixed(&[0; 32])), Verdict::Nonsense);
    assert_eq!(with_receipt("from", other), Verdict::Nonsense);
    assert_eq!(with_receipt("to", other), Verdict::Nonsense);
    assert_eq!(with_receipt("to", Value::Null), Verdict::Nonsense);
}

#[test]
fn malformed_answers_are_nonsense() {
    let values = [
        json!(1),
        json!(1.5),
        json!(true),
        json!([]),
        json!({}),
        json!(""),
        json!("0x"),
        json!("0xzz"),
        json!("-0x1"),
    ];
    for field in ["hash", "from", "to", "value", "input", "chainId", "blockNumber", "blockHash"] {
        for value in &values {
            // No data at all are well formed, but those of no tip.
            if (field, value) != ("input", &json!("0x")) {
                assert_eq!(with(field, value.clone()), Verdict::Nonsense, "{field}: {value}");
            }
        }
    }
    for field in ["transactionHash", "from", "to", "blockNumber", "blockHash", "status"] {
        for value in &values {
            assert_eq!(with_receipt(field, value.clone()), Verdict::Nonsense, "{field}: {value}");
        }
    }
    assert_eq!(with_receipt("status", "0x2"), Verdict::Nonsense);
    assert_eq!(with("value", format!("0x1{}", "0".repeat(32))), Verdict::Nonsense);
    assert_eq!(with("blockNumber", "0x10000000000000000"), Verdict::Nonsense);
    for value in [json!([]), json!({}), json!("0x"), json!(0)] {
        assert_eq!(judge(&value, &Value::Null, HEAD), Verdict::Nonsense, "{value}");
        assert_eq!(judge(&answers().0, &value, HEAD), Verdict::Nonsense, "{value}");
    }
}

#[test]
fn every_refusal_is_a_sentence() {
    use Forgery::{Failed, NotATip, Nothing, OwnPocket, WrongChain, WrongPayee, WrongTorrent};
    for forgery in [Failed, NotATip, Nothing, OwnPocket, WrongChain, WrongPayee, WrongTorrent] {
        let sentence = forgery.to_string();
        assert!(sentence.starts_with("The transaction ") && sentence.ends_with('.'), "{sentence}");
    }
}

proptest! {
    #[test]
    fn what_is_genuine_has_the_amount_and_note_of_the_transaction(units in 1..=u128::MAX, note in "[ -~]{0,140}") {
        let (mut transaction, receipt) = answers();
        transaction["value"] = Amount::from_units(units).to_quantity().into();
        transaction["input"] = memo(&note).into();
        let Verdict::Genuine(tip) = judge(&transaction, &receipt, HEAD) else { panic!("it is genuine") };
        prop_assert_eq!((tip.amount.units(), tip.note.as_str()), (units, note.as_str()));
    }
}
