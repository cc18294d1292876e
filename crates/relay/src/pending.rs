//! The transaction that is under way.

use btt::{Address, Amount};
use sending::{Log, Sending};
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

use crate::offer::Offer;

/// What redeems vouchers. As long as it is here no other is made, so that none has its vouchers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending {
    pub(crate) owner: Address,
    pub(crate) vouchers: Vec<Offer>,
    /// What it would have earned when it was made.
    pub(crate) earned: Amount,
    /// What it is estimated to use.
    pub(crate) gas: u64,
    pub(crate) sending: Sending,
}

/// What a purse was paid by a contract in a transaction, by what that told the world.
pub(crate) fn paid(logs: &[Log], contract: Address, purse: Address) -> Amount {
    let redeemed: [u8; 32] = Keccak256::digest(b"Redeemed(bytes32,uint32,address,uint96,uint96)").into();
    let amount = |log: &Log| {
        let [kind, _session, _slot, payee] = log.topics.as_slice() else { return None };
        let is_ours = log.address == contract && *kind == redeemed && payee[12..] == *purse.as_bytes();
        // Behind what the slot has paid in all: what it paid now.
        let units = log.data.get(48..64)?.try_into().ok()?;
        is_ours.then(|| u128::from_be_bytes(units))
    };
    Amount::from_units(logs.iter().filter_map(amount).fold(0, u128::saturating_add))
}
