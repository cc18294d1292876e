//! Who serves and is paid.

use btt::{Address, Amount};

use crate::message::Fraud;
use crate::{PeerKey, SessionId, SignedVoucher, SlotId, Time};

/// What a seller is told.
#[derive(Clone, Debug)]
pub enum Input<'a> {
    /// A connected peer speaks the extension.
    Met(PeerKey),
    /// A peer sent a message.
    Message {
        /// Who.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: &'a [u8],
    },
    /// The oldest [`Output::Send`] to a peer that was not confirmed yet is on its way, behind the first `given` bytes of
    /// blocks.
    Sent {
        /// To whom.
        peer: PeerKey,
        /// Bytes of blocks that it was given before.
        given: u64,
    },
    /// A peer was given so many bytes of blocks on this connection so far.
    Given {
        /// Who.
        peer: PeerKey,
        /// All bytes so far.
        given: u64,
    },
    /// A connection has ended.
    Closed(PeerKey),
    /// What came of an [`Output::Verify`].
    Verified {
        /// Its number.
        check: u64,
        /// Whether the signature is by the key.
        genuine: bool,
    },
    /// What came of an [`Output::Read`]; `None` if no node could be asked.
    OnChain {
        /// What was asked for.
        slot: SlotId,
        /// What the chain says.
        status: Option<SlotStatus>,
    },
    /// An [`Output::Write`] is on disk.
    Written(SlotId),
    /// The owner wants what was earned, whether it is worth its fee or not.
    Redeem,
}

/// What a seller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A message to a peer. Confirmed by [`Input::Sent`], in order.
    Send {
        /// To whom.
        peer: PeerKey,
        /// The payload of the EXTENDED message.
        payload: Vec<u8>,
    },
    /// A peer may be given bytes of blocks until they are `given` in all, and no more; `None`: as many as it likes.
    Allow {
        /// Who.
        peer: PeerKey,
        /// All bytes of this connection.
        given: Option<u64>,
    },
    /// What serving a peer is worth: the rate that it bids, in the smallest units per MiB, 0 for who does not pay.
    Prefer {
        /// Who.
        peer: PeerKey,
        /// The bid.
        preference: u128,
    },
    /// Is this signature by this key?
    Verify {
        /// Which question it is.
        check: u64,
        /// By whom it should be.
        key: Address,
        /// What was signed, it is said.
        voucher: SignedVoucher,
    },
    /// What does the chain say of a slot? To be asked of the state [`CONFIRMATIONS`](btt::CONFIRMATIONS) blocks ago.
    Read(SlotId),
    /// Nothing is served on this voucher before it is on disk.
    Write(Account),
    /// These vouchers are worth their fee now, or never again.
    Redeem(Vec<SignedVoucher>),
    /// A session pays two from one slot: nobody serves it any more, and its bond is there to be taken.
    Slash(Box<Fraud>),
}

/// What a contract says of a session and one of its slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotStatus {
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature vouchers bear.
    pub key: Address,
    /// When it ends.
    pub expiry: Time,
    /// How many slots there are.
    pub slots: u32,
    /// What is in each.
    pub slot_cap: Amount,
    /// Who has redeemed from this slot, if anybody: it is theirs for ever.
    pub payee: Option<Address>,
    /// How much they have.
    pub paid: Amount,
}

/// What a seller has of one slot, and keeps on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// The best voucher.
    pub best: SignedVoucher,
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature vouchers bear.
    pub key: Address,
    /// When the session ends.
    pub expiry: Time,
    /// What is in the slot.
    pub slot_cap: Amount,
    /// What all bytes so far cost, whether they were paid or not.
    pub owed: Amount,
    /// How many bytes were paid.
    pub paid_bytes: u64,
    /// What is redeemed on the chain.
    pub redeemed: Amount,
}

impl Account {
    /// Which session.
    #[must_use]
    pub const fn session(&self) -> SessionId {
        self.best.voucher.slot.session
    }
}
