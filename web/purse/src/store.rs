//! What the purse remembers between visits: one database for each contract, in IndexedDB.
//!
//! | Store | Named by | Holds |
//! |---|---|---|
//! | `keys` | `vault` | the [`Vault`], a key that no program can read |
//! | `deposits` | session | a [`DepositRecord`] |
//! | `slots` | session and slot | an [`Assignment`]: whose the slot is, and the highest amount that may have been signed |
//! | `accounts` | session and slot | an [`Account`]: the best voucher that we were given, and what was given for it |
//! | `settings` | `settings` | the [`Settings`] |
//! | `proofs` | session | a [`Fraud`]: that it signed one slot to two |
//!
//! What cannot be read is left as it is, and told of. A deposit with a slot of which that is so is not paid from any more:
//! the slot may be somebody's.

use std::collections::{BTreeMap, BTreeSet};

use pay::buyer::Assignment;
use pay::message::Fraud;
use pay::seller::Account;
use pay::{Deployment, SessionId, SlotId};
use wasm_bindgen::JsValue;

use crate::idb::{Change, Database, bytes, read_bytes};
use crate::proofs;
use crate::records::{DepositRecord, Record, Settings, session_key, slot_key, slot_of_key};
use crate::vault::Vault;

const KEYS: &str = "keys";
const DEPOSITS: &str = "deposits";
const SLOTS: &str = "slots";
const ACCOUNTS: &str = "accounts";
const SETTINGS: &str = "settings";
const PROOFS: &str = "proofs";

const STORES: &[&str] = &[KEYS, DEPOSITS, SLOTS, ACCOUNTS, SETTINGS, PROOFS];

/// The version of the database, which has these stores. The first had no proofs.
pub const VERSION: u32 = 2;

const VAULT: &[u8] = b"vault";
const ONLY: &[u8] = b"settings";

/// The purse's database.
#[derive(Debug)]
pub struct Store(Database);

/// What was remembered.
#[derive(Debug)]
pub struct Remembered {
    /// What encrypts keys.
    pub vault: Vault,
    /// Deposits.
    pub deposits: BTreeMap<SessionId, DepositRecord>,
    /// Slots of them that are somebody's.
    pub slots: Vec<Assignment>,
    /// Deposits with slots of which that is not known.
    pub unclear: BTreeSet<SessionId>,
    /// What was earned.
    pub accounts: Vec<Account>,
    /// What the user set.
    pub settings: Settings,
    /// Proofs of cheats.
    pub proofs: Vec<Fraud>,
    /// How many records cannot be read.
    pub unreadable: usize,
}

impl Store {
    /// Opens the database for a contract.
    ///
    /// # Errors
    /// What the browser says: it stores nothing here.
    pub async fn open(deployment: &Deployment) -> Result<Self, JsValue> {
        Database::open(&name(deployment), VERSION, STORES).await.map(Self)
    }

    /// All that is in it; a new vault, if there was none.
    ///
    /// # Errors
    /// What the browser says.
    pub async fn load(&self) -> Result<Remembered, JsValue> {
        let vault = match self.stored_vault().await? {
            Some(vault) => vault,
            None => {
                let vault = Vault::generate().await?;
                let value = Some(vault.as_value().clone());
                self.0.apply(&[Change { store: KEYS, key: bytes(VAULT), value }]).await?;
                vault
            }
        };
        let mut unreadable = 0;
        let mut deposits = BTreeMap::new();
        for (key, value) in self.records(DEPOSITS).await? {
            match DepositRecord::decode(&value).filter(|record| key == session_key(session_of(record))) {
                Some(record) => _ = deposits.insert(session_of(&record), record),
                None => unreadable += 1,
            }
        }
        let (mut slots, mut unclear) = (Vec::new(), BTreeSet::new());
        for (key, value) in self.records(SLOTS).await? {
            let named = slot_of_key(&key);
            match Assignment::decode(&value).filter(|assignment| named == Some(assignment.slot)) {
                Some(assignment) => slots.push(assignment),
                None => {
                    unreadable += 1;
                    // If not even the name says whose it is, it may be any deposit's.
                    match named {
                        Some(slot) => _ = unclear.insert(slot.session),
                        None => unclear.extend(deposits.keys()),
                    }
                }
            }
        }
        let mut accounts = Vec::new();
        for (key, value) in self.records(ACCOUNTS).await? {
            match Account::decode(&value).filter(|account| key == slot_key(account.slot())) {
                Some(account) => accounts.push(account),
                None => unreadable += 1,
            }
        }
        let settings = self.records(SETTINGS).await?.into_iter().find(|(key, _)| key == ONLY);
        let settings = settings.map_or(Some(Settings::default()), |(_, value)| Settings::decode(&value));
        unreadable += usize::from(settings.is_none());
        let settings = settings.unwrap_or_default();
        let mut proofs = Vec::new();
        for (key, value) in self.records(PROOFS).await? {
            match Fraud::decode(&value).filter(|fraud| key == session_key(proofs::session_of(fraud))) {
                Some(fraud) => proofs.push(fraud),
                None => unreadable += 1,
            }
        }
        Ok(Remembered { vault, deposits, slots, unclear, accounts, settings, proofs, unreadable })
    }

