#![no_main]

#[path = "../properties/picker.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::picker(bytes));
