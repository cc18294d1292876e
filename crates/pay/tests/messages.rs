//! What peers say to each other, as bytes. The examples are those of `docs/pay.md`.

use btt::{Address, Amount, hex};
use pay::message::{Claim, Fraud, MAX_MESSAGE, Message, Payment, Reason, Terms};
use pay::{Credit, Deployment, Error, Rate, SessionId, Signature, SlotId, Voucher};
use proptest::array::{uniform12, uniform16, uniform20, uniform32};
use proptest::prelude::*;

const OWNER: Address = Address::from_bytes([0x0a; 20]);
const KEY: Address = Address::from_bytes([0x0b; 20]);
const PAYEE: Address = Address::from_bytes([0x0c; 20]);

fn payment() -> Payment {
    let slot = SlotId { session: SessionId::from_bytes([0xab; 32]), slot: 7 };
    Payment { slot, cumulative: Amount::from_btt(3), signature: Signature::from_bytes([0x5a; 64]) }
}

fn fraud() -> Fraud {
    let claim = |payee: Address| Claim {
        payee,
        cumulative: Amount::from_units(payee.as_bytes()[0].into()),
        signature: Signature::from_bytes([payee.as_bytes()[0]; 64]),
    };
    Fraud { owner: OWNER, key: KEY, slot: 4095, claims: [claim(PAYEE), claim(OWNER)] }
}

fn terms() -> Terms {
    let contract = "0x5FbDB2315678afecb367f032d93F642f64180aa3".parse().expect("it is an address");
    Terms {
        deployment: Deployment { chain: 1029, contract },
        payee: PAYEE,
        floor: Rate::per_mib(1 << 64),
        credit: Credit::default(),
    }
}

/// One of each, and its bytes.
fn examples() -> Vec<(Message, Vec<u8>)> {
    let rate = Rate::per_mib(0x0102_0304);
    let rate_text = b"1:r16:\0\0\0\0\0\0\0\0\0\0\0\0\x01\x02\x03\x04";
    let [owner, key, session, signature] = [(0x0a, 20), (0x0b, 20), (0xab, 32), (0x5a, 64)]
        .map(|(byte, count): (u8, usize)| [format!("{count}:").as_bytes(), &[byte].repeat(count)].concat());
    // 3 BTT are 0x29a2241af62c0000 units.
    let amount = b"1:a12:\0\0\0\0\x29\xa2\x24\x1a\xf6\x2c\0\0";
    let paid = |t: &[u8]| {
        [b"d", &amount[..], b"1:i", &session, b"1:li7e1:t1:", t, b"1:z", &signature, b"e"].concat()
    };
    let session_text =
        [b"d", &amount[..], b"1:k", &key, b"1:li7e1:o", &owner, b"1:t1:s1:z", &signature, b"e"].concat();
    let claim = |payee: u8| {
        let amount = [&[0; 11][..], &[payee]].concat();
        [b"d1:a12:", &amount[..], b"1:p20:", &[payee; 20], b"1:z64:", &[payee; 64], b"e"].concat()
    };
    let claims = [claim(0x0c), claim(0x0a)].concat();
    let fraud_text = [b"d1:k", &key[..], b"1:li4095e1:o", &owner, b"1:t1:f1:vl", &claims, b"ee"].concat();
    let bid = |t: &[u8]| [b"d1:qi4294967295e", &rate_text[..], b"1:t1:", t, b"e"].concat();
    let Payment { slot, cumulative, signature: z } = payment();
    vec![
        (Message::Offer { floor: rate }, [b"d", &rate_text[..], b"1:t1:oe"].concat()),
        (Message::Bid { rate, number: u32::MAX }, bid(b"b")),
        (Message::Grant { rate, number: u32::MAX }, bid(b"g")),
        (Message::Session { owner: OWNER, key: KEY, slot: 7, cumulative, signature: z }, session_text),
        (Message::Ack { slot }, [b"d1:i", &session[..], b"1:li7e1:t1:ke"].concat()),
        (Message::Voucher(payment()), paid(b"v")),
        (Message::Receipt(payment()), paid(b"r")),
        (Message::Fraud(Box::new(fraud())), fraud_text),
        (Message::Reject(Reason::SlotTaken), b"d1:ci5e1:t1:xe".to_vec()),
    ]
}

/// Puts other bytes in place of those that are there once.
fn replaced(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let places: Vec<_> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(old)).collect();
    let [at] = places[..] else { panic!("{} is there {} times", old.escape_ascii(), places.len()) };
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[test]
fn row_19_each_message_is_written_as_documented_and_read_back() {
    for (message, bytes) in examples() {
        assert_eq!(message.encode().escape_ascii().to_string(), bytes.escape_ascii().to_string());
        assert_eq!(Message::parse(&bytes), Ok(Some(message)));
        assert!(bytes.len() < MAX_MESSAGE / 2, "{} bytes", bytes.len());
    }
}

