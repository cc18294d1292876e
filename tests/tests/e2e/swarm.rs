//! People who download help each other.

use anyhow::{Result, ensure};
use harness::{Files, Page, Server};

#[tokio::test]
async fn three_downloaders_take_load_off_the_sharer() -> Result<()> {
    const LENGTH: u64 = 48 << 20;
    let files = Files::new()?;
    let file = files.random("file.bin", LENGTH, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloaders = [
        Page::chromium("first downloader", &server).await?,
        Page::chromium("second downloader", &server).await?,
        Page::chromium("third downloader", &server).await?,
    ];
    for downloader in &downloaders {
        downloader.follow(&link).await?;
    }
    let mut helped = 0;
    for downloader in &downloaders {
        helped += downloader.wait_complete().await?.uploaded;
    }
    let uploaded = sharer.torrent().await?.uploaded;
    ensure!(helped > 0, "no downloader sent anything to another");
    ensure!(uploaded < 3 * LENGTH, "the sharer sent {uploaded} bytes: everything to everybody");
    for downloader in &downloaders {
        downloader.expect_saved("file.bin", &file).await?;
    }
    Ok(())
}
