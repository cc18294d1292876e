//! Redeeming without coins, on a node of its own: the rest of what is tested of it is in `crates/relay`.

use anyhow::{Context as _, Result, ensure};
use btt::{Address, Amount, hex};
use btt_contract::Key as SessionKey;
use harness::{Chain, Relay, SOON, until};
use pay::abi::{Call, Opening};
use pay::{Deployment, SessionId, Signature, SlotId, Time, Voucher};
use relay::{Offer, Share, Split};
use sending::Key;
use serde_json::{Value, json};

/// Who has no coins and earns some.
const SELLER: Address = Address::from_bytes([0x5e; 20]);

const CAP: Amount = Amount::from_btt(20_000);
const DAY: u64 = 24 * 60 * 60;

/// Payments, row 47.
#[tokio::test]
async fn a_relay_that_is_killed_pays_a_seller_without_coins_once_and_earns_more_than_its_gas() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?;
    let split = Split { address: chain.create_split(contract).await? };
    let (session_key, buyer) = (SessionKey::of(0x11), chain.account(1).parse()?);
    let expiry = Time::from_secs(chain.now().await? + DAY);
    let opening =
        Opening { key: session_key.address(), slots: 2, slot_cap: CAP, expiry, bond: Amount::default() };
    let value = opening.value().context("an amount")?;
    let open = Call::Open(opening).encode();
    ensure!(chain.transact(chain.account(1), Some(contract), value, &open).await?.succeeded);

    let account = Key::from_bytes(&[0x77; 32]).context("a key")?.address();
    let funds = Amount::from_btt(10_000);
    chain.transact(chain.account(0), Some(account), funds, &[]).await?;
    let config = json!({
        "network": chain.network(),
        "contract": contract,
        "split": split.address,
        "share": 2000,
        "max_loss": "10000",
        "confirmations": 2,
        "poll": 1,
    });
    let mut relay = Relay::start(config, &"77".repeat(32)).await?;

    let share = Share::new(2000).context("a share")?;
    let purse = split.purse(SELLER, share);
    let offer = |slot, cumulative| {
        let session = SessionId::of(buyer, session_key.address());
        let voucher = Voucher { slot: SlotId { session, slot }, payee: purse, cumulative };
        let digest = voucher.digest(&Deployment { chain: Chain::ID, contract });
        let signature = Signature::from_bytes(session_key.sign(&digest));
        Offer { buyer, key: session_key.address(), slot, cumulative, signature }
    };
    // No block comes from here on but when this says so.
    chain.stop().await?;
    let forged = Offer { cumulative: CAP, ..offer(1, Amount::from_btt(1)) };
    let answer = relay.hand_in(&json!({ "owner": SELLER, "vouchers": [offer(0, CAP), forged] })).await?;
    ensure!(answer["refused"][0].is_null(), "{answer}");
    ensure!(answer["refused"][1].as_str().is_some_and(|why| why.contains("has not signed")), "{answer}");

    // Killed with what it took, and again with a transaction under way.
    relay.restart().await?;
    let sent = async |tag| count(&chain.call("eth_getTransactionCount", json!([account, tag])).await?);
    until("a transaction", SOON, async || Ok(Some(()).filter(|()| relay.saved().is_ok_and(is_under_way))))
        .await?;
    until("a node to have it", SOON, async || {
        let sent = sent("pending").await?;
        Ok((sent == 1).then_some(()))
    })
    .await?;
    relay.restart().await?;
    ensure!(relay.saved().is_ok_and(is_under_way));
    chain.mine(1).await?;
    relay.restart().await?;
    until("it to be certain", SOON, async || {
        chain.mine(1).await?;
        Ok(Some(()).filter(|()| relay.saved().is_ok_and(|saved| !is_under_way(saved))))
    })
    .await?;
    chain.mine(3).await?;
    ensure!(sent("pending").await? == 1, "something was sent twice");

    let balance = async |account: Address| chain.balance(&hex::prefixed(account.as_bytes())).await;
    let earned = share.of(CAP).units();
    ensure!(balance(SELLER).await? == CAP.units() - earned);
    ensure!(balance(purse).await? == 0);
    let after = balance(account).await?;
    ensure!(after > funds.units(), "it spent more than it earned");
    // What it says of itself is what the chain says.
    let ledger = relay.saved()?["ledger"].clone();
    ensure!(ledger["earned"] == json!(Amount::from_units(earned)), "{ledger}");
    ensure!(ledger["spent"] == json!(Amount::from_units(funds.units() + earned - after)), "{ledger}");
    Ok(())
}

fn is_under_way(saved: Value) -> bool {
    !saved["pending"].is_null()
}

fn count(quantity: &Value) -> Result<u128> {
    Ok(Amount::from_quantity(quantity.as_str().context("a quantity")?)?.units())
}