#[test]
fn row_19_no_message_is_longer_than_1_kib() {
    let padded = |length: usize| {
        let text = format!("d1:ci2e1:t1:x1:y{length}:");
        [text.as_bytes(), &b"y".repeat(length), b"e"].concat()
    };
    let longest = (900..MAX_MESSAGE).find(|&length| padded(length).len() == MAX_MESSAGE).unwrap();
    assert_eq!(Message::parse(&padded(longest)), Ok(Some(Message::Reject(Reason::Signature))));
    assert_eq!(Message::parse(&padded(longest + 1)), Err(Error::TooLong));
    assert_eq!(Terms::parse(&padded(longest + 1)), Err(Error::TooLong));
}

#[test]
fn row_19_a_field_that_is_missing_of_another_type_or_out_of_range_is_named() {
    let faults = [
        ("r", &b"1:r16:"[..], &[&b"1:s16:"[..], b"1:rle1:s16:"][..]),
        ("q", b"1:qi4294967295e", &[b"1:qi4294967296e", b"1:qi-1e", b"1:q1:1", b"1:pi1e"]),
        ("k", b"1:k20:", &[b"1:m20:", b"1:kde1:m20:"]),
        ("l", b"1:li7e", &[b"1:li4294967296e", b"1:li-1e", b"1:l1:7", b"1:mi7e"]),
        ("o", b"1:o20:", &[b"1:n20:", b"1:oi0e1:n20:"]),
        ("i", b"1:i32:", &[b"1:h32:", b"1:il1:ae1:h32:"]),
        ("c", b"1:ci5e", &[b"1:c1:5", b"1:bi5e", b"1:cle", b"1:ci9223372036854775808e"]),
        ("t", b"1:t1:", &[b"1:u1:", b"1:tle1:u1:", b"1:ti3e1:u1:"]),
    ];
    let examples = examples();
    for (name, there, others) in faults {
        let has = |bytes: &[u8]| bytes.windows(there.len()).any(|window| window == there);
        let having: Vec<_> = examples.iter().filter(|(_, bytes)| has(bytes)).collect();
        assert!(!having.is_empty(), "{name}");
        for ((message, bytes), other) in
            having.iter().flat_map(|example| others.iter().map(move |other| (example, other)))
        {
            assert_eq!(
                Message::parse(&replaced(bytes, there, other)),
                Err(Error::Field(name)),
                "{message:?}"
            );
        }
    }
}

#[test]
fn row_19_byte_strings_have_exactly_their_lengths() {
    for (message, bytes) in examples() {
        let mut at = 0;
        // Each string of a message in turn, a byte shorter and a byte longer.
        while let Some(found) =
            bytes[at..].windows(4).position(|text| matches!(text, [b':', b'1'..=b'6', b'0'..=b'9', b':']))
        {
            let start = at + found + 1;
            let length: usize = str::from_utf8(&bytes[start..start + 2]).unwrap().parse().unwrap();
            let end = start + 3 + length;
            for other in [length - 1, length + 1] {
                let mut string = bytes[start + 3..end].to_vec();
                string.resize(other, 0);
                let changed =
                    [&bytes[..start], format!("{other}:").as_bytes(), &string, &bytes[end..]].concat();
                assert!(matches!(Message::parse(&changed), Err(Error::Field(_))), "{message:?}");
            }
            at = end;
        }
    }
}

#[test]
fn row_19_a_cumulative_amount_has_96_bits_and_a_rate_128() {
    let most = Voucher::LIMIT.units() - 1;
    let payment = |units| Message::Voucher(Payment { cumulative: Amount::from_units(units), ..payment() });
    assert_eq!(Message::parse(&payment(most).encode()), Ok(Some(payment(most))));
    // Nothing wraps around: what cannot be said is said as the most that can.
    assert_eq!(payment(most + 1).encode(), payment(most).encode());
    assert_eq!(payment(u128::MAX).encode(), payment(most).encode());
    let offer = Message::Offer { floor: Rate::per_mib(u128::MAX) };
    assert_eq!(Message::parse(&offer.encode()), Ok(Some(offer)));
}

