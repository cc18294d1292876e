//! Every input that fuzzing starts from or has found still holds what the fuzz targets check.

#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/tracker.rs"]
mod tracker;

use replay::replay;

#[test]
fn requests_are_understood_again_when_written_again() {
    replay("tracker_request", tracker::tracker_request);
}

#[test]
fn responses_are_understood_again_when_written_again() {
    replay("tracker_response", tracker::tracker_response);
}
