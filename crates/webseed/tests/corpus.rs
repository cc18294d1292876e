//! Replays the corpus of the fuzz target, so that what it once reached stays reached without a fuzzer.

#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
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
}
