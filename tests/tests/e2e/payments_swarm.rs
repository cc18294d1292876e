//! Payments by the byte in a swarm of all kinds of peers, from the wallet and back to it.
// Issue 15, "It is done when": end to end.

use std::fs;

use anyhow::{Result, ensure};
use btt::CONFIRMATIONS;
use harness::{
    Browser, Chain, Figure, Files, Libtorrent, Page, PageServer, SLOW, Server, Torrent, Wallet,
    WebTorrentPage, digest_of, magnet_of, tools, until,
};
use serde_json::json;
use tempfile::TempDir;

/// Bytes of the film.
const LENGTH: u64 = 256 << 20;

/// Whose wallet buys, and whose pays the fee of redeeming.
const BUYER: usize = 1;
const HELPER: usize = 2;

/// Who sells: accounts that have nothing.
const SELLERS: [&str; 2] =
    ["0xa1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1", "0xb2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2"];

/// BTT for a GB: what they charge at least, and what the buyer bids at most. All of the film costs 4027 BTT at most.
const FLOOR: u32 = 10_000;
const HIGHEST: u32 = 15_000;
/// BTT in all.
const BUDGET: u32 = 6_000;

/// Kilobytes a second: whoever has the film gives so much, and who sells it twice of it, until the buyer has half of it.
const SLOWLY: u32 = 1_000;

/// Kilobytes a second that each who is left gives from then on, until all that is to happen before the buyer is complete has
/// happened: it reloads, others start, and a seller comes back. The half lasts three minutes.
const HARDLY: u32 = 400;

/// More than what 4 MiB cost, which is all that is given on credit: whoever earns so much more is paid for what it gives.
const CREDIT: u128 = 63 * BTT;

/// Seconds: a deposit lasts for seven days.
const EIGHT_DAYS: u64 = 8 * 24 * 60 * 60;

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;

/// Payments, row 20.
#[tokio::test]
async fn in_a_swarm_all_that_is_paid_is_on_the_chain_whatever_ends_meanwhile_and_the_rest_comes_back()
-> Result<()> {
    let scene = Scene::set().await?;
    let Scene { chain, contract, server, pages, file, .. } = &scene;
    let (mut seller, other, free) = tokio::try_join!(
        scene.seller("seller", SELLERS[0]),
        scene.seller("other seller", SELLERS[1]),
        scene.sharer("free", SLOWLY)
    )?;
    let link = seller.share_link().await?;
    // Until then it would come back without the file.
    let copied = |torrent: &Torrent| torrent.source == "browser";
    seller.wait_until("the file to be copied into the browser", SLOW, copied).await?;

    let browser = Browser::chromium("buyer").await?;
    Wallet::inject(&browser, chain, BUYER).await?;
    let buyer = Page::open(browser, server).await?;
    buyer.follow(&link).await?;
    buyer.press("[data-testid=pause]").await?;
    buyer.open_payments().await?;
    buyer.offer_to_pay(BUDGET, HIGHEST).await?;
    let wallet = chain.account(BUYER);
    let before = chain.balance(wallet).await?;
    buyer.confirm_paying().await?;
    let opening = buyer.wait_sent().await?;
    settle(chain).await?;
    buyer.wait_paying().await?;
    let deposited = chain.balance(contract).await?;
    ensure!(deposited == 9 * u128::from(BUDGET) / 4 * BTT, "{deposited} is in the contract");

    buyer.press("[data-testid=resume]").await?;
    for page in [&seller, &other] {
        page.wait_figure(Figure::Unredeemed, |earned| earned > CREDIT).await?;
    }
    // What it says first is on its disk by the time it says more.
    let stored = seller.wait_figure(Figure::Unredeemed, |_| true).await?;
    seller.wait_figure(Figure::Unredeemed, |earned| earned > stored).await?;
    seller.browser_mut().kill();

    buyer.wait_progress(0.5).await?;
    for page in [&other, &free] {
        page.fill("[data-testid=limit-up]", &HARDLY.to_string()).await?;
    }
    let spent = buyer.wait_figure(Figure::Spent, |_| true).await?;
    buyer.browser().web()?.refresh().await?;
    buyer.wait_for_element("the torrent to appear", "[data-testid=torrent]").await?;
    buyer.wait_paying().await?;
    let spent = buyer.wait_figure(Figure::Spent, |now| now >= spent).await?;
    let earned = other.wait_figure(Figure::Unredeemed, |_| true).await?;
    buyer.wait_figure(Figure::Spent, |now| now > spent + CREDIT).await?;
    other.wait_figure(Figure::Unredeemed, |now| now > earned + CREDIT).await?;

    // Others come who know nothing of money.
    let web_torrent = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, pages).await?;
    let magnet = magnet_of(&link)?;
    web_torrent.add(magnet).await?;
    let downloads = Files::new()?;
    let mut libtorrent = Libtorrent::start(magnet, downloads.path(), &server.announce())?;
    // Who was killed comes back, has what it earned, and goes on with that.
    scene.reopen_seller(&mut seller).await?;
    let earned = seller.wait_figure(Figure::Unredeemed, |_| true).await?;
    ensure!(earned >= stored, "of {stored} it has {earned} yet");
    seller.wait_figure(Figure::Unredeemed, |now| now > earned + CREDIT).await?;
    let rest = buyer.torrent().await?;
    ensure!(rest.state == "downloading", "it was paid too late: {rest:?}");
    for page in [&other, &free] {
        page.fill("[data-testid=limit-up]", "").await?;
    }

    buyer.wait_complete().await?;
    let spent = buyer.wait_all_paid(&[&seller, &other]).await?;
    ensure!(spent <= u128::from(BUDGET) * BTT, "more than the budget was spent: {spent}");
    ensure!(buyer.asked().await?.is_empty(), "after the reload the wallet was asked for something");
    web_torrent.finish().await?;
    libtorrent.finish().await?;
    ensure!(
        digest_of(&downloads.path().join("film.bin"))? == digest_of(file)?,
        "libtorrent got another file"
    );
    buyer.expect_saved("film.bin", file).await?;
    let given = free.torrent().await?.uploaded;
    ensure!(given > LENGTH / 16, "of who gives for nothing no more than {given} bytes were wanted");

    // Anybody's wallet has it redeemed, and both are paid.
    let mut redeeming = Vec::new();
    for (page, account) in [(&seller, SELLERS[0]), (&other, SELLERS[1])] {
        let earned = page.wait_figure(Figure::Unredeemed, |earned| earned > 0).await?;
        page.press("[data-testid=earn-redeem]").await?;
        page.wait_sent().await?;
        redeeming.push((page, account, earned));
    }
    settle(chain).await?;
    let mut paid = 0;
    for (page, account, earned) in redeeming {
        page.wait_figure(Figure::Redeemed, |redeemed| redeemed == earned).await?;
        ensure!(chain.balance(account).await? == earned, "{account} has another amount than {earned}");
        paid += earned;
    }
    ensure!(paid == spent, "{spent} was spent and {paid} paid");
    ensure!(chain.balance(contract).await? == deposited - spent, "the contract has another amount");

    // The rest comes back when the deposit has ended.
    chain.advance(EIGHT_DAYS).await?;
    buyer.browser().web()?.refresh().await?;
    buyer.wait_for_element("a button", "[data-testid=pay-withdraw]:enabled").await?;
    buyer.press("[data-testid=pay-withdraw]").await?;
    let withdrawal = buyer.wait_sent().await?;
    settle(chain).await?;
    buyer
        .wait_for_element("it to be confirmed", "[data-testid=payments-status][data-state=confirmed]")
        .await?;
    let gone = "return document.querySelector('[data-testid=deposit]') === null";
    until("the deposit to be forgotten", SLOW, async || {
        Ok((buyer.browser().run(gone, &[]).await? == true).then_some(()))
    })
    .await?;
    ensure!(chain.balance(contract).await? == 0, "something is left in the contract");
    let fees = chain.fee(&opening).await? + chain.fee(&withdrawal).await?;
    let after = chain.balance(wallet).await?;
    ensure!(before - spent - fees == after, "{before} without {spent} and fees of {fees} is not {after}");
    Ok(())
}

