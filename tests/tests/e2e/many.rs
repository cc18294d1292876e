//! Many torrents at once.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use harness::{Browser, Files, Kind, Page, SOON, Server, until};
use serde_json::json;
use thirtyfour::{By, Key};

use crate::accessibility::expect_accessible;

async fn wait_for_torrents(
    page: &Page,
    what: &str,
    wanted: impl Fn(&[(String, String)]) -> bool,
) -> Result<()> {
    until(what, SOON, async || {
        let torrents = page.torrents().await?.into_iter();
        let torrents: Vec<_> = torrents.map(|torrent| (torrent.state, torrent.source)).collect();
        Ok(wanted(&torrents).then_some(()))
    })
    .await
}

/// Waits until so many shares of so many have their files.
async fn wait_for_files(page: &Page, here: usize, of: usize) -> Result<()> {
    wait_for_torrents(page, &format!("{here} of {of} shares to have their files"), |torrents| {
        torrents.len() == of && torrents.iter().filter(|(_, source)| source != "missing").count() == here
    })
    .await
}

/// What a picker gives are files of the origin's own, for which browsers ask nobody: the test answers for the user, once
/// all that is to be asked was. Each is called and filled as [`picked`] is.
const PICKER: &str = "
    let picked = 0
    window.showOpenFilePicker = async () => {
        const root = await navigator.storage.getDirectory()
        const mine = await root.getDirectoryHandle('mine', { create: true })
        const handle = await mine.getFileHandle(`picked ${++picked}.txt`, { create: true })
        const file = await handle.createWritable()
        await file.write('x'.repeat(3000 + picked))
        await file.close()
        return [handle]
    }
    window.asked = []
    const answer = new Promise(answer => { window.answer = () => answer('granted') })
    FileSystemHandle.prototype.queryPermission = async () => 'prompt'
    FileSystemHandle.prototype.requestPermission = function () {
        window.asked.push(navigator.userActivation.isActive)
        return answer
    }";

/// Forgets the way to the files of some of the shares, once all are remembered.
const FORGET: &str = "
    const settled = request => new Promise((done, fail) => {
        request.onsuccess = () => done(request.result)
        request.onerror = fail
    })
    const database = await settled(indexedDB.open('seedcast-handles'))
    const store = database.transaction('shares', 'readwrite').objectStore('shares')
    const all = await settled(store.count())
    if (all === args[0]) for (const share of args[1]) await settled(store.delete(share))
    database.close()
    return all === args[0]";

/// A file on disk that is as the one that the picker gives.
fn picked(files: &Files, number: usize) -> Result<PathBuf> {
    let file = files.path().join(format!("picked {number}.txt"));
    fs::write(&file, "x".repeat(3000 + number))?;
    Ok(file)
}

/// Issue 13, A2 and B: one button for all shares that wait; a drop says where it goes.
#[tokio::test]
async fn shares_that_wait_are_allowed_by_one_press_found_by_one_choice_or_dropped_on_their_page() -> Result<()>
{
    let files = Files::new()?;
    let server = Server::start().await?;
    let page = Page::open(Browser::chromium("sharer").await?, &server).await?;
    page.browser().inject(PICKER).await?;
    page.home().await?;
    let mut shares = Vec::new();
    let mut link = String::new();
    for _ in 0..5 {
        page.press(".drop").await?;
        link = page.share_link_other_than(&link).await?;
        shares.push(page.torrents().await?.remove(0).info_hash);
        page.press_button("All files").await?;
    }
    let forget = async || {
        let forgot = page.browser().run_async(FORGET, &[json!(shares.len()), json!(shares[2..])]).await?;
        Ok((forgot == true).then_some(()))
    };
    until("all shares to be remembered", SOON, forget).await?;
    page.home().await?;
    page.wait_for_text("5 shares wait for their files").await?;
    page.wait_for_element("the choice of files", "[data-testid=attach-all]").await?;
    expect_accessible(&page, "home with shares that wait").await?;

    page.press("[data-testid=grant-all]").await?;
    until("everything to be asked before anything is answered", SOON, async || {
        Ok((page.browser().run("return window.asked", &[]).await? == json!([true, true])).then_some(()))
    })
    .await?;
    page.browser().run("window.answer()", &[]).await?;
    wait_for_files(&page, 2, 5).await?;

    let open = By::XPath("//button[normalize-space()='picked 5.txt']");
    page.browser().web()?.find(open).await?.click().await?;
    page.wait_for_element("the torrent's page", "[data-testid=attach-files]").await?;
    let last = picked(&files, 5)?;
    page.drag_over(&[&last]).await?;
    let place = page.wait_text_of("[data-testid=drop-place]", |text| !text.is_empty()).await?;
    ensure!(place == "Drop the files of this share to go on sharing it", "{place}");
    page.drop_on(&[&last]).await?;
    page.wait_until("the files to be there", SOON, |torrent| torrent.source == "files").await?;
    page.drag_over(&[&last]).await?;
    let place = page.wait_text_of("[data-testid=drop-place]", |text| !text.is_empty()).await?;
    ensure!(place.starts_with("Drop to share as a new link"), "{place}");
    page.drag_away().await?;
    page.press_button("All files").await?;

    let both = format!("{}\n{}", picked(&files, 4)?.display(), picked(&files, 3)?.display());
    page.browser().web()?.find(By::Css("[data-testid=attach-all]")).await?.send_keys(both).await?;
    wait_for_files(&page, 5, 5).await
}

