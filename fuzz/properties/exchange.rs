use wire::ExchangeMessage;

use super::cost::Cost;

/// Ids of peers are copied twice.
const MESSAGE: Cost = Cost { flat: 256, per_byte: 4 };

/// What was understood of a message of `sc_pex` can be written and understood again.
pub(super) fn exchange(data: &[u8]) {
    if let Ok(Some(message)) = MESSAGE.limits(data.len(), || ExchangeMessage::parse(data)) {
        assert_eq!(ExchangeMessage::parse(&message.encode()), Ok(Some(message)));
    }
}
