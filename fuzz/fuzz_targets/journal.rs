#![no_main]

#[path = "../properties/cost.rs"]
mod cost;
#[path = "../properties/journal.rs"]
mod journal;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| journal::journal(bytes));
