//! Row 12: whatever anybody calls in whatever order, the contract does what a plain model of it does, and holds what it
//! owes.

mod model;

use btt::Address;
use btt_contract::{BttPay, Key, Refusal, Terms, fraud};
use pay::{SessionId, SignedVoucher};
use proptest::collection::vec;
use proptest::prelude::*;

use self::model::{Item, Model};
use crate::fixture::{DAY, HOUR, NOBODY};

/// Everybody owns, is paid, reports and calls for others.
const PEOPLE: [Address; 4] = [
    Address::from_bytes([0xa0; 20]),
    Address::from_bytes([0xa1; 20]),
    Address::from_bytes([0xa2; 20]),
    Address::from_bytes([0xa3; 20]),
];

/// Each is used by several owners.
const KEYS: u8 = 3;

/// What somebody does. Sessions and vouchers are meant by their place among those there are, counted around.
#[derive(Clone, Debug)]
enum Step {
    Open {
        owner: usize,
        key: u8,
        slots: u32,
        cap: u128,
        ttl: u64,
        bond: u128,
        change: i128,
    },
    Extend {
        caller: usize,
        session: usize,
        later: u64,
        slots: u32,
        change: i128,
    },
    /// A key signs. Who is honest keeps to slots and amounts that there are, and to one payee for each slot.
    Sign {
        session: usize,
        slot: u32,
        payee: usize,
        cumulative: u128,
        is_honest: bool,
    },
    /// Somebody invents a voucher that its key did not sign.
    Forge {
        session: usize,
        slot: u32,
        payee: usize,
        cumulative: u128,
    },
    /// Who is careful shows what was signed to one payee, and others whatever comes to hand.
    Redeem {
        caller: usize,
        payee: usize,
        vouchers: Vec<usize>,
        is_careful: bool,
    },
    /// Who is careful has seen two promises of one slot.
    Slash {
        caller: usize,
        a: usize,
        b: usize,
        is_careful: bool,
    },
    Withdraw {
        caller: usize,
        session: usize,
    },
    Pass {
        seconds: u64,
    },
    /// Coins are forced on the contract, as a miner or a contract that ends itself can.
    Force {
        amount: u128,
    },
}

/// In three cases of four.
fn mostly() -> impl Strategy<Value = bool> {
    prop_oneof![3 => Just(true), 1 => Just(false)]
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..PEOPLE.len();
    let place = 0..64_usize;
    let change = prop_oneof![8 => Just(0), 1 => -1..=1_i128];
    let ttl = prop_oneof![6 => HOUR..2 * DAY, 1 => 0..40 * DAY];
    let slots = prop_oneof![9 => 1..4_u32, 1 => Just(0)];
    let cap = prop_oneof![9 => 50..100_u128, 1 => Just(0)];
    let promise = (place.clone(), 0..4_u32, person.clone(), 0..110_u128);
    prop_oneof![
        3 => (person.clone(), 1..=KEYS, slots, cap, ttl, 0..20_u128, change.clone()).prop_map(
            |(owner, key, slots, cap, ttl, bond, change)| Step::Open { owner, key, slots, cap, ttl, bond, change }
        ),
        1 => (person.clone(), place.clone(), 0..DAY, 0..3_u32, change).prop_map(
            |(caller, session, later, slots, change)| Step::Extend { caller, session, later, slots, change }
        ),
        8 => (promise.clone(), mostly()).prop_map(|((session, slot, payee, cumulative), is_honest)| {
            Step::Sign { session, slot, payee, cumulative, is_honest }
        }),
        1 => promise.prop_map(
            |(session, slot, payee, cumulative)| Step::Forge { session, slot, payee, cumulative }
        ),
        8 => (person.clone(), person.clone(), vec(place.clone(), 0..6), mostly()).prop_map(
            |(caller, payee, vouchers, is_careful)| Step::Redeem { caller, payee, vouchers, is_careful }
        ),
        2 => (person.clone(), place.clone(), place.clone(), mostly()).prop_map(
            |(caller, a, b, is_careful)| Step::Slash { caller, a, b, is_careful }
        ),
        2 => (person, place).prop_map(|(caller, session)| Step::Withdraw { caller, session }),
        2 => (0..DAY).prop_map(|seconds| Step::Pass { seconds }),
        1 => (1..5_u128).prop_map(|amount| Step::Force { amount }),
    ]
}

