//! What the fuzz target checks holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;
#[path = "../../../fuzz/properties/webseed.rs"]
mod webseed;

use proptest::prelude::*;
use replay::replay;

#[test]
fn no_name_leads_away_from_the_address() {
    replay("webseed", webseed::webseed);
}

proptest! {
    #[test]
    fn nor_does_an_arbitrary_one(address in "https?://[a-z:/?.%]{1,12}", name: String, rest: String) {
        webseed::webseed(format!("{address}\n{name}\n{rest}").as_bytes());
    }

    #[test]
    fn whatever_somebody_makes_an_address_or_an_answer_of_it_costs_little(
        input in text::repeated(
            &["https://a/", "http://a/\nname\n", "https://a/?\nname\n9\nbytes "],
            &["/", "?", "#", "@", ":", "%", "é", "\n", "9", "-", " ", "bytes 0-1/9", "\\"],
        ),
    ) {
        webseed::webseed(&input);
    }
}
