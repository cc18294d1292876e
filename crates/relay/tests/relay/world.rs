//! A chain that a test tells what happens, and a relay that is driven as a program drives it.

use std::collections::BTreeMap;

use btt::{Address, Amount};
use pay::keys::SessionKey;
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, SlotId, Time, Voucher};
use relay::{Config, Offer, Quote, Refusal, Relay, Saved, Share, Split, Step, Terms};
use sending::pool::{Made, Pool};
use sending::{Key, Log};
use sha3::{Digest as _, Keccak256};

pub(crate) const SELLER: Address = Address::from_bytes([0x5e; 20]);
pub(crate) const OTHER: Address = Address::from_bytes([0x07; 20]);
const BUYER: Address = Address::from_bytes([0xb0; 20]);

/// What each slot holds.
pub(crate) const CAP: u128 = 1_000_000_000;
pub(crate) const SLOTS: u32 = 8;
/// When sessions end.
pub(crate) const EXPIRY: u64 = 100_000;
/// What a transaction uses, and for each voucher of it.
const GAS: u64 = 90_000;
const GAS_EACH: u64 = 40_000;

/// The vouchers of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    purse: Address,
    slots: BTreeMap<SlotId, u128>,
}

#[derive(Clone, Debug)]
pub(crate) struct Chain {
    pub(crate) pool: Pool<Call>,
    /// Whom each slot pays, and what it paid.
    pub(crate) slots: BTreeMap<SlotId, (Address, u128)>,
    pub(crate) balance: u128,
    /// What the account got and paid.
    pub(crate) earned: u128,
    pub(crate) spent: u128,
    /// Transactions of the relay that are in blocks.
    pub(crate) carried_out: u64,
}

/// A relay, its chain, and what is on its disk.
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) relay: Relay,
    pub(crate) disk: Saved,
    pub(crate) now: u64,
    pub(crate) max_vouchers: usize,
}

pub(crate) fn session_key(byte: u8) -> SessionKey {
    SessionKey::from_bytes(&[byte; 32]).unwrap()
}

pub(crate) fn deployment() -> Deployment {
    Deployment { chain: 1029, contract: Address::from_bytes([0xc0; 20]) }
}

fn config(max_vouchers: usize) -> Config {
    Config {
        deployment: deployment(),
        split: Split { address: Address::from_bytes([0xc1; 20]) },
        share: Share::new(2000).unwrap(),
        terms: Terms { margin: 20, max_loss: Amount::from_units(100_000_000) },
        max_vouchers,
        confirmations: 3,
    }
}

impl World {
    pub(crate) fn new(max_vouchers: usize) -> Self {
        let pool = Pool::new(100, 100);
        let (slots, balance) = (BTreeMap::new(), u128::MAX);
        let chain = Chain { pool, slots, balance, earned: 0, spent: 0, carried_out: 0 };
        let relay = Relay::new(config(max_vouchers), Key::from_bytes(&[0x77; 32]).unwrap(), Saved::default());
        Self { chain, relay, disk: Saved::default(), now: 1000, max_vouchers }
    }

    /// Ends the relay without warning, and starts another from what is on disk.
    pub(crate) fn restart(&mut self) {
        let key = Key::from_bytes(&[0x77; 32]).unwrap();
        self.relay = Relay::new(config(self.max_vouchers), key, self.disk.clone());
    }

    pub(crate) fn now(&self) -> Time {
        Time::from_secs(self.now)
    }

    pub(crate) fn offer(&self, session: u8, slot: u32, owner: Address, cumulative: u128) -> Offer {
        let key = session_key(session);
        let slot_id = SlotId { session: SessionId::of(BUYER, key.address()), slot };
        let cumulative = Amount::from_units(cumulative);
        let voucher = Voucher { slot: slot_id, payee: self.relay.purse(owner), cumulative };
        let signature = key.sign(&voucher, &deployment());
        Offer { buyer: BUYER, key: key.address(), slot, cumulative, signature }
    }

    pub(crate) fn status(&self, offer: &Offer) -> SlotStatus {
        let slot = self.chain.slots.get(&offer.slot());
        SlotStatus {
            owner: offer.buyer,
            key: offer.key,
            expiry: Time::from_secs(EXPIRY),
            slots: SLOTS,
            slot_cap: Amount::from_units(CAP),
            payee: slot.map(|(payee, _)| *payee),
            paid: Amount::from_units(slot.map_or(0, |(_, paid)| *paid)),
        }
    }

    /// Hands in a voucher.
    pub(crate) fn hand_in(&mut self, owner: Address, offer: Offer) -> Result<(), Refusal> {
        let status = self.status(&offer);
        self.relay.admit(self.now(), owner, offer, Some(&status))?;
        self.disk = self.relay.save();
        Ok(())
    }

    /// Has somebody else pay a slot to an owner's purse.
    pub(crate) fn overtake(&mut self, owner: Address, offer: &Offer) {
        self.chain.slots.insert(offer.slot(), (self.relay.purse(owner), offer.cumulative.units()));
    }

