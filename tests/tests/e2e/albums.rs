//! Sounds of a torrent as an album: covers, what sounds say of themselves, and the controls of the system.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use harness::{Files, Media, Page, SOON, Server, bitmap, tagged, until};
use serde_json::{Value, json};

use crate::accessibility::expect_accessible;

/// Notes what the system may ask for: nothing but the system can ask.
const NOTE_HANDLERS: &str = "
    window.handlers = {}
    const own = MediaSession.prototype.setActionHandler
    MediaSession.prototype.setActionHandler = function (action, handler) {
        window.handlers[action] = handler
        own.call(this, action, handler)
    }";

/// The text of the album, the width of its cover, and what the system shows.
const ALBUM: &str = "
    const album = document.querySelector('[data-testid=album]')
    const { metadata, playbackState } = navigator.mediaSession
    return {
        text: album?.innerText.split(/\\n+/) ?? [],
        cover: album?.querySelector('img')?.naturalWidth ?? 0,
        shown: metadata && [metadata.title, metadata.artist, metadata.album, metadata.artwork.length],
        state: playbackState,
        handled: Object.keys(window.handlers ?? {}).filter(action => window.handlers[action]).sort(),
    }";

async fn wait_album(page: &Page, what: &str, condition: impl Fn(&Value) -> bool) -> Result<Value> {
    let mut last = Value::Null;
    let answer = until(what, SOON, async || {
        last = page.browser().run(ALBUM, &[]).await?;
        Ok(condition(&last).then(|| last.clone()))
    });
    let answer = answer.await;
    answer.with_context(|| format!("the album is {last:#}"))
}

// Issue 13, C: albums.
async fn an_album_is_played(page: &Page, files: &Files) -> Result<()> {
    let album = files.path().join("Songs");
    let sound = fs::read(Media::Mp3.file()?)?;
    let tags = |title: &'static str, track: &'static str| {
        [("TIT2", title), ("TPE1", "Ida & the Waves"), ("TALB", "Songs of the sea"), ("TRCK", track)]
    };
    for (name, title, track) in
        [("10 - c.mp3", "Third\u{202e}", "10"), ("2 - b.mp3", "Second", "2/10"), ("1 - a.mp3", "Grüße", "1")]
    {
        let own = bitmap(50, 50, 90);
        let cover = name.starts_with('1').then_some(&own[..]);
        let folder = album.join(if name.starts_with('2') { "With a cover" } else { "And without" });
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(name), tagged(&sound, &tags(title, track), cover))?;
    }
    fs::write(album.join("With a cover/Folder.bmp"), bitmap(60, 60, 200))?;
    page.share_folder(&album).await?;
    page.wait_player("the first sound", |player| player.element == "audio" && player.ready).await?;
    page.browser().run(NOTE_HANDLERS, &[]).await?;
    let still = page.browser().run(ALBUM, &[]).await?;
    ensure!(
        still["text"] == json!([""]) && still["shown"].is_null(),
        "it is read before it plays: {still:#}"
    );
    let list =
        "return [...document.querySelectorAll('.playlist[open] button')].map(button => button.textContent)";
    let list = page.browser().run(list, &[]).await?;
    let expected = json!(["And without/1 - a.mp3", "And without/10 - c.mp3", "With a cover/2 - b.mp3"]);
    ensure!(list == expected, "the list is {list}");

    page.press_key("m").await?;
    page.press_key("k").await?;
    let first =
        wait_album(page, "the first song", |album| album["cover"] == 50 && album["shown"][3] == 1).await?;
    ensure!(first["text"] == json!(["Grüße", "Ida & the Waves", "Songs of the sea · 1"]), "{first:#}");
    ensure!(first["shown"] == json!(["Grüße", "Ida & the Waves", "Songs of the sea", 1]), "{first:#}");
    ensure!(first["state"] == "playing", "{first:#}");
    let handled = json!(["nexttrack", "pause", "play", "seekbackward", "seekforward", "seekto"]);
    ensure!(first["handled"] == handled, "{first:#}");

    page.browser().run("handlers.seekto({ action: 'seekto', seekTime: 60 })", &[]).await?;
    page.wait_player("the middle", |player| player.time >= 60.0).await?;
    page.browser().run("handlers.seekbackward({ action: 'seekbackward', seekOffset: 20 })", &[]).await?;
    page.wait_player("a place before", |player| player.time < 60.0 && player.time >= 40.0).await?;
    page.browser().run("handlers.pause({ action: 'pause' })", &[]).await?;
    page.wait_player("a pause", |player| player.paused).await?;
    page.browser().run("handlers.nexttrack({ action: 'nexttrack' })", &[]).await?;
    page.wait_player("the next", |player| !player.paused && player.time > 0.0).await?;
    let third = wait_album(page, "the third song", |album| album["text"][0] == "Third[U+202E]").await?;
    ensure!(third["handled"].to_string().contains("previoustrack"), "{third:#}");
    page.browser().run("handlers.nexttrack({ action: 'nexttrack' })", &[]).await?;
    let second = wait_album(page, "the second song", |album| {
        album["shown"] == json!(["Second", "Ida & the Waves", "Songs of the sea", 1]) && album["cover"] == 60
    });
    second.await?;
    Ok(())
}

#[tokio::test]
async fn sounds_are_an_album_with_covers_and_the_controls_of_the_system() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    let page = Page::chromium("sharer", &server).await?;
    an_album_is_played(&page, &files).await?;
    expect_accessible(&page, "an album").await
}

/// Plays one song.
pub(crate) async fn a_song_is_played(page: &Page, files: &Files) -> Result<()> {
    let song = files.path().join("a.mp3");
    let cover = bitmap(50, 50, 90);
    fs::write(
        &song,
        tagged(&fs::read(Media::Mp3.file()?)?, &[("TIT2", "Grüße"), ("TPE1", "Ida")], Some(&cover)),
    )?;
    page.share(&[&song]).await?;
    page.wait_player("the song", |player| player.element == "audio" && player.ready).await?;
    page.press_key("m").await?;
    page.press_key("k").await?;
    let told = wait_album(page, "what the song says", |album| album["cover"] == 50 && album["shown"][3] == 1)
        .await?;
    ensure!(told["text"] == json!(["Grüße", "Ida"]), "{told:#}");
    ensure!(told["shown"] == json!(["Grüße", "Ida", "", 1]), "{told:#}");
    let height = "
        const top = selector => document.querySelector(selector).getBoundingClientRect().top
        return top('[data-testid=album]') - top('audio')";
    let height = page.browser().run(height, &[]).await?;
    ensure!(height.as_f64().is_some_and(|height| height < 70.0), "a song takes {height} pixels");
    Ok(())
}
