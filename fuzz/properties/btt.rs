use ::btt::tron::{Anchor, Transfer};
use ::btt::{Account, Address, Amount, Chain, CreatorFile, Memo, Networks, PaymentOptions, Verdict};
use metainfo::InfoHash;
use serde_json::Value;

use super::cost::Cost;

/// Text is copied, decoded, and in a list of accounts noted line by line.
const TEXT: Cost = Cost { flat: 4096, per_byte: 16 };

/// An entry of a list may have three bytes (`"",`) and takes the 24 of a `String`, while the list doubles up to four times
/// that in all.
const LIST: Cost = Cost { flat: 4096, per_byte: 32 };

/// What is read from text means the same when it is written, and nothing is too strange to be refused.
pub(super) fn btt_text(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(amount) = TEXT.limits(text.len(), || text.parse::<Amount>()) {
        assert_eq!(amount.to_string().parse(), Ok(amount));
        assert_eq!(Amount::from_quantity(&amount.to_quantity()), Ok(amount));
        assert!(text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    }
    if let Ok(quantity) = TEXT.limits(text.len(), || Amount::from_quantity(&text)) {
        assert_eq!(Amount::from_quantity(&quantity.to_quantity()), Ok(quantity));
    }
    if let Ok(address) = TEXT.limits(text.len(), || text.parse::<Address>()) {
        assert_eq!(address.to_string().parse(), Ok(address));
        assert_eq!(address.tron().parse(), Ok(address));
    }
    if let Ok(chain) = TEXT.limits(text.len(), || text.parse::<Chain>()) {
        assert_eq!(chain.to_string(), text);
    }
    if let Ok(account) = TEXT.limits(text.len(), || text.parse::<Account>()) {
        assert_eq!(account.to_string().parse(), Ok(account));
    }
    let entries = ["btt", "btt-tron", "btt-domain"].map(|key| (key.to_owned(), text.to_string()));
    let options = TEXT.limits(3 * text.len(), || PaymentOptions::from_entries(&entries));
    assert_eq!(PaymentOptions::from_entries(&options.entries()), options);
    if let Ok(networks) = TEXT.limits(text.len(), || Networks::of_json(&text)) {
        let json = serde_json::to_string(&networks).expect("networks can be written");
        assert_eq!(Networks::of_json(&json), Ok(networks));
    }
    if let Ok(file) = LIST.limits(bytes.len(), || CreatorFile::parse(bytes)) {
        // An account that it lists is in it by name, but for what JSON may write in other ways.
        let account = Account { chain: Chain::BTTC, address: Address::from_bytes([0; 20]) };
        let plain = !text.contains('\\');
        assert!(!plain || !file.lists(&account) || text.contains("eip155:199:0x00000000"));
    }
}

/// A memo that is read is written as it was.
pub(super) fn btt_memo(bytes: &[u8]) {
    if let Ok(memo) = TEXT.limits(bytes.len(), || Memo::decode(bytes)) {
        assert_eq!(memo.encode(), bytes);
        assert!(memo.note.as_str().chars().count() <= ::btt::MAX_NOTE);
    }
}

/// A transaction that passes for a transfer is that transfer in all but what a node may choose.
pub(super) fn btt_transfer(bytes: &[u8]) {
    let anchor = Anchor {
        ref_block_bytes: [1, 2],
        ref_block_hash: [3; 8],
        expiration: 1_795_000_060_000,
        timestamp: 1,
    };
    let wanted = Transfer {
        token: Address::from_bytes([0x11; 20]),
        from: Address::from_bytes([0x22; 20]),
        to: Address::from_bytes([0x33; 20]),
        amount: Amount::from_btt(10),
        fee_limit: 100_000_000,
        memo: b"btt-tip1aaaaaaaaaaaaaaaaaaaa".to_vec(),
    };
    assert_eq!(wanted.compare(&wanted.encode(&anchor)), Ok(anchor));
    if let Ok(anchor) = TEXT.limits(bytes.len(), || wanted.compare(bytes)) {
        // Fields may come in another order, and zeros be written out.
        let same = Transfer { fee_limit: 0, ..wanted.clone() }.encode(&anchor);
        assert!(same.len() <= bytes.len());
        let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
        assert!(
            holds(wanted.to.as_bytes()) && holds(wanted.token.as_bytes()) && holds(wanted.from.as_bytes())
        );
        assert!(holds(&wanted.amount.units().to_be_bytes()) && holds(&wanted.memo));
    }
}

/// The lines of the input are the two answers of a node. Whatever they are, what passes for a tip is in both.
pub(super) fn btt_claim(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (transaction, receipt) = text.split_once('\n').unwrap_or((&text, "null"));
    let value = |json: &str| serde_json::from_str::<Value>(json).unwrap_or_default();
    let (transaction, receipt) = (value(transaction), value(receipt));
    let payee = Account { chain: Chain::BTTC_DONAU, address: Address::from_bytes([0x33; 20]) };
    let info_hash = InfoHash::from_bytes([b'a'; 20]);
    let verdict = TEXT.limits(bytes.len(), || {
        ::btt::judge([0xcd; 32], &[payee], payee.chain, info_hash, &transaction, &receipt, 1_000)
    });
    let Verdict::Genuine(tip) = verdict else { return };
    assert!(!tip.amount.is_zero() && tip.block < 1_000);
    assert_eq!(::btt::judge_receipt([0xcd; 32], &[payee], payee.chain, &receipt, 1_000), None);
    let hash = Value::from(format!("0x{}", "cd".repeat(32)));
    for (field, value) in [("hash", &transaction), ("transactionHash", &receipt)] {
        let text = value[field].as_str().expect("it is there").to_lowercase();
        assert_eq!(hash, text);
    }
    assert_eq!(
        receipt["status"].as_str().and_then(|status| Amount::from_quantity(status).ok()),
        Some(Amount::from_units(1))
    );
}
