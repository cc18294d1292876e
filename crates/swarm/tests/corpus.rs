//! Replays the corpus of the fuzz target, so that what it once reached stays reached without a fuzzer.

#[path = "../../../fuzz/properties/picker.rs"]
mod picker;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn the_sequences_in_the_corpus_keep_the_rules() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/picker");
    let entries = fs::read_dir(&corpus).expect("the corpus can be listed");
    let mut inputs: Vec<_> = entries.map(|entry| entry.expect("the corpus can be read").path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", corpus.display());
    for input in inputs {
        #[expect(clippy::disallowed_methods, reason = "the rule is for the crate, not for its tests")]
        picker::picker(&fs::read(input).expect("the corpus can be read"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn arbitrary_sequences_keep_the_rules(data in prop::collection::vec(any::<u8>(), 0..400)) {
        picker::picker(&data);
    }
}
