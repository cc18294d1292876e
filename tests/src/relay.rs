use std::fs;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;

use crate::chain::post;
use crate::process::Daemon;
use crate::tools;
use crate::wait::SOON;

/// The real server, as a relay that redeems for those without coins. It keeps its folder when it is restarted.
#[derive(Debug)]
pub struct Relay {
    folder: TempDir,
    address: String,
    daemon: Option<Daemon>,
}

impl Relay {
    /// Starts it with a configuration, in which the folder, the key, and where it listens are filled in.
    ///
    /// # Errors
    /// If the server is not built, or does not start.
    pub async fn start(mut config: Value, key: &str) -> Result<Self> {
        let folder = TempDir::with_prefix("seedcast-relay-")?;
        let key_file = folder.path().join("key");
        fs::write(&key_file, key)?;
        config["key"] = key_file.to_string_lossy().into();
        config["data"] = folder.path().join("data").to_string_lossy().into();
        config["listen"] = "127.0.0.1:0".into();
        fs::write(folder.path().join("config.json"), config.to_string())?;
        let mut relay = Self { folder, address: String::new(), daemon: None };
        relay.restart().await?;
        Ok(relay)
    }

    /// Kills it without warning, as a crash would.
    pub fn kill(&mut self) {
        self.daemon = None;
    }

    /// Starts it again.
    ///
    /// # Errors
    /// As [`Relay::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.kill();
        let mut command = Command::new(tools::signaling()?);
        command.arg("relay").arg("--config").arg(self.folder.path().join("config.json"));
        let mut daemon = Daemon::spawn("relay", command, |_line| true)?;
        let listening = |line: &str| Some(line.strip_prefix("listening on http://")?.trim().to_owned());
        self.address = daemon.line("where it listens", SOON, listening).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Hands in vouchers.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn hand_in(&self, vouchers: &Value) -> Result<Value> {
        post(&self.address, "/relay", vouchers).await
    }

    /// What it has on disk.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn saved(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.folder.path().join("data/state.json"))?)?)
    }
}
