//! A creator pays for a viewer, from the creator's page to the last unit on the chain.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use btt::Amount;
use harness::{
    Browser, Chain, Conduct, Figure, Files, Page, SLOW, SOON, Server, Sponsor, Wallet, WebServer, magnet_of,
    until,
};
use metainfo::Magnet;
use pay::Time;
use sending::Key;
use serde_json::json;
use sponsor::{Secret, Ticket, Viewer};
use thirtyfour::By;

use crate::accessibility::expect_accessible;

/// Whose wallet pays the fee of redeeming.
const HELPER: usize = 2;

/// Who sells: an account that has nothing.
const SELLER: &str = "0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1";

const SECRET: &str = "thirty-two bytes that two know..";

const MIB: u64 = 1 << 20;

/// What is locked up for a viewer: of the film, one seller earns about a sixth of it.
const DEPOSIT: u128 = 8 * 750 * BTT;
const BTT: u128 = 1_000_000_000_000_000_000;

/// Payments, row 54.
#[tokio::test]
async fn a_viewer_of_a_creators_page_is_paid_for_in_one_click_and_without_a_wallet() -> Result<()> {
    let chain = Chain::start().await?;
    let contract = chain.create_contract().await?.to_string();
    let mut network = chain.network();
    network["pay"] = json!(contract);
    let server = Server::with_config(&json!({ "tips": { "networks": [network] } }).to_string()).await?;
    let files = Files::new()?;
    let file = files.random("film.bin", 48 * MIB, 15)?;

    let browser = Browser::chromium("seller").await?;
    Wallet::inject(&browser, &chain, HELPER).await?;
    let seller = Page::open(browser, &server).await?;
    let link = seller.share(&[&file]).await?;
    seller.open_payments().await?;
    seller.earn(SELLER, 20_000).await?;
    // As slowly as it takes the chain to have a session, and no longer.
    seller.press("[data-testid=limits]").await?;
    seller.fill("[data-testid=limit-up]", "400").await?;

    let account = Key::from_bytes(&[0x77; 32]).context("a key")?.address();
    chain.transact(chain.account(0), Some(account), Amount::from_btt(20_000), &[]).await?;
    let config = json!({
        "network": chain.network(),
        "contract": contract,
        "per_viewer": { "slots": 8, "slot_cap": "750" },
        "budget": "10000",
        "highest": "30000",
        "confirmations": 2,
        "poll": 1,
        "origins": [server.origin()],
    });
    let sponsor = Sponsor::start(config, &"77".repeat(32), SECRET).await?;

    // The creator's page, on another site.
    let magnet = magnet_of(&link)?;
    let ticket = ticket(magnet)?;
    let page = format!(
        "<!doctype html><meta charset=utf-8><title>A creator</title><h1>My film</h1>
        <script src='{}/embed.js'></script>
        <seedcast-player style='width: 640px' src='{}' sponsor='{}' ticket='{ticket}'></seedcast-player>",
        server.origin(),
        magnet.replace('&', "&amp;").replace('\'', "&#39;"),
        sponsor.url(),
    );
    fs::write(files.path().join("page.html"), page)?;
    let site = WebServer::start(files.path(), Conduct::Honest).await?;
    let browser = Browser::chromium("viewer").await?;
    let web = browser.web()?;
    web.goto(format!("{}/page.html", site.origin().replace("127.0.0.1", "localhost"))).await?;
    web.find(By::Tag("iframe")).await?.enter_frame().await?;
    let way = web.find(By::Id("tip")).await?;
    until("the way to watch without waiting", SOON, async || Ok(way.is_displayed().await?.then_some(())))
        .await?;
    ensure!(way.text().await? == "Watch without waiting");
    way.click().await?;
    let tabs =
        until("another tab", SOON, async || Ok(Some(web.windows().await?).filter(|tabs| tabs.len() == 2)));
    let tab = tabs.await?.pop().context("a tab")?;
    web.switch_to_window(tab).await?;

    let viewer = Page::adopt(browser, &server);
    viewer.wait_for_element("the torrent to appear", "[data-testid=torrent]").await?;
    viewer.wait_for_element("a button", "[data-testid=sponsor-open]").await?;
    let fetched = "return performance.getEntriesByType('resource').map(({ name }) => name)
        .filter(name => ['seedcast-payments', 'seedcast-purse', arguments[0]].some(part => name.includes(part)))";
    let early = viewer.browser().run(fetched, &[json!(sponsor.url())]).await?;
    ensure!(early == json!([]), "before a click there was {early}");
    ensure!(sponsor.saved().is_err(), "the sponsor has heard of somebody");
    ensure!(viewer.browser().run("return typeof window.ethereum", &[]).await? == "undefined", "a wallet");

    viewer.press("[data-testid=sponsor-open]").await?;
    viewer.wait_for_element("it to be paid", "[data-testid=sponsored][data-state=paying]").await?;
    viewer.wait_paying().await?;
    expect_accessible(&viewer, "sponsored").await?;
    let buttons =
        "return document.querySelectorAll('[data-testid=pay-longer], [data-testid=pay-withdraw]').length";
    ensure!(viewer.browser().run(buttons, &[]).await? == 0, "a viewer was offered the creator's deposit");
    ensure!(chain.balance(&contract).await? == DEPOSIT);
    viewer.wait_figure(Figure::Spent, |spent| spent > BTT).await?;
    seller.fill("[data-testid=limit-up]", "").await?;
    viewer.wait_complete().await?;
    let spent = viewer.wait_all_paid(&[&seller]).await?;
    ensure!(spent <= DEPOSIT, "more than the deposit was spent: {spent}");

    // It is still the creator's after a reload, and nobody is asked again.
    viewer.browser().web()?.refresh().await?;
    viewer.wait_for_element("it to be paid yet", "[data-testid=sponsored][data-state=paying]").await?;
    let again = viewer.browser().run(fetched, &[json!(sponsor.url())]).await?;
    ensure!(!again.to_string().contains(&sponsor.url()), "{again}");

    // The chain says the same, and so does the sponsor.
    seller.press("[data-testid=earn-redeem]").await?;
    seller.wait_figure(Figure::Redeemed, |redeemed| redeemed == spent).await?;
    ensure!(chain.balance(SELLER).await? == spent, "another amount is on the chain");
    ensure!(chain.balance(&contract).await? == DEPOSIT - spent);
    let saved = until("the sponsor to have it settled", SLOW, async || {
        Ok(Some(sponsor.saved()?).filter(|saved| saved["pending"].is_null()))
    })
    .await?;
    let paid = 20_000 * BTT - DEPOSIT - chain.balance(&account.to_string()).await?;
    ensure!(paid > 0 && saved["gone"] == json!(Amount::from_units(paid)), "{saved}");
    ensure!(saved["grants"].as_array().map(Vec::len) == Some(1), "{saved}");
    let other = sponsor.ask(&ticket_of("viewer-8", magnet)?, &format!("0x{}", "11".repeat(20))).await?;
    ensure!(other["code"] == "budget", "it has room for more than one: {other}");
    Ok(())
}

fn ticket(magnet: &str) -> Result<String> {
    ticket_of("viewer-7", magnet)
}

fn ticket_of(viewer: &str, magnet: &str) -> Result<String> {
    let viewer = Viewer::new(viewer).context("a viewer")?;
    let torrent = Magnet::parse(magnet)?.hashes.id();
    let ticket = Ticket { viewer, torrent, until: Time::from_secs(4_000_000_000) };
    Ok(Secret::new(SECRET.as_bytes()).context("a secret")?.sign(&ticket))
}
