#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/extended.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::extended(bytes));
