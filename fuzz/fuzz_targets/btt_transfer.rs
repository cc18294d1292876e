#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[allow(dead_code, reason = "each target checks one of the four properties")]
#[path = "../properties/btt.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::btt_transfer(bytes));
