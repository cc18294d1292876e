use std::fs;

use anyhow::{Result, ensure};
use btt::{Account, Address, Chain as Network};
use metainfo::{Magnet, Metainfo};
use serde_json::json;
use tempfile::TempDir;

use crate::chain::Chain;
use crate::chromium;
use crate::fixture::{Files, TorrentFile};
use crate::process::Daemon;
use crate::server::Server;
use crate::tools;
use crate::web_server::{Conduct, WebServer};

/// What a newcomer needs to give a first tip: a chain of play money, the page with a wallet for it, a film that takes
/// tips, and somebody who stays: a browser that shares the film, and tells each visitor who tipped before.
#[derive(Debug)]
pub struct Demo {
    seeder: Option<Daemon>,
    chain: Chain,
    server: Server,
    link: String,
    _film: WebServer,
    _files: Files,
    _page: TempDir,
    _profile: TempDir,
}

/// What `tests/demo/northern-lights.sh` makes.
const FILM: &str = "northern-lights.webm";

/// Which of the chain's accounts gets the tips, and which is the wallet's.
const CREATOR: usize = 0;
const TIPPER: usize = 1;

impl Demo {
    /// Starts all of it, the page at a `port` of this machine; port 0 takes any free one.
    ///
    /// # Errors
    /// If the page or the server is not built, anvil is not installed, or the port is taken.
    pub async fn start(port: u16) -> Result<Self> {
        let chain = Chain::at_true_pace().await?;
        let page = page_with_wallet(&chain)?;
        let network = json!({
            "chain": format!("eip155:{}", Chain::ID),
            "name": "Play money (this machine)",
            "rpc": chain.url(),
        });
        let config = json!({ "tips": { "networks": [network] } }).to_string();
        let server = Server::with_page(port, page.path(), &config).await?;

        let files = Files::new()?;
        let film = files.path().join(FILM);
        fs::write(&film, include_bytes!("../demo/northern-lights.webm"))?;
        let web = WebServer::start(files.path(), Conduct::Honest).await?;
        let torrent = files.torrent(
            &film,
            TorrentFile {
                trackers: vec![server.announce()],
                web_seeds: vec![web.folder()],
                payment_options: vec![("btt".to_owned(), account(&chain, CREATOR)?.to_string())],
                ..TorrentFile::default()
            },
        )?;
        let metainfo = Metainfo::parse(&fs::read(&torrent)?)?;
        let mut magnet = Magnet::new(metainfo.info.hashes());
        magnet.name = Some(FILM.to_owned());
        magnet.trackers = vec![server.announce()];
        magnet.web_seeds = vec![web.folder()];
        magnet.other = vec![("xs".to_owned(), format!("{}{FILM}.torrent", web.folder()))];
        let link = format!("{}/#{magnet}", server.origin());
        let profile = TempDir::with_prefix("seedcast-seeder-")?;
        let seeder = chromium::stay("seeder", profile.path(), &link).ok();
        Ok(Self { seeder, chain, server, link, _film: web, _files: files, _page: page, _profile: profile })
    }

    /// Whether there is somebody who stays. It takes Chromium, which the demo can do without.
    #[must_use]
    pub fn has_seeder(&self) -> bool {
        self.seeder.is_some()
    }

    /// Where the film is, for people.
    #[must_use]
    pub fn link(&self) -> &str {
        &self.link
    }

    /// The chain.
    #[must_use]
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// The server of the page.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Who gets the tips.
    #[must_use]
    pub fn creator(&self) -> &str {
        self.chain.account(CREATOR)
    }
}

fn account(chain: &Chain, place: usize) -> Result<Account> {
    let address: Address = chain.account(place).parse()?;
    Ok(Account { chain: Network::Eip155(Chain::ID), address })
}

/// A copy of the built page in which the demo's wallet stands.
fn page_with_wallet(chain: &Chain) -> Result<TempDir> {
    let page = tools::copied_dist()?;
    let settings = json!({
        "rpc": chain.url(),
        "account": chain.account(TIPPER),
        "chain": format!("{:#x}", Chain::ID),
    });
    let wallet = include_str!("../demo/wallet.js").replace("SETTINGS", &settings.to_string());
    fs::write(page.path().join("demo-wallet.js"), wallet)?;
    let index = page.path().join("index.html");
    let html = fs::read_to_string(&index)?;
    let with_wallet = html.replacen("</head>", "<script src=\"/demo-wallet.js\"></script></head>", 1);
    ensure!(with_wallet != html, "the page has no head");
    Ok(fs::write(&index, with_wallet).map(|()| page)?)
}
