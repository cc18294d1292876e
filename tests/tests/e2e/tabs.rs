//! Every tab of a browser shows and controls the same session, and outlives the others.

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, PageServer, SOON, Server, Tab, Torrent, WebTorrentPage, until};
use protocol::tabs::EVENTS;
use protocol::{Command, VERSION};
use serde_json::json;

/// Other tabs reach the engine of the one that owns it: peerbit#304.
#[tokio::test]
async fn two_tabs_show_and_control_one_session() -> Result<()> {
    let Scene { files, server, downloader, .. } = Scene::set().await?;
    let owner = downloader.tab().await?;
    downloader.open_second_tab().await?;
    let follower = downloader.tab().await?;
    let paused = |torrent: &Torrent| torrent.state == "paused";
    let running = |torrent: &Torrent| torrent.state == "downloading";
    downloader.wait_until("the second tab to show the download", SOON, running).await?;
    downloader.press("[data-testid=pause]").await?;
    downloader.wait_until("the second tab to show the pause", SOON, paused).await?;
    downloader.switch_to(&owner).await?;
    downloader.wait_until("the first tab to show the pause", SOON, paused).await?;
    downloader.press("[data-testid=resume]").await?;
    downloader.switch_to(&follower).await?;
    downloader.wait_until("the second tab to show that it goes on", SOON, running).await?;

    let own = files.random("own.bin", 300_000, 2)?;
    let link = downloader.share(&[&own]).await?;
    let reader = Page::chromium("reader", &server).await?;
    reader.follow(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("own.bin", &own).await?;
    downloader.switch_to(&owner).await?;
    ensure!(downloader.torrents().await?.len() == 2, "the first tab does not show what the second shares");
    Ok(())
}

// Issue 14, 4: the engine begins with the document, before it is known whether the page's program starts.
#[tokio::test]
async fn a_page_that_does_not_start_keeps_the_engine_from_no_other_tab() -> Result<()> {
    let server = Server::start().await?;
    let browser = Browser::chromium("visitor").await?;
    browser.cdp("Network.enable", json!({})).await?;
    browser.cdp("Network.setBlockedURLs", json!({ "urls": ["*seedcast-page-*_bg.wasm"] })).await?;
    browser.web()?.goto(server.origin()).await?;
    let stuck = "return document.querySelector('#stuck')?.checkVisibility()";
    until("the first tab to say so", SOON, async || {
        Ok((browser.run(stuck, &[]).await? == true).then_some(()))
    })
    .await?;
    let page = Page::adopt(browser, &server);
    page.open_second_tab().await?;
    let files = Files::new()?;
    page.share(&[&files.random("file.bin", 1000, 1)?]).await?;
    Ok(())
}

#[tokio::test]
async fn the_second_tab_goes_on_when_the_first_closes() -> Result<()> {
    let Scene { files, server, sharer, downloader, file } = Scene::set().await?;
    let owner = downloader.tab().await?;
    downloader.open_second_tab().await?;
    let follower = downloader.tab().await?;
    downloader.press("[data-testid=open-torrent]").await?;
    let download = downloader.torrent().await?.info_hash;
    let own = files.random("own.bin", 300_000, 2)?;
    let link = downloader.share(&[&own]).await?;
    downloader.switch_to(&owner).await?;
    downloader.close_tab(&follower).await?;
    sharer.limit_uploads(20_000_000).await?;
    let complete = |torrent: &Torrent| torrent.state == "seeding";
    downloader.wait_torrent("the download to be complete", &download, complete).await?;
    let reader = Page::chromium("reader", &server).await?;
    reader.follow(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("own.bin", &own).await?;
    downloader.press_button("All files").await?;
    downloader.press(&format!("[data-info-hash='{download}'] [data-testid=open-torrent]")).await?;
    downloader.expect_saved("file.bin", &file).await
}

// Issue 12, 4.
#[tokio::test]
async fn a_tab_of_another_build_is_told_so_and_changes_nothing() -> Result<()> {
    let server = Server::start().await?;
    let files = Files::new()?;
    let page = Page::chromium("sharer", &server).await?;
    page.share(&[&files.random("file.bin", 100_000, 1)?]).await?;
    let info_hash = page.torrent().await?.info_hash.parse()?;
    let stranger = Tab::of_version(&page, VERSION ^ 1).await?;
    stranger.ask(Command::Remove { info_hash, delete_data: true }).await?;
    ensure!(stranger.wait_for_version().await? == VERSION, "it hears no other version");
    Tab::open(&page).await?.ask(Command::Pause(info_hash)).await?;
    page.wait_until("the share to be paused, and so still there", SOON, |torrent| torrent.state == "paused")
        .await?;

    page.open_second_tab().await?;
    page.wait_until("the second tab to show the share", SOON, |torrent| torrent.state == "paused").await?;
    let say = "new BroadcastChannel(arguments[0]).postMessage([arguments[1], new Uint8Array(8), []])";
    page.browser().run(say, &[json!(EVENTS), json!(VERSION ^ 1)]).await?;
    page.wait_for_text("Seedcast was updated").await
}

/// A download that takes its time.
struct Scene {
    files: Files,
    server: Server,
    sharer: WebTorrentPage,
    downloader: Page,
    file: std::path::PathBuf,
}

impl Scene {
    async fn set() -> Result<Self> {
        let files = Files::new()?;
        let file = files.random("file.bin", 48 << 20, 1)?;
        let server = Server::start().await?;
        let pages = PageServer::start().await?;
        let sharer = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
        let magnet = sharer.share(&[&file], &server.announce()).await?;
        sharer.limit_uploads(500_000).await?;
        let downloader = Page::chromium("downloader", &server).await?;
        downloader.add(&magnet).await?;
        downloader.wait_progress(0.02).await?;
        Ok(Self { files, server, sharer, downloader, file })
    }
}
