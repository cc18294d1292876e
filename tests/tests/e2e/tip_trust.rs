//! What vouches for an address that takes tips, and what the page makes of it: row 37 of
//! docs/payments-matrix.md, where links and sites are concerned.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Chain, Conduct, Files, Page, SOON, Server, Wallet, WebServer, until};
use serde_json::json;

/// Which of the chain's accounts are whose.
const CREATOR: usize = 0;
const VIEWER: usize = 1;
const STRANGER: usize = 2;

/// One BTT in the smallest unit.
const BTT: u128 = 1_000_000_000_000_000_000;

/// Bytes of a creator's list, at most.
const MOST: usize = 64 << 10;

/// A chain, a server that takes tips on it, and somebody who shares.
struct Scene {
    chain: Chain,
    server: Server,
    creator: Page,
    files: Files,
}

impl Scene {
    async fn set() -> Result<Self> {
        let chain = Chain::start().await?;
        let tips = json!({ "networks": [chain.network()] });
        let server = Server::with_config(&json!({ "tips": tips }).to_string()).await?;
        let creator = Page::chromium("creator", &server).await?;
        Ok(Self { chain, server, creator, files: Files::new()? })
    }

    async fn viewer(&self) -> Result<Page> {
        let browser = Browser::chromium("viewer").await?;
        Wallet::inject(&browser, &self.chain, VIEWER).await?;
        Page::open(browser, &self.server).await
    }

    fn account(&self, place: usize) -> String {
        format!("eip155:{}:{}", Chain::ID, self.chain.account(place))
    }

    /// Shares something that names nobody; its link with an account as a stranger may add it.
    async fn link_that_suggests(&self, name: &str, account: &str) -> Result<String> {
        let link = self.creator.share(&[&self.files.random(name, 1000, 7)?]).await?;
        Ok(format!("{link}&x.btt={account}"))
    }

    /// Shares something that pays an account and says that its creator is at this site.
    async fn share_at(&self, name: &str, place: usize, site: &Site) -> Result<String> {
        let page = &self.creator;
        page.home().await?;
        let account = self.chain.account(place);
        let link = page.share_for_tips(&self.files.random(name, 1000, 7)?, account).await?;
        let open = "document.querySelector('[data-testid=tip-domain]').closest('details').open = true";
        page.browser().run(open, &[]).await?;
        page.fill("[data-testid=tip-domain]", &site.domain()?).await?;
        page.press(".choices button[type=submit]").await?;
        page.share_link_other_than(&link).await
    }
}

/// A creator's site.
struct Site {
    server: WebServer,
    list: PathBuf,
    _folder: Files,
}

impl Site {
    async fn start(conduct: Conduct) -> Result<Self> {
        let folder = Files::new()?;
        let list = folder.path().join(".well-known/btt-creator.json");
        fs::create_dir_all(list.parent().context("a folder")?)?;
        let server = WebServer::start(folder.path(), conduct).await?;
        Ok(Self { server, list, _folder: folder })
    }

    fn domain(&self) -> Result<String> {
        let (_, port) = self.server.origin().rsplit_once(':').context("a port")?;
        Ok(format!("localhost:{port}"))
    }

    fn publish(&self, contents: &str) -> Result<()> {
        Ok(fs::write(&self.list, contents)?)
    }

    fn times_asked(&self) -> usize {
        self.server.requests().len()
    }
}

fn list(accounts: &[String]) -> String {
    json!({ "version": 1, "accounts": accounts }).to_string()
}

async fn level(page: &Page) -> Result<String> {
    page.attribute("[data-testid=tip-trust]", "data-level").await?.context("a level")
}

async fn payee(page: &Page) -> Result<Option<String>> {
    let read = "return document.querySelector('[data-testid=tip-payee]')?.dataset.address.toLowerCase()";
    Ok(page.browser().run(read, &[]).await?.as_str().map(str::to_owned))
}

/// Types an address that only the link suggests, and waits until the page takes it.
async fn type_payee(page: &Page, address: &str) -> Result<()> {
    page.fill("[data-testid=tip-address-typed]", address).await?;
    until(&format!("{address} to be taken"), SOON, async || {
        Ok((payee(page).await?.as_deref() == Some(address)).then_some(()))
    })
    .await
}

