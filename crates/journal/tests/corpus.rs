//! What the fuzz target checks holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/journal.rs"]
mod journal;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use proptest::collection::vec;
use proptest::prelude::*;
use replay::replay;

#[test]
fn reports_are_understood_again_when_written_again() {
    replay("journal", journal::journal);
}

#[test]
fn the_shortest_lines_cost_little_each() {
    let text = format!("seedcast-journal 2\ndropped 0\n{}", "0 - left\n".repeat(100_000));
    journal::journal(text.as_bytes());
}

proptest! {
    #[test]
    fn the_same_holds_for_arbitrary_lines(lines in vec("[0-9]{1,20} (-|[0-9]{1,10}) (torrent|has|closed|traded|left|offered|tracker-failed|web-seed-failed)( -| [0-9a-z]{1,20}){0,3}", 0..20)) {
        let text = format!("seedcast-journal 2\ndropped 0\n{}\n", lines.join("\n"));
        journal::journal(text.as_bytes());
    }
}
