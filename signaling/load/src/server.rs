//! The servers that are measured.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::machine::{self, Memory};

/// Descriptors that are not for clients, at most.
const OWN_DESCRIPTORS: u64 = 100;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(10);

/// A tracker that speaks WebTorrent's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Seedcast,
    Aquatic,
    BittorrentTracker,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Seedcast, Self::Aquatic, Self::BittorrentTracker];

    /// As it is called in tables.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Seedcast => "seedcast",
            Self::Aquatic => "aquatic_ws",
            Self::BittorrentTracker => "bittorrent-tracker",
        }
    }
}

/// Where the programs are.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) seedcast: PathBuf,
    /// Not there if it could not be installed.
    pub(crate) aquatic: Option<PathBuf>,
    /// The script that starts it, likewise.
    pub(crate) bittorrent_tracker: Option<PathBuf>,
}

impl Programs {
    /// Whether there is something to start.
    pub(crate) fn have(&self, kind: Kind) -> bool {
        match kind {
            Kind::Seedcast => true,
            Kind::Aquatic => self.aquatic.is_some(),
            Kind::BittorrentTracker => self.bittorrent_tracker.is_some(),
        }
    }
}

/// How many messages of one client ours takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rate {
    /// As many as by default.
    Limited,
    /// Any number, as the others do.
    Free,
}

/// Which cores a process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cores {
    All,
    /// This one alone.
    One(u8),
}

impl Cores {
    /// A command that starts `program` there.
    pub(crate) fn command(self, program: &Path) -> Command {
        match self {
            Self::All => Command::new(program),
            Self::One(core) => {
                let mut command = Command::new("taskset");
                command.args(["--cpu-list", &core.to_string()]).arg(program);
                command
            }
        }
    }
}

/// A running server. It is killed when this value goes.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// Descriptors that it has without clients.
    pub(crate) own_descriptors: usize,
    /// Its configuration and files.
    _folder: TempDir,
}

impl Server {
    /// Starts a server on a free port of the loopback device, and waits until it accepts connections.
    pub(crate) fn start(programs: &Programs, kind: Kind, cores: Cores) -> anyhow::Result<Self> {
        Self::start_at(free_address()?, programs, kind, cores, Rate::Free)
    }

    /// Starts ours with the limits of a real server.
    pub(crate) fn start_limited(programs: &Programs) -> anyhow::Result<Self> {
        Self::start_limited_at(free_address()?, programs)
    }

    /// The same at `address`.
    pub(crate) fn start_limited_at(address: SocketAddr, programs: &Programs) -> anyhow::Result<Self> {
        Self::start_at(address, programs, Kind::Seedcast, Cores::All, Rate::Limited)
    }

    fn start_at(
        address: SocketAddr,
        programs: &Programs,
        kind: Kind,
        cores: Cores,
        rate: Rate,
    ) -> anyhow::Result<Self> {
        let folder = TempDir::new()?;
        let mut command = match kind {
            Kind::Seedcast => seedcast(&programs.seedcast, cores, address, rate, folder.path())?,
            Kind::Aquatic => {
                let program = programs.aquatic.as_ref().context("aquatic_ws is not installed")?;
                let config = folder.path().join("config.toml");
                fs::write(&config, format!("log_level = \"error\"\n\n[network]\naddress = \"{address}\"\n"))?;
                let mut command = cores.command(program);
                command.arg("-c").arg(config);
                command
            }
            Kind::BittorrentTracker => {
                let script = programs.bittorrent_tracker.as_ref();
                let mut command = cores.command(Path::new("node"));
                command.arg(script.context("bittorrent-tracker is not installed")?);
                command.args(["--ws", "--silent", "--http-hostname", &address.ip().to_string()]);
                command.args(["--port", &address.port().to_string()]);
                command
            }
        };
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn();
        let child = child.with_context(|| format!("{} cannot be started", kind.name()))?;
        let mut server = Self { child, address, own_descriptors: 0, _folder: folder };
        server.wait_until_it_listens().with_context(|| format!("{} does not start", kind.name()))?;
        server.own_descriptors = server.descriptors()?;
        Ok(server)
    }

    /// Processor time used so far.
    pub(crate) fn cpu_time(&self) -> anyhow::Result<Duration> {
        machine::cpu_time(self.child.id())
    }

    /// Memory in use.
    pub(crate) fn memory(&self) -> anyhow::Result<Memory> {
        machine::memory(self.child.id())
    }

    /// Descriptors in use.
    pub(crate) fn descriptors(&self) -> anyhow::Result<usize> {
        machine::descriptors(self.child.id())
    }

    /// Asks it to end.
    pub(crate) fn terminate(&self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("no process")?;
        Ok(kill_process(pid, Signal::TERM)?)
    }

    /// Waits until it has ended.
    pub(crate) fn wait(&mut self, deadline: Instant) -> anyhow::Result<ExitStatus> {
        loop {
            match self.child.try_wait()? {
                Some(status) => return Ok(status),
                None if Instant::now() > deadline => bail!("the server does not end"),
                None => thread::sleep(Duration::from_millis(10)),
            }
        }
    }

    /// Ends it without a warning.
    pub(crate) fn kill(&mut self) -> anyhow::Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn wait_until_it_listens(&mut self) -> anyhow::Result<()> {
        let deadline = Instant::now() + START;
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("it has ended ({status})");
            }
            if Instant::now() > deadline {
                bail!("it does not listen");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // That fails only if it has ended, as it should.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The file that the server has beside the tracker: as large as the page's largest, and not compressible.
pub(crate) const FILE: &str = "engine.wasm";

fn seedcast(
    program: &Path,
    cores: Cores,
    address: SocketAddr,
    rate: Rate,
    folder: &Path,
) -> anyhow::Result<Command> {
    let (files, config) = (folder.join("files"), folder.join("config.json"));
    fs::create_dir(&files)?;
    let mut bytes = vec![0; 754_000];
    fastrand::Rng::with_seed(1).fill(&mut bytes);
    fs::write(files.join(FILE), bytes)?;
    // All clients have one address here, and no more are promised a place than there are descriptors. The other limits
    // are those of a real server.
    let mut limits = serde_json::json!({
        "max_connections": machine::descriptor_limit().saturating_sub(OWN_DESCRIPTORS),
        "max_connections_per_address": 1_000_000,
    });
    if rate == Rate::Free {
        limits["messages_per_second"] = 1_000_000.into();
        limits["message_burst"] = 1_000_000.into();
    }
    fs::write(&config, serde_json::json!({ "limits": limits }).to_string())?;
    let mut command = cores.command(program);
    command.args(["--listen", &address.to_string(), "--static"]).arg(files).arg("--config").arg(config);
    Ok(command)
}

fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
