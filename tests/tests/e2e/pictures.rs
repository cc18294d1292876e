//! Pictures of a torrent: small beside each other, and one of them large.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Files, Page, SOON, Server, bitmap, hollow_bitmap, until};
use serde_json::json;
use thirtyfour::{Key, TypingData};

use crate::accessibility::expect_accessible;

/// The names of the pictures that are offered, and of those that are drawn.
async fn thumbnails(page: &Page) -> Result<[Vec<String>; 2]> {
    let names = "
        const all = [...document.querySelectorAll('[data-testid=thumbnail]')]
        const drawn = all.filter(button => button.querySelector('img')?.naturalWidth > 0)
        return [all, drawn].map(buttons => buttons.map(button => button.dataset.path))";
    Ok(serde_json::from_value(page.browser().run(names, &[]).await?)?)
}

async fn wait_drawn(page: &Page, drawn: &[&str]) -> Result<()> {
    until("small pictures", SOON, async || Ok((thumbnails(page).await?[1] == drawn).then_some(()))).await
}

/// The name of the picture that is shown large, once it is drawn, and whether it fills the screen.
const LARGE: &str = "
    const picture = document.querySelector('[data-testid=viewer] [data-testid=player]')
    return picture && [picture.alt, document.fullscreenElement !== null]";

async fn wait_large(page: &Page, name: &str, full_screen: bool) -> Result<()> {
    let expected = json!([name, full_screen]);
    until(&format!("{name} large"), SOON, async || {
        Ok((page.browser().run(LARGE, &[]).await? == expected).then_some(()))
    })
    .await
}

async fn press_key(page: &Page, key: impl Into<TypingData>) -> Result<()> {
    Ok(page.browser().web()?.active_element().await?.send_keys(key).await?)
}

const SWIPE: &str = "
    const stage = document.querySelector('.viewer-stage')
    const options = { pointerType: 'touch', isPrimary: true, bubbles: true, clientY: 300 }
    stage.dispatchEvent(new PointerEvent('pointerdown', { ...options, clientX: 200 }))
    stage.dispatchEvent(new PointerEvent('pointerup', { ...options, clientX: 200 + arguments[0] }))";

// Issue 13, C: pictures.
pub(crate) async fn pictures_are_looked_at(page: &Page, files: &Files) -> Result<()> {
    let trip = files.path().join("Trip");
    fs::create_dir(&trip)?;
    let names = ["IMG_10.bmp", "IMG_2.bmp", "large.bmp", "IMG_1.bmp"].map(|name| trip.join(name));
    for (name, hue) in names.iter().zip([20, 120, 0, 220]) {
        let is_large = name.ends_with("large.bmp");
        fs::write(name, if is_large { hollow_bitmap(20_000, 20_000) } else { bitmap(640, 480, hue) })?;
    }
    page.share(&names.each_ref().map(|name| name.as_path())).await?;
    wait_drawn(page, &["IMG_1.bmp", "IMG_2.bmp", "IMG_10.bmp"]).await?;
    let [all, _] = thumbnails(page).await?;
    ensure!(all == ["IMG_1.bmp", "IMG_2.bmp", "IMG_10.bmp", "large.bmp"], "{all:?} are offered");
    let small = "return document.querySelector('[data-testid=thumbnail] img').naturalHeight";
    ensure!(page.browser().run(small, &[]).await? == 320, "a small picture is not small");

    page.press("[data-path='IMG_2.bmp'][data-testid=thumbnail]").await?;
    wait_large(page, "IMG_2.bmp", false).await?;
    for (key, name) in [
        (Key::Right, "IMG_10.bmp"),
        (Key::Left, "IMG_2.bmp"),
        (Key::Left, "IMG_1.bmp"),
        (Key::Left, "IMG_1.bmp"),
    ] {
        press_key(page, key).await?;
        wait_large(page, name, false).await?;
    }
    page.browser().run(SWIPE, &[json!(-100)]).await?;
    wait_large(page, "IMG_2.bmp", false).await?;
    page.browser().run(SWIPE, &[json!(20)]).await?;
    page.press("[aria-label=Next]").await?;
    wait_large(page, "IMG_10.bmp", false).await?;
    page.press("[data-act=full]").await?;
    wait_large(page, "IMG_10.bmp", true).await?;
    press_key(page, "f").await?;
    wait_large(page, "IMG_10.bmp", false).await?;
    press_key(page, Key::End).await?;
    let notice = page.notice().await?;
    ensure!(notice.contains("20,000 × 20,000"), "of a picture of 1.6 GB it says \"{notice}\"");
    press_key(page, Key::Home).await?;
    wait_large(page, "IMG_1.bmp", false).await?;
    press_key(page, Key::Escape).await?;
    let closed = "return !document.querySelector('dialog') && document.activeElement.dataset.path";
    until("the page again, where one has come to", SOON, async || {
        Ok((page.browser().run(closed, &[]).await? == "IMG_1.bmp").then_some(()))
    })
    .await
}

#[tokio::test]
async fn pictures_are_small_beside_each_other_and_one_is_large() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    let page = Page::chromium("sharer", &server).await?;
    pictures_are_looked_at(&page, &files).await?;
    expect_accessible(&page, "small pictures").await?;
    page.dress("body", [1280, 800], "light").await?;
    page.press("[data-testid=thumbnail]").await?;
    wait_large(&page, "IMG_1.bmp", false).await?;
    expect_accessible(&page, "a large picture").await
}

// Issue 13, C: no picture is downloaded before somebody looks at it, if the torrent is not wanted whole.
#[tokio::test]
async fn a_picture_that_is_not_wanted_comes_when_somebody_looks_at_it() -> Result<()> {
    let (server, files) = (Server::start().await?, Files::new()?);
    let trip = files.path().join("Trip");
    fs::create_dir(&trip)?;
    for name in ["1.bmp", "2.bmp", "3.bmp"] {
        fs::write(trip.join(name), bitmap(640, 480, name.as_bytes()[0]))?;
    }
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&trip).await?;
    let page = Page::chromium("visitor", &server).await?;
    page.follow(&format!("{link}&so=1")).await?;
    wait_drawn(&page, &["2.bmp"]).await?;
    let [all, _] = thumbnails(&page).await?;
    ensure!(all.len() == 3, "{all:?} are offered");
    let before = page.torrent().await?.downloaded;
    ensure!(before < 2 * 640 * 480 * 3, "{before} bytes came of one picture of three");
    page.press("[data-path='3.bmp'][data-testid=thumbnail]").await?;
    wait_large(&page, "3.bmp", false).await?;
    let texts = page
        .browser()
        .run("return [...document.querySelectorAll('.viewer-bar p')].map(p => p.textContent)", &[])
        .await?;
    ensure!(texts == json!(["3.bmp 3 of 3"]), "{texts}");
    wait_drawn(&page, &["2.bmp", "3.bmp"]).await
}
