//! The contract of payments by the byte: rows 1 to 14 and 43 of `docs/payments-matrix.md`.
//!
//! All happens in an EVM of this process. A node of its own is among the end-to-end tests.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod batches;
mod extending;
mod fixture;
mod gas;
mod invariant;
mod opening;
mod payees;
mod redeeming;
mod signatures;
mod slashing;
mod splitting;
mod withdrawing;
