use metainfo::{MAX_LINK_LENGTH, Magnet};

use super::cost::Cost;

/// A file of two bytes becomes a range in a list that grows.
const LINK: Cost = Cost { flat: 64 << 10, per_byte: 24 };

/// A link that is read means the same when it is written.
pub(super) fn magnet(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(magnet) = LINK.limits(text.len(), || Magnet::parse(&text)) else { return };
    let link = magnet.to_string();
    // Escaping may make a link up to three times as long.
    if link.len() <= MAX_LINK_LENGTH {
        assert_eq!(Magnet::parse(&link), Ok(magnet));
    }
}
