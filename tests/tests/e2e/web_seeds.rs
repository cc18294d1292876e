//! Web servers give what people do not.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use harness::{Conduct, Files, Page, SLOW, SOON, Server, TorrentFile, WebServer, magnet_of};

const LENGTH: u64 = 24 << 20;

#[tokio::test]
async fn a_web_server_alone_gives_everything_in_few_requests() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&web]).await?;
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await?;
    let requests = web.requests();
    ensure!(requests.len() <= 4, "the file came in {} requests: {requests:?}", requests.len());
    ensure!(web.sent() < LENGTH + LENGTH / 10, "{} bytes were sent for {LENGTH}", web.sent());
    Ok(())
}

#[tokio::test]
async fn a_folder_comes_from_a_web_server_whatever_its_names() -> Result<()> {
    const FILES: [(&str, u64); 5] = [
        ("a folder/empty.txt", 0),
        ("a folder/#1 50% & more?.bin", 700_001),
        ("a folder/中文/é+ü.bin", 300_000),
        ("a folder/nothing", 0),
        ("a folder/z/z.bin", 1_000_000),
    ];
    let files = Files::new()?;
    for (seed, (path, length)) in FILES.into_iter().enumerate() {
        files.random(path, length, seed.try_into()?)?;
    }
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &files.path().join("a folder"), &[&web]).await?;
    page.wait_complete().await?;
    for (path, _length) in FILES {
        let name = path.trim_start_matches("a folder/");
        page.expect_saved(name, &files.path().join(path)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_redirect_is_followed() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let front = WebServer::start(files.path(), Conduct::Redirects(web.origin().to_owned())).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&front]).await?;
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_is_read_once_from_the_start() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::WholeOnly).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&web]).await?;
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await?;
    let downloaded = page.torrent().await?.downloaded;
    ensure!(downloaded == LENGTH, "{downloaded} bytes were kept of {LENGTH}");
    ensure!(web.requests().len() == 1, "it was asked {:?}", web.requests());
    Ok(())
}

/// A web seed takes over at once what others leave behind, and they what it leaves: webtorrent#1666 and
/// webtorrent#963.
#[tokio::test]
async fn a_person_goes_on_where_a_web_server_breaks_off() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::BreaksAfter(LENGTH / 3)).await?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let page = Page::chromium("downloader", &server).await?;
    page.add(&with_web_seed(&link, &web)?).await?;
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await
}

/// The other way round: webtorrent#1666.
#[tokio::test]
async fn a_web_server_goes_on_where_a_person_leaves() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::Slow(2_000_000)).await?;
    let server = Server::start().await?;
    let mut sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&file]).await?;
    let page = Page::chromium("downloader", &server).await?;
    page.add(&with_web_seed(&link, &web)?).await?;
    page.wait_progress(0.2).await?;
    sharer.browser_mut().kill();
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_server_that_lets_no_page_read_it_is_explained() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::NoCors).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&web]).await?;
    page.wait_for_web_seed("Access-Control-Allow-Origin").await?;
    let notice = page.notice().await?;
    ensure!(notice.contains("(CORS)"), "the page says \"{notice}\"");
    Ok(())
}

#[tokio::test]
async fn a_server_that_is_down_or_lacks_the_file_is_explained() -> Result<()> {
    let (files, file) = file()?;
    let empty = Files::new()?;
    let web = WebServer::start(empty.path(), Conduct::Honest).await?;
    let down = WebServer::start(empty.path(), Conduct::BreaksAfter(0)).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&web, &down]).await?;
    page.wait_for_web_seed("does not have “file.bin”").await?;
    page.wait_for_web_seed("cannot be reached").await?;
    Ok(())
}

#[tokio::test]
async fn a_busy_server_is_asked_again_when_it_wishes() -> Result<()> {
    let (files, file) = file()?;
    let web = WebServer::start(files.path(), Conduct::BusyFor(1)).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&web]).await?;
    page.wait_complete().await?;
    page.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn of_two_mirrors_the_one_that_lies_is_left() -> Result<()> {
    let (files, file) = file()?;
    let liar = WebServer::start(files.path(), Conduct::Lies).await?;
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&liar, &web]).await?;
    page.wait_complete().await?;
    page.wait_for_web_seed("not those of the torrent").await?;
    page.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_mirror_goes_on_where_another_stalls() -> Result<()> {
    let (files, file) = file()?;
    let staller = WebServer::start(files.path(), Conduct::StallsAfter(LENGTH / 4)).await?;
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let server = Server::start().await?;
    let page = open(&server, &files, &file, &[&staller, &web]).await?;
    page.wait_until("everything to be here", SLOW, |torrent| torrent.state == "seeding").await?;
    page.expect_saved("file.bin", &file).await
}

#[tokio::test]
async fn a_private_torrent_is_announced_at_its_own_tracker_only() -> Result<()> {
    let (files, file) = file()?;
    let own = Server::start().await?;
    let other = Server::start().await?;
    let config = serde_json::json!({ "trackers": [other.announce()] });
    let server = Server::with_config(&config.to_string()).await?;
    let description = TorrentFile { trackers: vec![own.announce()], private: true, ..TorrentFile::default() };
    let torrent = files.torrent(&file, description)?;
    let page = Page::chromium("reader", &server).await?;
    page.add_torrent_file(&torrent).await?;
    page.wait_until("the download to begin", SOON, |torrent| torrent.state == "downloading").await?;
    page.wait_for_text(&own.announce()).await?;
    page.wait_for_text("Private").await?;
    let text = page.text().await?;
    ensure!(!text.contains(&other.announce()), "it is announced at another tracker: {text}");
    let link = page.value("[data-testid=share-link]").await?;
    let escaped = |server: &Server| server.announce().replace(':', "%3A").replace('/', "%2F");
    ensure!(link.contains(&escaped(&own)), "its link does not name its tracker: {link}");
    ensure!(!link.contains(&escaped(&other)), "its link names another tracker: {link}");
    Ok(())
}

fn file() -> Result<(Files, PathBuf)> {
    let files = Files::new()?;
    let file = files.random("file.bin", LENGTH, 1)?;
    Ok((files, file))
}

/// Opens a torrent file that names web seeds and no trackers.
async fn open(server: &Server, files: &Files, content: &Path, webs: &[&WebServer]) -> Result<Page> {
    let web_seeds = webs.iter().map(|web| web.folder()).collect();
    let torrent = files.torrent(content, TorrentFile { web_seeds, ..TorrentFile::default() })?;
    let page = Page::chromium("downloader", server).await?;
    page.add_torrent_file(&torrent).await?;
    Ok(page)
}

/// The link, with a web seed as other programs write it.
fn with_web_seed(link: &str, web: &WebServer) -> Result<String> {
    Ok(format!("{}&ws={}/file.bin", magnet_of(link)?, web.origin()))
}
