//! Amounts, addresses and tips in BTT, on BTTC (an EVM chain) and TRON.
//!
//! Pure: no network, no DOM, no clock. Everything here reads text or bytes that a stranger wrote (a torrent, a peer, a
//! wallet, a node of a chain, a web site) and returns a value that is known to be sound, or an [`Error`] whose text can be
//! shown to a person.
//!
//! 1. [`Amount`]s are whole numbers of the smallest unit, 18 decimals below a BTT. No floating point number is ever near
//!    them, which a lint of this crate sees to.
//! 2. A torrent names [`Account`]s in its `info` dictionary ([`PaymentOptions`]), so that its info hash binds them. What
//!    else vouches for one is a matter of [`Trust`]: an [`Endorsement`], a [`CreatorFile`].
//! 3. A [`PaymentRequest`] becomes a transaction, with a [`Memo`] in its data that says which torrent it is for.
//! 4. Whoever claims to have tipped is [`judge`]d by what the chain says.
//! 5. [`tron`] compares a transaction that a node of TRON built with the one that was asked for.
//! 6. [`gas`] is what calls of the contract of payments by the byte (`docs/pay.md`) take.
//!
//! The formats are described in `docs/tips.md`.
//!
//! ```
//! use btt::{Account, Amount, Memo, Note, PaymentRequest};
//! use metainfo::InfoHash;
//!
//! let payee: Account = "eip155:1029:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed".parse()?;
//! let memo = Memo { info_hash: InfoHash::from_bytes([7; 20]), note: Note::new("Thank you!")? };
//! let request = PaymentRequest { payee, amount: "12.5".parse()?, memo };
//! assert_eq!(request.amount, Amount::from_units(12_500_000_000_000_000_000));
//! assert_eq!(request.erc681().as_deref(), Some(
//!     "ethereum:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed@1029?value=12500000000000000000"
//! ));
//! # Ok::<(), btt::Error>(())
//! ```

// clippy.toml bans the types and methods by name; the others see numbers that nobody gave a type.
#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic
)]

/// Has serde write a type as its `Display` does, and read it by its `FromStr`.
macro_rules! serde_as_text {
    ($($name:ident),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

mod account;
mod address;
mod amount;
mod creator;
mod endorsement;
mod error;
pub mod gas;
pub mod hex;
mod network;
mod note;
mod options;
mod request;
mod transaction;
pub mod tron;
mod trust;
mod verdict;

pub use account::{Account, Chain};
pub use address::Address;
pub use amount::Amount;
pub use creator::{CreatorFile, MAX_CREATOR_FILE};
pub use endorsement::Endorsement;
pub use error::Error;
pub use network::{Network, Networks};
pub use note::{MAX_NOTE, Memo, Note};
pub use options::PaymentOptions;
pub use request::PaymentRequest;
pub use transaction::Transaction;
pub use trust::Trust;
pub use verdict::{CONFIRMATIONS, Forgery, Tip, Verdict, judge, judge_receipt};
