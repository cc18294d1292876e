//! What the purse has of the browser: storage, encryption, the lock over all tabs.

#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use btt::{Address, Amount};
use pay::buyer::Assignment;
use pay::keys::SessionKey;
use pay::seller::Account;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use seedcast_purse::browser::Lock;
use seedcast_purse::idb::{Change, Database, read_bytes};
use seedcast_purse::records::{DepositRecord, Sealed, Settings};
use seedcast_purse::store::{self, Store};
use seedcast_purse::vault::Vault;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// A contract, and so a database, for each test.
fn deployment(number: u8) -> Deployment {
    Deployment { chain: 31337, contract: Address::from_bytes([number; 20]) }
}

const OWNER: Address = Address::from_bytes([2; 20]);

fn record(key: &SessionKey, sealed: Sealed) -> DepositRecord {
    DepositRecord {
        owner: OWNER,
        key: key.address(),
        sealed,
        slots: 8,
        slot_cap: Amount::from_btt(20),
        bond: Amount::from_btt(5),
        expiry: 2_000_000_000,
        made: 1_900_000_000,
        is_open: true,
    }
}

fn assignment(session: SessionId, slot: u32, cumulative: u64) -> Assignment {
    let slot = SlotId { session, slot };
    Assignment { slot, payee: Address::from_bytes([4; 20]), cumulative: Amount::from_btt(cumulative) }
}

fn account(slot: SlotId) -> Account {
    let voucher = Voucher { slot, payee: Address::from_bytes([5; 20]), cumulative: Amount::from_btt(3) };
    Account {
        best: SignedVoucher { voucher, signature: Signature::from_bytes([6; 64]) },
        owner: OWNER,
        key: OWNER,
        expiry: Time::from_secs(2_000_000_000),
        slot_cap: Amount::from_btt(20),
        owed: Amount::from_btt(4),
        paid_bytes: 5,
        unpaid_bytes: 6,
        redeemed: Amount::from_btt(1),
    }
}

#[wasm_bindgen_test]
async fn row_25_what_was_confirmed_is_there_after_the_purse_was_killed() {
    let deployment = deployment(1);
    let store = Store::open(&deployment).await.unwrap();
    let remembered = store.load().await.unwrap();
    let key = SessionKey::from_bytes(&[7; 32]).unwrap();
    let record = record(&key, remembered.vault.seal(&key).await.unwrap());
    let session = store::session_of(&record);
    let settings = Settings { earns: true, spent: Amount::from_btt(2), ..Settings::default() };
    let (slot, earned) = (assignment(session, 3, 1), account(SlotId { session, slot: 9 }));
    let changes = [store::put_deposit(&record), store::put_assignment(&slot), store::put_settings(&settings)];
    store.write(&changes).unwrap().await.unwrap();
    store.write(&[store::put_account(&earned)]).unwrap().await.unwrap();
    // Begun one after the other, they are on disk one after the other, whoever waits for which.
    let first = store.write(&[store::put_assignment(&assignment(session, 3, 5))]).unwrap();
    let second = store.write(&[store::put_assignment(&assignment(session, 3, 6))]).unwrap();
    second.await.unwrap();
    first.await.unwrap();
    drop(store);

    let store = Store::open(&deployment).await.unwrap();
    let found = store.load().await.unwrap();
    assert_eq!(found.deposits.get(&session), Some(&record));
    assert_eq!(found.slots, [assignment(session, 3, 6)]);
    assert_eq!((found.accounts, found.settings), (vec![earned], settings));
    assert_eq!((found.unreadable, found.unclear.len()), (0, 0));
    let opened = found.vault.open(&record.sealed).await.unwrap();
    assert_eq!(opened.address(), key.address());

    let mut changes = store::forget_deposit(session, [slot.slot].into_iter());
    changes.push(store::forget_account(earned.slot()));
    store.write(&changes).unwrap().await.unwrap();
    let found = store.load().await.unwrap();
    assert_eq!((found.deposits.len(), found.slots.len(), found.accounts.len()), (0, 0, 0));
}

