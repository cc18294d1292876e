//! Replays the corpora of the fuzz targets, so that what they once reached stays reached without a fuzzer.

#[path = "../../../fuzz/properties/hashes.rs"]
mod hashes;
#[path = "../../../fuzz/properties/picker.rs"]
mod picker;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/strangers.rs"]
mod strangers;

use proptest::prelude::*;
use replay::replay;

#[test]
fn the_sequences_in_the_corpus_keep_the_rules() {
    replay("picker", picker::picker);
}

#[test]
fn messages_of_hashes_in_the_corpus_are_answered_or_refused() {
    replay("hashes", hashes::hashes);
}

#[test]
fn strangers_in_the_corpus_cost_little() {
    replay("strangers", strangers::strangers);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn arbitrary_sequences_keep_the_rules(data in prop::collection::vec(any::<u8>(), 0..400)) {
        picker::picker(&data);
    }

    #[test]
    fn arbitrary_messages_of_hashes_are_answered_or_refused(
        data in prop::collection::vec((any::<u8>(), 0..6_u8, 0..4_u8, any::<u8>(), any::<u8>(), 0..16_u8), 0..60),
    ) {
        let data = data.into_iter().flat_map(|(kind, file, level, index, length, proof)| [kind, file, level, index, length, proof]);
        hashes::hashes(&data.collect::<Vec<_>>());
    }

    #[test]
    fn arbitrary_strangers_cost_little(data in prop::collection::vec(any::<u8>(), 0..600)) {
        strangers::strangers(&data);
    }
}
