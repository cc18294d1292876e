//! The relay against a chain of this process: rows 44 to 46 of `docs/payments-matrix.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod random;
mod submitting;
mod taking;
mod world;