#[wasm_bindgen_test]
async fn row_25_a_change_that_is_not_made_as_a_whole_is_not_made() {
    let database = Database::open("all or nothing", 1, &["one"]).await.unwrap();
    let changes = [Change::put("one", b"name", b"value"), Change::put("none", b"name", b"value")];
    assert!(database.apply(&changes).await.is_err());
    assert_eq!(database.all("one").await.unwrap(), []);
}

#[wasm_bindgen_test]
async fn row_25_a_deposit_of_which_a_slot_cannot_be_read_is_told() {
    let deployment = deployment(2);
    let store = Store::open(&deployment).await.unwrap();
    let vault = store.load().await.unwrap().vault;
    let mut sessions = Vec::new();
    for number in [1, 2, 3] {
        let key = SessionKey::from_bytes(&[number; 32]).unwrap();
        let record = record(&key, vault.seal(&key).await.unwrap());
        sessions.push(store::session_of(&record));
        store.write(&[store::put_deposit(&record)]).unwrap().await.unwrap();
    }
    let slots = [assignment(sessions[0], 0, 1), assignment(sessions[1], 0, 1)];
    store.write(&slots.map(|slot| store::put_assignment(&slot))).unwrap().await.unwrap();
    let torn = [&sessions[1].as_bytes()[..], &[0, 0, 0, 1]].concat();
    store.write(&[Change::put("slots", &torn, b"torn")]).unwrap().await.unwrap();
    store.write(&[Change::put("accounts", b"x", b"torn")]).unwrap().await.unwrap();
    store.write(&[Change::put("deposits", b"y", b"torn")]).unwrap().await.unwrap();
    let found = store.load().await.unwrap();
    assert_eq!((found.deposits.len(), found.slots, found.unreadable), (3, slots.to_vec(), 3));
    assert_eq!(found.unclear, [sessions[1]].into());
    // One that not even says of what deposit it is makes all of them unclear.
    store.write(&[Change::put("slots", b"z", b"torn")]).unwrap().await.unwrap();
    assert_eq!(store.load().await.unwrap().unclear.len(), 3);
}

#[wasm_bindgen_test]
async fn row_40_no_key_is_stored_in_clear_nor_can_any_program_read_what_encrypts_it() {
    let deployment = deployment(3);
    let store = Store::open(&deployment).await.unwrap();
    let vault = store.load().await.unwrap().vault;
    let secret: [u8; 32] = std::array::from_fn(|at| at as u8 * 7 + 1);
    let key = SessionKey::from_bytes(&secret).unwrap();
    let sealed = vault.seal(&key).await.unwrap();
    assert_ne!(vault.seal(&key).await.unwrap(), sealed, "each encryption is another one");
    let record = record(&key, sealed.clone());
    store.write(&[store::put_deposit(&record)]).unwrap().await.unwrap();

    let name = store::name(&deployment);
    let database = Database::open(&name, 1, &[]).await.unwrap();
    let mut records = 0;
    for store in ["deposits", "slots", "accounts", "settings"] {
        for (name, value) in database.all(store).await.unwrap() {
            for bytes in [read_bytes(&name).unwrap(), read_bytes(&value).unwrap()] {
                assert!(!bytes.windows(8).any(|part| secret.windows(8).any(|other| part == other)));
            }
            records += 1;
        }
    }
    assert_eq!(records, 1);
    let keys = database.all("keys").await.unwrap();
    assert_eq!(keys.len(), 1);
    let stored: &web_sys::CryptoKey = wasm_bindgen::JsCast::dyn_ref(&keys[0].1).unwrap();
    assert!(!stored.extractable());

    let mut changed = sealed.clone();
    changed.bytes[0] ^= 1;
    assert!(vault.open(&changed).await.is_none());
    assert!(Vault::generate().await.unwrap().open(&sealed).await.is_none());
    assert!(vault.open(&sealed).await.is_some());
}

#[wasm_bindgen_test]
async fn row_26_a_second_purse_waits_until_the_first_one_is_gone() {
    let name = "one purse";
    let first = Lock::take(name, false).await.unwrap();
    assert!(first.is_some());
    assert!(Lock::take(name, false).await.unwrap().is_none());
    let mut second = std::pin::pin!(Lock::take(name, true));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(second.as_mut().poll(&mut context).is_pending());
    drop(first);
    assert!(second.await.unwrap().is_some());
}
