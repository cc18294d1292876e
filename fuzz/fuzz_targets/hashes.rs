#![no_main]

#[path = "../properties/hashes.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::hashes(bytes));