    /// Asks the relay what it needs, and gives it that. `dies` after so many of: made, saved, sent.
    pub(crate) fn step(&mut self, dies: usize) {
        let price = Amount::from_units(self.chain.pool.price);
        match self.relay.next(self.now(), price) {
            Step::Wait => {}
            Step::Quote { owner, slots } => {
                self.quote(owner, &slots, price);
                if dies == 1 {
                    return self.restart();
                }
                self.disk = self.relay.save();
            }
            Step::Watch { signed, .. } => {
                self.chain.pool.send(signed.last().unwrap());
                if dies == 2 {
                    return self.restart();
                }
                self.relay.watched(&self.chain.pool.sight(&signed));
                if let Step::Watch { signed } = self.relay.next(self.now(), price) {
                    self.chain.pool.raise(&signed);
                }
                if dies == 3 {
                    return self.restart();
                }
                self.disk = self.relay.save();
            }
        }
    }

    /// Makes blocks and has the relay look at each.
    pub(crate) fn settle(&mut self) {
        for _ in 0..6 {
            self.step(0);
            self.chain.mine();
        }
    }

    fn quote(&mut self, owner: Address, slots: &[SlotId], price: Amount) {
        let purse = self.relay.purse(owner);
        for slot in slots {
            let offer = self.offer_in(*slot);
            let status = self.status(&offer);
            self.relay.refresh(self.now(), owner, *slot, Some(&status));
        }
        if self.relay.call(owner, slots).is_none() {
            return;
        }
        let vouchers: BTreeMap<_, _> = self.queued(owner, slots);
        let paid = self.chain.would_pay(purse, &vouchers);
        let gas = GAS + GAS_EACH * vouchers.len() as u64;
        let earned = Share::new(2000).unwrap().of(Amount::from_units(paid));
        let (nonce, balance) = (self.chain.pool.nonce, Amount::from_units(self.chain.balance));
        let quote = Quote { earned, gas, price, nonce, balance };
        if self.relay.quoted(self.now(), owner, slots, quote) {
            let Step::Watch { signed, .. } = self.relay.next(self.now(), price) else {
                panic!("it is under way")
            };
            self.chain.pool.make(&signed[0], Call { purse, slots: vouchers });
        }
    }

    /// What the vouchers in the queue say, of these slots, by what is saved of them.
    fn queued(&self, owner: Address, slots: &[SlotId]) -> BTreeMap<SlotId, u128> {
        slots.iter().filter_map(|slot| Some((*slot, self.cumulative(owner, *slot)?))).collect()
    }

    /// A voucher of a slot, by which its status can be asked for.
    fn offer_in(&self, slot: SlotId) -> Offer {
        let of = |byte| SessionId::of(BUYER, session_key(byte).address()) == slot.session;
        let session = (1..=9).find(|byte| of(*byte)).unwrap();
        self.offer(session, slot.slot, SELLER, 1)
    }

    /// What the relay's voucher of a slot says, by the call that redeems it.
    fn cumulative(&self, owner: Address, slot: SlotId) -> Option<u128> {
        let data = self.relay.call(owner, &[slot])?;
        // Selector, owner, share, place and length of the list; then session, slot, amount.
        let word = &data[4 + 6 * 32..4 + 7 * 32];
        Some(u128::from_be_bytes(word[16..].try_into().unwrap()))
    }
}

/// What the contract tells of so much that it paid.
fn redeemed(purse: Address, paid: u128) -> Log {
    let kind = Keccak256::digest(b"Redeemed(bytes32,uint32,address,uint96,uint96)").into();
    let mut payee = [0; 32];
    payee[12..].copy_from_slice(purse.as_bytes());
    let data = [[0; 16], paid.to_be_bytes(), [0; 16], paid.to_be_bytes()].concat();
    Log { address: deployment().contract, topics: vec![kind, [0; 32], [0; 32], payee], data }
}

impl Chain {
    fn would_pay(&self, purse: Address, vouchers: &BTreeMap<SlotId, u128>) -> u128 {
        let pays = |(slot, cumulative): (&SlotId, &u128)| match self.slots.get(slot) {
            Some((payee, _)) if *payee != purse => 0,
            Some((_, paid)) => cumulative.saturating_sub(*paid),
            None => *cumulative,
        };
        vouchers.iter().map(pays).sum()
    }

    /// Makes a block, of the relay's transaction if it pays what a gas costs.
    pub(crate) fn mine(&mut self) {
        let Some((hash, Made { price, call, .. })) = self.pool.mine(|_| true) else { return };
        self.carried_out += 1;
        let paid = self.would_pay(call.purse, &call.slots);
        let gas = if paid == 0 { 40_000 } else { GAS + GAS_EACH * call.slots.len() as u64 };
        for (slot, cumulative) in &call.slots {
            let slot = self.slots.entry(*slot).or_insert((call.purse, 0));
            if slot.0 == call.purse {
                slot.1 = slot.1.max(*cumulative);
            }
        }
        self.spent += price * u128::from(gas);
        self.earned += paid / 5;
        let logs = vec![redeemed(call.purse, paid)];
        self.pool.carried_out(hash, paid > 0, gas, logs);
    }
}
