//! A transfer on TRON is, byte for byte, that of tronweb; and what a node makes of it is compared before it is signed.

mod vectors;

use btt::tron::{Anchor, Tampered, Transfer, check};
use btt::{Address, Amount, hex};
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use vectors::text;

struct Vector {
    transfer: Transfer,
    anchor: Anchor,
    raw: String,
    id: String,
}

fn transfers() -> Vec<Vector> {
    let bytes = |vector: &Value, name: &str| hex::decode(text(vector, name)).expect("the vectors are sound");
    let read = |vector: &Value| Vector {
        transfer: Transfer {
            token: text(vector, "token").parse().expect("the vectors are sound"),
            from: text(vector, "owner").parse().expect("the vectors are sound"),
            to: text(vector, "to").parse().expect("the vectors are sound"),
            amount: Amount::from_units(text(vector, "units").parse().expect("the vectors are sound")),
            fee_limit: vector["feeLimit"].as_u64().expect("the vectors are sound"),
            memo: bytes(vector, "data"),
        },
        anchor: Anchor {
            ref_block_bytes: bytes(vector, "ref_block_bytes").try_into().expect("the vectors are sound"),
            ref_block_hash: bytes(vector, "ref_block_hash").try_into().expect("the vectors are sound"),
            expiration: vector["expiration"].as_u64().expect("the vectors are sound"),
            timestamp: vector["timestamp"].as_u64().expect("the vectors are sound"),
        },
        raw: text(vector, "rawDataHex").to_owned(),
        id: text(vector, "txID").to_owned(),
    };
    vectors::tronweb()["transfers"].as_array().expect("the vectors are sound").iter().map(read).collect()
}

/// What comes of a transaction with these bytes, with the id that goes with them.
fn check_bytes(raw: &[u8], wanted: &Transfer) -> Result<(), Tampered> {
    check(&hex::encode(raw), &hex::encode(&Sha256::digest(raw)), wanted)
}

/// Payments, row 16.
#[test]
fn bytes_and_id_are_those_of_tronweb() {
    for Vector { transfer, anchor, raw, id } in transfers() {
        assert_eq!(hex::encode(&transfer.encode(&anchor)), raw);
        assert_eq!(check(&raw, &id, &transfer), Ok(()));
        assert_eq!(transfer.compare(&hex::decode(&raw).unwrap()), Ok(anchor));
    }
}

/// Payments, row 16.
#[test]
fn the_call_is_the_one_that_ethers_makes() {
    let vectors = vectors::ethers();
    for (vector, tip) in transfers().iter().zip(vectors["tips"].as_array().unwrap()) {
        assert!(vector.raw.contains(&text(tip, "tokenCall")[2..]), "{tip}");
    }
}

/// Payments, row 41.
#[test]
fn each_part_that_a_node_changes_is_noticed() {
    let Vector { transfer, anchor, .. } = transfers().remove(1);
    let thief = Address::from_bytes([0x66; 20]);
    let more = transfer.amount.checked_add(Amount::from_units(1)).unwrap();
    for (built, noticed) in [
        (Transfer { token: thief, ..transfer.clone() }, Tampered::Token),
        (Transfer { from: thief, ..transfer.clone() }, Tampered::From),
        (Transfer { to: thief, ..transfer.clone() }, Tampered::To),
        (Transfer { amount: more, ..transfer.clone() }, Tampered::Amount),
        (Transfer { fee_limit: transfer.fee_limit + 1, ..transfer.clone() }, Tampered::FeeLimit),
        (Transfer { memo: vec![], ..transfer.clone() }, Tampered::Memo),
        (Transfer { memo: [transfer.memo.as_slice(), b"!"].concat(), ..transfer.clone() }, Tampered::Memo),
    ] {
        assert_eq!(check_bytes(&built.encode(&anchor), &transfer), Err(noticed));
    }
    let cheaper = Transfer { fee_limit: 0, ..transfer.clone() };
    assert_eq!(check_bytes(&cheaper.encode(&anchor), &transfer), Ok(()));
}

/// Payments, row 41.
#[test]
fn an_id_of_other_bytes_is_noticed() {
    let all = transfers();
    for (ours, other) in all.iter().zip(all.iter().cycle().skip(1)) {
        assert_eq!(check(&ours.raw, &other.id, &ours.transfer), Err(Tampered::Id));
        assert_eq!(check(&ours.raw, &ours.id[2..], &ours.transfer), Err(Tampered::Id));
    }
}

