//! The purse: a worker that decides on payments by the byte. It has the keys of deposits, and remembers what was promised
//! to whom. Who does not pay and is not paid never downloads it.
//!
//! 1. A [`Lock`](browser::Lock) over all tabs makes it the only one that pays. What was remembered is [loaded](store).
//! 2. The engine tells what its peers say and what was traded; a [`Till`](till::Till) has the machines of buyer and seller
//!    decide on that. Pages say what the user wants.
//! 3. What the till wants is done: orders go to the engine, records to the disk, questions to the [chain](chain::Chain). A
//!    record is confirmed when its transaction is complete, and nothing that depends on it is signed or given before.
//! 4. Pages are told how things are.
//!
//! What goes wrong with the storage ends all payments: everybody is served for nothing, and nothing is signed, until it can be
//! read again from the beginning.

pub mod awaited;
pub mod book;
pub mod browser;
pub mod chain;
mod driver;
mod gas;
pub mod idb;
pub mod keyring;
pub mod ledger;
pub mod openings;
pub mod prices;
pub mod proofs;
pub mod records;
mod redeeming;
mod run;
pub mod sponsor;
pub mod store;
pub mod till;
pub mod vault;
pub mod wanted;

pub use run::{begin, start};
