use std::fmt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::process::Daemon;
use crate::tools;
use crate::wait::SLOW;

/// Which versions of the protocol a torrent file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// The first alone (BEP 3).
    V1,
    /// Both: one torrent with two info hashes.
    Hybrid,
    /// The second alone (BEP 52).
    V2,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V1 => "v1",
            Self::Hybrid => "hybrid",
            Self::V2 => "v2",
        })
    }
}

/// A torrent file as libtorrent understands it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Description {
    /// The info hash of the first version, 40 hexadecimal digits.
    pub v1: Option<String>,
    /// That of the second, 64 digits.
    pub v2: Option<String>,
    /// The name of the file or folder.
    pub name: String,
    /// Bytes in a piece.
    pub piece_length: u32,
    /// Its files, in order, without those that only fill a gap.
    pub files: Vec<DescribedFile>,
    /// Its magnet link.
    pub magnet: String,
}

/// A file of a torrent.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct DescribedFile {
    /// Its path, which in a folder begins with the folder's name.
    pub path: String,
    /// Its length in bytes.
    pub length: u64,
}

impl Description {
    /// Lets libtorrent describe the file or folder `content` in the new file `torrent`, in pieces of 16 KiB.
    ///
    /// # Errors
    /// If libtorrent is not installed, or fails.
    pub fn create(format: Format, content: &Path, torrent: &Path) -> Result<Self> {
        let mut command = command()?;
        Self::ask(command.arg("create").arg(format.to_string()).arg(content).arg(torrent))
    }

    /// Lets libtorrent read a torrent file.
    ///
    /// # Errors
    /// If libtorrent is not installed, or refuses the file.
    pub fn read(torrent: &Path) -> Result<Self> {
        Self::ask(command()?.arg("inspect").arg(torrent))
    }

    fn ask(command: &mut Command) -> Result<Self> {
        let output = command.stderr(Stdio::inherit()).output().context("Python cannot be started")?;
        ensure!(output.status.success(), "libtorrent failed ({})", output.status);
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}

/// libtorrent, the engine of many desktop clients, sharing or downloading one torrent over WebRTC.
#[derive(Debug)]
pub struct Libtorrent(Daemon);

impl Libtorrent {
    /// Starts to share or download, with its files in `folder`, what `source` names: a torrent file's path, or a
    /// magnet link.
    ///
    /// # Errors
    /// If Python is not installed.
    pub fn start(source: &str, folder: &Path, tracker: &str) -> Result<Self> {
        let mut command = command()?;
        command.args(["run", source]).arg(folder).arg(tracker);
        Ok(Self(Daemon::spawn("libtorrent", command, |_| true)?))
    }

    /// Waits until everything is here.
    ///
    /// # Errors
    /// If that takes too long, or libtorrent fails.
    pub async fn finish(&mut self) -> Result<()> {
        self.0.line("that it has everything", SLOW, |line| (line == "complete").then_some(())).await
    }
}

fn command() -> Result<Command> {
    let mut command = Command::new(tools::python()?);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("libtorrent/peer.py"));
    Ok(command)
}
