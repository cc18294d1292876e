//! The page in the language of whoever reads it. Issue 12, 4.

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, Server, magnet_of};
use serde_json::json;

async fn wait_for_language(page: &Page, tag: &str) -> Result<()> {
    page.wait_for_element(&format!("the document to be in {tag}"), &format!("html[lang={tag}]")).await
}

/// The files with words that a page has loaded.
async fn words_loaded(page: &Page) -> Result<Vec<String>> {
    let names = "
        const names = performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
        return names.filter(name => name.includes('/words/')).sort()";
    Ok(serde_json::from_value(page.browser().run(names, &[]).await?)?)
}

#[tokio::test]
async fn the_page_speaks_what_is_chosen_at_once_and_after_a_reload() -> Result<()> {
    let files = Files::new()?;
    let server = Server::start().await?;
    let page = Page::chromium("reader", &server).await?;
    let link = page.share(&[&files.random("a.bin", 1_400_000, 1)?]).await?;
    page.choose_language("Deutsch").await?;
    page.wait_for_text("Einstellungen").await?;
    page.wait_for_text("1,4\u{a0}MB").await?;
    wait_for_language(&page, "de").await?;
    ensure!(
        page.share_link().await? == link && page.torrent().await?.state == "seeding",
        "the session was lost"
    );
    let focus = "return document.activeElement?.dataset.testid";
    ensure!(page.browser().run(focus, &[]).await? == "language", "the focus left the choice");
    page.home().await?;
    page.wait_for_text("Dateien direkt verschicken").await?;
    ensure!(words_loaded(&page).await? == ["/words/de/page.txt"]);
    page.choose_language("Wie der Browser").await?;
    wait_for_language(&page, "en").await?;
    page.wait_for_text("Send files straight to people").await
}

#[tokio::test]
async fn the_page_speaks_what_the_browser_prefers_and_loads_nothing_else() -> Result<()> {
    let server = Server::start().await?;
    for (languages, tag, words, loaded) in [
        ("es-MX,es,en", "es", "Suelta archivos aquí", &["/words/es/page.txt"] as &[&str]),
        ("fr,zh-CN,en", "zh", "把文件拖到这里", &["/words/zh/page.txt"]),
        ("fr,en-GB", "en", "Drop files here", &[]),
    ] {
        let page = Page::open(Browser::reading(languages, "reader").await?, &server).await?;
        page.wait_for_text(words).await?;
        wait_for_language(&page, tag).await?;
        let found = words_loaded(&page).await?;
        ensure!(found == loaded, "who reads {languages} loads {found:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_page_whose_words_cannot_be_had_is_in_english() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("reader", &server).await?;
    page.browser().cdp("Network.enable", json!({})).await?;
    page.browser().cdp("Network.setBlockedURLs", json!({ "urls": ["*/words/*"] })).await?;
    page.choose_language("Español").await?;
    page.home().await?;
    page.wait_for_text("Drop files here").await?;
    wait_for_language(&page, "en").await
}

#[tokio::test]
async fn the_player_speaks_what_its_address_says() -> Result<()> {
    let files = Files::new()?;
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    let link = page.share(&[&files.random("film.webm", 40_000, 1)?]).await?;
    let player = |query: &str| Ok(format!("{}/embed.html?{query}#{}", server.origin(), magnet_of(&link)?));
    for (query, label, loaded) in
        [("muted&lang=de", "Abspielen", &["/words/de/embed.txt"] as &[&str]), ("lang=tlh", "Play", &[])]
    {
        let player: Result<String> = player(query);
        page.browser().web()?.goto(player?).await?;
        page.wait_for_element("the player to wait", &format!("#start[aria-label={label}]")).await?;
        let found = words_loaded(&page).await?;
        ensure!(found == loaded, "{query} loads {found:?}");
    }
    Ok(())
}
