use pay::message::{MAX_MESSAGE, Message, Terms};

use super::cost::Cost;

/// Each field is looked for by itself, and what is in lists on the way to it is gone through each time.
const MESSAGE: Cost = Cost { flat: 1024, per_byte: 16 };

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
