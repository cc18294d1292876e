use btt::{Address, Amount};
use pay::keys::Verifier;
use pay::message::Payment;
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use serde::{Deserialize, Serialize};

/// A voucher that somebody hands in: it is signed to a purse, and names the two addresses that a session's id is the hash
/// of, so that its signature can be checked without asking a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Who deposited.
    pub buyer: Address,
    /// Whose signature it is.
    pub key: Address,
    /// Which slot of the session pays.
    pub slot: u32,
    /// What that owes the purse in all.
    pub cumulative: Amount,
    /// The signature, as 64 bytes in hexadecimal digits behind `0x`.
    #[serde(with = "digits")]
    pub signature: Signature,
}

/// Why a voucher is not taken, as a sentence for whoever handed it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not signed by the key, or for another purse, contract or chain.
    #[error("The session's key has not signed that to this owner's purse.")]
    Signature,
    /// One that says as much is here.
    #[error("A voucher that pays as much is here already.")]
    Known,
    /// The chain knows no such session, or it was ended.
    #[error("The chain has no such session.")]
    NoSession,
    /// The session has no such slot.
    #[error("The session has no such slot.")]
    NoSlot,
    /// More than the slot holds.
    #[error("That is more than the slot can pay.")]
    Cap,
    /// The slot pays somebody else.
    #[error("The slot belongs to somebody else.")]
    Bound,
    /// Paid already.
    #[error("The slot has paid that already.")]
    Paid,
    /// Too late.
    #[error("The session ends too soon.")]
    Ending,
    /// Others are worth more.
    #[error("The queue is full of vouchers that are worth more.")]
    Full,
}

/// How long before its session ends a voucher is given up: what is sent by then may come too late.
const CLOSE: u64 = 60;

/// A voucher with a good signature, and what the chain said of its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Whose purse it is for.
    pub(crate) owner: Address,
    pub(crate) offer: Offer,
    /// When its session ends, in seconds (Unix).
    pub(crate) expiry: u64,
    /// What its slot has paid.
    pub(crate) paid: Amount,
}

impl Offer {
    /// Its slot.
    #[must_use]
    pub fn slot(&self) -> SlotId {
        SlotId { session: SessionId::of(self.buyer, self.key), slot: self.slot }
    }

    /// The voucher that it is, for a purse.
    pub(crate) fn voucher(&self, purse: Address) -> SignedVoucher {
        let voucher = Voucher { slot: self.slot(), payee: purse, cumulative: self.cumulative };
        SignedVoucher { voucher, signature: self.signature }
    }

    pub(crate) fn is_signed(&self, purse: Address, deployment: Deployment) -> bool {
        self.cumulative < Voucher::LIMIT && Verifier::new(deployment, self.key).verify(&self.voucher(purse))
    }

    pub(crate) fn payment(&self) -> Payment {
        Payment { slot: self.slot(), cumulative: self.cumulative, signature: self.signature }
    }

    /// Why a slot would not pay it, if so.
    pub(crate) fn payable(&self, purse: Address, status: &SlotStatus, now: Time) -> Result<(), Refusal> {
        // A session that was ended has no slots.
        if status.slots == 0 {
            return Err(Refusal::NoSession);
        }
        if self.slot >= status.slots {
            return Err(Refusal::NoSlot);
        }
        if self.cumulative > status.slot_cap {
            return Err(Refusal::Cap);
        }
        if status.payee.is_some_and(|payee| payee != purse) {
            return Err(Refusal::Bound);
        }
        if self.cumulative <= status.paid {
            return Err(Refusal::Paid);
        }
        if is_ending(status.expiry.as_secs(), now) { Err(Refusal::Ending) } else { Ok(()) }
    }
}

impl Entry {
    pub(crate) fn place(&self) -> (Address, SlotId) {
        (self.owner, self.offer.slot())
    }

    /// What it pays that is not paid yet.
    pub(crate) fn unpaid(&self) -> Amount {
        Amount::from_units(self.offer.cumulative.units().saturating_sub(self.paid.units()))
    }

    pub(crate) fn is_ending(&self, now: Time) -> bool {
        is_ending(self.expiry, now)
    }
}

fn is_ending(expiry: u64, now: Time) -> bool {
    expiry <= now.as_secs().saturating_add(CLOSE)
}

/// Signatures as text.
mod digits {
    use btt::hex;
    use pay::Signature;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(signature: &Signature, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::prefixed(signature.as_bytes()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Signature, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode_prefixed(&text);
        bytes.map(Signature::from_bytes).ok_or_else(|| D::Error::custom("a signature is 0x and 128 digits"))
    }
}
