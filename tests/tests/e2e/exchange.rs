//! Peers without a tracker: neighbours introduce each other.
//!
//! How does anybody know a peer of a swarm whose tracker is gone? Here it is as it may be among people. Somebody
//! opened the link on another page than it was made on. That page announces to its own server besides the tracker in
//! the link, and the link that it shows names both. Then the first server goes away. Whoever follows the new link finds
//! nobody at the first server and one peer at the second: the one who passed the link on.

use std::path::PathBuf;

use anyhow::Result;
use harness::{Files, Page, SLOW, Server, magnet_of};
use serde_json::json;

const LENGTH: u64 = 96 << 20;

/// webtorrent#1191, webtorrent#1684, libtorrent#5115: there is no peer exchange over WebRTC, everything hangs on
/// trackers.
///
/// The page's server stays; the tracker, which is another server, goes away.
#[tokio::test]
async fn a_newcomer_who_knows_one_peer_meets_all_when_the_tracker_is_gone() -> Result<()> {
    let mut tracker = Server::start().await?;
    let config = json!({ "trackers": [tracker.announce()] }).to_string();
    let (server, other) = (Server::with_config(&config).await?, Server::start().await?);
    let mut swarm = Swarm::meet(&server, &other).await?;
    tracker.stop();
    swarm.join(&other).await?;
    swarm.finish().await
}

/// trystero#165, webtorrent#1775, webtorrent#1653, webtorrent#1997: there are few trackers, and they come and go.
///
/// The server that goes away has served the page too, which is open already. Once the newcomer has met everybody, the
/// last server follows, and still all finish.
#[tokio::test]
async fn a_swarm_lives_on_when_every_server_is_gone() -> Result<()> {
    let (mut server, mut other) = (Server::start().await?, Server::start().await?);
    let mut swarm = Swarm::meet(&server, &other).await?;
    server.stop();
    swarm.join(&other).await?;
    other.stop();
    swarm.finish().await
}

/// People who share a file.
struct Swarm {
    _files: Files,
    file: PathBuf,
    pages: Vec<Page>,
    /// The link that the last of them shows.
    link: String,
}

impl Swarm {
    /// A sharer and somebody who follows the link, and somebody who opens it on the page of another server.
    async fn meet(server: &Server, other: &Server) -> Result<Self> {
        let files = Files::new()?;
        let file = files.random("file.bin", LENGTH, 1)?;
        let sharer = Page::chromium("sharer", server).await?;
        let link = sharer.share(&[&file]).await?;
        let first = Page::chromium("first downloader", server).await?;
        first.follow(&link).await?;
        let second = Page::chromium("second downloader", other).await?;
        second.follow(&format!("{}/#{}", other.origin(), magnet_of(&link)?)).await?;
        let pages = vec![sharer, first, second];
        for page in &pages {
            page.wait_until("everybody to meet", SLOW, |torrent| torrent.peers == 2).await?;
        }
        let link = pages[2].share_link().await?;
        Ok(Self { _files: files, file, pages, link })
    }

    /// Somebody follows the last link, and meets everybody.
    async fn join(&mut self, other: &Server) -> Result<()> {
        let newcomer = Page::chromium("newcomer", other).await?;
        newcomer.follow(&self.link).await?;
        let all = self.pages.len() as u32;
        newcomer.wait_until("everybody to be met", SLOW, |torrent| torrent.peers == all).await?;
        self.pages.push(newcomer);
        Ok(())
    }

    /// Everybody gets the file.
    async fn finish(&self) -> Result<()> {
        for page in &self.pages {
            page.wait_complete().await?;
        }
        for page in &self.pages[1..] {
            page.expect_saved("file.bin", &self.file).await?;
        }
        Ok(())
    }
}