/// Opens the dialog and asks the site; its answer: whether it is loud, and the words.
async fn ask(page: &Page) -> Result<(bool, String)> {
    page.open_tip().await?;
    page.wait_for_element("a site to ask", "[data-testid=tip-ask-site]").await?;
    page.press("[data-testid=tip-ask-site]").await?;
    page.wait_for_element("an answer", "[data-testid=tip-site]").await?;
    let read = "
        const answer = document.querySelector('[data-testid=tip-site]')
        return [answer.matches('.bad[role=alert]'), answer.textContent]";
    Ok(serde_json::from_value(page.browser().run(read, &[]).await?)?)
}

/// Comes to the same page anew.
async fn again(page: &Page) -> Result<()> {
    page.browser().web()?.refresh().await?;
    page.wait_for_element("the torrent to appear", "[data-testid=torrent]").await
}

/// Payments, row 37.
#[tokio::test]
async fn what_only_a_link_names_is_not_filled_in_and_counts_for_nothing() -> Result<()> {
    let scene = Scene::set().await?;
    let viewer = scene.viewer().await?;
    let link = scene.link_that_suggests("song.bin", &scene.account(CREATOR)).await?;
    viewer.follow(&link).await?;
    viewer.wait_complete().await?;
    viewer.open_tip().await?;
    ensure!(level(&viewer).await? == "0");
    ensure!(viewer.value("[data-testid=tip-address-typed]").await?.is_empty(), "the address was filled in");
    ensure!(payee(&viewer).await?.is_none());
    ensure!(viewer.text().await?.contains("Type the address only if the creator told it to you"));

    // With a typing error it is nobody's.
    let mut wrong = scene.account(CREATOR);
    wrong.pop();
    viewer.fill("[data-testid=tip-address-typed]", &wrong).await?;
    ensure!(payee(&viewer).await?.is_none());
    type_payee(&viewer, scene.chain.account(CREATOR)).await?;
    ensure!(level(&viewer).await? == "0");

    let before = scene.chain.balance(scene.chain.account(CREATOR)).await?;
    viewer.tip("2").await?;
    viewer.wait_tip("confirmed").await?;
    ensure!(scene.chain.balance(scene.chain.account(CREATOR)).await? - before == 2 * BTT);
    // The torrent names nobody, so nobody hears of it.
    ensure!(viewer.supporters().await?.is_empty());

    // The same thing with another address.
    viewer.home().await?;
    let other = link.replace(&scene.account(CREATOR), &scene.account(STRANGER));
    viewer.follow(&other).await?;
    viewer.open_tip().await?;
    type_payee(&viewer, scene.chain.account(STRANGER)).await?;
    viewer.wait_for_element("a warning", "[data-testid=tip-warning][role=alert]").await?;
    // Nor is an address known that only looks so.
    let known = scene.chain.account(CREATOR);
    let double = format!("{}ff00ff{}", &known[..12], &known[18..]);
    type_payee(&viewer, &double).await?;
    until("the page to see the trick", SOON, async || {
        Ok(viewer.text().await?.contains("begins and ends like one that you tipped").then_some(()))
    })
    .await
}

/// Payments, row 37.
#[tokio::test]
async fn a_link_cannot_replace_whom_a_torrent_names() -> Result<()> {
    let scene = Scene::set().await?;
    let song = scene.files.random("song.bin", 1000, 7)?;
    let link = scene.creator.share_for_tips(&song, scene.chain.account(CREATOR)).await?;
    let viewer = scene.viewer().await?;
    viewer.follow(&format!("{link}&x.btt={}", scene.account(STRANGER))).await?;
    viewer.open_tip().await?;
    ensure!(payee(&viewer).await?.as_deref() == Some(scene.chain.account(CREATOR)));
    ensure!(level(&viewer).await? == "1");
    let text = viewer.text().await?.replace(char::is_whitespace, "").to_lowercase();
    ensure!(!text.contains(scene.chain.account(STRANGER)), "the link's address is shown");
    Ok(())
}

