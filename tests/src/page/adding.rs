//! What people add: files that they share, and links that they follow.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use thirtyfour::By;

use super::Page;
use crate::browser::Kind;
use crate::fixture::files_in;
use crate::wait::{SLOW, SOON, until};

impl Page {
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
        if self.browser.kind() == Kind::Firefox {
            let choose = format!(
                "{COPIES}
                const input = document.querySelector('[data-testid=add-folder]')
                input.files = copies.files
                input.dispatchEvent(new Event('change', {{ bubbles: true }}))"
            );
            self.browser.run(&choose, &[copies_of(&[folder])?]).await?;
            return self.share_link().await;
        }
        self.upload("[data-testid=add-folder]", &folder.display().to_string()).await
    }

    /// Adds files to the share that is shown, and waits for nothing.
    ///
    /// # Errors
    /// If the page takes no files.
    pub async fn add_files(&self, files: &[&Path]) -> Result<()> {
        let paths: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
        let input = self.browser.web()?.find(By::Css("[data-testid=more-files]")).await?;
        Ok(input.send_keys(paths.join("\n")).await?)
    }

    /// Drops files on the page, or folders in Chromium, and waits for nothing.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub async fn drop_on(&self, paths: &[&Path]) -> Result<()> {
        self.drag(paths, &["dragEnter", "dragOver", "drop"]).await
    }

    /// Drags files over the page, or folders in Chromium, and does not drop them.
    ///
    /// # Errors
    /// If the browser does not do it.
    pub async fn drag_over(&self, paths: &[&Path]) -> Result<()> {
        self.drag(paths, &["dragEnter", "dragOver"]).await
    }

    /// Tells the page that what was dragged over it left the window, as browsers do: their developer tools cannot. Waits
    /// until the page says no more of drops.
    ///
    /// # Errors
    /// If it goes on.
    pub async fn drag_away(&self) -> Result<()> {
        let leave =
            "document.querySelector('.page').dispatchEvent(new DragEvent('dragleave', { bubbles: true }))";
        self.browser.run(leave, &[]).await?;
        until("nothing to be said of drops", SOON, async || {
            let gone = "return document.querySelector('[data-testid=drop-place]') === null";
            Ok((self.browser.run(gone, &[]).await? == true).then_some(()))
        })
        .await
    }

    async fn drag(&self, paths: &[&Path], events: &[&str]) -> Result<()> {
        if self.browser.kind() == Kind::Firefox {
            let drag = format!(
                "{COPIES}
                const options = {{ bubbles: true, cancelable: true, dataTransfer: copies }}
                const place = document.querySelector('.page')
                for (const kind of arguments[1]) place.dispatchEvent(new DragEvent(kind, options))"
            );
            let kinds: Vec<_> = events.iter().map(|event| event.to_lowercase()).collect();
            return self.browser.run(&drag, &[copies_of(paths)?, json!(kinds)]).await.map(drop);
        }
        // As when something is dragged from a folder: what is dropped may be copied.
        let data = json!({ "items": [], "files": paths, "dragOperationsMask": 1 });
        for event in events {
            let place = json!({ "type": event, "x": 300, "y": 300, "data": data });
            self.browser.cdp("Input.dispatchDragEvent", place).await?;
        }
        Ok(())
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

    /// Waits for the short link of the torrent that is shown, which leads to nothing but what the site itself knows.
    ///
    /// # Errors
    /// If none appears, or it is not short.
    pub async fn short_link(&self) -> Result<String> {
        self.share_link().await?;
        let link = self.value("[data-testid=share-link]").await?;
        let start = link.find("#s/").with_context(|| format!("{link} is not short"))?;
        ensure!(link.len() - start <= 60, "{link} has more than 60 characters behind the address");
        Ok(link)
    }

    /// Waits for the long share link of the torrent that is shown: the page's address and the magnet link.
    ///
    /// # Errors
    /// If none appears.
    pub async fn share_link(&self) -> Result<String> {
        self.share_link_other_than("").await
    }

    /// Waits for a share link that is not `before`.
    ///
    /// # Errors
    /// If none appears.
    pub async fn share_link_other_than(&self, before: &str) -> Result<String> {
        let value = "
            const magnet = document.querySelector('[data-testid=magnet-link]')?.value
            return magnet ? location.href.split(/[?#]/)[0] + '#' + magnet : ''";
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

    async fn upload(&self, input: &str, paths: &str) -> Result<String> {
        self.browser.web()?.find(By::Css(input)).await?.send_keys(paths).await?;
        self.share_link().await
    }
}

/// The driver of Firefox neither chooses a folder nor drags, so a script hands over copies of the files. The page has to
/// find each as the script made it, with its folders: they are kept for as long as the document is there.
const COPIES: &str = "
    const copies = new DataTransfer()
    const made = arguments[0].map(([path, bytes]) => {
        const file = new File([new Uint8Array(bytes)], path.split('/').at(-1))
        if (path.includes('/')) Object.defineProperty(file, 'webkitRelativePath', { value: path })
        copies.items.add(file)
        return file
    })
    window.made = [...window.made ?? [], ...made]";

/// Names, with folders, and bytes of files and of all in folders, which are small.
fn copies_of(paths: &[&Path]) -> Result<Value> {
    let mut copies = Vec::new();
    for path in paths {
        let files = if path.is_dir() { files_in(path)? } else { vec![path.to_path_buf()] };
        for file in files {
            let within = file.strip_prefix(path.parent().context("it is in a folder")?)?;
            copies.push(json!([within, fs::read(&file)?]));
        }
    }
    Ok(json!(copies))
}

/// The magnet link in a share link.
///
/// # Errors
/// If there is none.
pub fn magnet_of(share_link: &str) -> Result<&str> {
    let start = share_link.find("magnet:?").with_context(|| format!("{share_link} holds no magnet link"))?;
    Ok(share_link.split_at(start).1)
}
