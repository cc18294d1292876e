//! Files are read while they arrive.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Media, Page, PageServer, SLOW, SOON, Server, WebTorrentPage, until};
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

/// webtorrent#1151, webtorrent#1688, webtorrent#982, p2p-media-loader#32
#[tokio::test]
async fn a_film_plays_before_a_tenth_of_it_is_here_and_from_where_one_seeks() -> Result<()> {
    let film = Film::download(Media::LongMp4, 3000).await?;
    let player = film.play().await?;
    player.wait_past(0.5).await?;
    let begun = player.first_frame().await?;
    ensure!(begun.progress < 0.1, "{begun:?}");

    player.seek(48.0).await?;
    player.wait_past(49.0).await?;
    let progress = film.downloader.torrent().await?.progress;
    ensure!(progress < 0.6, "{progress} of the film is here, and 0.8 lies before what is played");
    Ok(())
}

/// webtorrent#2076, webtorrent#1097
#[tokio::test]
async fn a_film_with_its_index_behind_the_media_plays_as_soon() -> Result<()> {
    let film = Film::download(Media::LongMp4IndexLast, 3000).await?;
    let player = film.play().await?;
    player.wait_past(0.5).await?;
    let begun = player.first_frame().await?;
    ensure!(begun.progress < 0.1, "{begun:?}");
    Ok(())
}

