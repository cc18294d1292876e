use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use serde_json::json;
use thirtyfour::{By, Key, WindowHandle};

use crate::browser::Browser;
use crate::fixture::digest_of;
use crate::server::Server;
use crate::wait::{SLOW, SOON, until};

/// Seedcast in a browser, driven by the names that it promises to outside programs.
#[derive(Debug)]
pub struct Page {
    browser: Browser,
    origin: String,
}

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
    /// Opens the page in a browser.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(browser: Browser, server: &Server) -> Result<Self> {
        Self::open_with(browser, server, "").await
    }

    /// Opens the page in a browser, with a query such as `?relay=1`.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_with(browser: Browser, server: &Server, query: &str) -> Result<Self> {
        let page = Self { browser, origin: format!("{}/{query}", server.origin()) };
        page.home().await?;
        Ok(page)
    }

    /// The page that a browser of a test already shows.
    #[must_use]
    pub fn adopt(browser: Browser, server: &Server) -> Self {
        Self { browser, origin: format!("{}/", server.origin()) }
    }

    /// Opens the page in a new Chromium.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn chromium(name: &str, server: &Server) -> Result<Self> {
        Self::open(Browser::chromium(name).await?, server).await
    }

    /// Opens the page in a new Firefox.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn firefox(name: &str, server: &Server) -> Result<Self> {
        Self::open(Browser::firefox(name).await?, server).await
    }

    /// Loads the page's first screen.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn home(&self) -> Result<()> {
        self.browser.web()?.goto(&self.origin).await?;
        self.wait_for_element("the page to come up", "[data-testid=add-files]").await
    }

    /// The browser.
    #[must_use]
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// The browser, to kill it and open it again.
    pub fn browser_mut(&mut self) -> &mut Browser {
        &mut self.browser
    }

    /// Shares files, and gives back the share link.
    ///
    /// # Errors
    /// If no link appears.
    pub async fn share(&self, files: &[&Path]) -> Result<String> {
        let paths: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        self.upload("[data-testid=add-files]", &paths.join("\n")).await
    }

    /// Chooses a file to share, and waits for nothing.
    ///
    /// # Errors
    /// If the page takes no files.
    pub async fn choose(&self, file: &Path) -> Result<()> {
        let input = self.browser.web()?.find(By::Css("[data-testid=add-files]")).await?;
        Ok(input.send_keys(file.display().to_string()).await?)
    }

    /// Shares a folder, and gives back the share link.
    ///
    /// # Errors
    /// If no link appears.
    pub async fn share_folder(&self, folder: &Path) -> Result<String> {
        self.upload("[data-testid=add-folder]", &folder.display().to_string()).await
    }

    /// Drops files and folders on the page, and waits for nothing. Chromium only.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub async fn drop_on(&self, paths: &[&Path]) -> Result<()> {
        // As when something is dragged from a folder: what is dropped may be copied.
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        for event in ["dragEnter", "dragOver", "drop"] {
            let place = json!({ "type": event, "x": 300, "y": 300, "data": data });
            self.browser.cdp("Input.dispatchDragEvent", place).await?;
        }
        Ok(())
    }

    /// The paths of the files that are shown.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn files(&self) -> Result<Vec<String>> {
        let script =
            "return [...document.querySelectorAll('[data-testid=file]')].map(({ dataset }) => dataset.path)";
        Ok(serde_json::from_value(self.browser.run(script, &[]).await?)?)
    }

    /// The text of an element, once it has one that is as `condition` says.
    ///
    /// # Errors
    /// If that takes too long.
    pub async fn wait_text_of(&self, selector: &str, condition: impl Fn(&str) -> bool) -> Result<String> {
        let text = "return document.querySelector(arguments[0])?.innerText ?? ''";
        let what = format!("the text of {selector} in the browser of {}", self.browser.name());
        let answer = until(&what, SLOW, async || {
            let text = self.browser.run(text, &[json!(selector)]).await?;
            Ok(text.as_str().filter(|text| condition(text)).map(str::to_owned))
        });
        match answer.await {
            Ok(text) => Ok(text),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Chooses which `versions` of BitTorrent the share is for, in the page's words, and gives back its new link.
    ///
    /// # Errors
    /// If there is no such choice, or no new link appears.
    pub async fn share_for(&self, versions: &str) -> Result<String> {
        let before = self.share_link().await?;
        let web = self.browser.web()?;
        web.find(By::XPath("//summary[normalize-space()='Name and other choices']")).await?.click().await?;
        let option = format!("//option[normalize-space()='{versions}']");
        web.find(By::XPath(option)).await?.click().await?;
        self.press_button("Make a link with these choices").await?;
        self.share_link_other_than(&before).await
    }

    /// Names the account that takes tips for the share, and gives back its new link.
    ///
    /// # Errors
    /// If there is no field for it, or no new link appears.
    pub async fn share_with_tips_to(&self, account: &str) -> Result<String> {
        let before = self.share_link().await?;
        self.fill("[data-testid=tip-address]", account).await?;
        self.press_button("Make a link with these choices").await?;
        self.share_link_other_than(&before).await
    }

    /// Follows a share link, as a click in a message does.
    ///
    /// # Errors
    /// If the torrent does not appear.
    pub async fn follow(&self, link: &str) -> Result<()> {
        self.browser.web()?.goto(link).await?;
        self.wait_for_element("the torrent to appear", "[data-testid=torrent]").await
    }

    /// Types a link into the field for links, without sending it off.
    ///
    /// # Errors
    /// If there is no such field.
    pub async fn type_link(&self, link: &str) -> Result<()> {
        let field = self.browser.web()?.find(By::Css("[data-testid=add-link]")).await?;
        field.clear().await?;
        Ok(field.send_keys(link).await?)
    }

    /// Pastes a link and sends it off.
    ///
    /// # Errors
    /// If the torrent does not appear.
    pub async fn add(&self, link: &str) -> Result<()> {
        self.type_link(link).await?;
        self.press("[data-testid=add-link-submit]").await?;
        self.wait_for_element("the torrent to appear", "[data-testid=torrent]").await
    }

    /// Opens a torrent file.
    ///
    /// # Errors
    /// If the torrent does not appear.
    pub async fn add_torrent_file(&self, file: &Path) -> Result<()> {
        let input = self.browser.web()?.find(By::Css("[data-testid=add-torrent]")).await?;
        input.send_keys(file.display().to_string()).await?;
        self.wait_for_element("the torrent to appear", "[data-testid=torrent]").await
    }

    /// Sends off the link that was typed; the milliseconds until the page shows it as complete, by the page's own clock.
    ///
    /// # Errors
    /// If it is never complete.
    pub async fn time_download(&self) -> Result<f64> {
        let script = "
            const begin = performance.now()
            document.querySelector('[data-testid=add-link-submit]').click()
            return new Promise(resolve => {
                const look = () => {
                    if (document.querySelector('[data-testid=torrent][data-state=seeding]')) resolve(performance.now() - begin)
                }
                new MutationObserver(look).observe(document.body,
                    { subtree: true, childList: true, attributeFilter: ['data-state'] })
            })";
        self.browser.run_async(script, &[]).await?.as_f64().context("not a number of milliseconds")
    }

    /// Presses a control.
    ///
    /// # Errors
    /// If it does not appear, or cannot be clicked.
    pub async fn press(&self, selector: &str) -> Result<()> {
        self.wait_for_element(&format!("{selector} to appear"), selector).await?;
        Ok(self.browser.web()?.find(By::Css(selector)).await?.click().await?)
    }

    /// Types into a field instead of what is there, and leaves it.
    ///
    /// # Errors
    /// If it does not appear, or takes no text.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        self.wait_for_element(&format!("{selector} to appear"), selector).await?;
        let field = self.browser.web()?.find(By::Css(selector)).await?;
        // As people do: a field that WebDriver clears tells nobody, and may be drawn with the old text again.
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(Key::Delete + text + Key::Tab).await?;
        Ok(())
    }

    /// What is in a field.
    ///
    /// # Errors
    /// If it does not appear.
    pub async fn value(&self, selector: &str) -> Result<String> {
        self.wait_for_element(&format!("{selector} to appear"), selector).await?;
        let value = "return document.querySelector(arguments[0]).value";
        let value = self.browser.run(value, &[json!(selector)]).await?;
        Ok(value.as_str().unwrap_or_default().to_owned())
    }

    /// Presses the button that is called `name`.
    ///
    /// # Errors
    /// If there is none, or it cannot be clicked.
    pub async fn press_button(&self, name: &str) -> Result<()> {
        let button = By::XPath(format!("//button[normalize-space()='{name}']"));
        Ok(self.browser.web()?.find(button).await?.click().await?)
    }

    /// Chooses a language in the settings, which stay open, by what it is called there.
    ///
    /// # Errors
    /// If there is no such choice.
    pub async fn choose_language(&self, name: &str) -> Result<()> {
        self.press("[data-testid=settings]").await?;
        self.wait_for_element("the choice of a language", "[data-testid=language]").await?;
        let option = format!("//select[@data-testid='language']/option[normalize-space()='{name}']");
        Ok(self.browser.web()?.find(By::XPath(option)).await?.click().await?)
    }

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

    /// Waits until the page tells its user something, and gives back what.
    ///
    /// # Errors
    /// If it says nothing.
    pub async fn notice(&self) -> Result<String> {
        self.wait_for_element("a notice to appear", "[data-testid=notice]").await?;
        let text = "return document.querySelector('[data-testid=notice]')?.innerText ?? ''";
        Ok(self.browser.run(text, &[]).await?.as_str().unwrap_or_default().to_owned())
    }

    /// Writes a picture of a window of `width` by `height` pixels, scrolled to an element, in a `theme`, `light`
    /// or `dark`. Chromium only.
    ///
    /// # Errors
    /// If the browser or the disk does not do it.
    pub async fn picture(&self, file: &Path, selector: &str, size: [u32; 2], theme: &str) -> Result<()> {
        self.dress(selector, size, theme).await?;
        Ok(self.browser.web()?.screenshot(file).await?)
    }

    /// Gives the window `width` by `height` pixels and a `theme`, `light`, `dark`, or `forced` for the few colours that a
    /// system may force on all pages, scrolls to an element, and waits until nothing moves any more. Chromium only.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub async fn dress(&self, selector: &str, [width, height]: [u32; 2], theme: &str) -> Result<()> {
        let narrow = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": narrow });
        self.browser.cdp("Emulation.setDeviceMetricsOverride", metrics).await?;
        let (theme, forced) = if theme == "forced" { ("dark", "active") } else { (theme, "none") };
        let media = json!({ "features": [
            { "name": "prefers-color-scheme", "value": theme },
            { "name": "forced-colors", "value": forced },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        self.browser.cdp("Emulation.setEmulatedMedia", media).await?;
        // Colours may fade into each other, and what is drawn on a canvas follows with the next frames.
        let settle = "
            document.querySelector(args[0]).scrollIntoView()
            for (let frame = 0; frame < 30; frame++) await new Promise(requestAnimationFrame)
            await Promise.allSettled(document.getAnimations().map(animation => animation.finished))";
        self.browser.run_async(settle, &[json!(selector)]).await?;
        Ok(())
    }

    /// Opens the page in a second tab of the same browser, and goes on there.
    ///
    /// # Errors
    /// If the browser opens no tab.
    pub async fn open_second_tab(&self) -> Result<()> {
        let web = self.browser.web()?;
        let tab = web.new_tab().await?;
        web.switch_to_window(tab).await?;
        self.home().await
    }

    /// The tab that is in front.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn tab(&self) -> Result<WindowHandle> {
        Ok(self.browser.web()?.window().await?)
    }

    /// Goes on in another tab, which comes to the front.
    ///
    /// # Errors
    /// If there is no such tab.
    pub async fn switch_to(&self, tab: &WindowHandle) -> Result<()> {
        Ok(self.browser.web()?.switch_to_window(tab.clone()).await?)
    }

    /// Closes the tab in front, and goes on in another. Chromium only.
    ///
    /// # Errors
    /// If there is no such tab.
    pub async fn close_tab(&self, other: &WindowHandle) -> Result<()> {
        self.browser.web()?.close_window().await?;
        self.switch_to(other).await?;
        self.browser.accept_downloads().await
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

    /// Everything that the page says, also what is folded away.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn text(&self) -> Result<String> {
        let text = self.browser.run("return document.body.textContent", &[]).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until the page says `words`.
    ///
    /// # Errors
    /// If it does not in time.
    pub async fn wait_for_text(&self, words: &str) -> Result<()> {
        let what = format!("the page to say \"{words}\"");
        let answer = until(&what, SOON, async || Ok(self.text().await?.contains(words).then_some(())));
        match answer.await {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    /// Waits until an element exists.
    ///
    /// # Errors
    /// If it does not come in time.
    pub async fn wait_for_element(&self, what: &str, selector: &str) -> Result<()> {
        let exists = "return document.querySelector(arguments[0]) !== null";
        let what = format!("{what} in the browser of {}", self.browser.name());
        let answer = until(&what, SOON, async || {
            Ok((self.browser.run(exists, &[json!(selector)]).await? == true).then_some(()))
        });
        match answer.await {
            Ok(()) => Ok(()),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    async fn upload(&self, input: &str, paths: &str) -> Result<String> {
        self.browser.web()?.find(By::Css(input)).await?.send_keys(paths).await?;
        self.share_link().await
    }

    /// Waits for the share link of the torrent that is shown.
    ///
    /// # Errors
    /// If none appears.
    pub async fn share_link(&self) -> Result<String> {
        self.share_link_other_than("").await
    }

    async fn share_link_other_than(&self, before: &str) -> Result<String> {
        let value = "return document.querySelector('[data-testid=share-link]')?.value ?? ''";
        let what = format!("the share link in the browser of {}", self.browser.name());
        let answer = until(&what, SLOW, async || {
            let link = self.browser.run(value, &[]).await?;
            let wanted = |link: &&str| link.contains("magnet:?") && *link != before;
            Ok(link.as_str().filter(wanted).map(str::to_owned))
        });
        match answer.await {
            Ok(link) => Ok(link),
            Err(error) => Err(error.context(self.describe().await)),
        }
    }

    async fn describe(&self) -> String {
        let text = self.browser.run("return document.body.innerText", &[]).await.unwrap_or_default();
        let text = text.as_str().unwrap_or("nothing");
        let torrents = self.browser.run(
            "return [...document.querySelectorAll('[data-testid=torrent]')].map(({ dataset }) => ({ ...dataset }))",
            &[],
        );
        let torrents = torrents.await.unwrap_or_default();
        format!("{} showed: {text}\nwith the torrents {torrents}", self.browser.name())
    }
}

/// The magnet link in a share link.
///
/// # Errors
/// If there is none.
pub fn magnet_of(share_link: &str) -> Result<&str> {
    let start = share_link.find("magnet:?").with_context(|| format!("{share_link} holds no magnet link"))?;
    Ok(share_link.split_at(start).1)
}
