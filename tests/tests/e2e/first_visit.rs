//! What others see is said before anything is connected for the first time, where whoever runs the site wants that. Issue
//! 16, 4.

use anyhow::{Result, ensure};
use harness::{Conduct, Files, Page, SLOW, Server, Tap, TorrentFile, TurnServer, WebServer, magnet_of};
use serde_json::{Value, json};

use crate::accessibility::expect_accessible;

const CARD: &str = "[data-testid=first-visit]";

/// Notes every peer connection that the page makes.
const WATCH: &str = "
    window.made = []
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(settings) {
            super(settings)
            made.push(settings?.iceTransportPolicy ?? 'all')
        }
    }";

/// Somebody who shares a file elsewhere, and a site with the card before the same tracker.
struct Sites {
    _files: Files,
    _sharer: Page,
    _open: Server,
    tap: Tap,
    site: Server,
    link: String,
    web: WebServer,
}

impl Sites {
    async fn start(settings: Value) -> Result<Self> {
        let files = Files::new()?;
        let file = files.random("file.bin", 1 << 20, 1)?;
        let web = WebServer::start(files.path(), Conduct::Honest).await?;
        let open = Server::start().await?;
        let tap = Tap::before(&open).await?;
        let mut config = json!({ "trackers": [tap.announce()] });
        for (name, value) in settings.as_object().into_iter().flatten() {
            config[name] = value.clone();
        }
        let site = Server::with_config(&config.to_string()).await?;
        let torrent = TorrentFile { web_seeds: vec![web.folder()], ..TorrentFile::default() };
        files.torrent(&file, torrent)?;
        let sharer = Page::chromium("sharer", &open).await?;
        let shared = sharer.share(&[&file]).await?;
        let link = format!("{}/#{}&ws={}file.bin", site.origin(), magnet_of(&shared)?, web.folder());
        Ok(Self { _files: files, _sharer: sharer, _open: open, tap, site, link, web })
    }

    /// What left a browser that follows the link: words to the tracker, peer connections, and requests for the file.
    async fn left(&self, page: &Page) -> Result<(usize, Value, usize)> {
        let made = page.browser().run("return window.made", &[]).await?;
        Ok((self.tap.said_from(&self.site.origin()).len(), made, self.web.requests().len()))
    }
}

async fn visitor(sites: &Sites) -> Result<Page> {
    let browser = harness::Browser::chromium("visitor").await?;
    browser.inject(WATCH).await?;
    browser.web()?.goto(&sites.link).await?;
    let page = Page::adopt(browser, &sites.site);
    page.wait_for_element("the card", CARD).await?;
    Ok(page)
}

#[tokio::test]
async fn nothing_leaves_before_the_click_and_the_card_comes_once() -> Result<()> {
    let sites = Sites::start(json!({ "first_visit": "page" })).await?;
    let page = visitor(&sites).await?;
    ensure!(!page.text().await?.contains("Only through a relay"), "there is none");
    expect_accessible(&page, "the card of first visits").await?;
    page.press("[data-testid=how]").await?;
    page.wait_for_text("What can others see?").await?;
    // Whatever else the user does meanwhile waits, too.
    page.browser().run("location.hash = '#magnet:?xt=urn:btih:' + '7'.repeat(40)", &[]).await?;
    page.wait_for_element("the card", CARD).await?;
    ensure!(sites.left(&page).await? == (0, json!([]), 0), "{:?}", sites.left(&page).await?);

    page.browser().web()?.goto(&sites.link).await?;
    page.press("dialog button[aria-label]").await.ok();
    page.press("[data-testid=go-on]").await?;
    let hash = magnet_of(&sites.link)?.to_lowercase();
    let hash = hash.split("btih:").nth(1).and_then(|rest| rest.get(..40)).unwrap_or_default().to_owned();
    page.wait_torrent("the file to come", &hash, |torrent| torrent.progress >= 1.0).await?;
    let (said, made, _) = sites.left(&page).await?;
    ensure!(said > 0 && made != json!([]), "{said} {made}");

    page.home().await?;
    ensure!(!page.text().await?.contains("Before you connect"), "it comes again");
    Ok(())
}

#[tokio::test]
async fn who_goes_on_through_a_relay_makes_no_other_connection() -> Result<()> {
    let turn = TurnServer::start().await?;
    let sites = Sites::start(json!({ "first_visit": "page", "turn": turn.config() })).await?;
    let page = visitor(&sites).await?;
    expect_accessible(&page, "the card of first visits with a relay").await?;
    ensure!(sites.left(&page).await? == (0, json!([]), 0));
    page.press("[data-testid=go-on-relayed]").await?;
    page.wait_complete().await?;
    let (_, made, asked) = sites.left(&page).await?;
    let made: Vec<String> = serde_json::from_value(made)?;
    ensure!(!made.is_empty() && made.iter().all(|policy| policy == "relay"), "{made:?}");
    ensure!(asked == 0, "the web server saw the address");
    page.home().await?;
    page.press("[data-testid=settings]").await?;
    let chosen = "return document.querySelector('[data-testid=relay-all]').checked";
    ensure!(page.browser().run(chosen, &[]).await? == true, "the choice is forgotten");
    Ok(())
}

#[tokio::test]
async fn friends_see_no_card() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("friend", &server).await?;
    ensure!(!page.text().await?.contains("Before you connect"));
    Ok(())
}

/// The player asks where the site wants it, in its own frame: its storage is another than the page's.
#[tokio::test]
async fn a_player_waits_for_the_click_where_the_site_wants_it() -> Result<()> {
    for (wanted, asks) in [("everywhere", true), ("page", false)] {
        let sites = Sites::start(json!({ "first_visit": wanted })).await?;
        let browser = harness::Browser::chromium("viewer").await?;
        browser.inject(WATCH).await?;
        let address = format!("{}/embed.html?preload#{}", sites.site.origin(), magnet_of(&sites.link)?);
        browser.web()?.goto(&address).await?;
        let page = Page::adopt(browser, &sites.site);
        if asks {
            page.wait_text_of(CARD, |text| text.contains("Go on")).await?;
            ensure!(sites.left(&page).await? == (0, json!([]), 0), "{:?}", sites.left(&page).await?);
            page.press("#go-on").await?;
        }
        harness::until("the player to look for people", SLOW, async || {
            Ok((sites.left(&page).await?.0 > 0).then_some(()))
        })
        .await?;
    }
    Ok(())
}
