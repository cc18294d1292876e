//! The demo: a first tip, and a first download that is paid for, within a minute each, with play money that says so.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use btt::CONFIRMATIONS;
use harness::{Browser, Demo, Figure, Page, SOON, tools, until};

use crate::accessibility::expect_accessible;

/// What names the demo's wallet, and nothing else.
const WALLET: &str = "org.seedcast.play-money";

#[tokio::test]
async fn a_newcomer_watches_the_sample_and_tips_its_creator_with_play_money() -> Result<()> {
    let demo = Demo::start(0).await?;
    ensure!(demo.has_seeder(), "nobody stays");
    let before = demo.chain().balance(demo.creator()).await?;
    let visitor = Page::open(Browser::chromium("visitor").await?, demo.server()).await?;
    visitor.wait_for_element("a word on play money", "[data-testid=demo-banner]").await?;
    visitor.follow(demo.film()).await?;
    visitor.wait_complete().await?;
    visitor.wait_until("the seeder to be met", SOON, |torrent| torrent.peers > 0).await?;
    // Issue 13, B: what opens the dialog was below the film, and the fold.
    let seen = "
        scrollTo(0, 0)
        return document.querySelector('[data-testid=tip-above]').getBoundingClientRect().bottom < 800";
    ensure!(visitor.browser().run(seen, &[]).await? == true, "the way to tips is below the fold");
    visitor.press("[data-testid=tip-above]").await?;
    visitor.wait_for_element("the dialog", "[data-testid=tip-dialog][open]").await?;
    let wallet = format!("[data-testid=tip-wallet][data-rdns=\"{WALLET}\"]");
    visitor.wait_for_element("the wallet of the demo", &wallet).await?;
    visitor
        .wait_for_element("a badge of a test network", "[data-testid=tip-network][data-test=true]")
        .await?;

    visitor.press("[data-testid=tip-preset][data-amount=\"100\"]").await?;
    visitor.press("[data-testid=tip-confirm]:enabled").await?;
    visitor.press("[data-testid=demo-wallet-no]").await?;
    visitor.wait_tip("failed").await?;
    ensure!(demo.chain().balance(demo.creator()).await? == before, "a tip that was refused was sent");

    visitor.tip("100").await?;
    visitor.press("[data-testid=demo-wallet-yes]").await?;
    visitor.wait_tip("pending").await?;
    demo.chain().mine(CONFIRMATIONS).await?;
    visitor.wait_tip("confirmed").await?;
    let given = demo.chain().balance(demo.creator()).await? - before;
    ensure!(given == 100 * 10_u128.pow(18), "the creator got {given}");

    // Issue 13, A7: nobody who came later knew of it.
    until("the tip to be looked at", SOON, async || {
        Ok((!visitor.supporters().await?.is_empty()).then_some(()))
    })
    .await?;
    drop(visitor);
    let later = Page::open(Browser::chromium("later visitor").await?, demo.server()).await?;
    later.follow(demo.film()).await?;
    later.wait_until("the seeder to be met", SOON, |torrent| torrent.peers > 0).await?;
    until("the later visitor to hear of the tip", SOON, async || {
        let supporters = later.supporters().await?;
        Ok(supporters.iter().any(|(_, amount)| amount == "100").then_some(()))
    })
    .await
}

/// Issue 15.
#[tokio::test]
async fn a_newcomer_sees_one_page_earn_what_another_pays_with_play_money() -> Result<()> {
    let demo = Demo::start(0).await?;
    let seller = Page::adopt(Browser::chromium("seller").await?, demo.server());
    seller.follow(demo.seller()).await?;
    seller.wait_for_element("a word on play money", "[data-testid=demo-banner]").await?;
    seller.wait_complete().await?;
    seller.wait_figure(Figure::Unredeemed, |earned| earned == 0).await?;

    let buyer = Page::open(Browser::chromium("buyer").await?, demo.server()).await?;
    buyer.press("[data-testid=demo-buyer]").await?;
    buyer.open_payments().await?;
    expect_accessible(&buyer, "the demo").await?;
    buyer.press("[data-testid=pay]").await?;
    buyer.press("[data-testid=pay-confirm]:enabled").await?;
    buyer.press("[data-testid=demo-wallet-yes]").await?;
    let sent = "[data-testid=payments-status]:is([data-state=pending], [data-state=confirmed])";
    buyer.wait_for_element("a deposit that is sent", sent).await?;
    // As half a minute does.
    demo.chain().mine(CONFIRMATIONS + 1).await?;
    buyer.wait_paying().await?;
    seller.wait_figure(Figure::Unredeemed, |earned| earned > 0).await?;
    buyer.wait_figure(Figure::Spent, |spent| spent > 0).await?;
    buyer.wait_for_text("you pay 20 BTT per GB").await?;
    let names_fee = |text: &str| text.starts_with("Redeeming costs about");
    seller.wait_text_of("[data-testid=earn-worth]", names_fee).await?;
    ensure!(buyer.torrent().await?.progress < 1.0, "the download was over before it was paid for");
    Ok(())
}

#[test]
fn a_normal_build_has_no_play_money() -> Result<()> {
    let dist = tools::dist()?;
    ensure!(!mentions_wallet(&dist)?, "the demo's wallet is in {}", dist.display());
    Ok(())
}

/// Whether the wallet's name is in a file of a folder.
fn mentions_wallet(folder: &Path) -> Result<bool> {
    for entry in folder.read_dir()? {
        let path = entry?.path();
        let found = if path.is_dir() {
            mentions_wallet(&path)?
        } else {
            let (bytes, name) = (fs::read(&path)?, WALLET.as_bytes());
            bytes.windows(name.len()).any(|window| window == name)
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}
