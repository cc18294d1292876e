//! Calls of the contract and its answers, as ethers writes them.

mod vectors;

use btt::{Address, Amount, hex};
use pay::abi::{Call, Opening};
use pay::message::{Claim, Fraud, Payment};
use pay::seller::SlotStatus;
use pay::{Error, SessionId, SlotId, Time, Voucher};
use vectors::{Vector, ethers};

fn opening(vector: &Vector) -> Opening {
    Opening {
        key: vector.address("key"),
        slots: vector.number("slots").try_into().expect("slots have 32 bits"),
        slot_cap: vector.amount("slotCap"),
        expiry: expiry(vector),
        bond: vector.amount("bond"),
    }
}

fn expiry(vector: &Vector) -> Time {
    Time::from_secs(vector.number("expiry").try_into().expect("times have 64 bits"))
}

#[track_caller]
fn assert_is(call: Call<'_>, vector: &Vector, name: &str) {
    assert_eq!(hex::encode(&call.encode()), hex::encode(&vector.bytes(name)));
}

#[test]
fn row_15_calls_are_those_that_ethers_makes() {
    for mut vector in ethers("calls") {
        let Opening { expiry, slots, .. } = opening(&vector);
        let session = SessionId::from_bytes(vector.array("session"));
        assert_is(Call::Open(opening(&vector)), &vector, "open");
        assert_is(Call::Extend { session, expiry, add_slots: slots }, &vector, "extend");
        assert_is(Call::Withdraw(session), &vector, "withdraw");
        assert_is(Call::Status(vector.slot("session")), &vector, "status");

        let payment = |item: &Vector| {
            let (slot, cumulative) = (item.slot("session"), item.amount("cumulative"));
            Payment { slot, cumulative, signature: item.halves() }
        };
        let payments: Vec<_> = vector.list("payments").iter().map(payment).collect();
        let payee = vector.address("payee");
        assert_is(Call::Redeem { payee, payments: &payments }, &vector, "redeem");

        let claim = |item: &Vector| {
            let (payee, cumulative) = (item.address("payee"), item.amount("cumulative"));
            Claim { payee, cumulative, signature: item.halves() }
        };
        let claims: Vec<_> = vector.list("claims").iter().map(claim).collect();
        let (owner, key) = (vector.address("owner"), vector.address("key"));
        let slot = vector.slot("id").slot;
        let fraud = Fraud { owner, key, slot, claims: claims.try_into().expect("there are two") };
        assert_is(Call::Slash(&fraud), &vector, "slash");
    }
}

#[test]
fn row_15_the_answer_is_the_one_that_ethers_makes() {
    for vector in ethers("calls") {
        let Opening { key, slots, slot_cap, expiry, .. } = opening(&vector);
        let status = SlotStatus {
            owner: vector.address("owner"),
            key,
            expiry,
            slots,
            slot_cap,
            payee: (!vector.is("free")).then(|| vector.address("payee")),
            paid: vector.amount("paid"),
        };
        let slot = vector.slot("id");
        assert_eq!(slot.session, SessionId::of(status.owner, status.key));
        assert_eq!(SlotStatus::parse(slot, &vector.bytes("answer")), Ok(status));
    }
}

#[test]
fn a_deposit_is_all_its_slots_and_the_bond() {
    let key = Address::from_bytes([1; 20]);
    let opening = Opening {
        key,
        slots: 8,
        slot_cap: Amount::from_btt(20_000),
        expiry: Time::default(),
        bond: Amount::from_btt(10_000),
    };
    assert_eq!(opening.value(), Some(Amount::from_btt(170_000)));
    let everything = Amount::from_units(u128::MAX);
    assert_eq!(Opening { slot_cap: everything, ..opening }.value(), None);
    assert_eq!(Opening { bond: everything, ..opening }.value(), None);
}

/// Of a slot from which somebody was paid.
fn answer() -> (SlotId, Vec<u8>) {
    let vector = ethers("calls").swap_remove(0);
    (vector.slot("id"), vector.bytes("answer"))
}

#[test]
fn row_33_an_answer_has_exactly_its_length() {
    let (slot, answer) = answer();
    assert_eq!(answer.len(), 288);
    assert!(SlotStatus::parse(slot, &answer).is_ok());
    for length in (0..answer.len()).chain([289, 320, 4096]) {
        let mut other = answer.clone();
        other.resize(length, 0);
        assert_eq!(SlotStatus::parse(slot, &other), Err(Error::Answer), "{length} bytes");
    }
}

#[test]
fn row_33_no_number_of_an_answer_is_beyond_its_type() {
    let (slot, answer) = answer();
    // Bytes before owner, expiry, slots, key, slotCap, balance, bond, payee and paid.
    for (word, zeros) in [12, 24, 28, 12, 20, 16, 16, 12, 20].into_iter().enumerate() {
        for byte in 0..zeros {
            let mut other = answer.clone();
            other[32 * word + byte] = 1;
            assert_eq!(SlotStatus::parse(slot, &other), Err(Error::Answer), "byte {byte} of word {word}");
        }
    }
}

#[test]
fn row_33_the_answer_for_another_session_is_refused() {
    let (slot, answer) = answer();
    let other = SlotId { session: SessionId::from_bytes([1; 32]), ..slot };
    assert_eq!(SlotStatus::parse(other, &answer), Err(Error::Answer));
    for byte in [31, 3 * 32 + 31] {
        let mut other = answer.clone();
        other[byte] ^= 1;
        assert_eq!(SlotStatus::parse(slot, &other), Err(Error::Answer), "byte {byte}");
    }
}

#[test]
fn row_33_nobody_was_paid_more_than_there_is_nor_was_nobody_paid() {
    let (slot, mut answer) = answer();
    let (cap, paid) = (4 * 32..5 * 32, 8 * 32..9 * 32);
    let status = SlotStatus::parse(slot, &answer).unwrap();
    assert!(status.payee.is_some() && status.paid == status.slot_cap);
    answer[cap.start..cap.end].copy_from_slice(&[0; 32]);
    assert_eq!(SlotStatus::parse(slot, &answer), Err(Error::Answer));
    answer.copy_within(paid, cap.start);
    assert_eq!(SlotStatus::parse(slot, &answer), Ok(status));
    answer[7 * 32..8 * 32].fill(0);
    assert_eq!(SlotStatus::parse(slot, &answer), Err(Error::Answer));
}

#[test]
fn a_session_that_never_was_has_no_status() {
    let slot = SlotId { session: SessionId::from_bytes([0xab; 32]), slot: 0 };
    assert_eq!(SlotStatus::parse(slot, &[0; 288]), Ok(SlotStatus::ABSENT));
}

#[test]
fn what_a_slot_holds_has_96_bits() {
    let (slot, mut answer) = answer();
    answer[4 * 32 + 20..5 * 32].fill(0xff);
    let status = SlotStatus::parse(slot, &answer).unwrap();
    assert_eq!(status.slot_cap.units(), Voucher::LIMIT.units() - 1);
}
