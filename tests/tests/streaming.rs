//! Files are read while they arrive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Page, PageServer, SOON, Server, WebTorrentPage, until};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

#[tokio::test]
async fn every_range_is_answered_with_its_bytes_before_the_file_is_complete() -> Result<()> {
    let scene = Scene::set(24 << 20, 2_000_000).await?;
    let Scene { downloader, file, .. } = &scene;
    let bytes = fs::read(file)?;
    let size = bytes.len();
    for (range, part) in [
        (format!("bytes={}-{}", size - 70_000, size - 60_001), size - 70_000..size - 60_000),
        ("bytes=-1000".to_owned(), size - 1000..size),
        (format!("bytes={}-", size - 300_000), size - 300_000..size),
        ("bytes=0-0".to_owned(), 0..1),
        ("bytes=100000-1099999".to_owned(), 100_000..1_100_000),
        ("bytes=0-1,5-6".to_owned(), 0..size),
    ] {
        let answer = fetch(downloader, "GET", json!({ "range": range })).await?;
        let is_part = part.len() < size;
        ensure!(answer.status == if is_part { 206 } else { 200 }, "{range} is answered with {answer:?}");
        ensure!(answer.digest == digest(&bytes[part.clone()]), "{range} has other bytes");
        ensure!(answer.header("content-length") == Some(&part.len().to_string()), "{range}: {answer:?}");
        if is_part {
            let expected = format!("bytes {}-{}/{size}", part.start, part.end - 1);
            ensure!(answer.header("content-range") == Some(&expected), "{range}: {answer:?}");
            ensure!(downloader.torrent().await?.progress < 0.9, "{range} had to wait for everything else");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_complete_file_is_answered_as_a_web_server_would() -> Result<()> {
    let scene = Scene::set(3 << 20, 50_000_000).await?;
    let Scene { downloader, file, .. } = &scene;
    let bytes = fs::read(file)?;
    let size = bytes.len().to_string();
    downloader.wait_complete().await?;
    let whole = fetch(downloader, "GET", json!({})).await?;
    ensure!((whole.status, &whole.digest) == (200, &digest(&bytes)), "{whole:?}");
    ensure!(whole.header("accept-ranges") == Some("bytes"), "{whole:?}");

    let head = fetch(downloader, "HEAD", json!({})).await?;
    ensure!((head.status, &head.digest) == (200, &digest(&[])), "{head:?}");
    ensure!(head.headers == whole.headers, "{head:?} differs from {whole:?}");

    let beyond = fetch(downloader, "GET", json!({ "range": format!("bytes={size}-") })).await?;
    ensure!(beyond.status == 416, "{beyond:?}");
    ensure!(beyond.header("content-range") == Some(&format!("bytes */{size}")), "{beyond:?}");

    let tag = whole.header("etag").context("no ETag")?;
    let same = fetch(downloader, "GET", json!({ "range": "bytes=5-9", "if-range": tag })).await?;
    ensure!((same.status, &same.digest) == (206, &digest(&bytes[5..10])), "{same:?}");
    let other = fetch(downloader, "GET", json!({ "range": "bytes=5-9", "if-range": "\"other\"" })).await?;
    ensure!((other.status, &other.digest) == (200, &digest(&bytes)), "{other:?}");

    let missing =
        fetch_at(downloader, &format!("stream/{}/other.bin", "0".repeat(40)), "GET", json!({})).await?;
    ensure!(missing.status == 404, "{missing:?}");
    Ok(())
}

/// The answer to a request of the page's.
#[derive(Debug, serde::Deserialize)]
struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    digest: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Asks for the file of the page's only torrent.
async fn fetch(page: &Page, method: &str, headers: Value) -> Result<Answer> {
    let url = format!("stream/{}/file.bin", page.torrent().await?.info_hash);
    fetch_at(page, &url, method, headers).await
}

async fn fetch_at(page: &Page, url: &str, method: &str, headers: Value) -> Result<Answer> {
    let script = "
        const [url, method, headers] = args
        const answer = await fetch(url, { method, headers })
        const digest = await crypto.subtle.digest('SHA-256', await answer.arrayBuffer())
        const digits = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
        return { status: answer.status, headers: [...answer.headers], digest: digits }";
    let answer = page.browser().run_async(script, &[json!(url), json!(method), headers]).await?;
    Ok(serde_json::from_value(answer)?)
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Waits until the page's requests go to its service worker.
async fn wait_for_service_worker(page: &Page) -> Result<()> {
    until("the service worker to answer the page", SOON, async || {
        let controlled =
            page.browser().run("return navigator.serviceWorker.controller !== null", &[]).await?;
        Ok((controlled == true).then_some(()))
    })
    .await
}

/// A download that takes its time.
struct Scene {
    _files: Files,
    _server: Server,
    _sharer: WebTorrentPage,
    downloader: Page,
    file: PathBuf,
}

impl Scene {
    async fn set(length: u64, bytes_per_second: u32) -> Result<Self> {
        let files = Files::new()?;
        let file = files.random("file.bin", length, 1)?;
        let (server, sharer, magnet) = share(&file, bytes_per_second).await?;
        let downloader = Page::chromium("downloader", &server).await?;
        downloader.add(&magnet).await?;
        wait_for_service_worker(&downloader).await?;
        Ok(Self { _files: files, _server: server, _sharer: sharer, downloader, file })
    }
}

async fn share(file: &Path, bytes_per_second: u32) -> Result<(Server, WebTorrentPage, String)> {
    let server = Server::start().await?;
    let pages = PageServer::start().await?;
    let sharer = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
    let magnet = sharer.share(&[file], &server.announce()).await?;
    sharer.limit_uploads(bytes_per_second).await?;
    Ok((server, sharer, magnet))
}
