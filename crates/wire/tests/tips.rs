//! Payloads of `btt_tip`, byte for byte.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use wire::{BTT_TIP, Error, MAX_TIPS, TipClaim};

const MALFORMED: Error = Error::Extension { extension: BTT_TIP };

/// Thirty-two bytes.
const HASH: &str = "0123456789abcdef0123456789abcdef";

fn parse(payload: &str) -> Result<Vec<TipClaim>, Error> {
    TipClaim::parse_all(payload.as_bytes())
}

fn claim(chain: u64) -> TipClaim {
    TipClaim { chain, transaction: HASH.as_bytes().try_into().unwrap() }
}

#[test]
fn a_claim_is_a_chain_and_a_transaction() {
    let payload = format!("d4:tipslli1029e32:{HASH}eli199e32:{HASH}eee");
    assert_eq!(parse(&payload), Ok(vec![claim(1029), claim(199)]));
    assert_eq!(TipClaim::encode_all(&[claim(1029), claim(199)]), payload.as_bytes());
}

#[test]
fn keys_that_are_not_defined_are_ignored() {
    assert_eq!(parse(&format!("d1:ai1e4:tipslli1e32:{HASH}eee")), Ok(vec![claim(1)]));
    assert_eq!(parse("d4:tipsle1:zlee"), Ok(Vec::new()));
}

#[test]
fn a_message_names_at_most_fifty() {
    let one = format!("li1e32:{HASH}e");
    assert_eq!(parse(&format!("d4:tipsl{}ee", one.repeat(MAX_TIPS))).unwrap().len(), MAX_TIPS);
    assert_eq!(parse(&format!("d4:tipsl{}ee", one.repeat(MAX_TIPS + 1))), Err(MALFORMED));
}

#[test]
fn claims_of_another_form_are_refused() {
    for tips in [
        "i1e".to_owned(),
        "4:text".to_owned(),
        "li1ee".to_owned(),
        "llee".to_owned(),
        "lli1eee".to_owned(),
        format!("ll32:{HASH}ee"),
        format!("ll32:{HASH}i1eee"),
        format!("lli-1e32:{HASH}ee"),
        format!("lli18446744073709551616e32:{HASH}ee"),
        format!("lli9223372036854775808e32:{HASH}ee"),
        format!("lli1e31:{}ee", &HASH[1..]),
        format!("lli1e33:x{HASH}ee"),
        "lli1ei1eee".to_owned(),
        format!("lli1e32:{HASH}i1eee"),
        format!("lli1e32:{HASH}elee"),
    ] {
        assert_eq!(parse(&format!("d4:tips{tips}e")), Err(MALFORMED), "{tips}");
    }
    assert_eq!(parse("de"), Err(MALFORMED));
    assert_eq!(parse("le"), Err(MALFORMED));
}

#[test]
fn payloads_that_are_not_one_value_are_refused() {
    for payload in ["", "d4:tipsle", "d4:tipslee ", "x"] {
        assert_eq!(parse(payload), Err(Error::Bencode), "{payload}");
    }
}

#[test]
fn a_chain_that_cannot_be_is_not_named() {
    assert_eq!(TipClaim::encode_all(&[claim(1 << 63)]), b"d4:tipslee");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        claims in prop::collection::vec((0..=i64::MAX as u64, any::<[u8; 32]>()), 0..=MAX_TIPS),
    ) {
        let claims: Vec<TipClaim> =
            claims.into_iter().map(|(chain, transaction)| TipClaim { chain, transaction }).collect();
        prop_assert_eq!(TipClaim::parse_all(&TipClaim::encode_all(&claims)), Ok(claims));
    }

    #[test]
    fn any_bytes_are_read_or_refused(payload: Vec<u8>) {
        let _ = TipClaim::parse_all(&payload);
    }
}
