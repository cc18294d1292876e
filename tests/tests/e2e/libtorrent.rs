//! Files go to and from libtorrent, the engine of many desktop clients, and the only other one that speaks both
//! versions of the protocol over WebRTC.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::{Description, Files, Format, Libtorrent, Page, Server, digest_of, magnet_of};

/// Paths and lengths: pieces that end with a file and pieces that do not, and files of less than a piece.
const CONTENT: [(&str, u64); 4] = [("a.bin", 1_500_000), ("b/c.bin", 5), ("b/empty", 0), ("d.bin", 262_144)];

macro_rules! with_torrents_of {
    ($module:ident, $format:expr) => {
        mod $module {
            use super::*;

            #[tokio::test]
            async fn libtorrent_downloads_from_seedcast_by_magnet_link() -> Result<()> {
                share_to_libtorrent($format, async |page, link| {
                    expect_identity($format, &page.save_torrent_file().await?, page).await?;
                    Ok(magnet_of(link)?.to_owned())
                })
                .await
            }

            #[tokio::test]
            async fn libtorrent_downloads_from_seedcast_by_torrent_file() -> Result<()> {
                share_to_libtorrent($format, async |page, _link| path(&page.save_torrent_file().await?)).await
            }

            #[tokio::test]
            async fn seedcast_downloads_from_libtorrent_by_magnet_link() -> Result<()> {
                download_from_libtorrent($format, async |page, torrent| {
                    page.add(&Description::read(torrent)?.magnet).await
                })
                .await
            }

            #[tokio::test]
            async fn seedcast_downloads_from_libtorrent_by_torrent_file() -> Result<()> {
                download_from_libtorrent($format, async |page, torrent| {
                    page.add_torrent_file(torrent).await?;
                    expect_identity($format, torrent, page).await
                })
                .await
            }
        }
    };
}

with_torrents_of!(v1, Format::V1);
with_torrents_of!(hybrid, Format::Hybrid);
with_torrents_of!(v2, Format::V2);

/// Shares a folder in the page; `source` says by what libtorrent is to find it.
async fn share_to_libtorrent(
    format: Format,
    source: impl AsyncFnOnce(&Page, &str) -> Result<String>,
) -> Result<()> {
    let (files, folder) = content()?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = match (sharer.share_folder(&folder).await?, format) {
        (link, Format::Hybrid) => link,
        (_link, Format::V1) => sharer.share_for("BitTorrent 1 only").await?,
        (_link, Format::V2) => sharer.share_for("BitTorrent 2 only").await?,
    };
    let source = source(&sharer, &link).await?;
    let downloads = Files::new()?;
    let mut libtorrent = Libtorrent::start(&source, downloads.path(), &server.announce())?;
    libtorrent.finish().await?;
    for (file, _length) in CONTENT {
        let (shared, saved) = (folder.join(file), downloads.path().join("shared").join(file));
        ensure!(digest_of(&saved)? == digest_of(&shared)?, "libtorrent got another {file} than was shared");
    }
    drop(files);
    Ok(())
}

/// Shares a folder in libtorrent; `add` shows the page the way to it.
async fn download_from_libtorrent(
    format: Format,
    add: impl AsyncFnOnce(&Page, &Path) -> Result<()>,
) -> Result<()> {
    let (files, folder) = content()?;
    let torrent = files.path().join("shared.torrent");
    Description::create(format, &folder, &torrent)?;
    let server = Server::start().await?;
    let mut libtorrent = Libtorrent::start(&path(&torrent)?, files.path(), &server.announce())?;
    libtorrent.finish().await?;
    let downloader = Page::chromium("downloader", &server).await?;
    add(&downloader, &torrent).await?;
    downloader.wait_complete().await?;
    for (file, _length) in CONTENT {
        downloader.expect_saved(file, &folder.join(file)).await?;
    }
    Ok(())
}

/// Page and libtorrent are of one mind about which torrent this is, and of which format.
async fn expect_identity(format: Format, torrent: &Path, page: &Page) -> Result<()> {
    let description = Description::read(torrent)?;
    let versions = (description.v1.is_some(), description.v2.is_some());
    let expected = (format != Format::V2, format != Format::V1);
    ensure!(versions == expected, "this is not a torrent of {format}: {description:?}");
    let shown = page.torrent().await?.info_hash;
    let hash = description.v1.or(description.v2).context("a torrent without an info hash")?;
    ensure!(hash.starts_with(&shown), "libtorrent says {hash}, the page {shown}");
    Ok(())
}

fn content() -> Result<(Files, PathBuf)> {
    let files = Files::new()?;
    for (seed, (file, length)) in CONTENT.into_iter().enumerate() {
        files.random(&format!("shared/{file}"), length, seed.try_into()?)?;
    }
    let folder = files.path().join("shared");
    Ok((files, folder))
}

fn path(path: &Path) -> Result<String> {
    Ok(path.to_str().context("the path is not text")?.to_owned())
}
