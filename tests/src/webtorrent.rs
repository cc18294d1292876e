use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use thirtyfour::By;

use crate::browser::Browser;
use crate::server::PageServer;
use crate::wait::{SLOW, until};

/// A browser that runs the WebTorrent client, on `tests/pages/webtorrent.html`.
#[derive(Debug)]
pub struct WebTorrentPage {
    browser: Browser,
}

/// What WebTorrent says of its torrent.
#[derive(Clone, Debug, Deserialize)]
pub struct WebTorrentStatus {
    /// Share that is here and verified, 0 to 1.
    pub progress: f64,
    /// Connected peers.
    pub peers: u32,
    /// Payload bytes sent.
    pub uploaded: u64,
    /// Payload bytes received.
    pub downloaded: u64,
}

impl WebTorrentPage {
    /// Opens the client in a browser.
    ///
    /// # Errors
    /// If the page does not load.
    pub async fn open(browser: Browser, pages: &PageServer) -> Result<Self> {
        browser.web()?.goto(pages.url("webtorrent.html")).await?;
        until("the WebTorrent page to be ready", SLOW, async || {
            Ok((browser.run("return typeof share", &[]).await? == "function").then_some(()))
        })
        .await?;
        Ok(Self { browser })
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Shares files by way of `tracker`, and gives back the magnet link.
    ///
    /// # Errors
    /// If WebTorrent fails.
    pub async fn share(&self, files: &[&Path], tracker: &str) -> Result<String> {
        let paths: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        self.browser.web()?.find(By::Id("files")).await?.send_keys(paths.join("\n")).await?;
        let magnet = self.browser.run_async("return share(args[0])", &[json!(tracker)]).await?;
        Ok(magnet.as_str().context("no magnet link")?.to_owned())
    }

    /// Sends corrupt blocks from now on.
    ///
    /// # Errors
    /// If nothing is shared yet.
    pub async fn corrupt_uploads(&self) -> Result<()> {
        self.browser.run("corruptUploads()", &[]).await?;
        Ok(())
    }

    /// Sends at most so many bytes per second from now on, to all peers together.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn limit_uploads(&self, bytes_per_second: u32) -> Result<()> {
        self.browser.run("limitUploads(arguments[0])", &[json!(bytes_per_second)]).await?;
        Ok(())
    }

    /// Takes at most so many bytes per second from now on, of all peers together.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn limit_downloads(&self, bytes_per_second: u32) -> Result<()> {
        self.browser.run("limitDownloads(arguments[0])", &[json!(bytes_per_second)]).await?;
        Ok(())
    }

    /// Begins to download what a magnet link names.
    ///
    /// # Errors
    /// If WebTorrent refuses it.
    pub async fn add(&self, magnet: &str) -> Result<()> {
        self.browser.run("add(arguments[0])", &[json!(magnet)]).await?;
        Ok(())
    }

    /// Waits until everything is here.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn finish(&self) -> Result<()> {
        self.browser.run_async("await finished", &[]).await?;
        Ok(())
    }

    /// How it is going.
    ///
    /// # Errors
    /// If there is no torrent.
    pub async fn status(&self) -> Result<WebTorrentStatus> {
        Ok(serde_json::from_value(self.browser.run("return statusOfTorrent()", &[]).await?)?)
    }

    /// What WebTorrent said of pieces that failed their hash.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn wrong_pieces(&self) -> Result<Vec<String>> {
        Ok(serde_json::from_value(self.browser.run("return wrongPieces", &[]).await?)?)
    }

    /// Payload bytes that came from Seedcast.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn heard_from_seedcast(&self) -> Result<u64> {
        let heard = self.browser.run("return heardFromSeedcast", &[]).await?;
        heard.as_u64().context("not a number of bytes")
    }

    /// The SHA-256 digest of every file in hexadecimal digits, in torrent order.
    ///
    /// # Errors
    /// If the files are not complete.
    pub async fn digests(&self) -> Result<Vec<String>> {
        let digests: Value = self.browser.run_async("return digests()", &[]).await?;
        Ok(serde_json::from_value(digests)?)
    }
}
