#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/magnet.rs"]
#[allow(dead_code, reason = "the other property is another target's")]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::short_link(bytes));
