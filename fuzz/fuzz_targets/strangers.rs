#![no_main]

#[path = "../properties/strangers.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::strangers(bytes));
