//! The queue as the first relays saved it, before what sends transactions was a part of its own.

use btt::{Address, Amount};
use relay::{Saved, Terms};
use serde_json::{Map, Value, json};

/// Its file.
pub(super) const QUEUE: &str = "queue.json";

/// Of a transaction that was under way, what is told apart from its vouchers now.
const SENDING: [&str; 4] = ["nonce", "data", "sent", "used_since"];

/// The same as it is saved today. Every transaction of a relay called `split`, and sent it nothing.
pub(super) fn saved(mut queue: Value, split: Address) -> serde_json::Result<Saved> {
    if let Some(pending) = queue.get_mut("pending").and_then(Value::as_object_mut) {
        let mut sending: Map<_, _> =
            SENDING.into_iter().filter_map(|field| pending.remove_entry(field)).collect();
        let gas = pending.get("gas").and_then(Value::as_u64).map(Terms::gas_limit);
        sending.insert("gas".to_owned(), json!(gas));
        sending.insert("to".to_owned(), json!(split));
        sending.insert("value".to_owned(), json!(Amount::default()));
        pending.insert("sending".to_owned(), Value::Object(sending));
    }
    serde_json::from_value(queue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_46_a_relay_goes_on_with_what_the_first_ones_saved() {
        let split = Address::from_bytes([7; 20]);
        let address = |byte: u8| json!(Address::from_bytes([byte; 20]));
        let voucher = json!({
            "buyer": address(1),
            "key": address(2),
            "slot": 3,
            "cumulative": "1000",
            "signature": format!("0x{}", "33".repeat(64)),
        });
        let sent = json!([{ "price": "9", "hash": format!("0x{}", "44".repeat(32)), "bytes": "f86c" }]);
        let pending = json!({
            "owner": address(4),
            "vouchers": [voucher],
            "earned": "50",
            "gas": 100_000,
            "nonce": 6,
            "data": "00ff",
            "sent": sent,
            "used_since": null,
        });
        let ledger = json!({ "earned": "5", "spent": "6" });
        let queue = json!({ "vouchers": [], "pending": pending, "ledger": ledger });
        let now = serde_json::to_value(saved(queue, split).unwrap()).unwrap();
        assert_eq!((&now["ledger"], &now["vouchers"]), (&ledger, &json!([])));
        let sending = json!({
            "to": split,
            "value": "0",
            "data": "00ff",
            "gas": 142_300,
            "nonce": 6,
            "sent": sent,
            "used_since": null,
        });
        assert_eq!(now["pending"]["sending"], sending);
        assert_eq!((&now["pending"]["earned"], &now["pending"]["gas"]), (&json!("50"), &json!(100_000)));

        let none = json!({ "vouchers": [], "pending": null, "ledger": ledger });
        assert!(saved(none, split).is_ok());
        assert!(saved(json!({ "vouchers": [] }), split).is_err());
    }
}
