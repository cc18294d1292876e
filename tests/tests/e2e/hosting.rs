//! What a deployment sets up, as a browser sees it.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Page, SLOW, SOON, Server, silent_udp_port, until};
use serde_json::json;

use crate::accessibility::expect_accessible;

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

/// Issue 16, 4: a list of what is not served takes effect while three browsers exchange a file.
#[tokio::test]
async fn what_a_site_denies_stops_in_every_page_that_has_it_and_keeps_what_is_there() -> Result<()> {
    let files = Files::new()?;
    let list = files.path().join("denied.txt");
    fs::write(&list, "")?;
    let server = Server::with_config(&json!({ "denied_files": [list] }).to_string()).await?;
    let film = files.random("film.bin", 24 * 1024 * 1024, 1)?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&film]).await?;
    let info_hash = sharer.torrent().await?.info_hash;
    let [first, second] = [Page::chromium("first", &server).await?, Page::chromium("second", &server).await?];
    for visitor in [&first, &second] {
        // In seconds no more than a part of it arrives, however fast the machine is.
        visitor.press("[data-testid=settings]").await?;
        visitor.fill("[data-testid=limit-down]", "1500").await?;
        visitor.follow(&link).await?;
        visitor.wait_progress(0.02).await?;
    }

    fs::write(&list, format!("{info_hash} reason=copyright ref=2026-7\n"))?;
    let late = Page::chromium("late", &server).await?;
    for page in [&sharer, &first, &second] {
        page.wait_until("the torrent to stop", SOON, |torrent| torrent.state == "error").await?;
        page.wait_for_text("for the reason “copyright 2026-7”").await?;
    }
    late.follow(&link).await?;
    late.wait_until("the torrent to stop", SOON, |torrent| torrent.state == "error").await?;
    let before = first.torrent().await?;
    ensure!(before.progress > 0.0 && before.progress < 1.0 && before.peers == 0, "{before:?}");

    // It was a mistake: whoever wants it goes on where it was.
    fs::write(&list, "# nothing\n")?;
    until("everything to be there", SLOW, async || {
        // Who asks before the list was read again is told again.
        for page in [&sharer, &first] {
            if page.torrent().await?.state == "error" {
                page.press("[data-testid=resume]").await?;
            }
        }
        Ok((first.torrent().await?.progress >= 1.0).then_some(()))
    })
    .await?;
    first.expect_saved("film.bin", &film).await
}

/// Issue 16, 4: a notice needs no program in the browser, and is answered.
#[tokio::test]
async fn anybody_can_say_that_something_should_not_be_served() -> Result<()> {
    let files = Files::new()?;
    let folder = files.path().join("notices");
    let server = Server::with_config(&json!({ "notices": { "folder": folder } }).to_string()).await?;
    let visitor = Page::chromium("visitor", &server).await?;
    let form = format!("{}/notice", server.origin());
    visitor.browser().web()?.goto(&form).await?;
    expect_accessible(&visitor, "the form of a notice").await?;
    visitor.fill("#links", &format!("{}/#magnet:?xt=urn:btih:{}", server.origin(), "61".repeat(20))).await?;
    visitor.fill("#why", "<b>It is mine.</b>").await?;
    // The browser itself asks for what is missing; one that does not is asked by the server.
    visitor.browser().run("document.querySelector('form').noValidate = true", &[]).await?;
    visitor.press("button[type=submit]").await?;
    visitor.wait_for_text("what is wrong with it").await?;
    expect_accessible(&visitor, "a notice that lacks something").await?;
    ensure!(visitor.value("#why").await? == "<b>It is mine.</b>", "what was typed is gone");
    visitor.browser().run("document.querySelector('#kind').value = 'privacy'", &[]).await?;
    visitor.fill("#name", "Ada").await?;
    visitor.fill("#email", "ada@example.org").await?;
    visitor.press("[name=good-faith]").await?;
    visitor.press("button[type=submit]").await?;
    visitor.wait_for_text("Your notice has arrived").await?;
    visitor.press("a[href^='/notice/']").await?;
    visitor.wait_for_text("Nobody has decided on it yet").await?;
    expect_accessible(&visitor, "a notice that waits").await
}
