//! What the fuzz targets check holds for every input that fuzzing starts from or has found, and for those that are made
//! to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/hostile/json.rs"]
mod json;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/tracker.rs"]
mod tracker;

use proptest::prelude::*;
use replay::replay;

#[test]
fn requests_are_understood_again_when_written_again() {
    replay("tracker_request", tracker::tracker_request);
}

#[test]
fn responses_are_understood_again_when_written_again() {
    replay("tracker_response", tracker::tracker_response);
}

const KEYS: [&str; 12] = [
    "action",
    "info_hash",
    "peer_id",
    "to_peer_id",
    "offer_id",
    "offers",
    "offer",
    "answer",
    "files",
    "flags",
    "left",
    "failure reason",
];

const USUAL: [&str; 6] =
    ["\"announce\"", "\"scrape\"", "\"aaaaaaaaaaaaaaaaaaaa\"", "[]", "{\"sdp\":\"v=0\"}", "null"];

proptest! {
    #[test]
    fn whatever_somebody_makes_a_message_of_it_costs_little(
        action in proptest::sample::select(&["announce", "scrape"][..]),
        object in json::object(&KEYS, &USUAL),
        value in json::value(),
    ) {
        let object = String::from_utf8(object).expect("JSON is text");
        let id = "aaaaaaaaaaaaaaaaaaaa";
        let known = format!("{{\"action\":\"{action}\",\"info_hash\":\"{id}\",\"peer_id\":\"{id}\"");
        for text in [
            format!("{known},{}", &object[1..]),
            format!("{known},\"offers\":{value}}}"),
            format!("{{\"action\":\"{action}\",\"info_hash\":{value},\"files\":{value}}}"),
            format!("{{\"failure reason\":{value}}}"),
            object,
            value,
        ] {
            tracker::tracker_request(text.as_bytes());
            tracker::tracker_response(text.as_bytes());
        }
    }
}