    /// Writes all of these, or nothing. Begun before this returns: what is begun later is on disk later.
    ///
    /// # Errors
    /// What the browser says.
    pub fn write(
        &self,
        changes: &[Change],
    ) -> Result<impl Future<Output = Result<(), JsValue>> + use<>, JsValue> {
        self.0.begin(changes)
    }

    async fn stored_vault(&self) -> Result<Option<Vault>, JsValue> {
        let keys = self.0.all(KEYS).await?;
        let stored = keys.iter().find(|(key, _)| read_bytes(key).as_deref() == Some(VAULT));
        Ok(stored.and_then(|(_, value)| Vault::of(value)))
    }

    /// Names and values of a store, no bytes for what is none.
    async fn records(&self, store: &str) -> Result<Vec<(Vec<u8>, Vec<u8>)>, JsValue> {
        let all = self.0.all(store).await?.into_iter();
        let read = |value: JsValue| read_bytes(&value).unwrap_or_default();
        Ok(all.map(|(key, value)| (read(key), read(value))).collect())
    }
}

/// The database of a contract.
#[must_use]
pub fn name(deployment: &Deployment) -> String {
    format!("seedcast-purse-{}-{}", deployment.chain, deployment.contract)
}

/// Which session it is.
#[must_use]
pub fn session_of(record: &DepositRecord) -> SessionId {
    SessionId::of(record.owner, record.key)
}

/// Notes a deposit down.
#[must_use]
pub fn put_deposit(record: &DepositRecord) -> Change {
    Change::put(DEPOSITS, &session_key(session_of(record)), &record.encode())
}

/// Forgets a deposit and whose its slots were.
#[must_use]
pub fn forget_deposit(session: SessionId, slots: impl Iterator<Item = SlotId>) -> Vec<Change> {
    let slots = slots.map(|slot| Change::remove(SLOTS, &slot_key(slot)));
    slots.chain([Change::remove(DEPOSITS, &session_key(session))]).collect()
}

/// Notes down whose a slot is, and how much.
#[must_use]
pub fn put_assignment(assignment: &Assignment) -> Change {
    Change::put(SLOTS, &slot_key(assignment.slot), &assignment.encode())
}

/// Notes an account down.
#[must_use]
pub fn put_account(account: &Account) -> Change {
    Change::put(ACCOUNTS, &slot_key(account.slot()), &account.encode())
}

/// Forgets an account.
#[must_use]
pub fn forget_account(slot: SlotId) -> Change {
    Change::remove(ACCOUNTS, &slot_key(slot))
}

/// Notes a proof down.
#[must_use]
pub fn put_proof(fraud: &Fraud) -> Change {
    Change::put(PROOFS, &session_key(proofs::session_of(fraud)), &fraud.encode())
}

/// Forgets the proof against a session.
#[must_use]
pub fn forget_proof(session: SessionId) -> Change {
    Change::remove(PROOFS, &session_key(session))
}

/// Notes down what the user set.
#[must_use]
pub fn put_settings(settings: &Settings) -> Change {
    Change::put(SETTINGS, ONLY, &settings.encode())
}
