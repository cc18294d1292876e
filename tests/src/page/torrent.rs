//! What the page says of torrents, their files and their web seeds.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;

use super::Page;
use crate::fixture::digest_of;
use crate::wait::{SLOW, SOON, until};

/// What the page says of a torrent.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Torrent {
    /// Its info hash in hexadecimal digits.
    pub info_hash: String,
    /// What it is doing: `metadata`, `checking`, `downloading`, `seeding`, `paused` or `error`.
    pub state: String,
    /// Where its bytes are: `browser`, `files`, `copying` or `missing`.
    pub source: String,
    /// Share that is here and verified, 0 to 1.
    pub progress: f64,
    /// Connected peers.
    pub peers: u32,
    /// Bytes per second received.
    pub down: u64,
    /// Bytes per second sent.
    pub up: u64,
    /// Payload bytes received over the torrent's whole life in this browser.
    pub downloaded: u64,
    /// Payload bytes sent over the torrent's whole life in this browser.
    pub uploaded: u64,
}

/// What the page says of a web seed of the torrent that is shown.
#[derive(Clone, Debug, Deserialize)]
pub struct WebSeed {
    /// How it is: `ready`, `giving` or `failed`.
    pub state: String,
    /// Bytes that it gave.
    pub downloaded: u64,
    /// Its address, and how it is in words.
    pub words: String,
}

impl Page {
    /// What the page says of its only torrent.
    ///
    /// # Errors
    /// If it shows none, or several.
    pub async fn torrent(&self) -> Result<Torrent> {
        match self.torrents().await?.as_slice() {
            [torrent] => Ok(torrent.clone()),
            others => bail!("{} shows {} torrents instead of one", self.browser.name(), others.len()),
        }
    }

    /// All torrents that the page shows.
    ///
    /// # Errors
    /// If the browser is gone, or an attribute is missing.
    pub async fn torrents(&self) -> Result<Vec<Torrent>> {
        let script = "
            return [...document.querySelectorAll('[data-testid=torrent]')].map(({ dataset }) => ({
                infoHash: dataset.infoHash,
                state: dataset.state,
                source: dataset.source,
                progress: Number(dataset.progress),
                peers: Number(dataset.peers),
                down: Number(dataset.down),
                up: Number(dataset.up),
                downloaded: Number(dataset.downloaded),
                uploaded: Number(dataset.uploaded),
            }))";
        let torrents = self.browser.run(script, &[]).await?;
        serde_json::from_value(torrents.clone()).with_context(|| format!("the page shows {torrents}"))
    }

    /// Waits until the only torrent is as `condition` says.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_until(
        &self,
        what: &str,
        limit: Duration,
        condition: impl Fn(&Torrent) -> bool,
    ) -> Result<Torrent> {
        let what = format!("{what} in the browser of {}", self.browser.name());
        let answer = until(&what, limit, async || {
            Ok(self.torrents().await?.into_iter().next().filter(|torrent| condition(torrent)))
        });
        match answer.await {
            Ok(torrent) => Ok(torrent),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Waits until the only torrent is complete.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_complete(&self) -> Result<Torrent> {
        self.wait_until("the torrent to be complete", SLOW, |torrent| {
            torrent.state == "seeding" && torrent.progress >= 1.0
        })
        .await
    }

    /// Waits until a share of the only torrent is here, 0 to 1.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_progress(&self, progress: f64) -> Result<Torrent> {
        let what = format!("{} % to be here", (progress * 100.0).round());
        self.wait_until(&what, SLOW, |torrent| torrent.progress >= progress).await
    }

    /// Waits until the torrent `info_hash` is as `condition` says, whatever else the page shows.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_torrent(
        &self,
        what: &str,
        info_hash: &str,
        condition: impl Fn(&Torrent) -> bool,
    ) -> Result<Torrent> {
        let what = format!("{what} in the browser of {}", self.browser.name());
        let answer = until(&what, SLOW, async || {
            let mut torrents = self.torrents().await?.into_iter();
            Ok(torrents.find(|torrent| torrent.info_hash == info_hash).filter(&condition))
        });
        match answer.await {
            Ok(torrent) => Ok(torrent),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// The paths of the files that are shown, sorted.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn files(&self) -> Result<Vec<String>> {
        let script = "return [...document.querySelectorAll('[data-testid=file]')].map(({ dataset }) => dataset.path).sort()";
        Ok(serde_json::from_value(self.browser.run(script, &[]).await?)?)
    }

    /// Saves the torrent file of the torrent that is shown.
    ///
    /// # Errors
    /// If the page does not offer it, or it is not saved in time.
    pub async fn save_torrent_file(&self) -> Result<PathBuf> {
        let complete = |path: &Path| path.extension().is_some_and(|ending| ending == "torrent");
        self.browser.download("a torrent file", complete, self.press_button(".torrent file")).await
    }

    /// Saves a file of the torrent that is shown, and compares it with the `original` on disk.
    ///
    /// # Errors
    /// If there is no such file, it is not saved in time, or it differs.
    pub async fn expect_saved(&self, path: &str, original: &Path) -> Result<()> {
        let selector =
            format!("[data-testid=file][data-path={}] [data-testid=save-file]:enabled", json!(path));
        let length = original.metadata()?.len();
        let complete = |path: &Path| path.metadata().is_ok_and(|file| file.len() == length);
        let saved = self.browser.download(path, complete, self.press(&selector)).await?;
        ensure!(
            digest_of(&saved)? == digest_of(original)?,
            "{path} was saved with other bytes than were shared"
        );
        Ok(())
    }

    /// What the page says of the web seeds of the torrent that it shows, in the torrent's order.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn web_seeds(&self) -> Result<Vec<WebSeed>> {
        let script = "
            return [...document.querySelectorAll('[data-testid=web-seed]')].map(element => ({
                state: element.dataset.state,
                downloaded: Number(element.dataset.downloaded),
                words: element.innerText,
            }))";
        Ok(serde_json::from_value(self.browser.run(script, &[]).await?)?)
    }

    /// Waits until the page says `words` of a web seed.
    ///
    /// # Errors
    /// If it does not in time.
    pub async fn wait_for_web_seed(&self, words: &str) -> Result<WebSeed> {
        let what = format!("a web seed of which the page says \"{words}\"");
        let answer = until(&what, SOON, async || {
            Ok(self.web_seeds().await?.into_iter().find(|web_seed| web_seed.words.contains(words)))
        });
        match answer.await {
            Ok(web_seed) => Ok(web_seed),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }
}