#[test]
fn row_19_only_one_dictionary_and_nothing_behind_it_is_a_message() {
    for bytes in [&b""[..], b"d1:ci2e1:t1:x", b"d1:ci2e1:t1:xe ", b"d1:ci2e1:t1:xed1:ci2e1:t1:xe", b"x"] {
        assert!(matches!(Message::parse(bytes), Err(Error::Bencode(_))), "{}", bytes.escape_ascii());
    }
    for bytes in [&b"l1:t1:xe"[..], b"i5e", b"1:x", b"de"] {
        assert_eq!(Message::parse(bytes), Err(Error::Field("t")), "{}", bytes.escape_ascii());
    }
}

#[test]
fn row_19_what_nobody_knows_is_ignored() {
    for bytes in [&b"d1:t1:?e"[..], b"d1:t0:e", b"d1:t2:ooe", b"d1:ci1e1:t1:xe", b"d1:ci1000e1:t1:xe"] {
        assert_eq!(Message::parse(bytes), Ok(None), "{}", bytes.escape_ascii());
    }
    let with_more = b"d1:ald1:zi0eee1:ci10e4:morei1e1:t1:xe";
    assert_eq!(Message::parse(with_more), Ok(Some(Message::Reject(Reason::OverCredit))));
}

#[test]
fn row_19_keys_may_come_in_any_order_and_the_first_of_equals_counts() {
    let rejected = Ok(Some(Message::Reject(Reason::Price)));
    assert_eq!(Message::parse(b"d1:t1:x1:ci7ee"), rejected);
    assert_eq!(Message::parse(b"d1:ci7e1:ci2e1:t1:x1:t1:oe"), rejected);
}

