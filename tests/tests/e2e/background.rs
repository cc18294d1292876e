//! Nothing waits for somebody to look at the page.

use anyhow::Result;
use harness::{Files, Page, Server};

/// webtorrent#2370, statechannels#1345, webtorrent#1796, BTorrent#50
#[tokio::test]
async fn hidden_tabs_share_and_download() -> Result<()> {
    let files = Files::new()?;
    // At one block in each second, which is what a clamped timer gives, it would take half an hour.
    let file = files.random("file.bin", 32 << 20, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.browser().hide().await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.type_link(&link).await?;
    downloader.browser().hide().await?;
    downloader.time_download().await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}
