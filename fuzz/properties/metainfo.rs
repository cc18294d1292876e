use metainfo::{Info, Metainfo};

/// A torrent file that is read lies in order within its limits, and is read back as it was written.
pub(super) fn metainfo(bytes: &[u8]) {
    let Ok(metainfo) = Metainfo::parse(bytes) else { return };
    assert_eq!(Metainfo::parse(&metainfo.to_bytes()), Ok(metainfo.clone()));
    let info = metainfo.info;
    assert_eq!(Info::parse(info.raw()), Ok(info.clone()));
    let mut end = 0;
    for file in info.files() {
        assert_eq!(file.span.offset, end);
        assert!(
            file.path
                .iter()
                .all(|name| name != ".." && !name.is_empty() && !name.contains(['/', '\\', '\0']))
        );
        end = file.span.end();
    }
    assert_eq!(end, info.geometry().total_length());
    assert!(info.geometry().pieces().all(|piece| info.piece_hash(piece).is_some()));
}
