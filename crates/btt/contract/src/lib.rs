//! The contract of payments by the byte, `BttPay.sol`, in an EVM of this process.
//!
//! What the contract is for and by which rules it pays is said in its source and in `docs/pay.md`. This package has no
//! part in the product: it is what the contract's tests call it with, and what measures its gas.
//!
//! 1. `cargo xtask contract` compiles the contract, and the contracts that tests have call it; [`artefact`] reads them.
//! 2. A [`Chain`] is an EVM with the rules and the number of BTTC's test network. Time stands still until it is
//!    [moved](Chain::advance), and gas is free, so that balances are exact.
//! 3. [`BttPay`] is the contract on such a chain. It is called with the bytes that crate `pay` makes, so its tests prove
//!    those, too.
//! 4. [`BttSplit`] is the contract that shares what it redeems, beside it, called with the bytes that crate `relay` makes.
//! 5. [`gas`] says what each call costs.

mod artefact;
mod chain;
mod contract;
pub mod gas;
mod key;
mod split;
mod words;

pub use artefact::artefact;
pub use chain::{Chain, Event, Receipt, Refusal};
pub use contract::{BttPay, Status, Terms, fraud, payments};
pub use key::{Key, address_of};
pub use split::BttSplit;
pub use words::{Words, selector};
