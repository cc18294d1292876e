//! A buyer that cheated: the page has its bond taken. Rows are those of docs/payments-matrix.md.

use anyhow::{Context as _, Result, ensure};
use btt::{Address, Amount};
use btt_contract::Key;
use harness::{Browser, Chain, Files, Page, SLOW, Server, Torrent, Wallet, until};
use pay::abi::{Call, Opening};
use pay::message::{Claim, Fraud, Message};
use pay::{Deployment, SessionId, Signature, SlotId, Time, Voucher};
use serde_json::json;

use crate::accessibility::expect_accessible;

/// Whose wallet shows the proof, and whose session cheated.
const HELPER: usize = 2;
const CHEAT: usize = 3;

const BOND: Amount = Amount::from_btt(2_500);

const DAY: u64 = 24 * 60 * 60;

/// Payments, row 28.
#[tokio::test]
async fn the_bond_of_a_buyer_that_signed_one_slot_to_two_is_taken_by_the_page() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?;
    let mut network = chain.network();
    network["pay"] = json!(contract.to_string());
    let server = Server::with_config(&json!({ "tips": { "networks": [network] } }).to_string()).await?;
    let fraud = cheat(&chain, contract).await?;
    let deposited = chain.balance(&contract.to_string()).await?;

    let browser = Browser::chromium("seller").await?;
    Wallet::inject(&browser, &chain, HELPER).await?;
    let page = Page::open(browser, &server).await?;
    let files = Files::new()?;
    page.share(&[&files.random("film.bin", 300_000, 15)?]).await?;
    let copied = |torrent: &Torrent| torrent.source == "browser";
    page.wait_until("the file to be copied into the browser", SLOW, copied).await?;
    page.open_payments().await?;
    page.wait_for_element("the purse", "[data-testid=pay-meter]").await?;
    note_down(&page, contract, &fraud).await?;

    // A purse that starts finds it, and asks the chain what it is worth.
    page.home().await?;
    page.press("[data-testid=open-torrent]").await?;
    page.open_payments().await?;
    page.wait_for_element("a proof", "[data-testid=proof] [data-testid=proof-slash]:enabled").await?;
    let reward = BOND.units() / 2;
    ensure!(
        page.attribute("[data-testid=proof]", "data-reward").await? == Some(reward.to_string()),
        "another reward"
    );
    expect_accessible(&page, "a bond that can be taken").await?;
    ensure!(page.asked().await?.is_empty(), "a wallet was asked before a click");
    let wallet = chain.account(HELPER);
    let before = chain.balance(wallet).await?;
    page.press("[data-testid=proof-slash]").await?;
    let hash = page.wait_sent().await?;
    page.wait_for_element("a transaction", "[data-testid=payments-status][data-state=confirmed]").await?;
    let gained = chain.balance(wallet).await? + chain.fee(&hash).await? - before;
    ensure!(gained == reward, "{gained} instead of {reward}");
    ensure!(chain.balance(&contract.to_string()).await? == deposited - BOND.units(), "the rest is not burnt");
    let gone = "return document.querySelector('[data-testid=proof]') === null";
    until("the proof to be forgotten", SLOW, async || {
        Ok((page.browser().run(gone, &[]).await? == true).then_some(()))
    })
    .await
}

/// Opens a session, and signs one slot of it to two payees.
async fn cheat(chain: &Chain, contract: Address) -> Result<Fraud> {
    let (key, owner) = (Key::of(0x11), chain.account(CHEAT).parse()?);
    let expiry = Time::from_secs(chain.now().await? + DAY);
    let slot_cap = Amount::from_btt(20);
    let opening = Opening { key: key.address(), slots: 2, slot_cap, expiry, bond: BOND };
    let value = opening.value().context("an amount")?;
    let open = Call::Open(opening).encode();
    ensure!(chain.transact(chain.account(CHEAT), Some(contract), value, &open).await?.succeeded);
    let slot = SlotId { session: SessionId::of(owner, key.address()), slot: 1 };
    let claim = |byte| {
        let voucher = Voucher { slot, payee: Address::from_bytes([byte; 20]), cumulative: slot_cap };
        let digest = voucher.digest(&Deployment { chain: Chain::ID, contract });
        let signature = Signature::from_bytes(key.sign(&digest));
        Claim { payee: voucher.payee, cumulative: voucher.cumulative, signature }
    };
    Ok(Fraud { owner, key: key.address(), slot: slot.slot, claims: [claim(0xa1), claim(0xb2)] })
}

/// Puts a proof where the purse has those that it heard from peers.
async fn note_down(page: &Page, contract: Address, fraud: &Fraud) -> Result<()> {
    let message = Message::Fraud(Box::new(*fraud)).encode();
    // The first version of such a record: the message, with its length (LEB128).
    let length = u16::try_from(message.len())?;
    ensure!(length >= 0x80);
    let head = [0, (length & 0x7f) as u8 | 0x80, (length >> 7) as u8];
    let record = [&head[..], &message].concat();
    let session = SessionId::of(fraud.owner, fraud.key);
    let put = "
        const [name, key, record] = args
        const request = object => new Promise((resolve, reject) => {
            object.onsuccess = () => resolve(object.result)
            object.onerror = () => reject(object.error)
        })
        const database = await request(indexedDB.open(name))
        const store = database.transaction('proofs', 'readwrite').objectStore('proofs')
        await request(store.put(new Uint8Array(record), new Uint8Array(key)))
        database.close()";
    let name = format!("seedcast-purse-{}-{contract}", Chain::ID);
    page.browser().run_async(put, &[json!(name), json!(session.as_bytes()), json!(record)]).await?;
    Ok(())
}
