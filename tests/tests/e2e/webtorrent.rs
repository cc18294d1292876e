//! Files go to and from WebTorrent, the client that the network consists of.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, PageServer, Server, TrackerServer, WebTorrentPage, digest_of};
use serde_json::json;

const LENGTH: u64 = 20_000_000;

#[tokio::test]
async fn seedcast_downloads_from_webtorrent_through_its_own_server() -> Result<()> {
    let server = Server::start().await?;
    download_from_webtorrent(&server, &server.announce()).await
}

#[tokio::test]
async fn seedcast_downloads_from_webtorrent_through_bittorrent_tracker() -> Result<()> {
    let tracker = TrackerServer::start().await?;
    let server = Server::start().await?;
    download_from_webtorrent(&server, tracker.announce()).await
}

#[tokio::test]
async fn webtorrent_downloads_from_seedcast_through_its_own_server() -> Result<()> {
    let server = Server::start().await?;
    share_to_webtorrent(&server).await
}

#[tokio::test]
async fn webtorrent_downloads_from_seedcast_through_bittorrent_tracker() -> Result<()> {
    let tracker = TrackerServer::start().await?;
    let server = Server::with_config(&json!({ "trackers": [tracker.announce()] }).to_string()).await?;
    share_to_webtorrent(&server).await
}

async fn download_from_webtorrent(server: &Server, tracker: &str) -> Result<()> {
    let (_files, file) = file()?;
    let pages = PageServer::start().await?;
    let sharer = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
    let magnet = sharer.share(&[&file], tracker).await?;
    let downloader = Page::chromium("downloader", server).await?;
    downloader.add(&magnet).await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}

async fn share_to_webtorrent(server: &Server) -> Result<()> {
    let (_files, file) = file()?;
    let sharer = Page::chromium("sharer", server).await?;
    let link = sharer.share(&[&file]).await?;
    let pages = PageServer::start().await?;
    let downloader = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
    downloader.add(harness::magnet_of(&link)?).await?;
    downloader.finish().await?;
    ensure!(
        downloader.digests().await? == [digest_of(&file)?],
        "WebTorrent got another file than was shared"
    );
    Ok(())
}

fn file() -> Result<(Files, PathBuf)> {
    let files = Files::new()?;
    let file = files.random("file.bin", LENGTH, 1)?;
    Ok((files, file))
}
