#![no_main]

#[path = "../../crates/pay/tests/pair/schedule.rs"]
mod schedule;
#[path = "../../crates/pay/tests/pair/world/mod.rs"]
#[allow(dead_code, reason = "a schedule does not do all that the tests do")]
mod world;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| schedule::pay_schedule(bytes));
