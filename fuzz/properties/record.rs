use session::{Error, Record, turn};

/// Bytes are a record or are not, and a record that is read is the one that is written. `bytes` stand once for all of
/// the file, and once for what is behind a checksum that is right, with a version and as the first release wrote it.
pub(super) fn record(bytes: &[u8]) {
    drop(Record::decode(bytes));
    let turn = 7;
    for magic in [*b"seedst02", *b"seedrcrd"] {
        match Record::decode(&turn::seal(magic, turn, bytes)) {
            Ok(Some((read, record))) => {
                assert_eq!(read, turn);
                let written = record.encode(turn);
                let again = Record::decode(&written).expect("it was written").expect("it is not empty").1;
                // Numbers that are none differ from themselves, but their bytes do not.
                assert!(again.encode(turn) == written);
            }
            other => assert_eq!(other.err(), Some(Error::Record)),
        }
    }
}
