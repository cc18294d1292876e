//! Replays the corpus of the fuzz target, so that what it once reached stays reached without a fuzzer.

#[path = "../../../fuzz/properties/webseed.rs"]
mod webseed;

use std::fs;
use std::path::Path;

use proptest::prelude::*;

#[test]
fn no_name_leads_away_from_the_address() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/webseed");
    let inputs: Vec<_> = fs::read_dir(corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(!inputs.is_empty());
    for input in inputs {
        #[expect(clippy::disallowed_methods, reason = "the rule is for the crate, not for its tests")]
        webseed::webseed(&fs::read(input).unwrap());
    }
}

proptest! {
    #[test]
    fn nor_does_an_arbitrary_one(address in "https?://[a-z:/?.%]{1,12}", name: String, rest: String) {
        webseed::webseed(format!("{address}\n{name}\n{rest}").as_bytes());
    }
}