/// Issue 13, C: pause all, resume all, select and act on many.
#[tokio::test]
async fn many_torrents_are_paused_resumed_handed_on_and_removed_at_once() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    many_torrents_are_handled_at_once(&Page::chromium("sharer", &server).await?, &files).await
}

pub(crate) async fn many_torrents_are_handled_at_once(page: &Page, files: &Files) -> Result<()> {
    let clipboard = "navigator.clipboard.writeText = async text => { window.copied = text }";
    page.browser().inject(clipboard).await?;
    page.home().await?;
    for number in 1..=3 {
        page.share(&[&files.random(&format!("{number}.bin"), 5_000, number)?]).await?;
        page.press_button("All files").await?;
        let tools = "return document.querySelector('[data-testid=pick-many]') !== null";
        let tools = page.browser().run(tools, &[]).await?;
        ensure!(tools == (number > 1), "with {number} torrents, tools for many are there: {tools}");
    }
    let all = |state: &'static str| {
        move |torrents: &[(String, String)]| {
            torrents.len() == 3 && torrents.iter().all(|(now, _)| now == state)
        }
    };
    page.press("[data-testid=pause-all]").await?;
    wait_for_torrents(page, "all to pause", all("paused")).await?;
    page.press("[data-testid=resume-all]").await?;
    wait_for_torrents(page, "all to go on", all("seeding")).await?;

    page.press("[data-testid=pick-many]").await?;
    page.wait_for_element("boxes", "[data-testid=pick]").await?;
    let web = page.browser().web()?;
    let boxes = web.find_all(By::Css("[data-testid=pick]")).await?;
    boxes[0].click().await?;
    boxes[2].scroll_into_view().await?;
    web.action_chain().key_down(Key::Shift).click_element(&boxes[2]).key_up(Key::Shift).perform().await?;
    page.wait_for_text("3 selected").await?;
    if page.browser().kind() == Kind::Chromium {
        expect_accessible(page, "home while torrents are picked").await?;
    }
    page.press("[data-testid=copy-picked]").await?;
    page.wait_for_text("3 links are copied").await?;
    let copied = page.browser().run("return window.copied", &[]).await?;
    let copied = copied.as_str().context("nothing is copied")?;
    ensure!(copied.lines().filter(|line| line.contains("#s/")).count() == 3, "{copied}");

    boxes[0].send_keys(" ").await?;
    page.wait_for_text("2 selected").await?;
    page.press("[data-testid=pause-picked]").await?;
    wait_for_torrents(page, "two to pause", |torrents| {
        torrents.iter().filter(|(state, _)| state == "paused").count() == 2
    })
    .await?;
    page.press("[data-testid=remove-picked]").await?;
    page.wait_for_text("Remove 2 torrents?").await?;
    page.press("[data-testid=remove-confirm]").await?;
    let one_left = |torrents: &[(String, String)]| torrents.len() == 1 && torrents[0].0 == "seeding";
    wait_for_torrents(page, "one to be left", one_left).await
}
