#![no_main]

#[path = "../properties/exchange.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::exchange(bytes));
