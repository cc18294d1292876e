use metainfo::{MAX_LINK_LENGTH, Magnet, ShortLink};

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

/// A decoded link is at most three quarters of its text, and becomes nothing that grows.
const SHORT: Cost = Cost { flat: 4 << 10, per_byte: 2 };

/// A short link that is read is the only text for what it says, and leads to the same as its magnet link.
pub(super) fn short_link(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let Ok(link) = SHORT.limits(text.len(), || text.parse::<ShortLink>()) else { return };
    assert_eq!(link.to_string(), text);
    let magnet = Magnet::from(link.clone());
    assert_eq!(ShortLink::to(&magnet), link);
    assert_eq!(Magnet::parse(&magnet.to_string()), Ok(magnet));
}
