//! axe-core finds nothing to object to on any screen, in light and dark, on phones and on desks.

use std::fs::{self, File};

use anyhow::{Context as _, Result, ensure};
use harness::{
    Browser, Chain, Files, Media, Page, SLOW, SOON, Server, Torrent, Wallet, magnet_of, tools, until,
};
use serde_json::{Value, json};

/// One line for each thing that breaks a rule: the rule, and where.
const EXAMINE: &str = "
    const { violations } = await axe.run(document, { resultTypes: ['violations'] })
    return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, failureSummary }) =>
        `${id}: ${help}: ${target.join(' ')}: ${failureSummary}`))";

const SIZES: [[u32; 2]; 2] = [[390, 844], [1280, 800]];
const THEMES: [&str; 2] = ["light", "dark"];

/// What axe-core objects to in the document that the browser shows.
async fn objections(browser: &Browser) -> Result<Vec<String>> {
    let axe = fs::read_to_string(tools::npm("axe-core/axe.min.js")?)?;
    browser.run(&format!("if (!window.axe) {{ {axe} }}"), &[]).await?;
    let found: Value = browser.run_async(EXAMINE, &[]).await?;
    serde_json::from_value(found).context("axe-core answers with lines")
}

/// What is wider than the window, of what can be seen.
const WIDER: &str = "
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth <= clientWidth && clientWidth <= args[0]) return []
    return [...document.querySelectorAll('body *')]
        .filter(element => element.checkVisibility() && element.getBoundingClientRect().right > args[0])
        .map(element => `${element.tagName} ${element.className} ${element.getBoundingClientRect().right}`)";

/// Issue 13, A6: below 386 pixels the page was wider than its window.
const NARROWEST: [u32; 2] = [320, 640];

/// Complains of what axe-core objects to on what is shown, at every size and in every theme.
pub(crate) async fn expect_accessible(page: &Page, screen: &str) -> Result<()> {
    page.dress("body", NARROWEST, "light").await?;
    let wider = page.browser().run_async(WIDER, &[json!(NARROWEST[0])]).await?;
    ensure!(wider == json!([]), "{screen} is wider than {} pixels: {wider:#}", NARROWEST[0]);
    for size in SIZES {
        for theme in THEMES {
            page.dress("body", size, theme).await?;
            let objections = objections(page.browser()).await?;
            let [width, _height] = size;
            ensure!(objections.is_empty(), "{screen}, {width} wide, {theme}:\n{}", objections.join("\n"));
        }
    }
    Ok(())
}

#[tokio::test]
async fn nobody_is_kept_from_the_first_screen_and_what_lies_over_it() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    expect_accessible(&page, "the empty home").await?;
    for dialog in ["Settings", "Help"] {
        page.dress("body", [1280, 800], "light").await?;
        page.press_button(dialog).await?;
        page.wait_for_element("the dialog to open", "dialog[open]").await?;
        expect_accessible(&page, dialog).await?;
        page.home().await?;
    }
    page.type_link("magnet:?xt=urn:btih:0011").await?;
    page.press("[data-testid=add-link-submit]").await?;
    page.notice().await?;
    expect_accessible(&page, "a typo").await?;
    page.home().await?;
    page.add("magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233&dn=Lost").await?;
    page.notice().await?;
    expect_accessible(&page, "a link that nobody has the file of").await?;
    page.press("[data-testid=remove]").await?;
    page.wait_for_element("the question to come", "dialog[open]").await?;
    expect_accessible(&page, "the question before removing").await
}

/// Issue 12, 4: words of another language are as long as they like, and dialogs name their parts in it.
#[tokio::test]
async fn nobody_is_kept_from_a_page_in_another_language() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::open(Browser::reading("de", "reader").await?, &server).await?;
    page.wait_for_element("German", "html[lang=de]").await?;
    expect_accessible(&page, "the empty home in German").await?;
    page.press("[data-testid=settings]").await?;
    page.wait_for_element("the dialog to open", "dialog[open]").await?;
    expect_accessible(&page, "the settings in German").await
}

