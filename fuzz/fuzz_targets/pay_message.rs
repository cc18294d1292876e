#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/pay.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::pay_message(bytes));
