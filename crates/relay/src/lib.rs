//! Redeeming vouchers for those who have no coins for the gas, for a share: which vouchers are kept, and when a transaction
//! is worth its fee.
//!
//! Pure: no network, no files, no clock. A [`Relay`] is told what the chain says and says what to ask it next; whoever
//! drives it saves it before anything is sent.
//!
//! # How it works
//!
//! 1. A seller names as payee not its address but its *purse*, an address that follows from it and from the relay's share
//!    ([`Split::purse`]). What is paid to a purse leaves it by the contract `BttSplit` only: to the owner, but for the share
//!    of whoever redeemed.
//! 2. Somebody hands in vouchers. Their signatures are [checked](Relay::check) before a chain is asked anything, and they
//!    are [admitted](Relay::admit) only if their slots would pay them. The best of each slot is kept.
//! 3. [`Relay::next`] says what it needs. Where a purse's vouchers might be worth a fee, that is a [`Quote`]: what the very
//!    transaction would earn and use now. If the share is worth more than the fee can be, the transaction is made
//!    ([`Relay::quoted`]), and **saved before it is sent**.
//! 4. While it is under way it is [sent](sending) again and again, which a chain carries out once, and nothing else is. When it is deep
//!    enough in the chain, or another transaction has its number, it is [settled](Relay::watched).
//!
//! So whoever is killed at whatever step goes on from what was saved, and sends the same bytes again or new ones, but never
//! one voucher in two transactions.
//!
//! ```
//! use relay::{Share, Split};
//!
//! let split = Split { address: "0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512".parse()? };
//! let seller = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8".parse()?;
//! // Another share is another purse: nobody can take more than a seller wanted to give.
//! let [fifth, tenth] = [2000, 1000].map(|share| split.purse(seller, Share::new(share).expect("less than all")));
//! assert_ne!(fifth, tenth);
//! # Ok::<(), btt::Error>(())
//! ```

#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic
)]

mod machine;
mod offer;
mod pending;
mod queue;
mod split;
mod worth;

pub use machine::{Config, Quote, Relay, Saved, Step};
pub use offer::{Offer, Refusal};
pub use split::{Share, Split};
pub use worth::Terms;
