#![no_main]

#[allow(dead_code, reason = "each target runs one of the properties")]
#[path = "../properties/wire.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|data: &[u8]| properties::wire_decode(data));
