//! What the engine does in a browser is what it does in the simulator: draws and times are the same where addresses
//! have 32 bits.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use sim::{Scenario, simulate};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[wasm_bindgen_test]
fn swarms_take_the_course_that_they_take_elsewhere() {
    let trace = |seed| format!("{:x}\n", simulate(&Scenario::random(seed, None)).unwrap().trace);
    let traces = [0, 1, 2].map(trace);
    assert_eq!(traces.concat(), include_str!("../../../crates/sim/tests/traces.txt"));
}
