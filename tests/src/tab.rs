use anyhow::{Context as _, Result, anyhow};
use metainfo::InfoHash;
use protocol::tabs::{COMMANDS, EVENTS, FromEngine, PageId, ToEngine};
use protocol::{Event, Request, TipClaim, VERSION};
use serde_json::json;

use crate::page::Page;
use crate::wait::{SOON, until};

/// A further tab of the browser of a [`Page`], as far as the engine can tell: one that says to the engine what it likes.
#[derive(Debug)]
pub struct Tab<'a> {
    page: &'a Page,
    version: u32,
}

const NAME: PageId = PageId(77);

impl<'a> Tab<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn open(page: &'a Page) -> Result<Self> {
        Self::of_version(page, VERSION).await
    }

    /// Opens one whose program is from another build.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn of_version(page: &'a Page, version: u32) -> Result<Self> {
        let script = "
            window.commands = new BroadcastChannel(arguments[0])
            window.heard = []
            new BroadcastChannel(arguments[1]).onmessage = ({ data: [version, bytes] }) => heard.push([version, [...bytes]])";
        page.browser().run(script, &[json!(COMMANDS), json!(EVENTS)]).await?;
        Ok(Self { page, version })
    }

    /// Asks the engine for something.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn ask(&self, request: impl Into<Request>) -> Result<()> {
        let bytes = postcard::to_allocvec(&(NAME, ToEngine::Request(request.into())))
            .map_err(|error| anyhow!("{error}"))?;
        let script = "commands.postMessage([arguments[0], new Uint8Array(arguments[1]), []])";
        self.page.browser().run(script, &[json!(self.version), json!(bytes)]).await?;
        Ok(())
    }

    /// Everything that it was told of tips for a torrent.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn claims(&self, info_hash: InfoHash) -> Result<Vec<TipClaim>> {
        let heard = self.heard().await?;
        let messages = heard.iter().filter_map(|(_, bytes)| postcard::from_bytes(bytes).ok());
        let claims = messages.filter_map(|(page, message): (Option<PageId>, FromEngine)| match message {
            FromEngine::Event(Event::TipClaims { info_hash: of, claims })
                if page == Some(NAME) && of == info_hash =>
            {
                Some(claims)
            }
            _ => None,
        });
        Ok(claims.flatten().collect())
    }

    /// Waits until it hears the engine's version.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_for_version(&self) -> Result<u32> {
        until("the engine to say its version", SOON, async || {
            Ok(self.heard().await?.first().map(|(version, _)| *version))
        })
        .await
    }

    async fn heard(&self) -> Result<Vec<(u32, Vec<u8>)>> {
        let heard = self.page.browser().run("return heard", &[]).await?;
        serde_json::from_value(heard).context("messages are a version and bytes")
    }

    /// Waits until it is told of a tip.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_for(&self, info_hash: InfoHash, claim: TipClaim) -> Result<()> {
        until("the claim to arrive", SOON, async || {
            Ok(self.claims(info_hash).await?.contains(&claim).then_some(()))
        })
        .await
    }
}
