use metainfo::{MAX_LINK_LENGTH, Magnet};

/// A link that is read means the same when it is written.
pub(super) fn magnet(bytes: &[u8]) {
    let Ok(magnet) = Magnet::parse(&String::from_utf8_lossy(bytes)) else { return };
    let link = magnet.to_string();
    // Escaping may make a link up to three times as long.
    if link.len() <= MAX_LINK_LENGTH {
        assert_eq!(Magnet::parse(&link), Ok(magnet));
    }
}
