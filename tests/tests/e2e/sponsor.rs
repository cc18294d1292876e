//! A creator that pays for its viewers, on a node of its own: the rest of what is tested of the sponsor is in `crates/sponsor`.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use btt::{Address, Amount, hex};
use harness::{Chain, SOON, Sponsor, until};
use pay::Time;
use sending::Key;
use serde_json::{Value, json};
use sponsor::{Secret, Ticket, Viewer};

const SECRET: &str = "thirty-two bytes that two know..";

const FUNDS: Amount = Amount::from_btt(10_000);
/// Of 8 slots.
const DEPOSIT: Amount = Amount::from_btt(1_600);
/// Enough for one viewer, its fees, and not for a second one.
const BUDGET: &str = "4000";

/// Payments, row 53.
#[tokio::test]
async fn a_sponsor_that_is_killed_opens_one_session_for_a_viewer_and_keeps_to_its_budget() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?;
    let account = Key::from_bytes(&[0x77; 32]).context("a key")?.address();
    chain.transact(chain.account(0), Some(account), FUNDS, &[]).await?;
    let config = json!({
        "network": chain.network(),
        "contract": contract,
        "per_viewer": { "slots": 8, "slot_cap": "200" },
        "budget": BUDGET,
        "highest": "30000",
        "confirmations": 2,
        "poll": 1,
        "origins": [],
    });
    let mut sponsor = Sponsor::start(config, &"77".repeat(32), SECRET).await?;
    let terms = sponsor.terms().await?;
    ensure!(terms["owner"] == json!(account) && terms["slots"] == 8, "{terms}");
    ensure!(terms["slot_cap"] == json!(Amount::from_btt(200)), "{terms}");

    // No block comes from here on but when this says so.
    chain.stop().await?;
    let (one, other) = (ticket("viewer-1")?, ticket("viewer-2")?);
    let [key, second] = [0x11, 0x22].map(|byte| Address::from_bytes([byte; 20]).to_string());
    until("the chain to be known", SOON, async || {
        // One place may ask only so often.
        tokio::time::sleep(Duration::from_secs(1)).await;
        let told = sponsor.ask(&one, &key).await?;
        ensure!(told["code"] == json!("unavailable") || told["code"].is_null(), "{told}");
        Ok(told["code"].is_null().then_some(()))
    })
    .await?;
    // Killed with what it promised, and again with a transaction under way.
    sponsor.restart().await?;
    until("a transaction", SOON, async || Ok(sponsor.saved().is_ok_and(is_under_way).then_some(()))).await?;
    let sent = async |tag| count(&chain.call("eth_getTransactionCount", json!([account, tag])).await?);
    until("a node to have it", SOON, async || Ok((sent("pending").await? == 1).then_some(()))).await?;
    sponsor.restart().await?;
    ensure!(sponsor.saved().is_ok_and(is_under_way));
    chain.mine(1).await?;
    sponsor.restart().await?;
    until("it to be certain", SOON, async || {
        chain.mine(1).await?;
        Ok(sponsor.saved().is_ok_and(|saved| !is_under_way(saved)).then_some(()))
    })
    .await?;
    chain.mine(3).await?;
    ensure!(sent("pending").await? == 1, "something was sent twice");
    ensure!(chain.balance(&contract.to_string()).await? == DEPOSIT.units());

    let told = sponsor.ask(&one, &key).await?;
    ensure!(told["owner"] == json!(account) && told["transaction"].is_string(), "{told}");
    let hash = told["transaction"].clone();
    let receipt = chain.call("eth_getTransactionReceipt", json!([hash])).await?;
    ensure!(receipt["status"] == "0x1", "{receipt}");
    let code = async |ticket: &str, key: &str| -> Result<Value> {
        Ok(sponsor.ask(ticket, key).await?.get("code").cloned().unwrap_or_default())
    };
    ensure!(code(&one, &second).await? == "other-key");
    ensure!(code(&other, &key).await? == "key");
    ensure!(code(&one.replace("viewer-1", "viewer-3"), &second).await? == "ticket");
    ensure!(code(&other, "0x11").await? == "request");
    let budget = until("the chain to be known again", SOON, async || {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Ok(Some(code(&other, &second).await?).filter(|code| *code != "unavailable"))
    });
    ensure!(budget.await? == "budget");
    let mut often = Value::Null;
    for _ in 0..11 {
        often = code(&other, &second).await?;
    }
    ensure!(often == "too-often", "{often}");

    // What it counts is what the chain says.
    let balance = chain.balance(&hex::prefixed(account.as_bytes())).await?;
    let fee = FUNDS.units() - DEPOSIT.units() - balance;
    ensure!(sponsor.saved()?["gone"] == json!(Amount::from_units(fee)), "{}", sponsor.saved()?);
    Ok(())
}

fn ticket(viewer: &str) -> Result<String> {
    let viewer = Viewer::new(viewer).context("a viewer")?;
    let torrent = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36".parse()?;
    let ticket = Ticket { viewer, torrent, until: Time::from_secs(4_000_000_000) };
    Ok(Secret::new(SECRET.as_bytes()).context("a secret")?.sign(&ticket))
}

fn is_under_way(saved: Value) -> bool {
    !saved["pending"].is_null()
}

fn count(quantity: &Value) -> Result<u128> {
    Ok(Amount::from_quantity(quantity.as_str().context("a quantity")?)?.units())
}
