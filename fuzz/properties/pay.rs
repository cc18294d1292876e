use btt::Address;
use pay::message::{MAX_MESSAGE, Message, Terms};
use pay::seller::SlotStatus;
use pay::{SessionId, SlotId};

use super::cost::Cost;

/// Each field is looked for by itself, and what is in lists on the way to it is gone through each time.
const MESSAGE: Cost = Cost { flat: 1024, per_byte: 16 };

/// The hash that names a session is made of two words that are put together.
const ANSWER: Cost = Cost { flat: 64, per_byte: 0 };

/// What was understood of what a peer says of payments can be written and understood again.
pub(super) fn pay_message(data: &[u8]) {
    if let Ok(Some(message)) = MESSAGE.limits(data.len().min(MAX_MESSAGE), || Message::parse(data)) {
        let bytes = message.encode();
        assert!(bytes.len() <= MAX_MESSAGE);
        assert_eq!(Message::parse(&bytes), Ok(Some(message)));
    }
    if let Ok(Some(terms)) = MESSAGE.limits(data.len().min(MAX_MESSAGE), || Terms::parse(data)) {
        assert_eq!(Terms::parse(&terms.encode()), Ok(Some(terms)));
    }
}

/// What is read of a node's answer stands in it.
pub(super) fn pay_status(data: &[u8]) {
    let address = |word: usize| {
        let bytes = data.get(32 * word + 12..32 * (word + 1)).and_then(|bytes| bytes.as_array().copied());
        Address::from_bytes(bytes.unwrap_or_default())
    };
    // The session that the answer is about, so that the rest of it is looked at, too.
    let slot = SlotId { session: SessionId::of(address(0), address(3)), slot: 0 };
    let status = ANSWER.limits(data.len(), || SlotStatus::parse(slot, data));
    let Some(status) = status.ok().filter(|status| *status != SlotStatus::ABSENT) else { return };
    let nobody = Address::from_bytes([0; 20]);
    let numbers = [
        u128::from(status.expiry.as_secs()),
        status.slots.into(),
        status.slot_cap.units(),
        status.paid.units(),
    ];
    for (word, number) in [1, 2, 4, 8].into_iter().zip(numbers) {
        assert_eq!(data[32 * word..32 * (word + 1)], [[0; 16], number.to_be_bytes()].concat());
    }
    assert_eq!((address(0), address(3)), (status.owner, status.key));
    assert_eq!(address(7), status.payee.unwrap_or(nobody));
    assert!(data.len() == 288 && status.paid <= status.slot_cap && status.owner != nobody);
}
