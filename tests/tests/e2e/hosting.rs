//! What a deployment sets up, as a browser sees it.

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Page, SOON, Server, silent_udp_port, until};
use serde_json::json;

/// Notes with which names TURN servers are used, and lets the clock be set forward.
const WATCH: &str = "
    window.users = []
    window.ahead = 0
    const now = Date.now
    Date.now = () => now() + window.ahead
    const Connection = RTCPeerConnection
    window.RTCPeerConnection = class extends Connection {
        constructor(configuration) {
            super(configuration)
            for (const { username } of configuration.iceServers) window.users.push(username)
        }
    }";

/// The names with which TURN servers were used.
async fn users(page: &Page) -> Result<Vec<String>> {
    Ok(serde_json::from_value(page.browser().run("return window.users", &[]).await?)?)
}

/// When a name expires, in seconds: it is a time, a colon and a number that nobody else has.
fn expiry(user: &str) -> Result<u64> {
    Ok(user.split_once(':').context("a time and a number")?.0.parse()?)
}

/// How often the configuration was asked for.
async fn fetches(page: &Page) -> Result<u64> {
    let count = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/config.json')).length";
    page.browser().run(count, &[]).await?.as_u64().context("a number")
}

#[tokio::test]
async fn a_page_that_stays_open_asks_for_new_passwords_before_the_old_ones_expire() -> Result<()> {
    let (_socket, port) = silent_udp_port()?;
    let turn = json!({ "urls": [format!("turn:127.0.0.1:{port}")], "secret": "north", "ttl": 3600 });
    let server = Server::with_config(&json!({ "turn": turn }).to_string()).await?;
    let browser = Browser::chromium("visitor").await?;
    browser.inject(WATCH).await?;
    let page = Page::open(browser, &server).await?;
    let files = Files::new()?;
    let link = page.share(&[&files.random("file.bin", 1000, 1)?]).await?;
    until("a TURN server to be used", SOON, async || Ok(users(&page).await?.pop())).await?;
    let first = users(&page).await?.pop().context("there is one")?;
    ensure!(fetches(&page).await? == 1, "passwords are renewed too early");

    page.browser().run("window.ahead = 1800 * 1000", &[]).await?;
    // Whoever comes makes for a new connection: the first of them for new passwords, the next uses them.
    let next = Page::chromium("next visitor", &server).await?;
    next.follow(&link).await?;
    until("new passwords to come", SOON, async || Ok((fetches(&page).await? == 2).then_some(()))).await?;
    let last = Page::chromium("last visitor", &server).await?;
    last.follow(&link).await?;
    let renewed = async || Ok(users(&page).await?.into_iter().find(|user| *user != first));
    let renewed = until("a connection with a new name", SOON, renewed).await?;
    ensure!(expiry(&renewed)? >= expiry(&first)?, "{renewed} expires before {first}");
    Ok(())
}
