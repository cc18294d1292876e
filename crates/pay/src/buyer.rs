//! Who pays to be served first.

use btt::{Address, Amount};

use crate::message::Terms;
use crate::{PeerKey, Rate, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

/// What a buyer is told.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A connected peer wants to be paid for what it gives.
    Met {
        /// Who.
        peer: PeerKey,
        /// What its handshake said.
        terms: Terms,
    },
    /// A peer sent a message, after it gave `taken` bytes.
    Message {
        /// Who.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: &'a [u8],
        /// Bytes of blocks that were asked of it and came before the message.
        taken: u64,
    },
    /// How far a peer is.
    Taken {
        /// Who.
        peer: PeerKey,
        /// Bytes of blocks that were asked of it and came, on this connection so far.
        taken: u64,
        /// How many of these wait for their piece to be checked.
        unverified: u64,
        /// Whether it serves us.
        served: bool,
    },
    /// What a peer gave was wrong.
    Bad(PeerKey),
    /// A connection has ended.
    Closed(PeerKey),
    /// A deposit is there to pay from, with what was signed of it before.
    Deposit(Deposit, Vec<Assignment>),
    /// What may be spent, from now on.
    Budget(Budget),
    /// An [`Output::Write`] is on disk.
    Written(SlotId),
    /// What came of an [`Output::Sign`].
    Signed {
        /// What was signed.
        voucher: Voucher,
        /// By the session's key.
        signature: Signature,
    },
    /// What came of an [`Output::Verify`].
    Verified {
        /// What was asked.
        voucher: SignedVoucher,
        /// Whether the signature is by the key.
        genuine: bool,
    },
}

/// What a buyer wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message to a peer.
    Send {
        /// To whom.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: Vec<u8>,
    },
    /// To be on disk before anything of it is signed.
    Write(Assignment),
    /// To be signed by the session's key.
    Sign(Voucher),
    /// Did our own key sign this?
    Verify {
        /// Our key.
        key: Address,
        /// What a seller says that we signed.
        voucher: SignedVoucher,
    },
    /// A peer cheats, and is not worth a connection.
    Drop(PeerKey),
}

/// A session as its buyer knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deposit {
    /// Its name.
    pub session: SessionId,
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature vouchers bear.
    pub key: Address,
    /// How many slots there are.
    pub slots: u32,
    /// What is in each.
    pub slot_cap: Amount,
    /// When it ends.
    pub expiry: Time,
}

/// What may be spent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// All that may be signed over from now on.
    pub left: Amount,
    /// The highest rate.
    pub highest: Rate,
}

/// To whom a slot belongs and how much of it is theirs: what is written before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Which slot.
    pub slot: SlotId,
    /// Whose it is, for ever.
    pub payee: Address,
    /// The highest amount that may have been signed.
    pub cumulative: Amount,
}
