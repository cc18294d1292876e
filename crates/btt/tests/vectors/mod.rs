//! What programs made by others make of the same input; vectors/generate.mjs says how.

use serde_json::Value;

/// A field that is text.
pub(crate) fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap_or_else(|| panic!("{name} is no text in {vector}"))
}

/// Made by ethers, and addresses of TRON by tronweb.
#[allow(dead_code, reason = "each test has the vectors that it needs")]
pub(crate) fn ethers() -> Value {
    serde_json::from_str(include_str!("../../vectors/ethers.json")).expect("JSON")
}

/// Made by tronweb.
#[allow(dead_code, reason = "each test has the vectors that it needs")]
pub(crate) fn tronweb() -> Value {
    serde_json::from_str(include_str!("../../vectors/tronweb.json")).expect("JSON")
}
