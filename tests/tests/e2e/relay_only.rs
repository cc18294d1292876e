//! Who wants to be met through a relay alone shows no other address to anybody. Issue 16, 3.
//!
//! The relay is coturn on this machine. What the one who hides says to the tracker is read on the way there; what others hear of
//! it, by tracker or neighbours, is what their browsers are told, and where they reach it is what these say of themselves.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use harness::{
    Browser, Conduct, Files, Page, SLOW, Server, Tap, TorrentFile, TurnServer, WebServer, magnet_of, until,
};
use serde::Deserialize;
use serde_json::{Value, json};

/// Keeps what this browser is told of others, and how it reached each of those that it did.
const WATCH: &str = "
    window.heard = []
    window.reached = []
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...settings) {
            super(...settings)
            this.addEventListener('connectionstatechange', async () => {
                if (this.connectionState !== 'connected') return
                const stats = await this.getStats()
                const of = id => stats.get(id)
                const transport = [...stats.values()].find(({ type }) => type === 'transport')
                const remote = of(of(transport.selectedCandidatePairId).remoteCandidateId)
                reached.push({ kind: remote.candidateType, address: remote.address })
            })
        }
        setRemoteDescription(description) {
            heard.push(description.sdp)
            return super.setRemoteDescription(description)
        }
    }";

/// Torrents that nobody has, by which two meet all the same.
const TORRENTS: usize = 12;

/// So many are met each time, at least, and in all.
const MET: usize = 9;
const CONNECTIONS: usize = 100;

/// How a browser reached another.
#[derive(Debug, Deserialize)]
struct Reached {
    /// The kind of the other's candidate.
    kind: String,
    address: String,
}

/// Where people meet: one site with a relay for who hides, one without for the others, and one tracker for both.
struct Sites {
    turn: TurnServer,
    open: Server,
    tap: Tap,
    hidden: Server,
}

impl Sites {
    async fn start() -> Result<Self> {
        let (turn, open) = (TurnServer::start().await?, Server::start().await?);
        let tap = Tap::before(&open).await?;
        let config = json!({ "trackers": [tap.announce()], "turn": turn.config() });
        let hidden = Server::with_config(&config.to_string()).await?;
        Ok(Self { turn, open, tap, hidden })
    }

    /// Somebody who hides, by what they chose in the settings.
    async fn hider(&self) -> Result<Page> {
        let page = Page::chromium("who hides", &self.hidden).await?;
        page.press("[data-testid=settings]").await?;
        page.press("[data-testid=relay-all]").await?;
        page.home().await?;
        Ok(page)
    }

    /// All descriptions of who hides that went to the tracker.
    fn told(&self) -> Result<Vec<String>> {
        let mut told = Vec::new();
        for text in self.tap.said_from(&self.hidden.origin()) {
            let message: Value = serde_json::from_str(&text)?;
            let offers = message["offers"].as_array().into_iter().flatten().map(|offer| &offer["offer"]);
            let described = offers.chain(message.get("answer"));
            for sdp in described.map(|description| &description["sdp"]) {
                told.push(sdp.as_str().context("a description is text")?.to_owned());
            }
        }
        Ok(told)
    }
}

/// Somebody whose browser is watched.
async fn watched(name: &str, server: &Server) -> Result<Page> {
    let browser = Browser::chromium(name).await?;
    browser.inject(WATCH).await?;
    Page::open(browser, server).await
}

/// Follows a link on the page of a site, wherever it leads.
async fn follow(page: &Page, site: &Server, link: &str) -> Result<()> {
    page.follow(&format!("{}/#{}", site.origin(), magnet_of(link)?)).await
}

async fn reached(page: &Page) -> Result<Vec<Reached>> {
    Ok(serde_json::from_value(page.browser().run("return window.reached", &[]).await?)?)
}

async fn heard(page: &Page) -> Result<Vec<String>> {
    Ok(serde_json::from_value(page.browser().run("return window.heard", &[]).await?)?)
}

