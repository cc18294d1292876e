//! Inputs that fuzzing starts from, or once failed with.

#[path = "../../../fuzz/properties/record.rs"]
mod record;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn what_is_read_of_a_record_is_what_was_written() {
    replay("record", record::record);
}
