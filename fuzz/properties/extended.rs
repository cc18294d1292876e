use wire::{ExtendedHandshake, MetadataMessage, encode_dont_have, parse_dont_have};

/// What was understood of an extension's payload can be written and understood again.
pub(super) fn extended(data: &[u8]) {
    if let Ok(handshake) = ExtendedHandshake::parse(data) {
        assert_eq!(ExtendedHandshake::parse(&handshake.encode()), Ok(handshake));
    }
    if let Ok(Some(message)) = MetadataMessage::parse(data) {
        assert_eq!(MetadataMessage::parse(&message.encode()), Ok(Some(message)));
    }
    if let Ok(piece) = parse_dont_have(data) {
        assert_eq!(encode_dont_have(piece), data);
    }
}
