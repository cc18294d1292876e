//! The page as an installed program: without a network, and with what the system hands to it.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Conduct, Files, Page, SOON, Server, WebServer, tools, until};
use serde_json::json;

/// The documents that are kept to start from.
const KEPT: &str = "
    const kept = []
    for (const name of await caches.keys()) {
        const document = await (await caches.open(name)).match('./')
        if (document) kept.push(await document.text())
    }
    return kept";

/// Has the page take itself for installed, as browsers tell it.
pub(crate) async fn install(page: &Page) -> Result<()> {
    page.browser().run("dispatchEvent(new Event('appinstalled'))", &[]).await?;
    let worker = "return navigator.serviceWorker.controller?.scriptURL.endsWith('sw.js?installed')";
    until("the other service worker", SOON, async || {
        Ok((page.browser().run(worker, &[]).await? == true).then_some(()))
    })
    .await
}

/// Waits until one document is kept, and this is in it.
pub(crate) async fn wait_kept(page: &Page, mark: &str) -> Result<()> {
    until("the build to be kept", SOON, async || {
        let kept: Vec<String> = serde_json::from_value(page.browser().run_async(KEPT, &[]).await?)?;
        Ok((kept.len() == 1 && kept[0].contains(mark)).then_some(()))
    })
    .await
}

// Issue 13, C.
#[tokio::test]
async fn an_installed_page_starts_without_a_network_and_never_from_an_older_build_than_the_servers()
-> Result<()> {
    let files = Files::new()?;
    let dist = tools::copied_dist()?;
    let mut server = Server::of_page(dist.path()).await?;
    let page = Page::chromium("visitor", &server).await?;
    page.share(&[&files.random("photo.bin", 100_000, 1)?]).await?;
    page.wait_until("the file to be copied", SOON, |torrent| torrent.source == "browser").await?;
    let kept = page.browser().run_async(KEPT, &[]).await?;
    ensure!(kept == json!([]), "the page is kept for somebody who did not install it");
    install(&page).await?;
    wait_kept(&page, "<title>Seedcast").await?;
    server.stop();
    page.home().await?;
    page.wait_for_element("what is stored", "[data-testid=torrent]").await?;

    let document = dist.path().join("index.html");
    fs::write(&document, fs::read_to_string(&document)?.replace("<html ", "<html data-build=\"2\" "))?;
    server.restart().await?;
    let build = async || page.browser().run("return document.documentElement.dataset.build", &[]).await;
    page.home().await?;
    ensure!(build().await? == "2", "an older build is shown than the server has");
    wait_kept(&page, "data-build=\"2\"").await?;
    server.stop();
    page.home().await?;
    ensure!(build().await? == "2", "an older build is shown than was there last");
    Ok(())
}

// Issue 13, C.
#[tokio::test]
async fn an_installed_page_shares_what_other_programs_share_with_it_and_opens_their_links() -> Result<()> {
    let files = Files::new()?;
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    install(&page).await?;
    let hash = "00112233445566778899aabbccddeeff00112233";
    let link = format!("magnet:?xt=urn:btih:{hash}&dn=Grandmother%27s%20recipes");
    for (text, file, shown) in [
        ("", "[new File(['hello'], 'note.txt'), new File(['again'], 'other.txt')]", "note.txt"),
        (&*format!("Look: {link} , nice"), "[]", "Grandmother's recipes"),
    ] {
        // A system sends such a form; here another site does.
        let form = format!(
            "<!doctype html><form method=post enctype=multipart/form-data action='{}/share'>
            <input name=text><input name=files type=file multiple></form><script>
            const [form] = document.forms, files = new DataTransfer()
            for (const file of {file}) files.items.add(file)
            form.elements.files.files = files.files
            if (!files.files.length) form.elements.files.remove()
            form.elements.text.value = {}
            onload = () => setTimeout(() => form.submit())</script>",
            server.origin(),
            json!(text)
        );
        fs::write(files.path().join("form.html"), form)?;
        let site = WebServer::start(files.path(), Conduct::Honest).await?;
        page.browser().web()?.goto(format!("{}/form.html", site.origin())).await?;
        page.wait_for_text(shown).await?;
        if file != "[]" {
            // Not before its user says so: it came from another site.
            let shared =
                page.browser().run("return !!document.querySelector('[data-testid=torrent]')", &[]).await?;
            ensure!(shared == false, "it is shared unasked");
            page.press("[data-testid=share-handed]").await?;
        }
        page.wait_for_element("its torrent", "[data-testid=torrent]").await?;
        let address = page.browser().run("return location.href", &[]).await?;
        ensure!(address.as_str().is_some_and(|address| !address.contains("?shared")), "{address}");
    }
    // Browsers hand a link over like this.
    let escaped = format!("web%2Bmagnet%3A%3Fxt%3Durn%3Abtih%3A{}%26dn%3DOf%20the%20system", "d".repeat(40));
    page.browser().web()?.goto("about:blank").await?;
    page.follow(&format!("{}/#{escaped}", server.origin())).await?;
    page.wait_for_text("Of the system").await
}

/// A browser that nobody asked to is not told what to open links with.
#[tokio::test]
async fn links_are_opened_here_once_somebody_asks_for_it() -> Result<()> {
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    the_browser_is_asked_to_open_links(&page, &server).await
}

pub(crate) async fn the_browser_is_asked_to_open_links(page: &Page, server: &Server) -> Result<()> {
    let note =
        "window.asked = []; navigator.registerProtocolHandler = (...asked) => window.asked.push(asked)";
    page.browser().inject(note).await?;
    page.home().await?;
    page.press("[data-testid=settings]").await?;
    let asked = async || page.browser().run("return window.asked", &[]).await;
    ensure!(asked().await? == json!([]), "the browser was asked already");
    page.press("[data-testid=open-links]").await?;
    ensure!(asked().await? == json!([["magnet", format!("{}/#%s", server.origin())]]));
    Ok(())
}
