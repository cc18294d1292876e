//! What is handed to the chain next of what was earned.

use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::message::Payment;
use pay::seller::Account;

/// Vouchers that are redeemed at once.
pub(crate) const BATCH: usize = 50;

/// Whom to pay, and by which vouchers: the payee whom most is due to, and what pays most.
pub(crate) fn next<'a>(accounts: impl Iterator<Item = &'a Account>) -> Option<(Address, Vec<Payment>)> {
    let mut payees: BTreeMap<Address, (Amount, Vec<&Account>)> = BTreeMap::new();
    for account in accounts.filter(|account| !account.unredeemed().is_zero()) {
        let (sum, due) = payees.entry(account.best.voucher.payee).or_default();
        *sum = sum.checked_add(account.unredeemed()).unwrap_or(*sum);
        due.push(account);
    }
    let (payee, (_, mut due)) = payees.into_iter().max_by_key(|(_, (sum, _))| *sum)?;
    due.sort_by_key(|account| std::cmp::Reverse(account.unredeemed()));
    due.truncate(BATCH);
    let payment = |account: &&Account| Payment {
        slot: account.slot(),
        cumulative: account.best.voucher.cumulative,
        signature: account.best.signature,
    };
    Some((payee, due.iter().map(payment).collect()))
}

#[cfg(test)]
mod tests {
    use pay::{SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};

    use super::*;

    fn account(payee: u8, slot: u32, earned: u128, redeemed: u128) -> Account {
        let address = |byte| Address::from_bytes([byte; 20]);
        let slot = SlotId { session: SessionId::from_bytes([1; 32]), slot };
        Account {
            best: SignedVoucher {
                voucher: Voucher { slot, payee: address(payee), cumulative: Amount::from_units(earned) },
                signature: Signature::from_bytes([0; 64]),
            },
            owner: address(2),
            key: address(3),
            expiry: Time::from_secs(1),
            slot_cap: Amount::from_btt(1),
            owed: Amount::default(),
            paid_bytes: 0,
            unpaid_bytes: 0,
            redeemed: Amount::from_units(redeemed),
            bound: false,
        }
    }

    #[test]
    fn row_07_so_many_vouchers_are_redeemed_at_once_and_the_best_first() {
        let accounts: Vec<_> = (0..120).map(|slot| account(9, slot, 1000 + u128::from(slot), 900)).collect();
        let (payee, payments) = next(accounts.iter()).unwrap();
        assert_eq!(payee, Address::from_bytes([9; 20]));
        let slots: Vec<_> = payments.iter().map(|payment| payment.slot.slot).collect();
        assert_eq!(slots, (70..120).rev().collect::<Vec<_>>());
    }

    #[test]
    fn row_02_vouchers_of_one_transaction_are_all_to_one_payee() {
        let accounts =
            [account(8, 0, 70, 0), account(9, 1, 40, 0), account(9, 2, 40, 0), account(8, 3, 99, 99)];
        let (payee, payments) = next(accounts.iter()).unwrap();
        assert_eq!((payee, payments.len()), (Address::from_bytes([9; 20]), 2));
        assert_eq!(next(accounts[3..].iter()), None, "nothing is due");
    }
}
