#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/sponsor.rs"]
mod sponsor;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| sponsor::sponsor_ticket(bytes));
