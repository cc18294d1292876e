//! The list of a torrent's files.

use anyhow::{Context as _, Result, ensure};
use harness::{Files, Page, SOON, Server, until};
use serde_json::json;

/// Paths of the files that are drawn, from the top.
async fn drawn(page: &Page) -> Result<Vec<String>> {
    let script = "return [...document.querySelectorAll('[data-testid=file]')].map(file => file.dataset.path)";
    serde_json::from_value(page.browser().run(script, &[]).await?).context("paths are words")
}

async fn wait_drawn(page: &Page, what: &str, wanted: impl Fn(&[String]) -> bool) -> Result<Vec<String>> {
    until(what, SOON, async || Ok(Some(drawn(page).await?).filter(|paths| wanted(paths)))).await
}

/// What files are sorted by, as the page shows it.
const ORDER: &str =
    "return document.querySelector('[data-testid=sort-files]').selectedOptions[0].textContent";

/// Goes to the end of the list, and gives it time to draw what comes there: what stands how far from the top then, and how
/// much it is.
const TO_THE_END: &str = "
    const list = document.querySelector('.files')
    const last = [...list.querySelectorAll('[data-testid=file]')].at(-1)
    list.scrollTop = list.scrollHeight
    const before = last.getBoundingClientRect().top
    for (let frame = 0; frame < 20; frame++) await new Promise(requestAnimationFrame)
    return [Math.abs(last.getBoundingClientRect().top - before) < 2, list.querySelectorAll('[data-testid=file]').length]";

/// Issue 13, B: two thousand files made a page 191,000 pixels tall.
pub(crate) async fn many_files_are_looked_through(page: &Page, files: &Files) -> Result<()> {
    for number in 1..=300 {
        let folder = if number <= 200 { "summer" } else { "winter/snow" };
        let size = if number == 7 { 9_000 } else { 100 };
        files.random(&format!("album/{folder}/IMG_{number}.jpg"), size, number)?;
    }
    page.share_folder(&files.path().join("album")).await?;
    page.wait_for_element("the folders", "[data-testid=folder]").await?;
    ensure!(drawn(page).await?.is_empty(), "files of closed folders are drawn");

    page.press("[data-path=summer]").await?;
    let first = wait_drawn(page, "a folder to open", |paths| !paths.is_empty()).await?;
    ensure!(first[..3] == ["summer/IMG_1.jpg", "summer/IMG_2.jpg", "summer/IMG_3.jpg"], "{:?}", &first[..3]);
    ensure!(first.len() < 100, "{} files are drawn that nobody sees", first.len());
    let height = page.browser().run("return document.documentElement.scrollHeight", &[]).await?;
    ensure!(height.as_u64().is_some_and(|height| height < 6_000), "the page is {height} pixels tall");
    let after = page.browser().run_async(TO_THE_END, &[]).await?;
    ensure!(
        after == json!([true, first.len() + 60]),
        "what was looked at stays, and the next are drawn: {after}"
    );
    until("all to be drawn by scrolling", SOON, async || {
        page.browser().run_async(TO_THE_END, &[]).await?;
        Ok((drawn(page).await?.len() == 200).then_some(()))
    })
    .await?;

    page.fill("[data-testid=find-file]", "snow 300").await?;
    wait_drawn(page, "one to be found", |paths| paths == ["winter/snow/IMG_300.jpg"]).await?;
    page.fill("[data-testid=find-file]", "").await?;
    let order = page.browser().run(ORDER, &[]).await?;
    ensure!(order == "Name", "in order of names, it says {order}");
    page.choose_option("sort-files", "Largest first").await?;
    let largest = |paths: &[String]| paths.first().is_some_and(|path| path == "summer/IMG_7.jpg");
    wait_drawn(page, "the largest to be first", largest).await?;
    Ok(())
}

#[tokio::test]
async fn many_files_stand_in_folders_and_are_drawn_only_as_far_as_they_are_seen() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    many_files_are_looked_through(&Page::chromium("sharer", &server).await?, &files).await
}
