//! What the fuzz target checks holds for every input that fuzzing starts from or has found, and for those that are made
//! to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/stream.rs"]
mod stream;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;

use proptest::prelude::*;
use replay::replay;

#[test]
fn requests_for_files_are_answered_whatever_they_say() {
    replay("stream", stream::stream);
}

proptest! {
    #[test]
    fn whatever_somebody_makes_a_request_of_it_costs_little(
        request in text::repeated(
            &["", "a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5b6b7b8b9/", "a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5b6b7b8b9/a.mp4\nGET\nbytes="],
            &["/", "a/", "%41", "%", "é", ".", "\n", "9", "-", ",0-1", "bytes=", "\"tag\""],
        ),
    ) {
        stream::stream(&request);
    }
}
