use btt::{Address, Amount};
use pay::abi::{Call, Opening};
use pay::{SessionId, Time};
use serde::{Deserialize, Serialize};

use crate::Viewer;

/// The session of a viewer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Grant {
    pub(crate) viewer: Viewer,
    /// The address of the viewer's key. No two grants have the same.
    pub(crate) key: Address,
    pub(crate) slots: u32,
    pub(crate) slot_cap: Amount,
    /// When it ends, in seconds since 1970.
    pub(crate) expiry: u64,
    pub(crate) standing: Standing,
}

/// How far a session is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// It is to be opened.
    Waiting,
    /// The same, and a transaction that may have done so was made.
    Sent,
    /// It was opened, by this transaction.
    Opened(String),
    /// The chain has refused it.
    Failed,
}

/// What a viewer is told of its session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// Who deposits.
    pub owner: Address,
    /// How many peers can be paid from it.
    pub slots: u32,
    /// What is in it for each of them.
    pub slot_cap: Amount,
    /// When it ends, in seconds since 1970.
    pub expiry: u64,
    /// The hash of the transaction that opens it, once there is one.
    pub transaction: Option<String>,
}

impl Grant {
    /// What is locked up for it, or is to be.
    pub(crate) fn locked(&self) -> Amount {
        match self.standing {
            Standing::Failed => Amount::default(),
            Standing::Waiting | Standing::Sent | Standing::Opened(_) => self.deposit(),
        }
    }

    /// What it takes to open it.
    pub(crate) fn deposit(&self) -> Amount {
        self.slot_cap.checked_mul(self.slots.into()).unwrap_or(Amount::from_units(u128::MAX))
    }

    /// Whether it is to be opened. Not if it was not so many seconds before it ends: sellers would not accept it.
    pub(crate) fn is_waiting(&self, now: Time) -> bool {
        let is_late = now.as_secs().saturating_add(TOO_LATE) >= self.expiry;
        !is_late && matches!(self.standing, Standing::Waiting | Standing::Sent)
    }

    /// Whether there is nothing more to do for it, and nothing to fetch back.
    pub(crate) fn is_over(&self, now: Time) -> bool {
        match self.standing {
            Standing::Waiting => !self.is_waiting(now),
            Standing::Failed => self.has_ended(now),
            Standing::Sent | Standing::Opened(_) => false,
        }
    }

    /// The chain has refused it: nobody asks for it again for a while.
    pub(crate) fn fail(&mut self, now: Time) {
        self.standing = Standing::Failed;
        self.expiry = self.expiry.min(now.as_secs().saturating_add(FAILED));
    }

    pub(crate) fn has_ended(&self, now: Time) -> bool {
        now.as_secs() >= self.expiry
    }

    /// The data of the call that opens it.
    pub(crate) fn opening(&self) -> Vec<u8> {
        let &Self { key, slots, slot_cap, expiry, .. } = self;
        // Whoever holds the key can take half of a bond, so there is none.
        let bond = Amount::default();
        Call::Open(Opening { key, slots, slot_cap, expiry: Time::from_secs(expiry), bond }).encode()
    }

    /// The data of the call that fetches back what it has left.
    pub(crate) fn withdrawal(&self, owner: Address) -> Vec<u8> {
        Call::Withdraw(self.session(owner)).encode()
    }

    pub(crate) fn session(&self, owner: Address) -> SessionId {
        SessionId::of(owner, self.key)
    }
}

/// A session that was not opened so many seconds before it ends is not opened any more.
const TOO_LATE: u64 = 12 * 60 * 60;

/// How many seconds a viewer waits whose session the chain has refused: each try costs gas.
const FAILED: u64 = 60 * 60;
