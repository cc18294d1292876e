//! What the page does for one person.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, SLOW, SOON, Server, Torrent, silent_udp_port, tools, until};
use serde_json::json;

const UNKNOWN: &str = "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233";

#[tokio::test]
async fn a_typo_in_a_link_gets_a_sentence() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("reader", &server).await?;
    page.type_link("magnet:?xt=urn:btih:0011").await?;
    page.press("[data-testid=add-link-submit]").await?;
    let sentence = page.notice().await?;
    ensure!(sentence.split_whitespace().count() > 3, "the page says no more than \"{sentence}\"");
    page.type_link(&format!("{}/#s/EN2CVezcfKVfsLv4EyPYcGLbH20c8Jl", server.origin())).await?;
    page.press("[data-testid=add-link-submit]").await?;
    page.wait_for_text("missing or wrong").await?;
    ensure!(page.torrents().await?.is_empty(), "the page took it for a torrent");
    Ok(())
}

/// Issue 13, B: opening a link showed the home page until the program was there.
#[tokio::test]
async fn the_document_names_what_a_link_opens_before_the_program_is_here() -> Result<()> {
    links_are_named_by_the_document(&Browser::chromium("reader").await?).await
}

pub(crate) async fn links_are_named_by_the_document(browser: &Browser) -> Result<()> {
    let dist = tools::copied_dist()?;
    for file in dist.path().read_dir()? {
        let file = file?.path();
        if file.extension().is_some_and(|ending| ending == "wasm") {
            fs::remove_file(file)?;
        }
    }
    let server = Server::of_page(dist.path()).await?;
    let shown = async |fragment: &str| -> Result<(String, String)> {
        browser.web()?.goto("about:blank").await?;
        browser.web()?.goto(format!("{}/#{fragment}", server.origin())).await?;
        let heading = browser.run("return document.querySelector('h1').textContent", &[]).await?;
        let title = browser.run("return document.title", &[]).await?;
        Ok((heading.as_str().unwrap_or_default().to_owned(), title.as_str().unwrap_or_default().to_owned()))
    };
    let (home, _) = shown("").await?;
    ensure!(home == "Send files straight to people", "without a link it shows \"{home}\"");
    let plain = shown(&format!("{UNKNOWN}&dn=Summer+%3Cb%3Efilm%3C/b%3E.mp4")).await?;
    let expected = "Summer <b>film</b>.mp4".to_owned();
    ensure!(plain == (expected.clone(), expected), "it shows {plain:?}");
    let (escaped, _) =
        shown(&format!("{}%26dn%3DSummer", UNKNOWN.replace(':', "%3A").replace('?', "%3F"))).await?;
    ensure!(escaped == "Summer", "of an escaped link it shows \"{escaped}\"");
    let (turned, _) = shown(&format!("{UNKNOWN}&dn=photo%E2%80%AEgpj.exe")).await?;
    ensure!(turned == "photo[U+202E]gpj.exe", "it lets a name turn around: {turned:?}");
    let (unnamed, _) = shown(UNKNOWN).await?;
    ensure!(unnamed == "…", "of a link without a name it shows \"{unnamed}\"");
    let (short, _) = shown("s/EN2CVezcfKVfsLv4EyPYcGLbH20c8JI").await?;
    ensure!(short == "…", "of a short link it shows \"{short}\"");
    Ok(())
}

#[tokio::test]
async fn a_link_that_nobody_has_the_file_of_says_so() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("reader", &server).await?;
    page.add(UNKNOWN).await?;
    page.wait_until("the description to be looked for", SOON, |torrent| torrent.state == "metadata").await?;
    let sentence = page.notice().await?;
    ensure!(sentence.contains("online"), "the page says \"{sentence}\"");
    Ok(())
}

/// webtorrent#1035, #2101, #2969: a pause that does not pause.
#[tokio::test]
async fn a_pause_stops_all_traffic_until_it_ends() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 128 << 20, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.2).await?;
    downloader.press("[data-testid=pause]").await?;
    let stopped = |torrent: &Torrent| torrent.state == "paused" && torrent.peers == 0;
    let paused = downloader.wait_until("the pause to begin", SOON, stopped).await?;
    // The sharer's rate is an average: that it has come to nothing takes as long as a transfer would have.
    sharer.wait_until("the sharer to be idle", SOON, |torrent| torrent.peers == 0 && torrent.up == 0).await?;
    let later = downloader.torrent().await?;
    ensure!(
        later.downloaded == paused.downloaded,
        "{} bytes came during the pause",
        later.downloaded - paused.downloaded
    );
    ensure!(later.progress < 1.0, "everything was here before the pause");
    downloader.press("[data-testid=resume]").await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}

/// webtorrent#163: speed limits, also of one torrent alone.
#[tokio::test]
async fn a_limit_holds_until_it_is_lifted_and_is_kept_over_a_reload() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 24 << 20, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "400").await?;
    // Before that, a reload leaves it without a file to share.
    let copied = |torrent: &Torrent| torrent.source == "browser";
    sharer.wait_until("the file to be copied into the browser", SLOW, copied).await?;
    sharer.browser().web()?.refresh().await?;
    sharer.follow(&link).await?;
    sharer.press("[data-testid=limits]").await?;
    ensure!(sharer.value("[data-testid=limit-up]").await? == "400", "the limit was forgotten");
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.1).await?;
    let torrent = sharer.torrent().await?;
    ensure!((200_000..600_000).contains(&torrent.up), "{} bytes each second are given", torrent.up);
    sharer.fill("[data-testid=limit-up]", "").await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}

// Issue 13, C: in a browser that is too old, the first screen stood there for ever.
#[tokio::test]
async fn what_keeps_the_page_from_starting_is_said() -> Result<()> {
    let server = Server::start().await?;
    let browser = Browser::chromium("visitor").await?;
    browser.cdp("Network.enable", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": ["*seedcast-page-*_bg.wasm"] })).await?;
    browser.web()?.goto(server.origin()).await?;
    let stuck = "return document.querySelector('#stuck')?.checkVisibility()";
    until("the page to say so", SOON, async || Ok((browser.run(stuck, &[]).await? == true).then_some(())))
        .await?;
    let page = Page::chromium("another visitor", &server).await?;
    ensure!(!page.text().await?.contains("does not start"), "a page that starts says that it does not");
    Ok(())
}

/// BTorrent#28, webtorrent#1293
#[tokio::test]
async fn a_finished_download_is_shared_again_after_a_reload() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 20_000_000, 1)?;
    let server = Server::start().await?;
    let mut sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let first = Page::chromium("first downloader", &server).await?;
    first.follow(&link).await?;
    first.wait_complete().await?;
    sharer.browser_mut().kill();
    first.browser().web()?.refresh().await?;
    first.wait_complete().await?;
    let second = Page::chromium("second downloader", &server).await?;
    second.follow(&link).await?;
    second.wait_complete().await?;
    second.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_stun_server_that_never_answers_keeps_nobody_apart() -> Result<()> {
    let (_socket, port) = silent_udp_port()?;
    let config = json!({ "ice_servers": [{ "urls": [format!("stun:127.0.0.1:{port}")] }] });
    let files = Files::new()?;
    let file = files.random("file.bin", 1_000_000, 1)?;
    let server = Server::with_config(&config.to_string()).await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_until("everything to be here", SLOW, |torrent| torrent.state == "seeding").await?;
    downloader.expect_saved("file.bin", &file).await
}
