//! The sponsor against a chain of this process: rows 48 to 51 of `docs/payments-matrix.md`.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod admitting;
mod opening;
mod random;
mod tickets;
mod world;