/// webtorrent#1014: it waited for what the last position had asked for.
#[tokio::test]
async fn ten_seeks_all_play() -> Result<()> {
    let film = Film::download(Media::LongMp4, 6000).await?;
    let player = film.play().await?;
    for second in [31.0, 7.5, 55.2, 54.0, 12.1, 44.4, 2.0, 38.9, 20.3, 49.6] {
        player.seek(second).await?;
        player.wait_past(second + 0.2).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_film_in_webm_and_a_sound_play_to_their_end() -> Result<()> {
    for media in [Media::WebM, Media::Mp3] {
        let film = Film::download(media, 1500).await?;
        let player = film.play().await?;
        player.wait_past(1.0).await?;
        let duration = player.number("duration").await?;
        player.seek(duration - 2.0).await?;
        player.wait_past(duration - 0.2).await?;
    }
    Ok(())
}

/// webtorrent#2256, webtorrent#2577, webtorrent#2492, webtorrent#2911: whichever tab answered first, answered for all.
#[tokio::test]
async fn two_tabs_play_at_once() -> Result<()> {
    let film = Film::download(Media::LongMp4, 6000).await?;
    film.play().await?.wait_past(0.5).await?;
    let owner = film.downloader.tab().await?;
    film.downloader.open_second_tab().await?;
    film.downloader.wait_progress(0.0).await?;
    wait_for_service_worker(&film.downloader).await?;
    let second = film.play().await?;
    second.seek(30.0).await?;
    second.wait_past(30.5).await?;
    film.downloader.switch_to(&owner).await?;
    let first = Player { page: &film.downloader };
    let at = first.number("currentTime").await?;
    first.wait_past(at + 1.0).await
}

/// webtorrent#2256, webtorrent#2577, webtorrent#2492, webtorrent#2911
#[tokio::test]
async fn playback_goes_on_when_the_browser_stops_the_service_worker() -> Result<()> {
    let film = Film::download(Media::LongMp4, 4000).await?;
    let player = film.play().await?;
    player.wait_past(0.5).await?;
    film.downloader.browser().cdp("ServiceWorker.enable", json!({})).await?;
    film.downloader.browser().cdp("ServiceWorker.stopAllWorkers", json!({})).await?;
    let buffered = player.number("buffered.end(player.buffered.length - 1)").await?;
    player.wait_past(buffered + 1.0).await
}

/// webtorrent#2256, webtorrent#2577, webtorrent#2492, webtorrent#2911
#[tokio::test]
async fn playback_begins_after_a_reload_past_all_caches() -> Result<()> {
    let film = Film::download(Media::LongMp4, 6000).await?;
    film.downloader.browser().cdp("Page.reload", json!({ "ignoreCache": true })).await?;
    film.downloader.wait_progress(0.0).await?;
    wait_for_service_worker(&film.downloader).await?;
    film.play().await?.wait_past(0.5).await
}

#[tokio::test]
async fn nothing_in_a_torrent_runs_on_the_origin_of_the_page() -> Result<()> {
    let files = Files::new()?;
    let folder = files.path().join("site");
    fs::create_dir(&folder)?;
    let script = "<script xmlns='http://www.w3.org/1999/xhtml'>window.ran = true</script>";
    fs::write(folder.join("page.html"), script)?;
    fs::write(folder.join("drawing.svg"), format!("<svg xmlns='http://www.w3.org/2000/svg'>{script}</svg>"))?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.share_folder(&folder).await?;
    wait_for_service_worker(&sharer).await?;
    let base = format!("stream/{}", sharer.torrent().await?.info_hash);
    let text = fetch_at(&sharer, &format!("{base}/page.html"), "GET", json!({})).await?;
    ensure!(text.header("content-type") == Some("text/plain; charset=utf-8"), "{text:?}");
    let drawing = fetch_at(&sharer, &format!("{base}/drawing.svg"), "GET", json!({})).await?;
    ensure!(drawing.header("content-disposition") == Some("attachment"), "{drawing:?}");

    let web = sharer.browser().web()?;
    let owner = sharer.tab().await?;
    let tab = web.new_tab().await?;
    web.switch_to_window(tab).await?;
    for name in ["page.html", "drawing.svg"] {
        // A download ends the navigation without a page.
        let _ = web.goto(format!("{}/{base}/{name}", server.origin())).await;
        let ran = sharer.browser().run("return window.ran === true", &[]).await?;
        ensure!(ran == false, "{name} ran");
    }
    sharer.switch_to(&owner).await
}

/// A film on its way from a sharer with a limit to a downloader who can play it.
struct Film {
    media: Media,
    _server: Server,
    _sharer: Page,
    downloader: Page,
}

impl Film {
    /// `limit` is in thousands of bytes each second.
    async fn download(media: Media, limit: u32) -> Result<Self> {
        let server = Server::start().await?;
        let sharer = Page::chromium("sharer", &server).await?;
        let link = sharer.share(&[&media.file()?]).await?;
        sharer.press("[data-testid=limits]").await?;
        sharer.fill("[data-testid=limit-up]", &limit.to_string()).await?;
        let downloader = Page::chromium("downloader", &server).await?;
        downloader.follow(&link).await?;
        wait_for_service_worker(&downloader).await?;
        Ok(Self { media, _server: server, _sharer: sharer, downloader })
    }

    /// Plays it in the tab in front, from the start.
    async fn play(&self) -> Result<Player<'_>> {
        let script = "
            const player = document.createElement('video')
            window.player = player
            player.muted = true
            player.addEventListener('timeupdate', () => {
                if (player.currentTime === 0 || window.firstFrame) return
                const { dataset } = document.querySelector('[data-testid=torrent]')
                window.firstFrame = { progress: Number(dataset.progress) }
            })
            player.src = args[0]
            document.body.append(player)
            await player.play()";
        let url = format!("stream/{}/{}", self.downloader.torrent().await?.info_hash, self.media.name());
        self.downloader.browser().run_async(script, &[json!(url)]).await?;
        Ok(Player { page: &self.downloader })
    }
}

/// A media element of a page.
struct Player<'a> {
    page: &'a Page,
}

/// How it was when the first frame was shown.
#[derive(Debug, serde::Deserialize)]
struct FirstFrame {
    progress: f64,
}

impl Player<'_> {
    async fn seek(&self, second: f64) -> Result<()> {
        self.page.browser().run("player.currentTime = arguments[0]", &[json!(second)]).await?;
        Ok(())
    }

    async fn number(&self, property: &str) -> Result<f64> {
        let value = self.page.browser().run(&format!("return player.{property}"), &[]).await?;
        value.as_f64().with_context(|| format!("{property} is {value}"))
    }

    /// Waits until it has played past a moment.
    async fn wait_past(&self, second: f64) -> Result<()> {
        let script = "return player.error ? player.error.message : player.currentTime";
        until(&format!("playback to come past {second} s"), SLOW, async || {
            let at = self.page.browser().run(script, &[]).await?;
            let at = at.as_f64().with_context(|| format!("the player says: {at}"))?;
            Ok((at > second).then_some(()))
        })
        .await
    }

    async fn first_frame(&self) -> Result<FirstFrame> {
        Ok(serde_json::from_value(self.page.browser().run("return firstFrame", &[]).await?)?)
    }
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