/// Complains of a description that names anything but a relay.
fn expect_relayed(turn: &TurnServer, sdp: &str) -> Result<()> {
    let relay = format!(" {} ", turn.address());
    let candidates = sdp.lines().filter(|line| line.to_lowercase().contains("candidate:"));
    let candidates: Vec<&str> = candidates.collect();
    ensure!(!candidates.is_empty(), "it leads nowhere: {sdp}");
    for candidate in candidates {
        let is_relay = candidate.contains(&relay) && candidate.ends_with(" typ relay raddr 0.0.0.0 rport 9");
        ensure!(is_relay, "{candidate} in {sdp}");
    }
    for line in
        sdp.lines().filter(|line| line.starts_with("c=") || line.starts_with("m=") || line.starts_with("o="))
    {
        let is_silent = line.ends_with("IN IP4 0.0.0.0") || line.starts_with("m=application 9 ");
        ensure!(is_silent, "{line} in {sdp}");
    }
    Ok(())
}

fn expect_reached_by_relay(turn: &TurnServer, reached: &[Reached]) -> Result<()> {
    let relay = turn.address().to_string();
    let direct: Vec<_> = reached.iter().filter(|by| by.kind != "relay" || by.address != relay).collect();
    ensure!(direct.is_empty(), "of {} connections, {direct:?} were direct", reached.len());
    Ok(())
}

#[tokio::test]
async fn a_hundred_connections_through_a_relay_show_nobody_another_address() -> Result<()> {
    let sites = Sites::start().await?;
    let (hider, other) = (sites.hider().await?, watched("the other", &sites.open).await?);
    for page in [&hider, &other] {
        for number in 1..=TORRENTS {
            page.add(&format!("magnet:?xt=urn:btih:{number:040x}")).await?;
        }
        page.home().await?;
    }
    while reached(&other).await?.len() < CONNECTIONS {
        let before = reached(&other).await?.len();
        until("most torrents to be met by", SLOW, async || {
            Ok((reached(&other).await?.len() >= before + MET).then_some(()))
        })
        .await?;
        // Whoever comes back is met anew.
        hider.home().await?;
    }
    let reached = reached(&other).await?;
    expect_reached_by_relay(&sites.turn, &reached)?;
    let (told, heard) = (sites.told()?, heard(&other).await?);
    ensure!(
        told.len() >= TORRENTS && heard.len() >= CONNECTIONS,
        "{} told, {} heard",
        told.len(),
        heard.len()
    );
    told.iter().chain(&heard).try_for_each(|sdp| expect_relayed(&sites.turn, sdp))
}

/// What goes to peers by `sc_pex`: here a neighbour introduces two who know of no common tracker.
#[tokio::test]
async fn who_is_introduced_by_a_neighbour_hears_of_the_relay_alone() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 96 << 20, 1)?;
    let (mut sites, elsewhere) = (Sites::start().await?, Server::start().await?);
    let hider = sites.hider().await?;
    let link = hider.share(&[&file]).await?;
    let neighbour = Page::chromium("neighbour", &elsewhere).await?;
    follow(&neighbour, &elsewhere, &link).await?;
    neighbour.wait_until("who hides to be met", SLOW, |torrent| torrent.downloaded > 0).await?;
    let link = neighbour.share_link().await?;
    sites.open.stop();
    let newcomer = watched("newcomer", &elsewhere).await?;
    newcomer.follow(&link).await?;
    newcomer.wait_until("both to be met", SLOW, |torrent| torrent.peers == 2).await?;
    let reached = reached(&newcomer).await?;
    ensure!(reached.iter().any(|by| by.kind == "relay"), "{reached:?}");
    let heard = heard(&newcomer).await?;
    let of_hider: Vec<_> = heard.iter().filter(|sdp| sdp.contains(" typ relay")).collect();
    ensure!(!of_hider.is_empty() && of_hider.len() < heard.len(), "{heard:?}");
    of_hider.iter().try_for_each(|sdp| expect_relayed(&sites.turn, sdp))
}

