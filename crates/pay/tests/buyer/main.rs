//! A buyer against a world that keeps what it writes, signs what it wants signed, and watches what must never be.

mod bidding;
mod crashes;
mod paying;
mod random;
mod refusals;
mod world;