/// The contract, the model, and every voucher that was ever written.
struct Both {
    pay: BttPay,
    model: Model,
    vouchers: Vec<SignedVoucher>,
    items: Vec<Item>,
}

impl Both {
    fn new() -> Self {
        let pay = BttPay::deployed();
        Self { model: Model::new(pay.chain.now()), pay, vouchers: Vec::new(), items: Vec::new() }
    }

    /// Has both take a step, and compares what they say.
    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Open { owner, key, slots, cap, ttl, bond, change } => {
                let terms =
                    Terms { slots: *slots, cap: *cap, expiry: self.pay.chain.now() + ttl, bond: *bond };
                let value = terms.value().saturating_add_signed(*change);
                let real = self.pay.open_with(PEOPLE[*owner], Key::of(*key).address(), terms, value);
                prop_assert_eq!(real.map(drop), self.model.open(*owner, *key, terms, value));
            }
            Step::Extend { caller, session, later, slots, change } => {
                let Some(place) = self.session(*session) else { return Ok(()) };
                let session = &self.model.sessions[place];
                let expiry = session.expiry + later;
                let value = (u128::from(*slots) * session.cap).saturating_add_signed(*change);
                let id = self.id(place);
                let real = self.pay.extend(PEOPLE[*caller], id, expiry, *slots, value);
                prop_assert_eq!(real.map(drop), self.model.extend(*caller, place, expiry, *slots, value));
            }
            Step::Sign { session, slot, payee, cumulative, is_honest } => {
                let Some(place) = self.session(*session) else { return Ok(()) };
                let session = &self.model.sessions[place];
                let (key, cap, slots) = (Key::of(session.key), session.cap, session.slots.len());
                if *is_honest {
                    let slot = *slot as usize % slots;
                    let payee = (place + slot) % PEOPLE.len();
                    self.write(
                        place,
                        u32::try_from(slot).unwrap(),
                        payee,
                        cumulative % (cap + 1),
                        &key,
                        true,
                    );
                } else {
                    self.write(place, *slot, *payee, *cumulative, &key, true);
                }
            }
            Step::Forge { session, slot, payee, cumulative } => {
                let Some(place) = self.session(*session) else { return Ok(()) };
                self.write(place, *slot, *payee, *cumulative, &Key::of(0x66), false);
            }
            Step::Redeem { caller, payee, vouchers, is_careful } => {
                let payee = match vouchers.first().and_then(|place| self.voucher(*place)) {
                    Some(place) if *is_careful => self.items[place].payee,
                    _ => *payee,
                };
                let is_shown = |item: &Item| !is_careful || item.good && item.payee == payee;
                let places = self.items.iter().enumerate().filter(|(_, item)| is_shown(item));
                let places: Vec<_> = places.map(|(place, _)| place).collect();
                let chosen = vouchers.iter().filter_map(|place| place.checked_rem(places.len()));
                let places: Vec<_> = chosen.map(|chosen| places[chosen]).collect();
                let batch: Vec<_> = places.iter().map(|place| self.vouchers[*place]).collect();
                let items: Vec<_> = places.iter().map(|place| self.items[*place]).collect();
                let real = self.pay.redeem(PEOPLE[*caller], PEOPLE[payee], &batch);
                prop_assert_eq!(real.map(drop), self.model.redeem(payee, &items));
            }
            Step::Slash { caller, a, b, is_careful } => {
                let (Some(a), Some(mut b)) = (self.voucher(*a), self.voucher(*b)) else { return Ok(()) };
                if *is_careful {
                    let Item { session, slot, payee, .. } = self.items[a];
                    let proves = |item: &Item| {
                        item.good && (item.session, item.slot) == (session, slot) && item.payee != payee
                    };
                    b = self.items.iter().position(proves).unwrap_or(b);
                }
                let session = &self.model.sessions[self.items[a].session];
                let (owner, key) = (PEOPLE[session.owner], Key::of(session.key).address());
                let fraud = fraud(owner, key, &self.vouchers[a], &self.vouchers[b]);
                let real = self.pay.slash(PEOPLE[*caller], &fraud);
                prop_assert_eq!(real.map(drop), self.model.slash(*caller, self.items[a], self.items[b]));
            }
            Step::Withdraw { caller, session } => {
                let Some(place) = self.session(*session) else { return Ok(()) };
                let id = self.id(place);
                let real = self.pay.withdraw(PEOPLE[*caller], id);
                prop_assert_eq!(real.map(drop), self.model.withdraw(place));
            }
            Step::Pass { seconds } => {
                self.pay.chain.advance(*seconds);
                self.model.now += seconds;
            }
            Step::Force { amount } => {
                let contract = self.pay.address;
                self.pay.chain.give(contract, *amount);
                self.model.forced += amount;
            }
        }
        Ok(())
    }

    /// Compares what everybody has, and what is owed.
    fn compare_coins(&mut self) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.pay.holds(), self.model.owed() + self.model.forced);
        for (place, person) in PEOPLE.iter().enumerate() {
            prop_assert_eq!(self.pay.chain.balance(*person), self.model.wealth[place]);
        }
        prop_assert_eq!(self.pay.chain.balance(NOBODY), self.model.burnt);
        Ok(())
    }

    /// Compares all that is written of sessions and slots. What was promised is the most that anybody was paid, and what
    /// was deposited the most that anybody paid.
    fn compare_books(&self) -> Result<(), TestCaseError> {
        for (place, session) in self.model.sessions.iter().enumerate() {
            let id = self.id(place);
            let mut paid = 0;
            for (number, slot) in (0..).zip(&session.slots) {
                let status = self.pay.status(id, number).unwrap();
                prop_assert_eq!((status.terms.expiry, status.terms.cap), (session.expiry, session.cap));
                prop_assert_eq!((status.balance, status.terms.bond), (session.balance, session.bond));
                prop_assert_eq!(status.payee, slot.payee.map(|payee| PEOPLE[payee]));
                prop_assert_eq!(status.paid, slot.paid);
                let of_slot = |item: &&Item| item.good && item.session == place && item.slot == number;
                let to_payee = |item: &&Item| Some(PEOPLE[item.payee]) == status.payee;
                let signed = self.items.iter().filter(of_slot).filter(to_payee).map(|item| item.cumulative);
                prop_assert!(status.paid <= signed.max().unwrap_or(0));
                paid += status.paid;
            }
            prop_assert!(paid <= session.deposit);
        }
        Ok(())
    }

    fn write(&mut self, place: usize, slot: u32, payee: usize, cumulative: u128, key: &Key, good: bool) {
        let id = self.id(place);
        self.vouchers.push(self.pay.voucher(key, id, slot, PEOPLE[payee], cumulative));
        self.items.push(Item { session: place, slot, payee, cumulative, good });
    }

    fn session(&self, place: usize) -> Option<usize> {
        place.checked_rem(self.model.sessions.len())
    }

    fn voucher(&self, place: usize) -> Option<usize> {
        place.checked_rem(self.vouchers.len())
    }

    fn id(&self, place: usize) -> SessionId {
        let session = &self.model.sessions[place];
        SessionId::of(PEOPLE[session.owner], Key::of(session.key).address())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn row_12_the_contract_holds_what_it_owes_and_pays_what_was_signed(steps in vec(step(), 1..100)) {
        let mut both = Both::new();
        for step in steps {
            both.take(&step)?;
            both.compare_coins()?;
        }
        both.compare_books()?;
    }
}

/// The model itself is tried on one life of a session.
#[test]
fn row_12_the_model_pays_a_slot_once_and_gives_the_rest_back() {
    let mut model = Model::new(0);
    let terms = Terms { slots: 2, cap: 10, expiry: HOUR, bond: 5 };
    assert_eq!(model.open(0, 1, terms, 25), Ok(()));
    let item = Item { session: 0, slot: 0, payee: 1, cumulative: 7, good: true };
    assert_eq!(model.redeem(1, &[item, item]), Ok(()));
    assert_eq!(model.redeem(1, &[item]), Err(Refusal::Named("Nothing")));
    let other = Item { payee: 2, ..item };
    assert_eq!(model.slash(3, item, other), Ok(()));
    model.now = HOUR;
    assert_eq!(model.withdraw(0), Ok(()));
    assert_eq!((model.wealth, model.burnt, model.owed()), ([13, 7, 0, 2], 3, 0));
}