/// Payments, row 37.
#[tokio::test]
async fn a_site_that_lists_the_address_vouches_for_it_once_it_is_asked() -> Result<()> {
    let scene = Scene::set().await?;
    let site = Site::start(Conduct::Honest).await?;
    site.publish(&list(&[scene.account(STRANGER), scene.account(CREATOR)]))?;
    let link = scene.share_at("song.bin", CREATOR, &site).await?;
    let viewer = scene.viewer().await?;
    viewer.follow(&link).await?;
    viewer.wait_complete().await?;
    viewer.open_tip().await?;
    ensure!(level(&viewer).await? == "1");
    ensure!(site.times_asked() == 0, "the site was asked without a click");
    viewer.press("[data-testid=tip-dialog] form button").await?;
    let (loud, words) = ask(&viewer).await?;
    ensure!(!loud && words == format!("Verified: {} lists this address.", site.domain()?), "{words}");
    ensure!(level(&viewer).await? == "3" && site.times_asked() == 1);

    // Who was tipped once is known by the site, whatever the next thing is called.
    viewer.tip("1").await?;
    viewer.wait_tip("confirmed").await?;
    until("the address to be known", SOON, async || Ok((level(&viewer).await? == "4").then_some(()))).await?;
    let other = scene.share_at("another song.bin", STRANGER, &site).await?;
    viewer.home().await?;
    viewer.follow(&other).await?;
    viewer.open_tip().await?;
    viewer.wait_for_element("a warning", "[data-testid=tip-warning][role=alert]").await?;
    ensure!(viewer.text().await?.contains("paid another address"));
    Ok(())
}

/// Payments, row 37.
#[tokio::test]
async fn a_site_that_does_not_list_the_address_is_heard_whatever_it_has_instead() -> Result<()> {
    let scene = Scene::set().await?;
    let site = Site::start(Conduct::Honest).await?;
    let link = scene.share_at("song.bin", CREATOR, &site).await?;
    let viewer = scene.viewer().await?;
    viewer.follow(&link).await?;
    let ours = scene.account(CREATOR);
    let denies = "this one is not on it";
    let none = "has no list of its creator's addresses where one should be";
    let long = format!("{}{}", list(std::slice::from_ref(&ours)), " ".repeat(MOST));
    let on_another_chain = ours.replace("eip155:1029", "eip155:199");
    for (what, contents, loud, words) in [
        ("another account", list(&[scene.account(STRANGER)]), true, denies),
        ("no account", list(&[]), true, denies),
        ("the account on another chain", list(&[on_another_chain]), true, denies),
        ("a page", format!("<!doctype html><p>{ours}"), false, none),
        ("another version", json!({ "version": 2, "accounts": [ours] }).to_string(), false, none),
        ("too much", long, false, none),
        ("nothing in it", String::new(), false, none),
    ] {
        site.publish(&contents)?;
        let answer = ask(&viewer).await?;
        ensure!(answer.0 == loud && answer.1.contains(words), "{what}: {answer:?}");
        ensure!(level(&viewer).await? == "1", "{what}");
        again(&viewer).await?;
    }
    fs::remove_file(&site.list)?;
    let (loud, words) = ask(&viewer).await?;
    ensure!(!loud && words.contains("has no list of addresses"), "{words}");
    ensure!(level(&viewer).await? == "1");
    Ok(())
}

/// Payments, row 37.
#[tokio::test]
async fn a_site_that_cannot_be_read_vouches_for_nothing() -> Result<()> {
    let scene = Scene::set().await?;
    let elsewhere = Site::start(Conduct::Honest).await?;
    let ours = list(&[scene.account(CREATOR)]);
    elsewhere.publish(&ours)?;
    let viewer = scene.viewer().await?;
    let silent = "cannot be reached, has no list of addresses, or does not let this page read it";
    for (name, conduct, words) in [
        ("kept.bin", Conduct::NoCors, silent),
        ("moved.bin", Conduct::Redirects(elsewhere.server.origin().to_owned()), silent),
        ("mute.bin", Conduct::StallsAfter(0), silent),
        // It never ends; as much is read as shows that it is too long.
        ("endless.bin", Conduct::StallsAfter(1 << 20), "or one that is too long"),
    ] {
        let site = Site::start(conduct).await?;
        site.publish(&format!("{ours}{}", " ".repeat(2 << 20)))?;
        let link = scene.share_at(name, CREATOR, &site).await?;
        viewer.home().await?;
        viewer.follow(&link).await?;
        let (loud, told) = ask(&viewer).await?;
        ensure!(!loud && told.contains(words), "{name}: {told}");
        ensure!(level(&viewer).await? == "1", "{name}");
        ensure!(site.times_asked() == 1, "{name}: asked {} times", site.times_asked());
    }
    ensure!(elsewhere.times_asked() == 0, "a redirection was followed");
    Ok(())
}
