//! What the purse remembers between visits, as bytes. Each record says its version first: what a version that was released
//! holds stays as it is, so that every later release opens it.

use btt::{Address, Amount};
use metainfo::InfoHash;
use pay::buyer::Assignment;
use pay::message::{Fraud, Message};
use pay::seller::Account;
use pay::{SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use protocol::purse::{EarnTerms, PayTerms, Sponsor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A secret that was encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// What makes each encryption another one.
    pub nonce: [u8; 12],
    /// The encrypted secret, and what shows that it was not changed.
    pub bytes: Vec<u8>,
}

/// A deposit that was made, or was to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DepositRecord {
    /// Whose deposit it is.
    pub owner: Address,
    /// Whose signature its vouchers bear.
    pub key: Address,
    /// That key.
    pub sealed: Sealed,
    /// How many slots it has.
    pub slots: u32,
    /// What is in each.
    pub slot_cap: Amount,
    /// What is lost by signing one to two.
    pub bond: Amount,
    /// When it ends, in seconds since 1970.
    pub expiry: u64,
    /// When it was noted down, likewise.
    pub made: u64,
    /// Whether the chain has it.
    pub is_open: bool,
    /// Who deposits it, if not the user.
    pub sponsor: Option<Sponsor>,
}

/// What the user set, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How the user wants to be paid, or wanted to be last.
    pub earn: Option<EarnTerms>,
    /// Whether they still want to.
    pub earns: bool,
    /// How the user pays.
    pub pay: Option<PayTerms>,
    /// What was spent by these terms, or by the last ones.
    pub spent: Amount,
    /// The day, since 1970, on which [`earned`](Self::earned) came together.
    pub day: u64,
    /// What was earned on it.
    pub earned: Amount,
}

/// A record of the purse.
pub trait Record: Sized {
    /// Its bytes, in the newest version.
    fn encode(&self) -> Vec<u8>;

    /// The record in these bytes; `None` if they are not exactly one, or of a later release.
    fn decode(bytes: &[u8]) -> Option<Self>;
}

#[derive(Serialize, Deserialize)]
enum Version<R> {
    One(R),
}

/// A [`DepositRecord`] as it is stored: before there were sponsors, and since.
#[derive(Serialize, Deserialize)]
enum StoredDeposit {
    One(OwnDeposit),
    Two(OwnDeposit, Sponsor),
}

#[derive(Serialize, Deserialize)]
struct OwnDeposit {
    owner: Address,
    key: Address,
    sealed: Sealed,
    slots: u32,
    slot_cap: Amount,
    bond: Amount,
    expiry: u64,
    made: u64,
    is_open: bool,
}

impl Record for DepositRecord {
    fn encode(&self) -> Vec<u8> {
        let Self { owner, key, sealed, slots, slot_cap, bond, expiry, made, is_open, sponsor } = self.clone();
        let deposit = OwnDeposit { owner, key, sealed, slots, slot_cap, bond, expiry, made, is_open };
        let stored = match sponsor {
            None => StoredDeposit::One(deposit),
            Some(sponsor) => StoredDeposit::Two(deposit, sponsor),
        };
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (deposit, sponsor) = match whole(bytes)? {
            StoredDeposit::One(deposit) => (deposit, None),
            StoredDeposit::Two(deposit, sponsor) => (deposit, Some(sponsor)),
        };
        let OwnDeposit { owner, key, sealed, slots, slot_cap, bond, expiry, made, is_open } = deposit;
        Some(Self { owner, key, sealed, slots, slot_cap, bond, expiry, made, is_open, sponsor })
    }
}

/// [`Settings`] as they are stored: before there were sponsors, and since.
#[derive(Serialize, Deserialize)]
enum StoredSettings {
    One(OwnSettings),
    Two(Settings),
}

#[derive(Serialize, Deserialize)]
struct OwnSettings {
    earn: Option<EarnTerms>,
    earns: bool,
    pay: Option<OwnTerms>,
    spent: Amount,
    day: u64,
    earned: Amount,
}

#[derive(Serialize, Deserialize)]
struct OwnTerms {
    budget: Amount,
    highest: Amount,
    only: Option<InfoHash>,
}

impl Record for Settings {
    fn encode(&self) -> Vec<u8> {
        postcard::to_allocvec(&StoredSettings::Two(self.clone())).unwrap_or_default()
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        match whole(bytes)? {
            StoredSettings::One(OwnSettings { earn, earns, pay, spent, day, earned }) => {
                let own = |OwnTerms { budget, highest, only }| PayTerms { budget, highest, only, from: None };
                Some(Self { earn, earns, pay: pay.map(own), spent, day, earned })
            }
            StoredSettings::Two(settings) => Some(settings),
        }
    }
}

/// As peers tell it.
impl Record for Fraud {
    fn encode(&self) -> Vec<u8> {
        encode(&Message::Fraud(Box::new(*self)).encode())
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        match Message::parse(&decode::<Vec<u8>>(bytes)?).ok()? {
            Some(Message::Fraud(fraud)) => Some(*fraud),
            _ => None,
        }
    }
}

