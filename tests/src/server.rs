use std::io::Write as _;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use axum::Router;
use tempfile::NamedTempFile;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::{ServeDir, ServeFile};

use crate::process::Daemon;
use crate::tools;
use crate::wait::SOON;

/// The real server, with the built page, on a free loopback port that it keeps when it is restarted.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    dist: PathBuf,
    config: Option<NamedTempFile>,
    daemon: Option<Daemon>,
}

impl Server {
    /// Starts it as it comes.
    ///
    /// # Errors
    /// If the page or the server is not built, or the server does not start.
    pub async fn start() -> Result<Self> {
        Self::launch(0, &tools::dist()?, None).await
    }

    /// Starts it with a configuration file that holds `config`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn with_config(config: &str) -> Result<Self> {
        Self::with_page(0, &tools::dist()?, config).await
    }

    /// The same with another page, the folder `dist`, on a `port` of this machine; port 0 takes any free one.
    ///
    /// # Errors
    /// As [`Server::start`], or if the port is taken.
    pub(crate) async fn with_page(port: u16, dist: &Path, config: &str) -> Result<Self> {
        let mut file = NamedTempFile::with_prefix("seedcast-config-")?;
        file.write_all(config.as_bytes())?;
        Self::launch(port, dist, Some(file)).await
    }

    /// Starts it as it comes with another page, the folder `dist`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn of_page(dist: &Path) -> Result<Self> {
        Self::launch(0, dist, None).await
    }

    /// The same with a configuration file that holds `config`.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn of_page_with(dist: &Path, config: &str) -> Result<Self> {
        Self::with_page(0, dist, config).await
    }

    /// Where the page is: a URL without a slash at its end.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where the tracker is.
    #[must_use]
    pub fn announce(&self) -> String {
        format!("ws://{}/announce", self.address)
    }

    /// Whether these bytes are anywhere in its memory, or in a line that it wrote.
    ///
    /// # Errors
    /// If it does not run.
    pub fn holds(&self, wanted: &[u8]) -> Result<bool> {
        self.daemon.as_ref().context("the server does not run")?.holds(wanted)
    }

    /// Kills it; its clients see their connections break.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Starts it again on the same port.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        let (daemon, address) = serve(self.address, &self.dist, self.config.as_ref()).await?;
        self.address = address;
        self.daemon = Some(daemon);
        Ok(())
    }

    async fn launch(port: u16, dist: &Path, config: Option<NamedTempFile>) -> Result<Self> {
        let (daemon, address) =
            serve(SocketAddr::from(([127, 0, 0, 1], port)), dist, config.as_ref()).await?;
        Ok(Self { address, dist: dist.to_owned(), config, daemon: Some(daemon) })
    }
}

async fn serve(
    address: SocketAddr,
    dist: &Path,
    config: Option<&NamedTempFile>,
) -> Result<(Daemon, SocketAddr)> {
    let mut command = Command::new(tools::signaling()?);
    command.arg("--listen").arg(address.to_string()).arg("--static").arg(dist);
    if let Some(config) = config {
        command.arg("--config").arg(config.path());
    }
    let mut daemon = Daemon::spawn("server", command, |line| !line.starts_with("listening on"))?;
    let address = daemon
        .line("where it listens", SOON, |line| line.split_once("listening on http://")?.1.trim().parse().ok())
        .await?;
    Ok((daemon, address))
}

/// bittorrent-tracker's own WebSocket server, in Node.js.
#[derive(Debug)]
pub struct TrackerServer {
    announce: String,
    _daemon: Daemon,
}

impl TrackerServer {
    /// Starts it on a free loopback port.
    ///
    /// # Errors
    /// If Node.js or the package is not installed, or the server does not start.
    pub async fn start() -> Result<Self> {
        let mut command = Command::new(tools::node()?);
        command.arg(tools::npm("bittorrent-tracker/bin/cmd.js")?).args([
            "--ws",
            "--port",
            "0",
            "--http-hostname",
            "127.0.0.1",
        ]);
        let mut daemon = Daemon::spawn("bittorrent-tracker", command, |line| line.contains("ERROR"))?;
        let announce = daemon
            .line("where it listens", SOON, |line| {
                let address = line.split_once("WebSocket tracker: ws://")?.1.trim();
                Some(format!("ws://{address}"))
            })
            .await?;
        Ok(Self { announce, _daemon: daemon })
    }

    /// Its URL, as in a magnet link.
    #[must_use]
    pub fn announce(&self) -> &str {
        &self.announce
    }
}

/// Serves pages to browsers, with nothing that keeps them out of frames.
#[derive(Debug)]
pub struct PageServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl PageServer {
    /// Starts it on a free loopback port, with the pages of `tests/pages/` and WebTorrent's bundle.
    ///
    /// # Errors
    /// If WebTorrent is not installed, or there is no free port.
    pub async fn start() -> Result<Self> {
        let bundle = tools::npm("webtorrent/dist")?;
        let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("pages");
        let router = Router::new()
            .route_service("/sw.min.js", ServeFile::new(bundle.join("sw.min.js")))
            .nest_service("/webtorrent", ServeDir::new(bundle));
        Self::serve(router.fallback_service(ServeDir::new(pages))).await
    }

    /// The same with the files of a folder.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn of(folder: &Path) -> Result<Self> {
        Self::serve(Router::new().fallback_service(ServeDir::new(folder))).await
    }

    async fn serve(router: Router) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                eprintln!("The page server stopped: {error}.");
            }
        });
        Ok(Self { address, task })
    }

    /// The URL of a page.
    #[must_use]
    pub fn url(&self, page: &str) -> String {
        format!("http://{}/{page}", self.address)
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A socket that takes datagrams and never answers, as a STUN server behind a firewall does, and its port.
///
/// # Errors
/// If there is no free port.
pub fn silent_udp_port() -> Result<(UdpSocket, u16)> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).context("no UDP port is free")?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}
