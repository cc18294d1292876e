//! Inputs that fuzzing starts from, or once failed with.

#[path = "../../../fuzz/properties/btt.rs"]
mod btt;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use proptest::prelude::*;
use replay::replay;

#[test]
fn text_that_is_read_means_the_same_when_written() {
    replay("btt_text", btt::btt_text);
}

#[test]
fn memos_are_written_as_they_were_read() {
    replay("btt_memo", btt::btt_memo);
}

#[test]
fn what_passes_for_a_transfer_is_that_transfer() {
    replay("btt_transfer", btt::btt_transfer);
}

#[test]
fn what_passes_for_a_tip_is_one() {
    replay("btt_claim", btt::btt_claim);
}

proptest! {
    #[test]
    fn the_same_holds_for_arbitrary_bytes(data in prop::collection::vec(any::<u8>(), 0..300)) {
        btt::btt_text(&data);
        btt::btt_memo(&data);
        btt::btt_transfer(&data);
        btt::btt_claim(&data);
    }
}
