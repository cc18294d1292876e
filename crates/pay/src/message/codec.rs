//! A message is one bencoded dictionary with `t`, a letter that says which, and a letter for each field. Amounts are byte
//! strings of a fixed length, big-endian, since many readers of bencode have no more than 63 bits for a number.

use btt::{Address, Amount};
use metainfo::bencode::{Item, Value};

use super::{Claim, Fraud, MAX_MESSAGE, Message, Payment, Reason};
use crate::{Error, Rate, SessionId, Signature, SlotId, Voucher};

impl Message {
    /// The payload of the EXTENDED message, at most [`MAX_MESSAGE`] bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Offer { floor } => encode("o", [("r", Item::from(&rate_bytes(*floor)[..]))]),
            Self::Bid { rate, number } => encode_bid("b", *rate, *number),
            Self::Grant { rate, number } => encode_bid("g", *rate, *number),
            Self::Session { owner, key, slot, cumulative, signature } => {
                let cumulative = cumulative_bytes(*cumulative);
                let fields = [
                    ("a", Item::from(&cumulative[..])),
                    ("k", Item::from(&key.as_bytes()[..])),
                    ("l", Item::from(i64::from(*slot))),
                    ("o", Item::from(&owner.as_bytes()[..])),
                    ("z", Item::from(&signature.as_bytes()[..])),
                ];
                encode("s", fields)
            }
            Self::Ack { slot } => encode("k", slot_fields(slot)),
            Self::Voucher(payment) => encode_payment("v", payment),
            Self::Receipt(payment) => encode_payment("r", payment),
            Self::Fraud(fraud) => encode_fraud(fraud),
            Self::Reject(reason) => encode("x", [("c", Item::from(*reason as i64))]),
        }
    }

    /// Reads the payload of an EXTENDED message. Fields that nobody knows are ignored; `None` if nobody knows the message,
    /// or the reason in it.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Bencode`] unless it is exactly one bencoded value, [`Error::Field`] unless that is a
    /// dictionary with all that the message needs, [`Error::NoFraud`].
    pub fn parse(payload: &[u8]) -> Result<Option<Self>, Error> {
        let fields = Fields::parse(payload)?;
        Ok(Some(match fields.bytes("t")? {
            b"o" => Self::Offer { floor: fields.rate("r")? },
            b"b" => Self::Bid { rate: fields.rate("r")?, number: fields.number("q")? },
            b"g" => Self::Grant { rate: fields.rate("r")?, number: fields.number("q")? },
            b"s" => Self::Session {
                owner: fields.address("o")?,
                key: fields.address("k")?,
                slot: fields.number("l")?,
                cumulative: fields.cumulative("a")?,
                signature: fields.signature("z")?,
            },
            b"k" => Self::Ack { slot: fields.slot()? },
            b"v" => Self::Voucher(fields.payment()?),
            b"r" => Self::Receipt(fields.payment()?),
            b"f" => Self::Fraud(Box::new(fields.fraud()?)),
            b"x" => match Reason::of_code(fields.number("c")?) {
                Some(reason) => Self::Reject(reason),
                None => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }
}

/// A dictionary of a peer.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Value<'a>);

impl<'a> Fields<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        if bytes.len() > MAX_MESSAGE {
            return Err(Error::TooLong);
        }
        Ok(Self(Value::parse(bytes)?))
    }

    /// A number; of those that have its size.
    pub(super) fn number<T: TryFrom<i64>>(self, name: &'static str) -> Result<T, Error> {
        let number = self.0.get(name).and_then(|value| value.as_int());
        number.and_then(|number| number.try_into().ok()).ok_or(Error::Field(name))
    }

    pub(super) fn address(self, name: &'static str) -> Result<Address, Error> {
        self.array(name).map(Address::from_bytes)
    }

    pub(super) fn rate(self, name: &'static str) -> Result<Rate, Error> {
        self.array(name).map(|bytes| Rate::per_mib(u128::from_be_bytes(bytes)))
    }

    fn bytes(self, name: &'static str) -> Result<&'a [u8], Error> {
        self.0.get(name).and_then(|value| value.as_bytes()).ok_or(Error::Field(name))
    }

    fn array<const N: usize>(self, name: &'static str) -> Result<[u8; N], Error> {
        self.bytes(name)?.as_array().copied().ok_or(Error::Field(name))
    }

    fn cumulative(self, name: &'static str) -> Result<Amount, Error> {
        let mut bytes = [0; 16];
        bytes[16 - CUMULATIVE..].copy_from_slice(&self.array::<CUMULATIVE>(name)?);
        Ok(Amount::from_units(u128::from_be_bytes(bytes)))
    }

    fn signature(self, name: &'static str) -> Result<Signature, Error> {
        self.array(name).map(Signature::from_bytes)
    }

    fn slot(self) -> Result<SlotId, Error> {
        Ok(SlotId { session: SessionId::from_bytes(self.array("i")?), slot: self.number("l")? })
    }

    fn payment(self) -> Result<Payment, Error> {
        let (slot, cumulative) = (self.slot()?, self.cumulative("a")?);
        Ok(Payment { slot, cumulative, signature: self.signature("z")? })
    }

    fn fraud(self) -> Result<Fraud, Error> {
        let mut claims = self.0.get("v").and_then(|value| value.items()).ok_or(Error::Field("v"))?;
        let (Some(first), Some(second), None) = (claims.next(), claims.next(), claims.next()) else {
            return Err(Error::Field("v"));
        };
        let claims = [Self(first).claim()?, Self(second).claim()?];
        if claims[0].payee == claims[1].payee {
            return Err(Error::NoFraud);
        }
        Ok(Fraud { owner: self.address("o")?, key: self.address("k")?, slot: self.number("l")?, claims })
    }

    fn claim(self) -> Result<Claim, Error> {
        let (payee, cumulative) = (self.address("p")?, self.cumulative("a")?);
        Ok(Claim { payee, cumulative, signature: self.signature("z")? })
    }
}

impl Reason {
    const ALL: [Self; 9] = [
        Self::Signature,
        Self::NoSession,
        Self::Expiring,
        Self::SlotTaken,
        Self::Underfunded,
        Self::Price,
        Self::NotMore,
        Self::TooMany,
        Self::OverCredit,
    ];

    fn of_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| *reason as i64 == code)
    }
}

