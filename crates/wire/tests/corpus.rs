//! Replays the corpora of the fuzz targets, so that what they once reached stays reached without a fuzzer.

#[path = "../../../fuzz/properties/wire.rs"]
mod properties;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[track_caller]
fn replay(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&corpus)
        .unwrap_or_else(|error| panic!("{} cannot be listed: {error}", corpus.display()))
        .map(|entry| entry.expect("the corpus can be read").path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", corpus.display());
    for input in inputs {
        #[expect(clippy::disallowed_methods, reason = "the rule is for the crate, not for its tests")]
        property(&fs::read(input).expect("the corpus can be read"));
    }
}

#[test]
fn wire_decode() {
    replay("wire_decode", properties::wire_decode);
}

#[test]
fn wire_roundtrip() {
    replay("wire_roundtrip", properties::wire_roundtrip);
}

#[test]
fn extended() {
    replay("extended", properties::extended);
}

proptest! {
    #[test]
    fn arbitrary_bytes(data in prop::collection::vec(any::<u8>(), 0..300)) {
        properties::wire_decode(&data);
        properties::wire_roundtrip(&data);
        properties::extended(&data);
    }

    /// Short lengths and known types, so that most of the stream is messages.
    #[test]
    fn arbitrary_messages(
        messages in prop::collection::vec((0..30_u32, 0..24_u8, any::<[u8; 30]>()), 0..20),
        seed: u8,
    ) {
        let mut data = vec![seed];
        for (length, id, body) in messages {
            data.extend_from_slice(&length.to_be_bytes());
            if let Some(rest) = length.checked_sub(1) {
                data.push(id);
                data.extend_from_slice(&body[..rest as usize]);
            }
        }
        properties::wire_roundtrip(&data);
    }
}
