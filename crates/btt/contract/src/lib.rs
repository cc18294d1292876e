//! The contract of payments by the byte, `BttPay.sol`, in an EVM of this process.
//!
//! What the contract is for and by which rules it pays is said in its source and in `docs/pay.md`. This package has no
//! part in the product: it is what the contract's tests call it with, and what measures its gas.
//!
//! 1. `cargo xtask contract` compiles the contract, and the contracts that tests have call it; [`artefact`] reads them.
//! 2. A [`Chain`] is an EVM with the rules and the number of BTTC's test network. Time stands still until it is
//!    [moved](Chain::advance), and gas is free, so that balances are exact.
//! 3. [`BttPay`] is the contract on such a chain, each of its functions a method.
//! 4. [`gas`] says what each call costs.

mod artefact;
pub mod call;
mod chain;
pub mod gas;
mod key;
mod pay;
mod words;

pub use artefact::artefact;
pub use chain::{Chain, Event, Receipt, Refusal};
pub use key::Key;
pub use pay::{BttPay, SessionId, Status, Terms, Voucher};
pub use words::{Words, selector};
