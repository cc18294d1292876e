//! The program of artwork: what the library exports, and nothing of its own.

use artwork as _;

fn main() {}
