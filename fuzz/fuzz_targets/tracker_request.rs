#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[allow(dead_code, reason = "each target checks one of the two properties")]
#[path = "../properties/tracker.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::tracker_request(bytes));
