//! Payments by the byte, between real pages on a real chain of play money. Rows are those of docs/payments-matrix.md.
// Issue 15.

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Chain, Files, Page, SLOW, Server, Wallet, until};
use serde_json::json;

use crate::accessibility::expect_accessible;

/// Whose wallet buys, and whose pays the fee of redeeming.
const BUYER: usize = 1;
const HELPER: usize = 2;

/// Who sells: an account that has nothing.
const SELLER: &str = "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";

const MIB: u64 = 1 << 20;

/// Opens the place of payments on a page that shows a torrent.
pub(crate) async fn open_payments(page: &Page) -> Result<()> {
    page.wait_for_element("the way to payments", "[data-testid=payments-open]").await?;
    page.press("[data-testid=payments-open]").await?;
    page.wait_for_element("payments", "[data-testid=earn]").await
}

/// An attribute of an element, once it is an amount that passes.
pub(crate) async fn wait_amount(
    page: &Page,
    (element, attribute): (&str, &str),
    passes: impl Fn(u128) -> bool,
) -> Result<u128> {
    until(&format!("{attribute} of {element}"), SLOW, async || {
        let text = page.attribute(element, attribute).await.ok().flatten();
        Ok(text.and_then(|text| text.parse().ok()).filter(|amount| passes(*amount)))
    })
    .await
}

pub(crate) const METER: &str = "[data-testid=pay-meter]";
pub(crate) const EARNED: &str = "[data-testid=earned]";

/// Payments, row 20.
#[tokio::test]
async fn what_a_visitor_pays_a_sharer_earns_and_has_on_the_chain_to_the_last_unit() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?;
    let mut network = chain.network();
    network["pay"] = json!(contract.to_string());
    let server = Server::with_config(&json!({ "tips": { "networks": [network] } }).to_string()).await?;
    let files = Files::new()?;
    let file = files.random("film.bin", 48 * MIB, 15)?;

    let browser = Browser::chromium("seller").await?;
    Wallet::inject(&browser, &chain, HELPER).await?;
    let seller = Page::open(browser, &server).await?;
    let link = seller.share(&[&file]).await?;
    open_payments(&seller).await?;
    // With a typo nobody is paid.
    seller.fill("[data-testid=earn-address]", &SELLER.replacen("a1", "A1", 1)).await?;
    seller.wait_for_element("a switch that waits", "[data-testid=earn]:disabled").await?;
    seller.fill("[data-testid=earn-address]", SELLER).await?;
    seller.fill("[data-testid=earn-price]", "20000").await?;
    seller.wait_for_element("a switch", "[data-testid=earn]:enabled").await?;
    seller.press("[data-testid=earn]").await?;
    seller.wait_for_element("a seller", EARNED).await?;
    expect_accessible(&seller, "earning").await?;
    ensure!(seller.asked().await?.is_empty(), "no wallet is needed to earn");

    let browser = Browser::chromium("buyer").await?;
    Wallet::inject(&browser, &chain, BUYER).await?;
    let buyer = Page::open(browser, &server).await?;
    buyer.follow(&link).await?;
    buyer.press("[data-testid=pause]").await?;
    open_payments(&buyer).await?;
    buyer.press("[data-testid=pay]").await?;
    buyer.fill("[data-testid=pay-budget]", "3000").await?;
    buyer.fill("[data-testid=pay-price]", "30000").await?;
    expect_accessible(&buyer, "paying").await?;
    ensure!(buyer.asked().await?.is_empty(), "a wallet was asked before a click");
    buyer.wait_for_element("a button", "[data-testid=pay-confirm]:enabled").await?;
    let before = chain.balance(chain.account(BUYER)).await?;
    buyer.press("[data-testid=pay-confirm]").await?;
    buyer.wait_for_element("an open deposit", &format!("{METER}[data-state=open]")).await?;
    ensure!(buyer.times_asked("eth_sendTransaction").await? == 1, "one prompt");
    let locked = before - chain.balance(chain.account(BUYER)).await?;
    let contract = contract.to_string();
    let deposited = chain.balance(&contract).await?;
    ensure!(deposited == 9 * 750 * BTT && locked >= deposited, "{deposited} of {locked}");

    buyer.press("[data-testid=resume]").await?;
    buyer.wait_complete().await?;
    // What came is paid to the end: both say the same.
    let spent = wait_amount(&buyer, (METER, "data-spent"), |spent| spent > BTT).await?;
    let mut told = (spent, 0);
    until("both to say the same", SLOW, async || {
        let spent = wait_amount(&buyer, (METER, "data-spent"), |_| true).await?;
        let earned = wait_amount(&seller, (EARNED, "data-unredeemed"), |_| true).await?;
        let is_still = told == (spent, earned);
        told = (spent, earned);
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        Ok((is_still && spent == earned).then_some(()))
    })
    .await
    .with_context(|| format!("spent and earned {told:?}"))?;
    let (spent, _) = told;
    ensure!(spent <= 3000 * BTT, "more than the budget was spent: {spent}");

    // Anybody's wallet has it redeemed, and the seller is paid.
    seller.press("[data-testid=earn-redeem]").await?;
    wait_amount(&seller, (EARNED, "data-redeemed"), |redeemed| redeemed == spent).await?;
    ensure!(chain.balance(SELLER).await? == spent, "another amount is on the chain");
    ensure!(chain.balance(&contract).await? == deposited - spent);
    Ok(())
}

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;
