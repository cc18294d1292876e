//! Pictures of the page, as a phone and as a desktop computer show it, light and dark.
//!
//! `screenshots --out DIR` writes them as `SCENE-WIDTH-THEME.png`. Everything in them is real: the torrent that
//! is being downloaded comes from three other clients, which hold back when the picture is due.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use harness::{Browser, Files, Media, Page, PageServer, SOON, Server, WebTorrentPage, magnet_of};

const SIZES: [[u32; 2]; 2] = [[390, 844], [1280, 800]];
const THEMES: [&str; 2] = ["light", "dark"];

/// A link to something that nobody has.
const LONELY: &str =
    "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233&dn=Grandmother%27s%20recipes.pdf";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let album = Album { folder: folder()? };
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    album.add(&page, "home-empty").await?;
    for (dialog, scene) in [("Settings", "settings"), ("Help", "help")] {
        page.press_button(dialog).await?;
        album.add(&page, scene).await?;
        page.home().await?;
    }
    let files = Files::new()?;
    shares(&album, &page, &files).await?;
    lonely(&album, &page).await?;
    download(&album, &page, &server, &files).await
}

/// Where the pictures go.
struct Album {
    folder: PathBuf,
}

impl Album {
    /// Takes the pictures of one scene.
    async fn add(&self, page: &Page, scene: &str) -> Result<()> {
        self.add_part(page, scene, "body").await
    }

    /// Takes the pictures of one scene, scrolled to an element.
    async fn add_part(&self, page: &Page, scene: &str, selector: &str) -> Result<()> {
        for size in SIZES {
            let [width, _height] = size;
            for theme in THEMES {
                let file = self.folder.join(format!("{scene}-{width}-{theme}.png"));
                page.picture(&file, selector, size, theme).await?;
            }
        }
        Ok(())
    }
}

/// Shares two things, and pauses one.
async fn shares(album: &Album, page: &Page, files: &Files) -> Result<()> {
    for name in ["The garden in spring.jpg", "The pond.jpg", "Aunt Ida/Ida at the lake.jpg"] {
        files.random(&format!("Summer 2026/{name}"), 3_400_000, name.len().try_into()?)?;
    }
    page.share(&[&files.random("Draft of the talk.odp", 7_100_000, 1)?]).await?;
    page.press("[data-testid=pause]").await?;
    page.wait_until("the pause to begin", SOON, |torrent| torrent.state == "paused").await?;
    page.press_button("All files").await?;
    page.share_folder(&files.path().join("Summer 2026")).await?;
    album.add(page, "share").await?;
    page.press_button("All files").await
}

/// Opens the link of something that nobody has.
async fn lonely(album: &Album, page: &Page) -> Result<()> {
    page.add(LONELY).await?;
    page.notice().await?;
    album.add(page, "nobody").await?;
    page.press_button("All files").await
}

/// Downloads from three others, who slow down shortly before 40 %.
async fn download(album: &Album, page: &Page, server: &Server, files: &Files) -> Result<()> {
    let film = files.path().join("Ida learns to sail.mp4");
    fs::copy(Media::LongMp4.file()?, &film)?;
    let pages = PageServer::start().await?;
    let mut link = String::new();
    let mut sharers = Vec::new();
    for name in ["first sharer", "second sharer", "third sharer"] {
        let sharer = WebTorrentPage::open(Browser::chromium(name).await?, &pages).await?;
        sharer.limit_uploads(1_000_000).await?;
        link = sharer.share(&[&film], &server.announce()).await?;
        sharers.push(sharer);
    }
    page.add(&link).await?;
    page.wait_progress(0.38).await?;
    for sharer in &sharers {
        sharer.limit_uploads(20_000).await?;
    }
    page.wait_until("three people to be connected", SOON, |torrent| torrent.peers == 3).await?;
    album.add(page, "torrent").await?;
    album.add_part(page, "people", "table").await?;
    page.press("[data-testid=limits]").await?;
    page.fill("[data-testid=limit-down]", "500").await?;
    album.add_part(page, "limits", "[data-testid=limits]").await?;
    page.press_button("All files").await?;
    album.add_part(page, "home", "[data-testid=torrent]").await?;
    finished(album, page, &film).await?;
    embedded(album, page).await
}

/// Plays a film that is here.
async fn finished(album: &Album, page: &Page, film: &Path) -> Result<()> {
    let sailing = film.with_file_name("Ida at sea.mp4");
    fs::rename(film, &sailing)?;
    page.share(&[&sailing]).await?;
    page.press_key("m").await?;
    page.press_key("k").await?;
    page.wait_player("the film to play", |player| player.time > 1.0).await?;
    album.add_part(page, "playing", "[data-testid=player]").await
}

/// Shows how to embed a film, and what that looks like.
async fn embedded(album: &Album, page: &Page) -> Result<()> {
    let link = page.share_link().await?;
    page.press_button("Embed").await?;
    page.wait_for_element("the preview", "[data-testid=embed-preview]").await?;
    album.add(page, "embed-dialog").await?;
    let (home, _) = link.split_once('#').context("a share link has a fragment")?;
    let player = format!("{home}embed.html?autoplay&muted#{}", magnet_of(&link)?);
    page.browser().web()?.goto(player).await?;
    page.wait_player("the embedded film to play", |player| player.time > 1.0).await?;
    album.add(page, "embed").await
}

fn folder() -> Result<PathBuf> {
    let mut arguments = env::args().skip_while(|argument| argument != "--out").skip(1);
    let folder = arguments.next().map_or_else(|| Path::new("target").join("screenshots"), PathBuf::from);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
