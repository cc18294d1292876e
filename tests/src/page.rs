mod adding;
mod player;
mod torrent;

use std::path::Path;

use anyhow::Result;
use serde_json::json;
use thirtyfour::{By, Key, WindowHandle};

use crate::browser::Browser;
use crate::server::Server;
use crate::wait::{SLOW, SOON, until};

pub use adding::magnet_of;
pub use player::{Player, Subtitles};
pub use torrent::{Torrent, WebSeed};

/// Seedcast in a browser, driven by the names that it promises to outside programs.
#[derive(Debug)]
pub struct Page {
    browser: Browser,
    origin: String,
}

impl Page {
    /// Opens the page in a browser.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open(browser: Browser, server: &Server) -> Result<Self> {
        Self::open_with(browser, server, "").await
    }

    /// Opens the page in a browser, with a query such as `?relay=1`. What is shared there any BitTorrent client can read,
    /// as somebody wished who was here before.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn open_with(browser: Browser, server: &Server, query: &str) -> Result<Self> {
        let page = Self { browser, origin: format!("{}/{query}", server.origin()) };
        page.home().await?;
        // Where nothing is stored, nobody was here before.
        page.browser.run("try { localStorage.setItem('sealed', '0') } catch {}", &[]).await?;
        Ok(page)
    }

    /// Opens the page in a new Chromium, in which nobody ever chose anything.
    ///
    /// # Errors
    /// If it does not come up.
    pub async fn newcomer(name: &str, server: &Server) -> Result<Self> {
        let page = Self::adopt(Browser::chromium(name).await?, server);
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
        self.choose_option("language", name).await
    }

    /// Chooses what is called `name` from the list that is called `list` for outside programs.
    ///
    /// # Errors
    /// If the list does not appear, or there is no such choice.
    pub async fn choose_option(&self, list: &str, name: &str) -> Result<()> {
        self.wait_for_element("a list", &format!("select[data-testid={list}]")).await?;
        let option = format!("//select[@data-testid='{list}']/option[normalize-space()='{name}']");
        Ok(self.browser.web()?.find(By::XPath(option)).await?.click().await?)
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