#[test]
fn row_19_reasons_keep_their_numbers() {
    let read = |code| Message::parse(format!("d1:ci{code}e1:t1:xe").as_bytes()).unwrap();
    let reasons: Vec<_> = (0..300).filter_map(read).collect();
    let all = [
        Reason::Signature,
        Reason::NoSession,
        Reason::Expiring,
        Reason::SlotTaken,
        Reason::Underfunded,
        Reason::Price,
        Reason::NotMore,
        Reason::TooMany,
        Reason::OverCredit,
    ];
    assert_eq!(reasons, all.map(Message::Reject));
    assert_eq!(all.map(|reason| reason as u8), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn row_28_fraud_takes_two_payees() {
    let mut fraud = fraud();
    fraud.claims[1].payee = fraud.claims[0].payee;
    assert_eq!(Message::parse(&Message::Fraud(Box::new(fraud)).encode()), Err(Error::NoFraud));
    let claim = "d1:a12:aaaaaaaaaaaa1:p20:aaaaaaaaaaaaaaaaaaaa1:z64:";
    let claim = format!("{claim}{}e", "z".repeat(64));
    for claims in ["le", "de", "i2e", "1:a", &format!("l{claim}e"), &format!("l{}e", claim.repeat(3))] {
        let text = format!("d1:k20:aaaaaaaaaaaaaaaaaaaa1:li0e1:o20:aaaaaaaaaaaaaaaaaaaa1:t1:f1:v{claims}e");
        assert_eq!(Message::parse(text.as_bytes()), Err(Error::Field("v")), "{text}");
    }
}

#[test]
fn row_19_terms_are_written_as_documented_and_read_back() {
    let text = concat!(
        "64313a6332303a5fbdb2315678afecb367f032d93f642f64180aa3",
        "313a6631363a00000000000000010000000000000000",
        "313a6e693130323965",
        "313a7032303a0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c",
        "313a7669316531",
        "3a776936353533366531",
        "3a7869343139343330346565",
    );
    assert_eq!(hex::encode(&terms().encode()), text);
    assert_eq!(Terms::parse(&terms().encode()), Ok(Some(terms())));
}

#[test]
fn row_19_terms_of_another_version_are_none_and_malformed_ones_an_error() {
    let bytes = terms().encode();
    assert_eq!(Terms::parse(&replaced(&bytes, b"1:vi1e", b"1:vi2e")), Ok(None));
    // Whatever stands in them.
    assert_eq!(Terms::parse(b"d1:vi2ee"), Ok(None));
    let faults: [(&str, &[u8], &[u8]); 9] = [
        ("v", b"1:vi1e", b"1:vi-1e"),
        ("v", b"1:vi1e", b"1:v1:1"),
        ("n", b"1:ni1029e", b"1:ni-1e"),
        ("n", b"1:ni1029e", b"1:ni9223372036854775808e"),
        ("c", b"1:c20:", b"1:b20:"),
        ("p", b"1:p20:", b"1:o20:"),
        ("f", b"1:f16:", b"1:g16:"),
        ("w", b"1:wi65536e", b"1:wi-1e"),
        ("x", b"1:xi4194304e", b"1:xi9223372036854775808e"),
    ];
    for (name, old, new) in faults {
        assert_eq!(Terms::parse(&replaced(&bytes, old, new)), Err(Error::Field(name)));
    }
    assert!(matches!(Terms::parse(&[&bytes[..], b"e"].concat()), Err(Error::Bencode(_))));
}

#[test]
fn row_19_the_chains_of_terms_end_below_2_to_the_63() {
    let on = |chain| Terms { deployment: Deployment { chain, ..terms().deployment }, ..terms() };
    let most = i64::MAX.cast_unsigned();
    assert_eq!(Terms::parse(&on(most).encode()), Ok(Some(on(most))));
    assert_eq!(Terms::parse(&on(most + 1).encode()), Ok(Some(on(most))));
}

fn address() -> impl Strategy<Value = Address> {
    uniform20(any::<u8>()).prop_map(Address::from_bytes)
}

fn cumulative() -> impl Strategy<Value = Amount> {
    let amount = |bytes: [u8; 12]| bytes.iter().fold(0, |amount, &byte| amount << 8 | u128::from(byte));
    uniform12(any::<u8>()).prop_map(move |bytes| Amount::from_units(amount(bytes)))
}

fn rate() -> impl Strategy<Value = Rate> {
    uniform16(any::<u8>()).prop_map(|bytes| Rate::per_mib(u128::from_be_bytes(bytes)))
}

fn signature() -> impl Strategy<Value = Signature> {
    uniform32(any::<[u8; 2]>())
        .prop_map(|pairs| Signature::from_bytes(*pairs.as_flattened().as_array().expect("it is twice 32")))
}

fn slot() -> impl Strategy<Value = SlotId> {
    (uniform32(any::<u8>()), any::<u32>())
        .prop_map(|(session, slot)| SlotId { session: SessionId::from_bytes(session), slot })
}

fn payments() -> impl Strategy<Value = Payment> {
    (slot(), cumulative(), signature()).prop_map(|(slot, cumulative, signature)| Payment {
        slot,
        cumulative,
        signature,
    })
}

fn frauds() -> impl Strategy<Value = Fraud> {
    let claim = || {
        (address(), cumulative(), signature()).prop_map(|(payee, cumulative, signature)| Claim {
            payee,
            cumulative,
            signature,
        })
    };
    (address(), address(), any::<u32>(), [claim(), claim()])
        .prop_map(|(owner, key, slot, claims)| Fraud { owner, key, slot, claims })
        .prop_filter("fraud takes two payees", |fraud| fraud.claims[0].payee != fraud.claims[1].payee)
}

fn messages() -> impl Strategy<Value = Message> {
    prop_oneof![
        rate().prop_map(|floor| Message::Offer { floor }),
        (rate(), any::<u32>()).prop_map(|(rate, number)| Message::Bid { rate, number }),
        (rate(), any::<u32>()).prop_map(|(rate, number)| Message::Grant { rate, number }),
        (address(), address(), payments()).prop_map(|(owner, key, paid)| Message::Session {
            owner,
            key,
            slot: paid.slot.slot,
            cumulative: paid.cumulative,
            signature: paid.signature,
        }),
        slot().prop_map(|slot| Message::Ack { slot }),
        payments().prop_map(Message::Voucher),
        payments().prop_map(Message::Receipt),
        frauds().prop_map(|fraud| Message::Fraud(Box::new(fraud))),
    ]
}

proptest! {
    #[test]
    fn row_19_what_is_written_is_read_back(message in messages()) {
        let bytes = message.encode();
        prop_assert!(bytes.len() <= MAX_MESSAGE);
        prop_assert_eq!(Message::parse(&bytes), Ok(Some(message)));
    }

    #[test]
    fn row_19_a_message_that_is_cut_or_goes_on_is_none(
        message in messages(), cut: prop::sample::Index, more: u8,
    ) {
        let bytes = message.encode();
        prop_assert!(Message::parse(&bytes[..cut.index(bytes.len())]).is_err());
        prop_assert!(Message::parse(&[&bytes[..], &[more]].concat()).is_err());
    }

    #[test]
    fn row_19_terms_are_read_back(
        (chain, first, most) in (0..1_u64 << 63, 0..1_u64 << 63, 0..1_u64 << 63),
        (contract, payee, floor) in (address(), address(), rate()),
    ) {
        let deployment = Deployment { chain, contract };
        let terms = Terms { deployment, payee, floor, credit: Credit { first, most } };
        prop_assert_eq!(Terms::parse(&terms.encode()), Ok(Some(terms)));
    }
}
