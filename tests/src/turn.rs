use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Command;

use anyhow::Result;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::Daemon;
use crate::tools;
use crate::wait::SOON;

/// What it shares with signaling servers.
const SECRET: &str = "north";

/// A TURN server, coturn, on a port of this machine that it keeps when it is started again.
#[derive(Debug)]
pub struct TurnServer {
    address: IpAddr,
    port: u16,
    folder: TempDir,
    daemon: Option<Daemon>,
}

impl TurnServer {
    /// Starts it on a free port.
    ///
    /// # Errors
    /// If coturn is not installed or does not start.
    pub async fn start() -> Result<Self> {
        let address = own_address();
        let port = UdpSocket::bind((address, 0))?.local_addr()?.port();
        let folder = TempDir::with_prefix("seedcast-turn-")?;
        let mut server = Self { address, port, folder, daemon: None };
        server.restart().await?;
        Ok(server)
    }

    /// Where it relays to and from.
    #[must_use]
    pub fn address(&self) -> IpAddr {
        self.address
    }

    /// What a signaling server's configuration says of it, as `turn`.
    #[must_use]
    pub fn config(&self) -> Value {
        let url = format!("turn:{}:{}?transport=udp", self.address, self.port);
        json!({ "urls": [url], "secret": SECRET })
    }

    /// Kills it, with all that goes through it.
    pub fn stop(&mut self) {
        self.daemon = None;
    }

    /// Starts it, again on the same port.
    ///
    /// # Errors
    /// As [`TurnServer::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.stop();
        let mut command = Command::new(tools::turnserver()?);
        command.args(["-n", "--realm=seedcast.test", &format!("--listening-port={}", self.port)]);
        for option in ["--listening-ip", "--relay-ip"] {
            command.arg(format!("{option}={}", self.address));
        }
        command.args(["--use-auth-secret", &format!("--static-auth-secret={SECRET}")]);
        command.args(["--allow-loopback-peers", "--no-multicast-peers", "--no-cli", "--no-tls", "--no-dtls"]);
        command.args(["--log-file=stdout", "--simple-log"]);
        for (option, name) in [("--userdb", "users"), ("--pidfile", "pid")] {
            command.arg(format!("{option}={}", self.folder.path().join(name).display()));
        }
        let mut daemon = Daemon::spawn("coturn", command, |line| line.contains("ERROR"))?;
        daemon.line("that it serves", SOON, |line| line.contains("(admin thread)").then_some(())).await?;
        self.daemon = Some(daemon);
        Ok(())
    }
}

/// This machine's own address, or that of its loopback where it has no other: Chromium 156 reaches no relay on loopback from
/// another address. Nothing is sent.
fn own_address() -> IpAddr {
    let local = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    };
    local().map_or(Ipv4Addr::LOCALHOST.into(), |address| address.ip())
}
