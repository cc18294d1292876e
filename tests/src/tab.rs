use anyhow::{Context as _, Result, anyhow};
use metainfo::InfoHash;
use protocol::tabs::{COMMANDS, EVENTS, PageId};
use protocol::{Command, Event, TipClaim};
use serde_json::json;

use crate::page::Page;
use crate::wait::{SOON, until};

/// A further tab of the browser of a [`Page`], as far as the engine can tell: one that says to the engine what it likes.
#[derive(Debug)]
pub struct Tab<'a> {
    page: &'a Page,
}

const NAME: PageId = PageId(77);

impl<'a> Tab<'a> {
    /// Opens it.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn open(page: &'a Page) -> Result<Self> {
        let script = "
            window.commands = new BroadcastChannel(arguments[0])
            window.heard = []
            new BroadcastChannel(arguments[1]).onmessage = ({ data }) => data && heard.push([...data.bytes])";
        page.browser().run(script, &[json!(COMMANDS), json!(EVENTS)]).await?;
        Ok(Self { page })
    }

    /// Tells the engine to do something.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn command(&self, command: &Command) -> Result<()> {
        let bytes = postcard::to_allocvec(&(NAME, command)).map_err(|error| anyhow!("{error}"))?;
        let script = "commands.postMessage({ bytes: new Uint8Array(arguments[0]), parts: [] })";
        self.page.browser().run(script, &[json!(bytes)]).await?;
        Ok(())
    }

    /// Everything that it was told of tips for a torrent.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn claims(&self, info_hash: InfoHash) -> Result<Vec<TipClaim>> {
        let heard = self.page.browser().run("return heard", &[]).await?;
        let heard: Vec<Vec<u8>> = serde_json::from_value(heard).context("messages are bytes")?;
        let events = heard.iter().filter_map(|bytes| postcard::from_bytes(bytes).ok());
        let claims = events.filter_map(|(page, event): (Option<PageId>, Event)| match event {
            Event::TipClaims { info_hash: of, claims } if page == Some(NAME) && of == info_hash => {
                Some(claims)
            }
            _ => None,
        });
        Ok(claims.flatten().collect())
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