/// No old connection stays when a torrent is to go through a relay, and none comes in its place when the relay is gone.
#[tokio::test]
async fn a_torrent_leaves_direct_connections_for_a_relay_and_stops_with_it() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 6 << 20, 1)?;
    let mut sites = Sites::start().await?;
    let sharer = Page::chromium("sharer", &sites.hidden).await?;
    sharer.press("[data-testid=settings]").await?;
    sharer.fill("dialog [data-testid=limit-up]", "100").await?;
    sharer.home().await?;
    let link = sharer.share(&[&file]).await?;
    let other = watched("the other", &sites.open).await?;
    follow(&other, &sites.open, &link).await?;
    other.wait_progress(0.02).await?;
    let before = reached(&other).await?;
    ensure!(before.iter().all(|by| by.kind == "host") && !before.is_empty(), "{before:?}");
    let known: BTreeSet<String> = heard(&other).await?.into_iter().chain(sites.told()?).collect();

    sharer.press("[data-testid=relay-only]").await?;
    until("the relay to be used", SLOW, async || {
        Ok((reached(&other).await?.len() > before.len()).then_some(()))
    })
    .await?;
    let here = other.torrent().await?.progress;
    other.wait_progress(here + 0.02).await?;
    sites.turn.stop();
    sharer.wait_until("nobody to be there", SLOW, |torrent| torrent.peers == 0).await?;
    sharer.wait_for_text("that is to go only through a relay, and it does not answer").await?;
    other.wait_until("nobody to be there", SLOW, |torrent| torrent.peers == 0).await?;
    let stopped = other.torrent().await?;
    ensure!(stopped.progress < 1.0, "everything came before the relay went away");
    expect_reached_by_relay(&sites.turn, &reached(&other).await?[before.len()..])?;

    // What is there already is kept, and the rest comes once there is a relay again.
    sites.turn.restart().await?;
    sharer.press("[data-testid=settings]").await?;
    sharer.fill("dialog [data-testid=limit-up]", "4000").await?;
    other.wait_complete().await?;
    other.expect_saved("file.bin", &file).await?;
    expect_reached_by_relay(&sites.turn, &reached(&other).await?[before.len()..])?;
    let all: Vec<String> = heard(&other).await?.into_iter().chain(sites.told()?).collect();
    let later: Vec<_> = all.iter().filter(|sdp| !known.contains(*sdp)).collect();
    ensure!(!later.is_empty(), "nothing was said of the relay");
    later.iter().try_for_each(|sdp| expect_relayed(&sites.turn, sdp))
}

#[tokio::test]
async fn without_a_relay_nobody_is_connected_and_why_is_said() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 1 << 20, 1)?;
    let open = Server::start().await?;
    let tap = Tap::before(&open).await?;
    let bare = Server::with_config(&json!({ "trackers": [tap.announce()] }).to_string()).await?;
    let hider = Page::chromium("who hides", &bare).await?;
    // As it is for who chose it while the site had one.
    hider.browser().run("localStorage.setItem('relay-only', '1')", &[]).await?;
    hider.home().await?;
    let link = hider.share(&[&file]).await?;
    let other = watched("the other", &open).await?;
    follow(&other, &open, &link).await?;
    hider.wait_for_text("that is to go only through a relay, and this site has none").await?;
    other.wait_for_text("Nobody who has this is online").await?;
    ensure!(heard(&other).await?.is_empty() && reached(&other).await?.is_empty(), "somebody is connected");
    let said = tap.said_from(&bare.origin());
    ensure!(!said.is_empty() && !said.iter().any(|text| text.contains("sdp")), "{said:?}");
    // Whoever changes their mind is met at once.
    hider.press("[data-testid=settings]").await?;
    hider.wait_for_text("This site has no relay").await?;
    hider.press("[data-testid=relay-all]").await?;
    other.wait_complete().await.map(drop)
}

#[tokio::test]
async fn web_servers_are_left_alone_until_they_may_see_the_address() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("file.bin", 1 << 20, 1)?;
    let web = WebServer::start(files.path(), Conduct::Honest).await?;
    let torrent =
        files.torrent(&file, TorrentFile { web_seeds: vec![web.folder()], ..TorrentFile::default() })?;
    let sites = Sites::start().await?;
    let hider = sites.hider().await?;
    hider.add_torrent_file(&torrent).await?;
    hider.wait_for_text("Servers that have these files, or that tips and payments need").await?;
    ensure!(hider.web_seeds().await?.iter().all(|web_seed| web_seed.state == "withheld"));
    hider.wait_for_text("Nobody who has this is online").await?;
    ensure!(web.requests().is_empty(), "{:?}", web.requests());
    hider.browser().web()?.refresh().await?;
    hider.press("[data-testid=ask-servers]").await?;
    hider.wait_complete().await?;
    hider.expect_saved("file.bin", &file).await
}
