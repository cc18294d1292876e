//! Who is in most tests, and a session of theirs.

use btt::Address;
use btt_contract::{BttPay, Key, Refusal, Terms, fraud};
use pay::message::Fraud;
use pay::{SessionId, SignedVoucher};

pub(crate) const OWNER: Address = Address::from_bytes([0x0a; 20]);
pub(crate) const ALICE: Address = Address::from_bytes([0xa1; 20]);
pub(crate) const BOB: Address = Address::from_bytes([0xb0; 20]);
/// Who has nothing to do with it.
pub(crate) const STRANGER: Address = Address::from_bytes([0x57; 20]);
pub(crate) const NOBODY: Address = Address::from_bytes([0; 20]);

pub(crate) const HOUR: u64 = 60 * 60;
pub(crate) const DAY: u64 = 24 * HOUR;

/// What each slot of [`Opened`] pays.
pub(crate) const CAP: u128 = 1000;
/// Its slots.
pub(crate) const SLOTS: u32 = 4;
/// Its bond, which has no half.
pub(crate) const BOND: u128 = 501;

pub(crate) const BAD_ARGS: Refusal = Refusal::Named("BadArgs");
pub(crate) const EXISTS: Refusal = Refusal::Named("Exists");
pub(crate) const EXPIRED: Refusal = Refusal::Named("Expired");
pub(crate) const NOT_EXPIRED: Refusal = Refusal::Named("NotExpired");
pub(crate) const NOT_OWNER: Refusal = Refusal::Named("NotOwner");
pub(crate) const BAD_SIG: Refusal = Refusal::Named("BadSig");
pub(crate) const NOTHING: Refusal = Refusal::Named("Nothing");
pub(crate) const PAY_FAILED: Refusal = Refusal::Named("PayFailed");

/// The contract with a session of [`OWNER`]'s that lasts a day.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) pay: BttPay,
    pub(crate) key: Key,
    pub(crate) session: SessionId,
    pub(crate) expiry: u64,
}

impl Opened {
    pub(crate) fn new() -> Self {
        let (mut pay, key) = (BttPay::deployed(), Key::of(0x11));
        let terms = terms(&pay);
        pay.open(OWNER, key.address(), terms).unwrap();
        let session = SessionId::of(OWNER, key.address());
        Self { pay, key, session, expiry: terms.expiry }
    }

    /// A voucher for a slot of the session.
    pub(crate) fn voucher(&self, slot: u32, payee: Address, cumulative: u128) -> SignedVoucher {
        self.pay.voucher(&self.key, self.session, slot, payee, cumulative)
    }

    /// Has somebody redeem one voucher for its payee.
    pub(crate) fn redeem(&mut self, voucher: SignedVoucher) -> Result<(), Refusal> {
        self.pay.redeem(STRANGER, voucher.voucher.payee, &[voucher]).map(drop)
    }

    /// Two vouchers, shown as if both were for the slot of the first in this session.
    pub(crate) fn fraud(&self, a: &SignedVoucher, b: &SignedVoucher) -> Fraud {
        fraud(OWNER, self.key.address(), a, b)
    }

    /// Has somebody show two vouchers.
    pub(crate) fn slash(&mut self, a: &SignedVoucher, b: &SignedVoucher) -> Result<(), Refusal> {
        let fraud = self.fraud(a, b);
        self.pay.slash(STRANGER, &fraud).map(drop)
    }

    pub(crate) fn balance(&mut self, account: Address) -> u128 {
        self.pay.chain.balance(account)
    }

    /// Lets the session expire.
    pub(crate) fn expire(&mut self) {
        let left = self.expiry - self.pay.chain.now();
        self.pay.chain.advance(left);
    }
}

/// Those of the session.
pub(crate) fn terms(pay: &BttPay) -> Terms {
    Terms { slots: SLOTS, cap: CAP, expiry: pay.chain.now() + DAY, bond: BOND }
}