/// Payments, row 41.
#[test]
fn what_a_transfer_has_no_need_of_is_noticed() {
    let Vector { transfer, raw, .. } = transfers().remove(0);
    let raw = hex::decode(&raw).unwrap();
    let call = transfer_call(&raw);
    for (extra, what) in [
        (&[0x4a, 0x00][..], "other authorities"),
        (&[0x62, 0x00], "a script"),
        (&[0x18, 0x01], "the number of a block"),
        (&[0x90, 0x01, 0x01], "a second fee limit"),
        (&[0x52, 0x00], "a second memo"),
        (&[0x5a, 0x00], "a second contract"),
        (&[0x0d, 0, 0, 0, 0], "a number of fixed length"),
        (&[0x00, 0x00], "field 0"),
        (&[0xff], "half a field"),
    ] {
        let longer = [&raw, extra].concat();
        assert_eq!(check_bytes(&longer, &transfer), Err(Tampered::Form), "{what}");
    }
    for (extra, noticed, what) in [
        (&[0x18, 0x01][..], Tampered::CallValue, "coins of the chain"),
        (&[0x28, 0x01], Tampered::Form, "other tokens"),
        (&[0x30, 0x01], Tampered::Form, "which tokens"),
        (&[0x22, 0x00], Tampered::Form, "a second call"),
        (&[0x0a, 0x00], Tampered::Form, "a second payer"),
    ] {
        let changed = with_call(&raw, &[call, extra].concat(), &[], 31);
        assert_eq!(check_bytes(&changed, &transfer), Err(noticed), "{what}");
    }
    assert_eq!(check_bytes(&with_call(&raw, call, &[], 31), &transfer), Ok(()));
    assert_eq!(check_bytes(&with_call(&raw, call, &[], 1), &transfer), Err(Tampered::Kind));
    let permission = with_call(&raw, call, &[0x28, 0x02], 31);
    assert_eq!(check_bytes(&permission, &transfer), Err(Tampered::Kind), "another permission");
}

/// Payments, row 41.
#[test]
fn another_function_or_dirty_arguments_are_noticed() {
    let Vector { transfer, raw, .. } = transfers().remove(0);
    let raw = hex::decode(&raw).unwrap();
    let call = transfer_call(&raw);
    let data = call.len() - 68;
    for (place, noticed) in [
        (0, Tampered::Kind),
        (4, Tampered::To),
        (35, Tampered::To),
        (36, Tampered::Amount),
        (67, Tampered::Amount),
    ] {
        let mut changed = call.to_vec();
        changed[data + place] ^= 0x80;
        assert_eq!(check_bytes(&with_call(&raw, &changed, &[], 31), &transfer), Err(noticed), "byte {place}");
    }
}

#[test]
fn other_text_is_no_transaction() {
    let Vector { transfer, id, .. } = transfers().remove(0);
    for raw in ["0", "zz", "0x", "é", &"00".repeat(100_000)] {
        assert_eq!(check(raw, &id, &transfer), Err(Tampered::Form), "{raw:.9}");
    }
    assert_eq!(check("", &id, &transfer), Err(Tampered::Id));
    assert!(check_bytes(&[], &transfer).is_err());
}

proptest! {
    /// Payments, row 16.
    #[test]
    fn every_transfer_passes_and_no_changed_byte_does_unnoticed(
        addresses: [[u8; 20]; 3],
        units: u128,
        fee_limit: u64,
        memo in prop::collection::vec(any::<u8>(), 1..600),
        times in (1_600_000_000_000_u64..2_000_000_000_000, 1_600_000_000_000_u64..2_000_000_000_000),
        place: prop::sample::Index,
        change in 1..=255_u8,
    ) {
        let [token, from, to] = addresses.map(Address::from_bytes);
        let transfer = Transfer { token, from, to, amount: Amount::from_units(units), fee_limit, memo };
        let anchor = Anchor { ref_block_bytes: [1; 2], ref_block_hash: [2; 8], expiration: times.0, timestamp: times.1 };
        let mut raw = transfer.encode(&anchor);
        prop_assert_eq!(transfer.compare(&raw), Ok(anchor));
        let place = place.index(raw.len());
        raw[place] ^= change;
        // Only what a node may choose may differ: where and when, and a lower fee, which comes last.
        if let Ok(other) = transfer.compare(&raw) {
            let free = Transfer { fee_limit: 0, ..transfer }.encode(&other);
            let fee = raw.strip_prefix(free.as_slice()).expect("all but the fee is as it was asked for");
            prop_assert!(fee.is_empty() || fee.starts_with(&[0x90, 0x01]));
        }
    }
}

/// The call in a transaction: what follows the name of its type.
fn transfer_call(raw: &[u8]) -> &[u8] {
    let name = b"TriggerSmartContract";
    let end = raw.windows(name.len()).position(|window| window == name).expect("the vectors are sound")
        + name.len();
    // Behind the key of the field stands its length.
    &raw[end + 2..][..raw[end + 1].into()]
}

/// The transaction with another call, more fields in its contract, and another kind of contract.
fn with_call(raw: &[u8], call: &[u8], extra: &[u8], kind: u8) -> Vec<u8> {
    let name = b"type.googleapis.com/protocol.TriggerSmartContract";
    let any = [field(1, name), field(2, call)].concat();
    let contract = [&[0x08, kind], field(2, &any).as_slice(), extra].concat();
    // Field 11, of 174 bytes.
    let key = raw.windows(3).position(|window| window == [0x5a, 0xae, 0x01]).expect("the vectors are sound");
    [&raw[..key], &field(11, &contract), &raw[key + 3 + 174..]].concat()
}

/// A field of protocol buffers that is bytes.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len() & 0x7f).expect("the vectors are sound");
    let length = match bytes.len() >> 7 {
        0 => vec![length],
        rest => vec![length | 0x80, u8::try_from(rest).expect("the vectors are sound")],
    };
    [&[number << 3 | 2], length.as_slice(), bytes].concat()
}
