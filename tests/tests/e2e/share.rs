//! A link takes files from one person's browser to another's.

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, Server, tools};

use crate::accessibility::expect_accessible;

#[tokio::test]
async fn a_book_arrives_as_it_was_shared() -> Result<()> {
    let book = tools::npm("webtorrent-fixtures/fixtures/Leaves of Grass by Walt Whitman.epub")?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&book]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("Leaves of Grass by Walt Whitman.epub", &book).await
}

/// Issue 16, 2: what the page hands out is short, by itself and pasted, and the magnet link leads to the same.
#[tokio::test]
async fn a_short_link_leads_to_what_was_shared() -> Result<()> {
    let files = Files::new()?;
    let letter = files.random("letter.txt", 100_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let long = sharer.share(&[&letter]).await?;
    let short = sharer.short_link().await?;
    let follower = Page::chromium("follower", &server).await?;
    follower.follow(&short).await?;
    follower.wait_complete().await?;
    follower.expect_saved("letter.txt", &letter).await?;
    ensure!(follower.short_link().await? == short, "it passes another link on");
    ensure!(follower.share_link().await? == long, "it knows another magnet link");
    let paster = Page::chromium("paster", &server).await?;
    paster.add(&format!("Here it is: {short}.")).await?;
    paster.wait_complete().await?;
    paster.expect_saved("letter.txt", &letter).await
}

/// Neither the transfer nor the saving needs memory for all of it: webtorrent#86, webtorrent#2389, webtorrent#2849.
#[tokio::test]
async fn a_large_file_arrives_as_it_was_shared() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("large.bin", 256 << 20, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("large.bin", &file).await
}

#[tokio::test]
async fn a_folder_arrives_with_names_in_every_script_and_an_empty_file() -> Result<()> {
    const FILES: [(&str, u64); 6] = [
        ("read me.txt", 1_000),
        ("empty.txt", 0),
        ("Ελληνικά/αρχή.bin", 70_001),
        ("中文/更深/文件 1.bin", 300_000),
        ("中文/更深/🌱 #1 %20.bin", 16_384),
        ("עברית.dat", 5),
    ];
    let files = Files::new()?;
    for (seed, (path, length)) in FILES.into_iter().enumerate() {
        files.random(&format!("shared/{path}"), length, seed.try_into()?)?;
    }
    let shared = files.path().join("shared");
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&shared).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    for (path, _length) in FILES {
        downloader.expect_saved(path, &shared.join(path)).await?;
    }
    // Issue 13, B: an empty file was a size like any other, and one alone a torrent without content.
    let facts = "[data-testid=file][data-path='empty.txt'] .facts";
    downloader.wait_text_of(facts, |text| text == "Empty: there is nothing in it").await?;
    sharer.home().await?;
    sharer.choose(&shared.join("empty.txt")).await?;
    sharer.wait_for_text("empty.txt is empty: it has no bytes").await
}

#[tokio::test]
async fn a_file_goes_from_chromium_to_firefox() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let downloader = Page::firefox("downloader", &server).await?;
    transfer(&sharer, &downloader).await
}

#[tokio::test]
async fn a_file_goes_from_firefox_to_chromium() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::firefox("sharer", &server).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    transfer(&sharer, &downloader).await
}

#[tokio::test]
async fn a_file_arrives_where_channels_must_be_relayed_by_the_page() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let downloader = Page::open_with(Browser::chromium("downloader").await?, &server, "?relay=1").await?;
    transfer(&sharer, &downloader).await
}

#[tokio::test]
async fn a_file_leaves_where_channels_must_be_relayed_by_the_page() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::open_with(Browser::chromium("sharer").await?, &server, "?relay=1").await?;
    let downloader = Page::chromium("downloader", &server).await?;
    transfer(&sharer, &downloader).await
}

/// Issue 13, C: add files to a share.
#[tokio::test]
async fn files_are_added_under_a_new_link_and_the_old_one_goes_on_and_points_there() -> Result<()> {
    let files = Files::new()?;
    for name in ["a.txt", "b/c.txt"] {
        files.random(&format!("trip/{name}"), 30_000, 1)?;
    }
    let added = [files.random("d.txt", 40_000, 2)?, files.random("a.txt", 20_000, 3)?];
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let old = sharer.share_folder(&files.path().join("trip")).await?;
    sharer.add_files(&[&added[0], &added[1]]).await?;
    let new = sharer.share_link_other_than(&old).await?;
    ensure!(sharer.files().await? == ["a.txt", "b/c.txt", "d.txt"], "{:?}", sharer.files().await?);

    let friend = Page::chromium("friend", &server).await?;
    friend.follow(&new).await?;
    friend.wait_complete().await?;
    friend.expect_saved("a.txt", &added[1]).await?;
    friend.expect_saved("d.txt", &added[0]).await?;

    sharer.follow(&old).await?;
    sharer.wait_for_element("the way to the new one", "[data-testid=successor] button").await?;
    expect_accessible(&sharer, "a share to which files were added").await?;
    let early = Page::chromium("early friend", &server).await?;
    early.follow(&old).await?;
    early.wait_complete().await?;
    early.expect_saved("a.txt", &files.path().join("trip/a.txt")).await?;
    sharer.press("[data-testid=successor] button").await?;
    ensure!(sharer.share_link_other_than(&old).await? == new, "it leads elsewhere");
    Ok(())
}

async fn transfer(sharer: &Page, downloader: &Page) -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 20_000_000, 1)?;
    let link = sharer.share(&[&file]).await?;
    downloader.add(&link).await?;
    downloader.wait_complete().await?;
    downloader.expect_saved("file.bin", &file).await
}
