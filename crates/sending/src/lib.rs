//! Transactions of an account of one's own: they are signed here, and one at a time is sent until the chain has carried it
//! out, once.
//!
//! Pure: no network, no files, no clock. Whoever drives a [`Sending`] saves it, sends its newest [bytes](Sending::signed) again
//! and again, and tells it what the chain [says](Sending::watch).
//!
//! # Why it is carried out once
//!
//! An account's transactions are numbered, and a chain carries out one of each number. Whatever is sent of one `Sending`, at
//! whatever price, has one number. So it may be sent as often as one likes, by a program that was killed and knows no more
//! than what it saved, as long as **it was saved before it was sent** and nothing else is made before it is over.
//!
//! ```
//! use btt::{Address, Amount};
//! use sending::{Account, Key, Sending, Sight, Transaction, Watched};
//!
//! let key = Key::from_bytes(&[0x46; 32]).ok_or("no key")?;
//! let account = Account { key, chain: 1029, confirmations: 3 };
//! let transaction = Transaction {
//!     nonce: 9,
//!     price: Amount::from_units(300),
//!     gas: 21_000,
//!     to: Address::from_bytes([0x35; 20]),
//!     value: Amount::from_btt(1),
//!     data: Vec::new(),
//! };
//! let mut sending = Sending::new(&account, transaction);
//! // Saved by now, and sent. Gas has become dearer meanwhile, and that is worth it.
//! let sight = Sight { head: 100, nonce: 9, price: Amount::from_units(400), receipt: None };
//! assert_eq!(sending.watch(&account, &sight, |price| price < Amount::from_units(500)), Watched::Changed);
//! assert_eq!(sending.signed().len(), 2);
//! # Ok::<(), &str>(())
//! ```

#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic
)]

#[cfg(feature = "pool")]
pub mod pool;
mod sent;
mod sight;
mod transaction;

pub use sent::{Sending, Watched};
pub use sight::{Log, Receipt, Sight};
pub use transaction::{Account, Key, Signed, Transaction};
