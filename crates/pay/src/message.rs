//! What buyer and seller say to each other: messages of the extension `btt_pay` (BEP 10), and what a seller's extended
//! handshake says under that name.

mod codec;
mod terms;

use btt::{Address, Amount};

use crate::{Rate, Signature, SlotId, Voucher};
pub use terms::Terms;

/// The name of the extension.
pub const BTT_PAY: &str = "btt_pay";

/// The most bytes that a message, or what a handshake says, may have. The longest that there is has less than half of that.
pub const MAX_MESSAGE: usize = 1024;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Message {
    /// Seller: the least that I charge is this from now on. What was granted stays granted.
    Offer {
        /// The new floor.
        floor: Rate,
    },
    /// Buyer: for a place I pay up to this; instead of what I bid before. [`Rate::FREE`]: I pay no more.
    Bid {
        /// The bid.
        rate: Rate,
        /// Which of the buyer's bids on this connection it is: each has a higher number than the one before.
        number: u32,
    },
    /// Seller: whatever follows this message costs so much, until the next grant.
    Grant {
        /// The rate, at most what was bid.
        rate: Rate,
        /// The bid that it answers.
        number: u32,
    },
    /// Buyer: I pay from this slot. The voucher shows that the session's key is mine.
    Session {
        /// Whose deposit it is.
        owner: Address,
        /// Whose signature vouchers bear.
        key: Address,
        /// Which part of the deposit.
        slot: u32,
        /// Nothing, if that is the first voucher of the slot; else a unit more than all that was signed before. What was
        /// signed before is no secret once it was redeemed, so it does not show that the key is there.
        cumulative: Amount,
        /// The signature of the voucher that says so.
        signature: Signature,
    },
    /// Seller: the session is good, and serves on credit.
    Ack {
        /// The slot.
        slot: SlotId,
    },
    /// Buyer: so much is earned by now.
    Voucher(Payment),
    /// Seller: this is the best voucher that I have. For a buyer who lost its records.
    Receipt(Payment),
    /// Anybody: a session signed one slot over to two payees.
    Fraud(Box<Fraud>),
    /// Either: something is refused, and why.
    Reject(Reason),
}

/// A voucher whose payee is known: the seller at one end of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// From where.
    pub slot: SlotId,
    /// All that was earned so far, below 2^96 units.
    pub cumulative: Amount,
    /// The signature of the voucher that says so.
    pub signature: Signature,
}

/// Two vouchers of one slot for two payees, which an honest buyer never signs. Anybody can check them, and whoever submits
/// them to the contract takes half of the session's bond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraud {
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature both bear. Owner and key make the name of the session.
    pub key: Address,
    /// The slot.
    pub slot: u32,
    /// Payee, amount and signature of each.
    pub claims: [Claim; 2],
}

/// One side of a [`Fraud`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who was to be paid.
    pub payee: Address,
    /// How much.
    pub cumulative: Amount,
    /// By the session's key.
    pub signature: Signature,
}

/// Why something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// A signature is not by the session's key.
    Signature = 2,
    /// There is no such session on the chain, or none was named before.
    NoSession = 3,
    /// The session ends too soon to redeem what it pays.
    Expiring = 4,
    /// The slot is somebody else's.
    SlotTaken = 5,
    /// The slot is used up.
    Underfunded = 6,
    /// The bid is below the floor, or the grant above the bid.
    Price = 7,
    /// The amount is not more than before.
    NotMore = 8,
    /// Too many messages.
    TooMany = 9,
    /// More was taken than is trusted.
    OverCredit = 10,
}

impl Payment {
    /// The voucher that it is to `payee`.
    #[must_use]
    pub const fn voucher(&self, payee: Address) -> Voucher {
        Voucher { slot: self.slot, payee, cumulative: self.cumulative }
    }
}
