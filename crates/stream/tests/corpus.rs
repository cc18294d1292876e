//! Inputs that fuzzing starts from, or once failed with.

#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/stream.rs"]
mod stream;

use replay::replay;

#[test]
fn requests_for_files_are_answered_whatever_they_say() {
    replay("stream", stream::stream);
}