/// An [`Assignment`] as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredAssignment {
    session: [u8; 32],
    slot: u32,
    payee: Address,
    cumulative: Amount,
}

impl Record for Assignment {
    fn encode(&self) -> Vec<u8> {
        let Self { slot: SlotId { session, slot }, payee, cumulative } = *self;
        encode(&StoredAssignment { session: *session.as_bytes(), slot, payee, cumulative })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let StoredAssignment { session, slot, payee, cumulative } = decode(bytes)?;
        Some(Self { slot: SlotId { session: SessionId::from_bytes(session), slot }, payee, cumulative })
    }
}

/// An [`Account`] as it is stored.
#[derive(Serialize, Deserialize)]
struct StoredAccount {
    session: [u8; 32],
    slot: u32,
    payee: Address,
    cumulative: Amount,
    signature: ([u8; 32], [u8; 32]),
    owner: Address,
    key: Address,
    expiry: u64,
    slot_cap: Amount,
    owed: Amount,
    paid_bytes: u64,
    unpaid_bytes: u64,
    redeemed: Amount,
    bound: bool,
}

impl Record for Account {
    fn encode(&self) -> Vec<u8> {
        let Self { best, owner, key, expiry, slot_cap, owed, paid_bytes, unpaid_bytes, redeemed, bound } =
            *self;
        let Voucher { slot: SlotId { session, slot }, payee, cumulative } = best.voucher;
        let (mut r, mut vs) = ([0; 32], [0; 32]);
        r.copy_from_slice(&best.signature.as_bytes()[..32]);
        vs.copy_from_slice(&best.signature.as_bytes()[32..]);
        encode(&StoredAccount {
            session: *session.as_bytes(),
            slot,
            payee,
            cumulative,
            signature: (r, vs),
            owner,
            key,
            expiry: expiry.as_secs(),
            slot_cap,
            owed,
            paid_bytes,
            unpaid_bytes,
            redeemed,
            bound,
        })
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let stored: StoredAccount = decode(bytes)?;
        let StoredAccount { session, slot, payee, cumulative, signature: (r, vs), .. } = stored;
        let slot = SlotId { session: SessionId::from_bytes(session), slot };
        let mut signature = [0; 64];
        signature[..32].copy_from_slice(&r);
        signature[32..].copy_from_slice(&vs);
        Some(Self {
            best: SignedVoucher {
                voucher: Voucher { slot, payee, cumulative },
                signature: Signature::from_bytes(signature),
            },
            owner: stored.owner,
            key: stored.key,
            expiry: Time::from_secs(stored.expiry),
            slot_cap: stored.slot_cap,
            owed: stored.owed,
            paid_bytes: stored.paid_bytes,
            unpaid_bytes: stored.unpaid_bytes,
            redeemed: stored.redeemed,
            bound: stored.bound,
        })
    }
}

fn encode<R: Serialize>(record: &R) -> Vec<u8> {
    // Only maps of unknown length and the like fail to serialise, and there are none.
    postcard::to_allocvec(&Version::One(record)).unwrap_or_default()
}

fn decode<R: DeserializeOwned>(bytes: &[u8]) -> Option<R> {
    let Version::One(record) = whole(bytes)?;
    Some(record)
}

/// What all of the bytes are.
fn whole<R: DeserializeOwned>(bytes: &[u8]) -> Option<R> {
    let (record, rest) = postcard::take_from_bytes(bytes).ok()?;
    rest.is_empty().then_some(record)
}

/// By what a session's records are named.
#[must_use]
pub fn session_key(session: SessionId) -> [u8; 32] {
    *session.as_bytes()
}

/// By what a slot's records are named: the session, and the slot's number, big-endian.
#[must_use]
pub fn slot_key(slot: SlotId) -> Vec<u8> {
    [&slot.session.as_bytes()[..], &slot.slot.to_be_bytes()].concat()
}

/// The slot that a record is named by.
#[must_use]
pub fn slot_of_key(key: &[u8]) -> Option<SlotId> {
    let (session, slot) = key.split_first_chunk()?;
    let slot = u32::from_be_bytes(*slot.as_array()?);
    Some(SlotId { session: SessionId::from_bytes(*session), slot })
}

#[cfg(test)]
mod tests {
    use pay::message::Claim;

    use super::*;

    fn account() -> Account {
        let slot = SlotId { session: SessionId::from_bytes([7; 32]), slot: 9 };
        let signature = std::array::from_fn(|at| u8::try_from(at).unwrap());
        Account {
            best: SignedVoucher {
                voucher: Voucher {
                    slot,
                    payee: Address::from_bytes([1; 20]),
                    cumulative: Amount::from_btt(3),
                },
                signature: Signature::from_bytes(signature),
            },
            owner: Address::from_bytes([2; 20]),
            key: Address::from_bytes([3; 20]),
            expiry: Time::from_secs(1_800_000_000),
            slot_cap: Amount::from_units((1 << 96) - 1),
            owed: Amount::from_units(u128::MAX),
            paid_bytes: u64::MAX,
            unpaid_bytes: 5,
            redeemed: Amount::from_units(1),
            bound: false,
        }
    }

