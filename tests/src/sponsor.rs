use std::fs;
use std::process::Command;

use anyhow::Result;
use serde_json::Value;
use tempfile::TempDir;

use crate::chain::{get, post};
use crate::process::Daemon;
use crate::tools;
use crate::wait::SOON;

/// The real server, as a sponsor that opens sessions for the viewers of a creator. It keeps its folder when it is restarted.
#[derive(Debug)]
pub struct Sponsor {
    folder: TempDir,
    address: String,
    daemon: Option<Daemon>,
}

impl Sponsor {
    /// Starts it with a configuration, in which the folder, the key of its account, the secret for tickets, and where it listens
    /// are filled in.
    ///
    /// # Errors
    /// If the server is not built, or does not start.
    pub async fn start(mut config: Value, key: &str, secret: &str) -> Result<Self> {
        let folder = TempDir::with_prefix("seedcast-sponsor-")?;
        for (field, text) in [("key", key), ("secret", secret)] {
            let file = folder.path().join(field);
            fs::write(&file, text)?;
            config[field] = file.to_string_lossy().into();
        }
        config["data"] = folder.path().join("data").to_string_lossy().into();
        config["listen"] = "127.0.0.1:0".into();
        fs::write(folder.path().join("config.json"), config.to_string())?;
        let mut sponsor = Self { folder, address: String::new(), daemon: None };
        sponsor.restart().await?;
        Ok(sponsor)
    }

    /// Kills it without warning, as a crash would, and starts it again, perhaps elsewhere.
    ///
    /// # Errors
    /// As [`Sponsor::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.daemon = None;
        let mut command = Command::new(tools::signaling()?);
        command.arg("sponsor").arg("--config").arg(self.folder.path().join("config.json"));
        let mut daemon = Daemon::spawn("sponsor", command, |_line| true)?;
        let listening = |line: &str| Some(line.strip_prefix("listening on http://")?.trim().to_owned());
        self.address = daemon.line("where it listens", SOON, listening).await?;
        self.daemon = Some(daemon);
        Ok(())
    }

    /// Its address, as embeds name it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Asks for a session.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn ask(&self, ticket: &str, key: &str) -> Result<Value> {
        post(&self.address, "/sponsor", &serde_json::json!({ "ticket": ticket, "key": key })).await
    }

    /// What there is for a viewer.
    ///
    /// # Errors
    /// If it does not answer.
    pub async fn terms(&self) -> Result<Value> {
        get(&self.address, "/sponsor").await
    }

    /// What it has on disk.
    ///
    /// # Errors
    /// If there is nothing.
    pub fn saved(&self) -> Result<Value> {
        Ok(serde_json::from_slice(&fs::read(self.folder.path().join("data/state.json"))?)?)
    }
}