/// A chain, a server, and a film.
struct Scene {
    chain: Chain,
    contract: String,
    server: Server,
    pages: PageServer,
    _page: TempDir,
    file: std::path::PathBuf,
    _files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        let chain = Chain::at_true_pace().await?;
        let contract = chain.create_contract().await?.to_string();
        let mut network = chain.network();
        network["pay"] = json!(contract);
        let page = page_on_time_of(&chain)?;
        let config = json!({ "tips": { "networks": [network] } }).to_string();
        let server = Server::of_page_with(page.path(), &config).await?;
        let files = Files::new()?;
        let file = files.random("film.bin", LENGTH, 15)?;
        let pages = PageServer::start().await?;
        Ok(Self { chain, contract, server, pages, _page: page, file, _files: files })
    }

    /// Somebody who shares the film.
    async fn sharer(&self, name: &str, limit: u32) -> Result<Page> {
        let browser = Browser::chromium(name).await?;
        Wallet::inject(&browser, &self.chain, HELPER).await?;
        let page = Page::open(browser, &self.server).await?;
        page.share(&[&self.file]).await?;
        page.press("[data-testid=limits]").await?;
        page.fill("[data-testid=limit-up]", &limit.to_string()).await?;
        Ok(page)
    }

    /// Somebody who shares the film and wants to be paid for it.
    async fn seller(&self, name: &str, account: &str) -> Result<Page> {
        let page = self.sharer(name, 2 * SLOWLY).await?;
        page.open_payments().await?;
        page.earn(account, FLOOR).await?;
        Ok(page)
    }

    /// Opens the browser of a seller that was killed, and what it shared.
    async fn reopen_seller(&self, seller: &mut Page) -> Result<()> {
        seller.browser_mut().reopen().await?;
        Wallet::inject(seller.browser(), &self.chain, HELPER).await?;
        seller.home().await?;
        seller.press("[data-testid=open-torrent]").await?;
        seller.wait_for_element("a seller", "[data-testid=earned]").await
    }
}

/// A copy of the page whose purse, when it starts, takes the time from the chain: no browser's clock can be set.
fn page_on_time_of(chain: &Chain) -> Result<TempDir> {
    let page = tools::copied_dist()?;
    let path = page.path().join("seedcast-purse_loader.js");
    let script = fs::read_to_string(&path)?;
    let question =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getBlockByNumber", "params": ["latest", false] });
    let request = json!({
        "method": "POST",
        "headers": { "content-type": "application/json" },
        "body": question.to_string(),
    });
    let clock = format!(
        "const block = await (await fetch({}, {request})).json()
        const ahead = Math.max(0, Number(block.result.timestamp) * 1000 - Date.now())
        const now = Date.now
        Date.now = () => now() + ahead
        await start(",
        json!(chain.url())
    );
    let on_time = script.replacen("await start(", &clock, 1);
    ensure!(on_time != script, "the purse starts in another way");
    fs::write(&path, on_time)?;
    Ok(page)
}

/// Has what was sent carried out, and makes it certain.
async fn settle(chain: &Chain) -> Result<()> {
    chain.mine(1 + CONFIRMATIONS).await
}