#[tokio::test]
async fn nobody_is_kept_from_sharing() -> Result<()> {
    let files = Files::new()?;
    // A hole takes no room, but time to hash.
    let large = files.path().join("large.bin");
    File::create(&large)?.set_len(64 << 30)?;
    let server = Server::start().await?;
    let page = Page::chromium("sharer", &server).await?;
    page.choose(&large).await?;
    page.wait_for_text("Making your link").await?;
    expect_accessible(&page, "a share that is being hashed").await?;
    page.press_button("Cancel").await?;
    for name in ["a.txt", "empty.txt", "folder/Grüße.pdf"] {
        files.random(&format!("things/{name}"), if name == "empty.txt" { 0 } else { 40_000 }, 1)?;
    }
    page.share_folder(&files.path().join("things")).await?;
    expect_accessible(&page, "a share").await?;
    let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
    page.browser().run(unfold, &[]).await?;
    expect_accessible(&page, "a share with all that is folded away").await?;
    page.press_button("All files").await?;
    expect_accessible(&page, "home with a torrent").await
}

#[tokio::test]
async fn nobody_is_kept_from_downloading() -> Result<()> {
    let files = Files::new()?;
    for (name, seed) in [("a.txt", 1), ("b.bin", 2), ("c/d.bin", 3)] {
        files.random(&format!("things/{name}"), 2_000_000, seed)?;
    }
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&files.path().join("things")).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "50").await?;
    let page = Page::chromium("downloader", &server).await?;
    page.follow(&link).await?;
    let halfway = |torrent: &Torrent| torrent.peers == 1 && torrent.progress > 0.0;
    page.wait_until("something to be here", SLOW, halfway).await?;
    expect_accessible(&page, "a download").await?;
    let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
    page.browser().run(unfold, &[]).await?;
    expect_accessible(&page, "a download with all that is folded away").await?;
    page.press("[data-testid=pause]").await?;
    page.wait_until("the pause to begin", SOON, |torrent| torrent.state == "paused").await?;
    expect_accessible(&page, "a download that pauses").await?;
    page.press("[data-testid=resume]").await?;
    sharer.fill("[data-testid=limit-up]", "").await?;
    page.wait_complete().await?;
    expect_accessible(&page, "what is complete").await
}

#[tokio::test]
async fn nobody_is_kept_from_watching_nor_reading() -> Result<()> {
    let files = Files::new()?;
    let films = files.path().join("films");
    fs::create_dir(&films)?;
    for media in [Media::WebM, Media::Mp3] {
        fs::copy(media.file()?, films.join(media.name()))?;
    }
    let server = Server::start().await?;
    let page = Page::chromium("viewer", &server).await?;
    page.share_folder(&films).await?;
    page.wait_player("the film", |player| player.ready).await?;
    expect_accessible(&page, "a film that stands still").await?;
    page.press_key("m").await?;
    page.press_key("k").await?;
    page.wait_player("the film to play", |player| player.startup_ms.is_some()).await?;
    let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
    page.browser().run(unfold, &[]).await?;
    expect_accessible(&page, "a film that plays, with all that is folded away").await?;
    page.press_button("All files").await?;
    page.share(&[&files.random("broken.mp4", 40_000, 1)?]).await?;
    page.notice().await?;
    expect_accessible(&page, "a film that cannot be played").await?;
    page.press_button("All files").await?;
    let text = files.path().join("text.txt");
    fs::write(&text, "Words\n".repeat(1000))?;
    page.share(&[&text]).await?;
    page.press("[data-testid=show-file]").await?;
    page.wait_player("the text", |player| player.element == "pre").await?;
    expect_accessible(&page, "a text").await
}

#[tokio::test]
async fn nobody_is_kept_from_embedding_nor_from_what_is_embedded() -> Result<()> {
    let server = Server::start().await?;
    let sharer = Page::chromium("creator", &server).await?;
    let link = sharer.share(&[&Media::WebM.file()?]).await?;
    sharer.press_button("Embed").await?;
    sharer.wait_for_element("the preview", "[data-testid=embed-preview]").await?;
    expect_accessible(&sharer, "how to embed").await?;

    let player = format!("{}/embed.html", server.origin());
    let visitor = Page::chromium("visitor", &server).await?;
    visitor.browser().web()?.goto(format!("{player}?muted#{}", magnet_of(&link)?)).await?;
    visitor.wait_for_element("the player to come up", "[data-testid=player]").await?;
    expect_accessible(&visitor, "a player before it plays").await?;
    visitor.home().await?;
    visitor.browser().web()?.goto(format!("{player}?autoplay&muted#{}", magnet_of(&link)?)).await?;
    let plays = "return document.querySelector('[data-testid=player]')?.currentTime > 0";
    until("the player to play", SOON, async || {
        Ok((visitor.browser().run(plays, &[]).await? == true).then_some(()))
    })
    .await?;
    expect_accessible(&visitor, "a player that plays").await?;
    visitor.home().await?;
    visitor.browser().web()?.goto(format!("{player}#nonsense")).await?;
    visitor.notice().await?;
    expect_accessible(&visitor, "a player of nothing").await
}

