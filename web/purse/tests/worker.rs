//! What the purse has of the browser: storage, encryption, the lock over all tabs.

#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use btt::{Address, Amount};
use pay::buyer::Assignment;
use pay::keys::SessionKey;
use pay::message::{Claim, Fraud};
use pay::seller::Account;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use seedcast_purse::browser::Lock;
use seedcast_purse::idb::{Change, Database, read_bytes};
use seedcast_purse::records::{DepositRecord, Sealed, Settings};
use seedcast_purse::store::{self, Store};
use seedcast_purse::vault::Vault;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Array;
use protocol::port;
use protocol::purse::{
    CallFault, CallWish, EarnTerms, FromPurse, PurseCommand, PurseFault, PurseNews, PurseSettings, ToPurse,
};
use seedcast_purse::browser::pause;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{MessageChannel, MessageEvent, MessagePort};

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
        sponsor: None,
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
        bound: false,
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
    let claim = Claim { payee: OWNER, cumulative: Amount::from_btt(1), signature: earned.best.signature };
    let other = Claim { payee: deployment.contract, ..claim };
    let proof = Fraud { owner: OWNER, key: OWNER, slot: 2, claims: [claim, other] };
    store.write(&[store::put_proof(&proof)]).unwrap().await.unwrap();
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
    assert_eq!(found.proofs, [proof]);
    assert_eq!((found.unreadable, found.unclear.len()), (0, 0));
    let opened = found.vault.open(&record.sealed).await.unwrap();
    assert_eq!(opened.address(), key.address());

    let mut changes = store::forget_deposit(session, [slot.slot].into_iter());
    changes.push(store::forget_account(earned.slot()));
    changes.push(store::forget_proof(SessionId::of(OWNER, OWNER)));
    store.write(&changes).unwrap().await.unwrap();
    let found = store.load().await.unwrap();
    assert_eq!((found.deposits.len(), found.slots.len(), found.accounts.len()), (0, 0, 0));
    assert_eq!(found.proofs, []);
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
    let database = Database::open(&name, store::VERSION, &[]).await.unwrap();
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

/// The engine's end of the port to a purse.
struct Engine {
    port: MessagePort,
    heard: Rc<RefCell<VecDeque<FromPurse>>>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Engine {
    /// One with a purse of a deployment with these networks.
    fn new(networks: &str) -> Self {
        let channel = MessageChannel::new().unwrap();
        let (port, heard) = (channel.port2(), Rc::new(RefCell::new(VecDeque::new())));
        let queue = Rc::clone(&heard);
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            queue.borrow_mut().push_back(port::decode(&event.data()).unwrap().0);
        });
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        seedcast_purse::begin(&PurseSettings { networks: networks.to_owned() }, channel.port1());
        Self { port, heard, _on_message: on_message }
    }

    fn ask(&self, command: &PurseCommand) {
        let message = ToPurse::<()>::Page(postcard::to_allocvec(command).unwrap());
        let (value, _) = port::encode(&message, &Array::new(), &Array::new());
        self.port.post_message(&value).unwrap();
    }

    /// The next thing that it says which is this.
    async fn hear<T>(&self, is_it: impl Fn(FromPurse) -> Option<T>) -> T {
        loop {
            let next = self.heard.borrow_mut().pop_front();
            match next {
                Some(message) => {
                    if let Some(it) = is_it(message) {
                        return it;
                    }
                }
                None => pause(5).await,
            }
        }
    }

    /// The next news for pages that is this.
    async fn told<T>(&self, is_it: impl Fn(PurseNews) -> Option<T>) -> T {
        let news = |message| match message {
            FromPurse::Pages(bytes) => is_it(postcard::from_bytes(&bytes).unwrap()),
            _ => None,
        };
        self.hear(news).await
    }
}

#[wasm_bindgen_test]
async fn row_25_a_wallet_is_asked_for_a_deposit_whose_key_is_stored_and_nobody_serves_without_a_node() {
    let deployment = deployment(4);
    // Nobody answers there.
    let networks = format!(
        r#"{{"networks":[{{"chain":"eip155:31337","name":"here","rpc":"http://127.0.0.1:9","pay":"{}"}}]}}"#,
        deployment.contract
    );
    let engine = Engine::new(&networks);
    let (slot_cap, bond) = (Amount::from_btt(20), Amount::from_btt(5));
    let wish = CallWish::Open { owner: OWNER, slots: 8, slot_cap, bond, lasts: 7 * 24 * 60 * 60 };
    engine.ask(&PurseCommand::Call { id: 5, wish });
    let call = |news| match news {
        PurseNews::Call { id, call } => Some((id, call)),
        _ => None,
    };
    let (id, opening) = engine.told(call).await;
    let opening = opening.unwrap();
    assert_eq!((id, opening.to, opening.value), (5, deployment.contract, Amount::from_btt(165)));
    let store = Store::open(&deployment).await.unwrap();
    let found = store.load().await.unwrap();
    let record = found.deposits.values().next().unwrap();
    let key = found.vault.open(&record.sealed).await.unwrap();
    assert_eq!(opening.data[16..36], key.address().as_bytes()[..], "the key that the contract is told");

    engine.ask(&PurseCommand::Call { id: 6, wish: CallWish::Redeem });
    assert_eq!(engine.told(call).await, (6, Err(CallFault::Nothing)));
    let withdraw = CallWish::Withdraw { session: *store::session_of(record).as_bytes() };
    engine.ask(&PurseCommand::Call { id: 7, wish: withdraw });
    assert_eq!(engine.told(call).await, (7, Err(CallFault::Nothing)), "it has not ended");
    // The chain cannot be asked whether it has it, so it is kept.
    engine.ask(&PurseCommand::Dropped { id: 5 });

    let terms = EarnTerms { payee: OWNER, floor: Amount::from_btt(1) };
    engine.ask(&PurseCommand::Earn(Some(terms)));
    let begun = |message| match message {
        FromPurse::Begin { terms } => Some(terms),
        _ => None,
    };
    let said = engine.hear(begun).await.unwrap();
    let said = pay::message::Terms::parse(&said).unwrap().unwrap();
    assert_eq!((said.deployment, said.payee), (deployment, OWNER));
    engine.ask(&PurseCommand::Look);
    let deaf = |news| match news {
        PurseNews::State(view) if view.fault == Some(PurseFault::NoNode) => Some(view),
        _ => None,
    };
    let view = engine.told(deaf).await;
    assert_eq!((view.chain, view.earning.terms, view.deposits.len()), (31337, Some(terms), 1));
    assert_eq!(store.load().await.unwrap().settings.earn, Some(terms));
}

#[wasm_bindgen_test]
async fn row_42_a_purse_of_a_chain_with_real_money_that_nobody_turned_on_does_nothing() {
    let networks = r#"{"networks":[{"chain":"eip155:199","name":"BTTC","rpc":"https://rpc.example",
        "pay":"0x5FbDB2315678afecb367f032d93F642f64180aa3"}]}"#;
    let engine = Engine::new(networks);
    engine.ask(&PurseCommand::Look);
    let state = |news| match news {
        PurseNews::State(view) => Some(view),
        _ => None,
    };
    let view = engine.told(state).await;
    assert_eq!((view.chain, view.fault), (0, Some(PurseFault::NotConfigured)));
    engine.ask(&PurseCommand::Call { id: 1, wish: CallWish::Redeem });
    let call = |news| match news {
        PurseNews::Call { call, .. } => Some(call),
        _ => None,
    };
    assert_eq!(engine.told(call).await, Err(CallFault::Nothing));
}