    #[test]
    fn row_25_records_are_read_as_they_were_written_to_the_last_byte_or_not_at_all() {
        let account = account();
        let bytes = account.encode();
        assert_eq!(Account::decode(&bytes), Some(account));
        assert!((0..bytes.len()).all(|end| Account::decode(&bytes[..end]).is_none()));
        assert_eq!(Account::decode(&[&bytes[..], &[0]].concat()), None);
        let later = [&[1], &bytes[1..]].concat();
        assert_eq!(Account::decode(&later), None, "of a later release");

        let voucher = account.best.voucher;
        let assignment = Assignment { slot: voucher.slot, payee: voucher.payee, cumulative: account.owed };
        assert_eq!(Assignment::decode(&assignment.encode()), Some(assignment));
        let claim = |payee| {
            let signature = Signature::from_bytes([9; 64]);
            Claim { payee: Address::from_bytes([payee; 20]), cumulative: account.redeemed, signature }
        };
        let (owner, key) = (account.owner, account.key);
        let fraud = Fraud { owner, key, slot: 3, claims: [claim(1), claim(2)] };
        assert_eq!(Fraud::decode(&fraud.encode()), Some(fraud));
        let (budget, highest, only) = (Amount::from_btt(8), Amount::from_btt(1), None);
        let pay = Some(PayTerms { budget, highest, only, from: Some([5; 32]) });
        let settings =
            Settings { earns: true, pay, spent: Amount::from_btt(2), day: 3, ..Settings::default() };
        assert_eq!(Settings::decode(&settings.encode()), Some(settings));
        let sponsor = Sponsor {
            url: "https://pay.example".to_owned(),
            torrent: InfoHash::from_bytes([4; 20]),
            highest,
        };
        for sponsor in [None, Some(sponsor)] {
            let deposit = DepositRecord { sponsor, ..deposit() };
            assert_eq!(DepositRecord::decode(&deposit.encode()), Some(deposit));
        }
    }

    fn deposit() -> DepositRecord {
        DepositRecord {
            owner: Address::from_bytes([1; 20]),
            key: Address::from_bytes([2; 20]),
            sealed: Sealed { nonce: [3; 12], bytes: vec![4; 48] },
            slots: 8,
            slot_cap: Amount::from_btt(7),
            bond: Amount::from_btt(1),
            expiry: 1_800_000_000,
            made: 1_700_000_000,
            is_open: true,
            sponsor: None,
        }
    }

    /// Those of before there were sponsors, as they were written then.
    #[test]
    fn row_25_deposits_and_settings_of_before_there_were_sponsors_are_read() {
        let DepositRecord { owner, key, sealed, slots, slot_cap, bond, expiry, made, is_open, .. } =
            deposit();
        let written =
            encode(&(owner, key, (sealed.nonce, sealed.bytes), slots, slot_cap, bond, expiry, made, is_open));
        assert_eq!(DepositRecord::decode(&written), Some(deposit()));
        assert_eq!(deposit().encode(), written);
        let (budget, highest, only) =
            (Amount::from_btt(8), Amount::from_btt(1), Some(InfoHash::from_bytes([4; 20])));
        let earn: Option<EarnTerms> = None;
        let written =
            encode(&(earn, false, Some((budget, highest, only)), Amount::from_btt(2), 3_u64, budget));
        let pay = Some(PayTerms { budget, highest, only, from: None });
        let expected =
            Settings { pay, spent: Amount::from_btt(2), day: 3, earned: budget, ..Settings::default() };
        assert_eq!(Settings::decode(&written), Some(expected));
    }

    /// The bytes of the first release, which every later one has to read.
    #[test]
    fn row_25_what_the_first_release_wrote_is_read() {
        let slot = SlotId { session: SessionId::from_bytes([7; 32]), slot: 300 };
        let payee = Address::from_bytes([1; 20]);
        let expected = Assignment { slot, payee, cumulative: Amount::from_units(12) };
        let written = ["00", &"07".repeat(32), "ac02", "2a3078", &"3031".repeat(20), "023132"].concat();
        assert_eq!(Assignment::decode(&btt::hex::decode(&written).unwrap()), Some(expected));
        assert_eq!(btt::hex::encode(&expected.encode()), written);
    }

    #[test]
    fn slots_are_named_in_their_order() {
        let slot = SlotId { session: SessionId::from_bytes([7; 32]), slot: 258 };
        assert_eq!(slot_of_key(&slot_key(slot)), Some(slot));
        assert_eq!(slot_of_key(&slot_key(slot)[1..]), None);
        assert!(slot_key(SlotId { slot: 257, ..slot }) < slot_key(slot));
    }
}
