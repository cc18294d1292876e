//! What a torrent has to show is shown: by people who share it, and by those who get it.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Media, Page, Player, SOON, Server, bitmap, until};
use serde_json::json;

/// "Grüße", as programs wrote it before Unicode.
const GERMAN: &[u8] = b"1\r\n00:00:00,000 --> 00:01:00,000\r\nGr\xFC\xDFe\r\n";
const ENGLISH: &str = "WEBVTT\n\n00:00.000 --> 01:00.000\nRegards\n";

/// A folder called `name` in which to put what is shared.
fn folder(files: &Files, name: &str) -> Result<std::path::PathBuf> {
    let folder = files.path().join(name);
    fs::create_dir(&folder)?;
    Ok(folder)
}

fn put(media: Media, folder: &Path) -> Result<()> {
    fs::copy(media.file()?, folder.join(media.name()))?;
    Ok(())
}

#[tokio::test]
async fn a_film_comes_with_its_subtitles_and_takes_others() -> Result<()> {
    let files = Files::new()?;
    let film = folder(&files, "Film")?;
    put(Media::WebM, &film)?;
    let stem = Media::WebM.name().trim_end_matches(".webm");
    fs::write(film.join(format!("{stem}.de.srt")), GERMAN)?;
    fs::write(film.join(format!("{stem}.en.vtt")), ENGLISH)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&film).await?;
    let viewer = Page::chromium("viewer", &server).await?;
    viewer.follow(&link).await?;
    viewer.wait_player("both subtitles to be offered", |player| player.subtitles.len() == 2).await?;
    let shown = |player: &Player, language: &str, text: &str| {
        player.subtitles.iter().any(|own| own.shown && own.language == language && own.text == text)
    };
    let offered = viewer.player().await?.map(|player| player.subtitles).unwrap_or_default();
    let labels: Vec<&str> = offered.iter().map(|own| own.label.as_str()).collect();
    ensure!(labels.contains(&"German") && labels.contains(&"English"), "{labels:?} are offered");
    ensure!(offered.iter().all(|own| !own.shown), "subtitles are shown unasked: {offered:?}");
    viewer.press_key("m").await?;
    viewer.press_key("k").await?;
    for (language, text) in [("de", "Grüße"), ("en", "Regards")] {
        let choose = "
            const { textTracks } = document.querySelector('[data-testid=player]')
            for (const track of textTracks) track.mode = track.language === arguments[0] ? 'showing' : 'disabled'";
        viewer.browser().run(choose, &[json!(language)]).await?;
        viewer.wait_player("the chosen subtitles", |player| shown(player, language, text)).await?;
    }
    let drop = "
        const transfer = new DataTransfer()
        transfer.items.add(new File(['1\\n00:00:00,000 --> 00:01:00,000\\nSaludos\\n'], 'found elsewhere.es.srt'))
        const options = { bubbles: true, cancelable: true, dataTransfer: transfer }
        document.querySelector('[data-testid=player]').dispatchEvent(new DragEvent('drop', options))";
    viewer.browser().run(drop, &[]).await?;
    viewer.wait_player("the dropped subtitles", |player| shown(player, "es", "Saludos")).await?;
    ensure!(viewer.torrents().await?.len() == 1, "the subtitles were shared");
    Ok(())
}

#[tokio::test]
async fn keys_and_lists_lead_through_what_plays() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    films_and_sounds_are_played_by_keys(&Page::chromium("sharer", &server).await?, &files).await
}

pub(crate) async fn films_and_sounds_are_played_by_keys(page: &Page, files: &Files) -> Result<()> {
    let mixed = folder(files, "Mixed")?;
    put(Media::WebM, &mixed)?;
    put(Media::Mp3, &mixed)?;
    page.share(&[&mixed.join(Media::WebM.name()), &mixed.join(Media::Mp3.name())]).await?;
    page.wait_player("the video to be offered first", |player| player.element == "video" && player.ready)
        .await?;
    theatre(page, false).await?;
    page.press_key("t").await?;
    theatre(page, true).await?;
    page.press_key("m").await?;
    page.wait_player("no sound", |player| player.muted).await?;
    page.press_key("k").await?;
    page.wait_player("it to play", |player| !player.paused && player.startup_ms.is_some()).await?;
    page.press_key(">").await?;
    page.wait_player("it to play faster", |player| player.speed == 1.25).await?;
    page.press_key("8").await?;
    page.wait_player("a place near the end", |player| player.time >= 0.8 * player.duration - 0.1).await?;
    let next = |player: &Player| player.element == "audio" && player.ready && !player.paused;
    page.wait_player("what comes next to play", next).await?;
    page.press_key("5").await?;
    page.wait_player("the middle", |player| player.time >= 0.5 * player.duration).await?;
    page.press_key("k").await?;
    page.wait_player("it to stand still", |player| player.paused).await?;
    page.press_button("Previous").await?;
    page.wait_player("the video again", |player| player.element == "video" && player.time > 0.0).await?;
    theatre(page, true).await?;
    page.press("[data-testid=theatre]").await?;
    theatre(page, false).await?;
    page.press_button("Next").await?;
    page.wait_for_text("where you stopped").await?;
    page.wait_player("the sound where it stopped", |player| player.time >= 0.5 * player.duration).await?;
    Ok(())
}

