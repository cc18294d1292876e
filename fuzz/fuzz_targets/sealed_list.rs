#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/seal.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::sealed_list(bytes));
