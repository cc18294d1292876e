#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[allow(dead_code, reason = "each target checks one of the two properties")]
#[path = "../properties/wire.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::wire_decode(bytes));
