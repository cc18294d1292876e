use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use btt::{Account, Address, Chain as Network};
use metainfo::{Magnet, Metainfo};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::chain::Chain;
use crate::chromium;
use crate::fixture::{Files, TorrentFile};
use crate::process::Daemon;
use crate::server::Server;
use crate::tools;
use crate::web_server::{Conduct, WebServer};

/// What a newcomer needs to give a first tip and to pay by the byte: a chain of play money with the contract, the page with
/// a wallet for it, a film that takes tips, a download that is paid for, and somebody who stays: a browser that shares the
/// film, and tells each visitor who tipped before.
///
/// Who is paid and who pays are two pages in one browser: `localhost` and `127.0.0.1` are two sites to it, with nothing in
/// common but the network.
#[derive(Debug)]
pub struct Demo {
    seeder: Option<Daemon>,
    chain: Chain,
    server: Server,
    film: String,
    download: String,
    origin: String,
    _web: WebServer,
    _files: Files,
    _page: TempDir,
    _profile: TempDir,
}

/// What `tests/demo/northern-lights.sh` makes.
const FILM: &str = "northern-lights.webm";

/// Bytes that say nothing, so many that they take two minutes from somebody who gives [a MB](SELLER_LIMIT) a second: a
/// deposit is not certain before half a minute.
const DOWNLOAD: &str = "northern-lights-uncut.bin";
const DOWNLOAD_LENGTH: u64 = 128 << 20;

/// Bytes that the seller's settings let it send in a second.
const SELLER_LIMIT: u64 = 1_000_000;

/// Which of the chain's accounts gets the tips, which is the wallet's, and which is paid by the byte.
const CREATOR: usize = 0;
const TIPPER: usize = 1;
const SELLER: usize = 2;

impl Demo {
    /// Starts all of it, the page at a `port` of this machine; port 0 takes any free one.
    ///
    /// # Errors
    /// If the page, the server or the contract is not built, anvil is not installed, or the port is taken.
    pub async fn start(port: u16) -> Result<Self> {
        let chain = Chain::at_true_pace().await?;
        let contract = chain.create_contract().await?;
        let files = Files::new()?;
        let web = WebServer::start(files.path(), Conduct::Honest).await?;
        let film = files.path().join(FILM);
        fs::write(&film, include_bytes!("../demo/northern-lights.webm"))?;
        let payment_options = vec![("btt".to_owned(), account(&chain, CREATOR)?.to_string())];
        let mut film =
            magnet(&files, &web, &film, TorrentFile { payment_options, ..TorrentFile::default() })?;
        film.web_seeds = vec![web.folder()];
        let download = files.random(DOWNLOAD, DOWNLOAD_LENGTH, 15)?;
        let download = magnet(&files, &web, &download, TorrentFile::default())?;
        // Only the seller has it from the web: all others have it from the seller.
        let mut origin = download.clone();
        origin.web_seeds = vec![web.folder()];
        let [film, download, origin] = [film, download, origin].map(|magnet| format!("/#{magnet}"));

        let settings = json!({
            "rpc": chain.url(),
            "account": chain.account(TIPPER),
            "chain": format!("{:#x}", Chain::ID),
            "seller": account(&chain, SELLER)?.address.to_string(),
            "limit": SELLER_LIMIT,
            "links": { "film": film, "download": download, "origin": origin },
        });
        let page = page_with_wallet(&settings)?;
        let network = json!({
            "chain": format!("eip155:{}", Chain::ID),
            "name": "Play money (this machine)",
            "rpc": chain.url(),
            "pay": contract.to_string(),
        });
        let config = json!({ "tips": { "networks": [network] } }).to_string();
        let server = Server::with_page(port, page.path(), &config).await?;
        let [film, download] = [film, download].map(|link| format!("{}{link}", server.origin()));
        let origin = format!("{}{origin}", server.origin().replacen("127.0.0.1", "localhost", 1));
        let profile = TempDir::with_prefix("seedcast-seeder-")?;
        let seeder = chromium::stay("seeder", profile.path(), &film).ok();
        Ok(Self {
            seeder,
            chain,
            server,
            film,
            download,
            origin,
            _web: web,
            _files: files,
            _page: page,
            _profile: profile,
        })
    }

    /// Whether there is somebody who stays. It takes Chromium, which the demo can do without.
    #[must_use]
    pub fn has_seeder(&self) -> bool {
        self.seeder.is_some()
    }

    /// Where the film that takes tips is, for people.
    #[must_use]
    pub fn film(&self) -> &str {
        &self.film
    }

    /// The page of somebody who gives the download for BTT, and is about to earn some once it is open.
    #[must_use]
    pub fn seller(&self) -> &str {
        &self.origin
    }

    /// The page of somebody who gets the download from there, and may pay for it.
    #[must_use]
    pub fn buyer(&self) -> &str {
        &self.download
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

/// The link to a file, whose torrent file is written beside it. The tracker is that of the page.
fn magnet(files: &Files, web: &WebServer, file: &Path, description: TorrentFile) -> Result<Magnet> {
    let torrent = files.torrent(file, description)?;
    let metainfo = Metainfo::parse(&fs::read(&torrent)?)?;
    let name = file.file_name().and_then(|name| name.to_str()).context("a file has a name")?;
    let mut magnet = Magnet::new(metainfo.info.hashes());
    magnet.name = Some(name.to_owned());
    magnet.other = vec![("xs".to_owned(), format!("{}{name}.torrent", web.folder()))];
    Ok(magnet)
}

/// A copy of the built page in which the demo's wallet stands.
fn page_with_wallet(settings: &Value) -> Result<TempDir> {
    let page = tools::copied_dist()?;
    let wallet = include_str!("../demo/wallet.js").replace("SETTINGS", &settings.to_string());
    fs::write(page.path().join("demo-wallet.js"), wallet)?;
    let index = page.path().join("index.html");
    let html = fs::read_to_string(&index)?;
    let with_wallet = html.replacen("</head>", "<script src=\"/demo-wallet.js\"></script></head>", 1);
    ensure!(with_wallet != html, "the page has no head");
    Ok(fs::write(&index, with_wallet).map(|()| page)?)
}
