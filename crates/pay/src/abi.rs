//! Calls of the contract `BttPay` as transactions carry them, and what it answers: the Contract ABI Specification of
//! Solidity, <https://docs.soliditylang.org/en/latest/abi-spec.html>. All that the contract takes and gives has a fixed
//! length, 32 bytes each, but for the vouchers of [`Call::Redeem`].

use btt::{Address, Amount};

use crate::deployment::word;
use crate::message::{Fraud, Payment};
use crate::seller::SlotStatus;
use crate::{Error, SessionId, SlotId, Time, Voucher};

/// What the contract is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// Open a session of whoever sends the transaction, which carries [`Opening::value`].
    Open(Opening),
    /// Let a session last longer, or have more slots. The transaction is the owner's and carries what is in the new slots.
    Extend {
        /// Which session.
        session: SessionId,
        /// When it ends then, no sooner than before.
        expiry: Time,
        /// How many slots are added.
        add_slots: u32,
    },
    /// Pay a payee what vouchers say that is not paid yet. Anybody may send it.
    Redeem {
        /// To whom all of the vouchers are.
        payee: Address,
        /// The vouchers.
        payments: &'a [Payment],
    },
    /// Take a session's bond for a slot that was signed over twice. Half of it goes to who sends it.
    Slash(&'a Fraud),
    /// Give back what an ended session has left to its owner. Anybody may send it.
    Withdraw(SessionId),
    /// Say what is known of a session and one of its slots: a call that reads and costs nothing. [`SlotStatus::parse`] reads
    /// the answer.
    Status(SlotId),
}

/// A session to be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whose signature vouchers will bear.
    pub key: Address,
    /// How many slots there will be.
    pub slots: u32,
    /// What will be in each, below 2^96 units.
    pub slot_cap: Amount,
    /// When it will end.
    pub expiry: Time,
    /// What is lost by signing a slot over twice.
    pub bond: Amount,
}

impl Opening {
    /// What the transaction has to carry, exactly; `None` if that is beyond what an amount can be.
    #[must_use]
    pub fn value(&self) -> Option<Amount> {
        self.slot_cap.checked_mul(self.slots.into())?.checked_add(self.bond)
    }
}

impl Call<'_> {
    /// The data of the transaction. The contract refuses numbers that are beyond their types.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut data = Data(self.selector().to_vec());
        match self {
            Self::Open(Opening { key, slots, slot_cap, expiry, bond }) => {
                data.address(*key).number(*slots).amount(*slot_cap).time(*expiry).amount(*bond);
            }
            Self::Extend { session, expiry, add_slots } => {
                data.word(session.as_bytes()).time(*expiry).number(*add_slots);
            }
            Self::Redeem { payee, payments } => {
                // The list stands behind what has a fixed length: the payee, and where the list begins.
                data.address(*payee).word(&word(&[2 * 32])).word(&word(&payments.len().to_be_bytes()));
                for Payment { slot, cumulative, signature } in *payments {
                    data.slot(*slot).amount(*cumulative).bytes(signature.as_bytes());
                }
            }
            Self::Slash(fraud) => {
                data.slot(SlotId { session: SessionId::of(fraud.owner, fraud.key), slot: fraud.slot });
                for claim in &fraud.claims {
                    data.address(claim.payee).amount(claim.cumulative).bytes(claim.signature.as_bytes());
                }
            }
            Self::Withdraw(session) => {
                data.word(session.as_bytes());
            }
            Self::Status(slot) => {
                data.slot(*slot);
            }
        }
        data.0
    }

    /// The first bytes of the hash of the function's name and of its arguments' types.
    const fn selector(&self) -> [u8; 4] {
        match self {
            Self::Open(_) => [0x02, 0x03, 0x48, 0xf2],
            Self::Extend { .. } => [0x5f, 0x76, 0x6f, 0x82],
            Self::Redeem { .. } => [0x2c, 0xb2, 0x9d, 0xac],
            Self::Slash(_) => [0xbb, 0x71, 0x28, 0x87],
            Self::Withdraw(_) => [0x8e, 0x19, 0x89, 0x9e],
            Self::Status(_) => [0x1b, 0x8d, 0x93, 0x0f],
        }
    }
}

impl SlotStatus {
    /// Reads what a node says that the contract answered to [`Call::Status`]; [`ABSENT`](Self::ABSENT) if there never was such
    /// a session.
    ///
    /// # Errors
    /// [`Error::Answer`] if no contract of this kind answers so: it has another length, a number is beyond its type, the
    /// session is another, or more was paid than there is.
    pub fn parse(slot: SlotId, answer: &[u8]) -> Result<Self, Error> {
        let (words, []) = answer.as_chunks() else { return Err(Error::Answer) };
        let words: &[_; 9] = words.as_array().ok_or(Error::Answer)?;
        let [owner, expiry, slots, key, slot_cap, balance, bond, payee, paid] = words;
        let status = Self {
            owner: address(owner)?,
            key: address(key)?,
            expiry: Time::from_secs(u64::from_be_bytes(tail(expiry)?)),
            slots: u32::from_be_bytes(tail(slots)?),
            slot_cap: cumulative(slot_cap)?,
            payee: Some(address(payee)?).filter(|payee| *payee != NOBODY),
            paid: cumulative(paid)?,
        };
        // Nobody asks for these two, but they have their types, too.
        let _: [[u8; 16]; 2] = [tail(balance)?, tail(bond)?];
        if status.owner == NOBODY {
            return Ok(Self::ABSENT);
        }
        let is_possible = SessionId::of(status.owner, status.key) == slot.session
            && status.paid <= status.slot_cap
            && (status.payee.is_some() || status.paid.is_zero());
        if is_possible { Ok(status) } else { Err(Error::Answer) }
    }
}

const NOBODY: Address = Address::from_bytes([0; 20]);

/// The data of a call.
struct Data(Vec<u8>);

impl Data {
    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn word(&mut self, word: &[u8; 32]) -> &mut Self {
        self.bytes(word)
    }

    fn address(&mut self, address: Address) -> &mut Self {
        self.word(&word(address.as_bytes()))
    }

    fn number(&mut self, number: u32) -> &mut Self {
        self.word(&word(&number.to_be_bytes()))
    }

    fn amount(&mut self, amount: Amount) -> &mut Self {
        self.word(&word(&amount.units().to_be_bytes()))
    }

    fn time(&mut self, time: Time) -> &mut Self {
        self.word(&word(&time.as_secs().to_be_bytes()))
    }

    fn slot(&mut self, slot: SlotId) -> &mut Self {
        self.word(slot.session.as_bytes()).number(slot.slot)
    }
}

/// What is behind the zeros of a word.
fn tail<const N: usize>(word: &[u8; 32]) -> Result<[u8; N], Error> {
    let (zeros, tail) = word.split_last_chunk().ok_or(Error::Answer)?;
    if zeros.iter().all(|&byte| byte == 0) { Ok(*tail) } else { Err(Error::Answer) }
}

fn address(word: &[u8; 32]) -> Result<Address, Error> {
    tail(word).map(Address::from_bytes)
}

fn cumulative(word: &[u8; 32]) -> Result<Amount, Error> {
    let amount = Amount::from_units(u128::from_be_bytes(tail(word)?));
    if amount < Voucher::LIMIT { Ok(amount) } else { Err(Error::Answer) }
}
