use metainfo::{Info, MAX_ENDORSEMENTS, MAX_PAYMENT_OPTIONS, Metainfo, SPARE_PATHS};

use super::cost::Cost;

/// Most is paths: a name of one byte takes three, and becomes a string in a list.
const TORRENT: Cost = Cost { flat: 2 * SPARE_PATHS as u64, per_byte: 32 };

/// A torrent file that is read lies in order within its limits, and is read back as it was written.
pub(super) fn metainfo(bytes: &[u8]) {
    let Ok(metainfo) = TORRENT.limits(bytes.len(), || Metainfo::parse(bytes)) else { return };
    assert_eq!(Metainfo::parse(&metainfo.to_bytes()), Ok(metainfo.clone()));
    assert!(metainfo.endorsements.len() <= MAX_ENDORSEMENTS);
    let info = metainfo.info;
    assert_eq!(Info::parse(info.raw()), Ok(info.clone()));
    let options = info.payment_options();
    assert!(options.len() <= MAX_PAYMENT_OPTIONS);
    assert!((0..options.len()).all(|n| options[..n].iter().all(|(name, _)| *name != options[n].0)));
    assert!(options.iter().map(|(name, value)| name.len() + value.len()).all(|length| length <= 288));
    let mut end = 0;
    for file in info.files() {
        assert!(file.span.offset >= end);
        assert!(
            file.path
                .iter()
                .all(|name| name != ".." && !name.is_empty() && !name.contains(['/', '\\', '\0']))
        );
        end = file.span.end();
    }
    let geometry = info.geometry();
    assert!(end <= geometry.total_length());
    let content: u64 = geometry.pieces().map(|piece| u64::from(geometry.content_of(piece))).sum();
    assert_eq!(content, geometry.content_length());
    let (v1, v2) = (info.hashes().v1().is_some(), info.hashes().v2().is_some());
    for piece in geometry.pieces() {
        assert!((1..=geometry.length_of(piece)).contains(&geometry.content_of(piece)));
        assert_eq!((info.piece_hash(piece).is_some(), info.tree_of(piece).is_some()), (v1, v2));
    }
}
