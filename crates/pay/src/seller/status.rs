use btt::{Address, Amount};

use crate::Time;

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

impl SlotStatus {
    /// That of a session that there is not: it is nobody's.
    pub const ABSENT: Self = {
        let (nobody, nothing) = (Address::from_bytes([0; 20]), Amount::from_units(0));
        Self {
            owner: nobody,
            key: nobody,
            expiry: Time::from_secs(0),
            slots: 0,
            slot_cap: nothing,
            payee: None,
            paid: nothing,
        }
    };
}

/// What the chain says of a slot, it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub status: SlotStatus,
    /// As [`Input::OnChain::agreed`](super::Input::OnChain::agreed).
    pub agreed: bool,
}
