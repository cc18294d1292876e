//! When a transaction is worth its fee.

use btt::Amount;
use serde::{Deserialize, Serialize};

/// When a transaction is worth its fee, and what may be lost by transactions that were and came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How much more than the fee at most a transaction has to earn, in per cent of the fee.
    pub margin: u32,
    /// What may be lost beyond all that was earned. A transaction that another overtakes costs gas and earns nothing; when
    /// the next one could cost more than is left of this, none is sent any more.
    pub max_loss: Amount,
}

/// What was earned and spent so far, as far as it is in blocks for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Ledger {
    pub(crate) earned: Amount,
    pub(crate) spent: Amount,
}

/// Vouchers that are redeemed together.
pub(crate) const BATCH: usize = 40;

/// What an owner's contract may use beyond what a node estimates: the gas that `BttSplit` gives it, and that which comes with
/// coins.
const OWNER_GAS: u64 = 32_300;

/// Less than any redeeming uses, and less than what each voucher of it does: only so that no node is asked in vain.
const LEAST_GAS: u128 = 50_000;
const LEAST_GAS_EACH: u128 = 20_000;

impl Terms {
    /// The gas that a transaction may use at most, if it is estimated to use so much.
    #[must_use]
    pub fn gas_limit(gas: u64) -> u64 {
        // A tenth, since what it uses may change with the block that it comes into.
        gas.saturating_add(gas / 10).saturating_add(OWNER_GAS)
    }

    /// What a transaction costs at most, if that is worth what it earns.
    pub(crate) fn worth(&self, ledger: &Ledger, earned: Amount, gas: u64, price: Amount) -> Option<Amount> {
        let fee = price.checked_mul(Self::gas_limit(gas))?;
        let margin = fee.units().checked_mul(self.margin.into())?.div_ceil(100);
        let is_worth_it = earned.units() >= fee.units().checked_add(margin)?;
        let could_be_spent = ledger.spent.checked_add(fee)?;
        let may_be_spent = ledger.earned.checked_add(self.max_loss)?;
        (is_worth_it && could_be_spent <= may_be_spent).then_some(fee)
    }
}

impl Ledger {
    pub(crate) fn add(&mut self, earned: Amount, spent: Amount) {
        let sum = |a: Amount, b: Amount| Amount::from_units(a.units().saturating_add(b.units()));
        *self = Self { earned: sum(self.earned, earned), spent: sum(self.spent, spent) };
    }
}

/// Less than any fee for so many vouchers.
pub(crate) fn least_fee(vouchers: usize, price: Amount) -> Amount {
    // A batch has 40 vouchers at most.
    let gas = LEAST_GAS + LEAST_GAS_EACH * u128::try_from(vouchers).unwrap_or(u128::MAX >> 64);
    Amount::from_units(price.units().saturating_mul(gas))
}

/// Less than any voucher adds to a fee.
pub(crate) fn least_gas_of_one(price: Amount) -> Amount {
    Amount::from_units(price.units().saturating_mul(LEAST_GAS_EACH))
}