/// How many bytes a cumulative amount has.
const CUMULATIVE: usize = 12;

fn encode<'a, const N: usize>(kind: &'a str, fields: [(&'a str, Item<'a>); N]) -> Vec<u8> {
    Item::dict(fields.into_iter().chain([("t", Item::from(kind))])).encode()
}

fn encode_bid(kind: &str, rate: Rate, number: u32) -> Vec<u8> {
    encode(kind, [("q", Item::from(i64::from(number))), ("r", Item::from(&rate_bytes(rate)[..]))])
}

fn encode_payment(kind: &str, payment: &Payment) -> Vec<u8> {
    let [session, slot] = slot_fields(&payment.slot);
    let cumulative = cumulative_bytes(payment.cumulative);
    let signature = ("z", Item::from(&payment.signature.as_bytes()[..]));
    encode(kind, [("a", Item::from(&cumulative[..])), session, slot, signature])
}

fn encode_fraud(fraud: &Fraud) -> Vec<u8> {
    let amounts = fraud.claims.map(|claim| cumulative_bytes(claim.cumulative));
    let claims = fraud.claims.iter().zip(&amounts).map(|(claim, amount)| {
        Item::dict([
            ("a", Item::from(&amount[..])),
            ("p", Item::from(&claim.payee.as_bytes()[..])),
            ("z", Item::from(&claim.signature.as_bytes()[..])),
        ])
    });
    let fields = [
        ("k", Item::from(&fraud.key.as_bytes()[..])),
        ("l", Item::from(i64::from(fraud.slot))),
        ("o", Item::from(&fraud.owner.as_bytes()[..])),
        ("v", claims.collect()),
    ];
    encode("f", fields)
}

fn slot_fields(slot: &SlotId) -> [(&'static str, Item<'_>); 2] {
    [("i", Item::from(&slot.session.as_bytes()[..])), ("l", Item::from(i64::from(slot.slot)))]
}

pub(super) const fn rate_bytes(rate: Rate) -> [u8; 16] {
    rate.units_per_mib().to_be_bytes()
}

/// The most that there is room for stands for what is beyond it: no signature is good for that.
fn cumulative_bytes(cumulative: Amount) -> [u8; CUMULATIVE] {
    let units = cumulative.units().min(Voucher::LIMIT.units() - 1);
    *units.to_be_bytes().last_chunk().expect("12 bytes are fewer than 16")
}
