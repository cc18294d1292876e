//! Payments by the byte, between real pages on a real chain of play money. Rows are those of docs/payments-matrix.md.
// Issue 15.

use anyhow::{Result, ensure};
use harness::{Browser, Chain, Figure, Files, Page, Server, Wallet};
use serde_json::json;

use crate::accessibility::expect_accessible;

/// Whose wallet buys, and whose pays the fee of redeeming.
const BUYER: usize = 1;
const HELPER: usize = 2;

/// Who sells: an account that has nothing.
const SELLER: &str = "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";

const MIB: u64 = 1 << 20;

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
    seller.open_payments().await?;
    // With a typo nobody is paid.
    seller.fill("[data-testid=earn-address]", &SELLER.replacen("a1", "A1", 1)).await?;
    seller.wait_for_element("a switch that waits", "[data-testid=earn]:disabled").await?;
    seller.earn(SELLER, 20_000).await?;
    expect_accessible(&seller, "earning").await?;
    ensure!(seller.asked().await?.is_empty(), "no wallet is needed to earn");

    let browser = Browser::chromium("buyer").await?;
    Wallet::inject(&browser, &chain, BUYER).await?;
    let buyer = Page::open(browser, &server).await?;
    buyer.follow(&link).await?;
    buyer.press("[data-testid=pause]").await?;
    buyer.open_payments().await?;
    buyer.offer_to_pay(3_000, 30_000).await?;
    expect_accessible(&buyer, "paying").await?;
    ensure!(buyer.asked().await?.is_empty(), "a wallet was asked before a click");
    let before = chain.balance(chain.account(BUYER)).await?;
    buyer.confirm_paying().await?;
    buyer.wait_paying().await?;
    ensure!(buyer.times_asked("eth_sendTransaction").await? == 1, "one prompt");
    let locked = before - chain.balance(chain.account(BUYER)).await?;
    let contract = contract.to_string();
    let deposited = chain.balance(&contract).await?;
    ensure!(deposited == 9 * 750 * BTT && locked >= deposited, "{deposited} of {locked}");

    buyer.press("[data-testid=resume]").await?;
    buyer.wait_complete().await?;
    // What came is paid to the end: both say the same.
    let spent = buyer.wait_all_paid(&[&seller]).await?;
    ensure!(spent > BTT, "no more than {spent} was spent");
    ensure!(spent <= 3000 * BTT, "more than the budget was spent: {spent}");

    // Anybody's wallet has it redeemed, and the seller is paid.
    seller.press("[data-testid=earn-redeem]").await?;
    seller.wait_figure(Figure::Redeemed, |redeemed| redeemed == spent).await?;
    ensure!(chain.balance(SELLER).await? == spent, "another amount is on the chain");
    ensure!(chain.balance(&contract).await? == deposited - spent);
    Ok(())
}

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;
