//! What the fuzz target checks holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/sponsor.rs"]
mod sponsored;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;

use proptest::prelude::*;
use replay::replay;

#[test]
fn row_48_tickets_are_taken_as_they_were_signed() {
    replay("sponsor_ticket", sponsored::sponsor_ticket);
}

proptest! {
    #[test]
    fn row_48_the_same_holds_for_arbitrary_bytes(data in prop::collection::vec(any::<u8>(), 0..300)) {
        sponsored::sponsor_ticket(&data);
    }

    #[test]
    fn row_48_whatever_somebody_makes_a_ticket_of_costs_little(
        text in text::repeated(&["", "1.", "1.a.", "1.a.d2474e86c95b19b8bcfdb92bc12c9d44667cfa36."], &[".", "0", "A", "é", "-"]),
    ) {
        sponsored::sponsor_ticket(&text);
    }
}