/// A check that cannot fail would find nothing anywhere.
#[tokio::test]
async fn a_picture_without_words_is_objected_to() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    let spoil = "document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=/icon.svg>')";
    page.browser().run(spoil, &[]).await?;
    let objections = objections(page.browser()).await?;
    ensure!(objections.iter().any(|line| line.starts_with("image-alt: ")), "{objections:?}");
    Ok(())
}

#[tokio::test]
async fn nobody_is_kept_from_the_player_of_other_peoples_pages() -> Result<()> {
    let files = Files::new()?;
    let file = files.random("film.webm", 40_000, 1)?;
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    let player = |query: &str| {
        let magnet = "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233";
        format!("{}/embed.html?{query}#{magnet}", server.origin())
    };
    page.browser().web()?.goto(player("muted")).await?;
    page.wait_for_element("the player to wait", "#start[aria-label=Play]").await?;
    expect_accessible(&page, "a player that waits").await?;
    page.press("#more").await?;
    expect_accessible(&page, "a player and what else it can do").await?;
    page.press("#more").await?;
    page.press("#start").await?;
    page.wait_for_element("the player to look for people", "[data-testid=notice]:not([hidden])").await?;
    expect_accessible(&page, "a player that looks for people").await?;
    page.browser().web()?.goto(player("muted=perhaps")).await?;
    page.wait_for_element("the player to object", "[data-testid=notice]:not([hidden])").await?;
    expect_accessible(&page, "a player with a wrong link").await?;
    page.home().await?;
    page.share(&[&file]).await?;
    page.press("[data-testid=embed]").await?;
    page.wait_for_element("the dialog to open", "dialog[open] [data-testid=embed-preview]").await?;
    expect_accessible(&page, "what to paste into another page").await
}

#[tokio::test]
async fn nobody_is_kept_from_tipping() -> Result<()> {
    let chain = Chain::start().await?;
    let server =
        Server::with_config(&json!({ "tips": { "networks": [chain.network()] } }).to_string()).await?;
    let files = Files::new()?;
    let browser = Browser::chromium("creator").await?;
    Wallet::inject(&browser, &chain, 1).await?;
    let page = Page::open(browser, &server).await?;
    page.share_for_tips(&files.random("song.bin", 1000, 1)?, chain.account(0)).await?;
    page.wait_for_element("the tip button", "[data-testid=tip]").await?;
    expect_accessible(&page, "a torrent that takes tips").await?;
    page.dress("body", [1280, 800], "light").await?;
    page.open_tip().await?;
    page.wait_for_element("the wallet", "[data-testid=tip-wallet]").await?;
    // Issue 13, B: the button that sends was below the fold.
    for width in [1280, 390] {
        page.dress("#tip-title", [width, 800], "light").await?;
        let seen = "
            const { top, bottom } = document.querySelector('[data-testid=tip-confirm]').getBoundingClientRect()
            return [top > 0 && bottom < innerHeight, innerHeight, bottom]";
        let seen = page.browser().run(seen, &[]).await?;
        ensure!(seen[0] == true, "{width} pixels wide: {seen}");
    }
    page.fill("[data-testid=tip-amount]", "2").await?;
    page.wait_text_of("[data-testid=tip-fee-high]", |text| text.contains("more than the tip")).await?;
    let unfold = "for (const details of document.querySelectorAll('details')) details.open = true";
    page.browser().run(unfold, &[]).await?;
    expect_accessible(&page, "the dialog for a tip, with all that is folded away").await?;
    page.dress("body", [1280, 800], "light").await?;
    page.tip("2").await?;
    page.wait_tip("confirmed").await?;
    page.wait_for_element("the supporter", "[data-testid=supporter]").await?;
    expect_accessible(&page, "a tip that arrived").await
}
