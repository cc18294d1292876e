//! Payments by the byte, in BTT: who gives is paid by the MiB, who is in a hurry bids for a place.
//!
//! Pure: no network, no storage, no clock, no dice. Two state machines speak the extension `btt_pay` with each other over
//! whatever connects them: a [buyer] and a [seller], each with `handle(now, Input)`,
//! `poll() -> Option<Output>` and `deadline()`. What they need of the world goes out and comes back: messages to peers,
//! signatures, reads of the chain, records that have to be stored before anything is risked on them.
//!
//! # How it works
//!
//! 1. The buyer's wallet locks a deposit in the contract `BttPay`, in so many equal *slots*, for one *session*
//!    ([`SessionId`]): one transaction, however many peers are paid from it. The session has a key of its own, which never
//!    signs anything but vouchers.
//! 2. Each slot is for one payee for ever. A [`Voucher`] says how much of its slot a payee has earned so far: the amounts
//!    only grow, so the last voucher is all that a payee has to keep.
//! 3. The seller serves on [`Credit`]: so many bytes beyond what was paid, few at first and more with every payment. Whoever
//!    ceases to pay has gained those and no more.
//! 4. Each side counts the bytes of the connection that both see ([`Meter`]) and reckons with the rate that was agreed.
//!    Nobody's word is taken for a number of bytes or an amount.
//! 5. The seller redeems the last voucher of each slot on the chain, many at a time, when that is worth its fee.
//!
//! Mechanism, formats and bounds of loss are described in `docs/pay.md`.
//!
//! ```
//! use pay::{Credit, Meter, Rate};
//!
//! // 20 BTT for each MiB, from the first byte on.
//! let mut meter = Meter::starting_at(0);
//! meter.charge(Rate::per_mib(20 * 10_u128.pow(18))).expect("nothing is owed yet");
//! meter.advance(3 << 20);
//! assert_eq!(meter.owed().expect("it is an amount").to_string(), "60");
//! // Whoever has paid that may be given 448 KiB before it pays again.
//! assert_eq!(Credit::default().window(3 << 20), 448 << 10);
//! ```

// clippy.toml bans the types and methods by name; the others see numbers that nobody gave a type.
#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic
)]

pub mod abi;
mod allowance;
pub mod buyer;
mod credit;
mod deployment;
mod error;
mod estimate;
#[cfg(feature = "keys")]
pub mod keys;
pub mod message;
mod peer_key;
mod rate;
pub mod seller;
mod time;
mod voucher;

pub use credit::Credit;
pub use deployment::{Deployment, SessionId};
pub use error::Error;
pub use estimate::{Estimate, Offer};
pub use peer_key::PeerKey;
pub use rate::{Meter, Rate};
pub use time::Time;
pub use voucher::{Signature, SignedVoucher, SlotId, Voucher};
