use wire::{ExtendedHandshake, MetadataMessage, encode_dont_have, parse_dont_have};

use super::cost::Cost;

/// Names of extensions become strings in a list, as often as they are there.
const MESSAGE: Cost = Cost { flat: 1024, per_byte: 8 };

/// What was understood of an extension's payload can be written and understood again.
pub(super) fn extended(data: &[u8]) {
    if let Ok(handshake) = MESSAGE.limits(data.len(), || ExtendedHandshake::parse(data)) {
        assert_eq!(ExtendedHandshake::parse(&handshake.encode()), Ok(handshake));
    }
    if let Ok(Some(message)) = MESSAGE.limits(data.len(), || MetadataMessage::parse(data)) {
        assert_eq!(MetadataMessage::parse(&message.encode()), Ok(Some(message)));
    }
    if let Ok(piece) = parse_dont_have(data) {
        assert_eq!(encode_dont_have(piece), data);
    }
}
