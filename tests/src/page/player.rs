//! The player of a torrent's page.

use anyhow::Result;
use serde::Deserialize;
use thirtyfour::By;

use super::Page;
use crate::wait::{SLOW, until};

/// What the media element that is shown tells of itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Player {
    /// `video`, `audio`, `img`, `iframe` or `pre`.
    pub element: String,
    /// Seconds from its beginning.
    pub time: f64,
    /// Seconds in all; 0 until that is known.
    pub duration: f64,
    /// Whether it stands still by somebody's wish.
    pub paused: bool,
    /// Whether sound is off.
    pub muted: bool,
    /// How fast it plays.
    pub speed: f64,
    /// Whether there is a frame to show, or sound to play.
    pub ready: bool,
    /// Milliseconds from being asked to play until it played.
    pub startup_ms: Option<f64>,
    /// Times that it ran dry.
    pub stalls: u32,
    /// Label and language of the subtitles, whether they are shown, and their first words.
    pub subtitles: Vec<Subtitles>,
}

/// One set of subtitles of a video.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Subtitles {
    /// What people choose them by.
    pub label: String,
    /// BCP 47 tag; empty if it is not known.
    pub language: String,
    /// Whether they are shown.
    pub shown: bool,
    /// The text that is on the screen now.
    pub text: String,
}

impl Page {
    /// The media element, if one is shown.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn player(&self) -> Result<Option<Player>> {
        let script = "
            const player = document.querySelector('[data-testid=player]')
            if (player === null) return null
            return {
                element: player.localName,
                time: player.currentTime ?? 0,
                duration: player.duration || 0,
                paused: player.paused ?? true,
                muted: player.muted ?? false,
                speed: player.playbackRate ?? 1,
                ready: player.readyState >= 2,
                startupMs: player.dataset.startupMs === undefined ? null : Number(player.dataset.startupMs),
                stalls: Number(player.dataset.stalls ?? 0),
                subtitles: [...player.textTracks ?? []].map(track => ({
                    label: track.label,
                    language: track.language,
                    shown: track.mode === 'showing',
                    text: [...track.activeCues ?? []].map(cue => cue.text).join(' '),
                })),
            }";
        Ok(serde_json::from_value(self.browser.run(script, &[]).await?)?)
    }

    /// Waits until the media element is as `condition` says.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_player(&self, what: &str, condition: impl Fn(&Player) -> bool) -> Result<Player> {
        let what = format!("{what} in the browser of {}", self.browser.name());
        let answer = until(&what, SLOW, async || Ok(self.player().await?.filter(&condition)));
        match answer.await {
            Ok(player) => Ok(player),
            Err(error) => {
                let player = self.player().await;
                Err(error.context(format!("{player:?}")).context(self.describe().await))
            }
        }
    }

    /// Presses a key while the player has the focus.
    ///
    /// # Errors
    /// If there is no player.
    pub async fn press_key(&self, key: &str) -> Result<()> {
        self.browser.web()?.find(By::Css("[data-testid=player]")).await?.send_keys(key).await?;
        Ok(())
    }
}
