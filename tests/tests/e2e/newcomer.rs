//! What a newcomer clicks, in Firefox. Beside this, each thing is tried alone in Chromium; where the two say the same, both do
//! what is written there.

use std::fs::File;
use std::path::Path;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, SOON, Server, until};
use thirtyfour::By;

use crate::albums::a_song_is_played;
use crate::files::many_files_are_looked_through;
use crate::installed::{install, the_browser_is_asked_to_open_links, wait_kept};
use crate::many::many_torrents_are_handled_at_once;
use crate::page::links_are_named_by_the_document;
use crate::pictures::pictures_are_looked_at;
use crate::player::{documents_and_a_picture_are_shown, films_and_sounds_are_played_by_keys};
use crate::settings::import;

/// Issue 13, B and C.
#[tokio::test]
async fn firefox_walks_through_what_a_newcomer_clicks() -> Result<()> {
    let files = Files::new()?;
    let browser = Browser::firefox("newcomer").await?;
    links_are_named_by_the_document(&browser).await?;
    let mut server = Server::start().await?;
    let page = Page::open(browser, &server).await?;
    many_torrents_are_handled_at_once(&page, &files).await?;
    page.home().await?;
    drops_say_where_they_go(&page, &files).await?;
    a_reload_shows_a_share_as_it_was(&page).await?;
    page.home().await?;
    a_share_that_is_handed_out_is_not_left_without_a_question(&page, &files).await?;
    page.home().await?;
    files_are_added(&page, &files).await?;
    page.home().await?;
    many_files_are_looked_through(&page, &files).await?;
    page.home().await?;
    documents_and_a_picture_are_shown(&page, &files).await?;
    page.home().await?;
    films_and_sounds_are_played_by_keys(&page, &files).await?;
    page.home().await?;
    a_song_is_played(&page, &files).await?;
    page.home().await?;
    pictures_are_looked_at(&page, &files).await?;
    the_browser_is_asked_to_open_links(&page, &server).await?;
    page.home().await?;
    settings_go_along(&page).await?;

    page.home().await?;
    install(&page).await?;
    wait_kept(&page, "<title>Seedcast").await?;
    server.stop();
    page.home().await?;
    page.wait_for_element("what is stored", "[data-testid=torrent]").await
}

/// Drops a file on the first screen, and drags another over the page of what came of it.
async fn drops_say_where_they_go(page: &Page, files: &Files) -> Result<()> {
    let note = files.random("note.txt", 3_000, 1)?;
    let place = async || page.wait_text_of("[data-testid=drop-place]", |text| !text.is_empty()).await;
    page.drag_over(&[&note]).await?;
    ensure!(place().await? == "Drop to share as a new link");
    page.drop_on(&[&note]).await?;
    page.share_link().await?;
    page.drag_over(&[&note]).await?;
    let said = place().await?;
    ensure!(said.contains("stays as it is"), "on the page of a share it says \"{said}\"");
    page.drag_away().await
}

/// Loads a page anew that shows a share which is kept in the browser.
async fn a_reload_shows_a_share_as_it_was(page: &Page) -> Result<()> {
    page.wait_until("a copy to be kept", SOON, |torrent| torrent.source == "browser").await?;
    page.browser().web()?.refresh().await?;
    let status = page.wait_text_of(".status", |text| !text.is_empty()).await?;
    ensure!(status.starts_with("Complete"), "after a reload it says \"{status}\"");
    Ok(())
}

/// Hands out the link of a share that is here only while the page is open, leaves, comes back, and chooses its file again.
async fn a_share_that_is_handed_out_is_not_left_without_a_question(page: &Page, files: &Files) -> Result<()> {
    let leave = "
        const leaving = new Event('beforeunload', { cancelable: true })
        window.dispatchEvent(leaving)
        return leaving.defaultPrevented";
    let asks = async || Ok::<_, anyhow::Error>(page.browser().run(leave, &[]).await? == true);
    // Too large to be copied into the browser unasked; a hole takes no room.
    let film = files.path().join("film.mov");
    File::create(&film)?.set_len(257 << 20)?;
    page.share(&[&film]).await?;
    ensure!(!asks().await?, "it asks before the link was handed out");
    page.press(".share .joined button").await?;
    until("a question before the page is left", SOON, async || Ok(asks().await?.then_some(()))).await?;
    let film_hash = page.torrents().await?.remove(0).info_hash;
    page.home().await?;
    page.wait_for_element("the choice of files", "[data-testid=attach-files]").await?;
    let input = page.browser().web()?.find(By::Css("[data-testid=attach-files]")).await?;
    input.send_keys(film.display().to_string()).await?;
    page.wait_torrent("its file to be here", &film_hash, |torrent| torrent.source == "files").await?;
    Ok(())
}

/// Adds a file to a share, and finds the way from its old link to the new one.
async fn files_are_added(page: &Page, files: &Files) -> Result<()> {
    let [first, added] = [files.random("a.txt", 30_000, 2)?, files.random("b.txt", 20_000, 3)?];
    let old = page.share(&[&first]).await?;
    page.add_files(&[&added]).await?;
    let new = page.share_link_other_than(&old).await?;
    until("both files", SOON, async || Ok((page.files().await? == ["a.txt", "b.txt"]).then_some(()))).await?;
    page.follow(&old).await?;
    page.press("[data-testid=successor] button").await?;
    ensure!(page.share_link_other_than(&old).await? == new, "it leads elsewhere");
    Ok(())
}

/// Takes settings out, changes them, and takes them in again.
async fn settings_go_along(page: &Page) -> Result<()> {
    page.press("[data-testid=settings]").await?;
    page.fill("[data-testid=limit-down]", "500").await?;
    let is_it = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
    let press = page.press("[data-testid=export-settings]");
    let exported = page.browser().download("its settings", is_it, press).await?;
    page.fill("[data-testid=limit-down]", "").await?;
    page.home().await?;
    import(page, &exported).await?;
    page.wait_for_text("The settings are loaded").await?;
    ensure!(page.value("[data-testid=limit-down]").await? == "500", "there is no limit");
    Ok(())
}