/// Issue 13, C: waits until a film has the whole width of the page, or half of it.
async fn theatre(page: &Page, wide: bool) -> Result<()> {
    let share = "
        const width = selector => document.querySelector(selector).clientWidth
        return [width('video') > 0.9 * width('main'), document.querySelector('[data-testid=theatre]').ariaPressed]";
    let expected = json!([wide, wide.to_string()]);
    until("the width of the film", SOON, async || {
        Ok((page.browser().run(share, &[]).await? == expected).then_some(()))
    })
    .await
}

#[tokio::test]
async fn what_cannot_be_played_says_so_and_can_be_saved() -> Result<()> {
    let files = Files::new()?;
    let film = files.random("film.avi", 100_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&film]).await?;
    let viewer = Page::chromium("viewer", &server).await?;
    viewer.follow(&link).await?;
    let sentence = viewer.notice().await?;
    ensure!(sentence.contains(".avi") && sentence.contains("Save"), "the page says \"{sentence}\"");
    viewer.wait_complete().await?;
    viewer.expect_saved("film.avi", &film).await
}

/// StreamSaver#233: private windows and browsers that deny storage have no service worker.
#[tokio::test]
async fn where_nothing_streams_a_film_plays_once_it_is_complete() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&Media::WebM.file()?]).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "300").await?;
    let viewer = Page::open(Browser::without_storage("viewer").await?, &server).await?;
    viewer.follow(&link).await?;
    viewer.wait_for_text("plays here as soon as all of it is here").await?;
    sharer.fill("[data-testid=limit-up]", "").await?;
    viewer.wait_player("the whole film", |player| player.element == "video" && player.ready).await?;
    viewer.press_key("m").await?;
    viewer.press_key("k").await?;
    viewer.wait_player("it to play", |player| player.time > 1.0).await?;
    Ok(())
}

#[tokio::test]
async fn pictures_pdf_and_text_are_shown() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    documents_and_a_picture_are_shown(&Page::chromium("sharer", &server).await?, &files).await
}

pub(crate) async fn documents_and_a_picture_are_shown(page: &Page, files: &Files) -> Result<()> {
    let documents = folder(files, "Documents")?;
    fs::write(documents.join("a.pdf"), PDF)?;
    fs::write(documents.join("b.txt"), "<b>not bold</b>")?;
    page.share_folder(&documents).await?;
    page.wait_for_element("the button for the PDF", "[data-testid=show-file]").await?;
    ensure!(page.player().await?.is_none(), "a document is read that nobody opened");
    page.press("[data-testid=show-file]").await?;
    page.wait_player("the PDF", |player| player.element == "iframe").await?;
    page.press_button("Next").await?;
    page.wait_player("the text", |player| player.element == "pre").await?;
    page.wait_for_text("<b>not bold</b>").await?;
    page.press_button("All files").await?;
    let picture = files.path().join("picture.bmp");
    fs::write(&picture, bitmap(2, 1, 0))?;
    page.share(&[&picture]).await?;
    page.wait_player("the picture", |player| player.element == "img").await?;
    let width = "
        const picture = document.querySelector('[data-testid=player]')
        await picture.decode()
        return picture.naturalWidth";
    let width = page.browser().run_async(width, &[]).await?;
    ensure!(width == 2, "the picture is {width} pixels wide");
    Ok(())
}

#[tokio::test]
async fn a_film_that_starts_slowly_is_told_of_when_it_is_shared() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("sharer", &server).await?;
    page.share(&[&Media::LongMp4IndexLast.file()?]).await?;
    page.wait_for_text("index at the end").await?;
    page.press_button("All files").await?;
    page.share(&[&Media::LongMp4.file()?]).await?;
    page.wait_player("the other film", |player| player.ready).await?;
    ensure!(!page.text().await?.contains("index at the end"), "the page warns of a film that starts at once");
    Ok(())
}

/// One empty page.
const PDF: &str = "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n\
    << /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>\n\
    endobj\ntrailer\n<< /Root 1 0 R >>\n";
