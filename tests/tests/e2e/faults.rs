//! Whatever breaks midway, the file arrives, and what was here is not fetched again.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, PageServer, SOON, Server, Torrent, WebTorrentPage, until};

/// Long enough to be interrupted on the way, at the rate of a browser's data channel.
const LENGTH: u64 = 96 << 20;

/// Pieces that were on their way when a connection broke may come twice.
const SLACK: u64 = 24 << 20;

#[tokio::test]
async fn the_sharer_crashes_midway_and_comes_back() -> Result<()> {
    let (_files, file) = file()?;
    let server = Server::start().await?;
    let mut sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.3).await?;
    sharer.browser_mut().kill();
    downloader.wait_until("nobody to be left", harness::SLOW, |torrent| torrent.peers == 0).await?;
    sharer.browser_mut().reopen().await?;
    sharer.home().await?;
    let again = sharer.share(&[&file]).await?;
    ensure!(link == again, "the same file has another link: {again}");
    expect_frugal(&downloader.wait_complete().await?)?;
    downloader.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn the_sharer_crashes_midway_and_its_kept_copy_goes_on() -> Result<()> {
    let (_files, file) = file()?;
    let server = Server::start().await?;
    let mut sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let copied = |torrent: &Torrent| torrent.source == "browser";
    sharer.wait_until("the file to be copied into the browser", harness::SLOW, copied).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.3).await?;
    sharer.browser_mut().kill();
    downloader.wait_until("nobody to be left", harness::SLOW, |torrent| torrent.peers == 0).await?;
    sharer.browser_mut().reopen().await?;
    sharer.home().await?;
    expect_frugal(&downloader.wait_complete().await?)?;
    downloader.expect_saved("file.bin", &file).await
}

/// libtorrent#5831: whoever lost its tracker asks again too late.
#[tokio::test]
async fn the_server_restarts_midway() -> Result<()> {
    let (_files, file) = file()?;
    let mut server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.3).await?;
    server.restart().await?;
    expect_frugal(&downloader.wait_complete().await?)?;
    downloader.expect_saved("file.bin", &file).await?;
    // Both have found the new server, so that somebody else can join.
    let latecomer = Page::chromium("latecomer", &server).await?;
    latecomer.follow(&link).await?;
    latecomer.wait_progress(0.01).await?;
    Ok(())
}

#[tokio::test]
async fn the_downloader_reloads_midway() -> Result<()> {
    let (_files, file) = file()?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.5).await?;
    downloader.browser().web()?.refresh().await?;
    expect_frugal(&downloader.wait_complete().await?)?;
    downloader.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn the_downloader_crashes_midway_and_comes_back() -> Result<()> {
    let (_files, file) = file()?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let mut downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_progress(0.5).await?;
    downloader.browser_mut().kill();
    downloader.browser_mut().reopen().await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_peer_that_sends_corrupt_blocks_does_no_harm() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 64 << 20, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let pages = PageServer::start().await?;
    let liar = WebTorrentPage::open(Browser::chromium("liar").await?, &pages).await?;
    liar.add(harness::magnet_of(&link)?).await?;
    liar.finish().await?;
    liar.corrupt_uploads().await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    ensure!(liar.status().await?.uploaded > 0, "nobody asked the liar for anything");
    downloader.expect_saved("file.bin", &file).await
}

/// Where a test says that WebTorrent got no wrong piece, it would have told.
#[tokio::test]
async fn webtorrent_tells_of_wrong_pieces() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 1 << 20, 1)?;
    let server = Server::start().await?;
    let pages = PageServer::start().await?;
    let liar = WebTorrentPage::open(Browser::chromium("liar").await?, &pages).await?;
    let magnet = liar.share(&[&file], &server.announce()).await?;
    liar.corrupt_uploads().await?;
    let witness = WebTorrentPage::open(Browser::chromium("witness").await?, &pages).await?;
    witness.add(&magnet).await?;
    until("the witness to tell of a wrong piece", SOON, async || {
        Ok((!witness.wrong_pieces().await?.is_empty()).then_some(()))
    })
    .await
}

fn file() -> Result<(Files, PathBuf)> {
    let files = Files::new()?;
    let file = files.random("file.bin", LENGTH, 1)?;
    Ok((files, file))
}

fn expect_frugal(torrent: &Torrent) -> Result<()> {
    let downloaded = torrent.downloaded;
    ensure!(downloaded <= LENGTH + SLACK, "{downloaded} bytes were downloaded for {LENGTH}");
    Ok(())
}
