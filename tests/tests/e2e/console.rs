//! Nothing goes wrong without anybody's taking care of it: no promise of the page, its workers or its service worker is refused
//! and left so, which browsers write into the console.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Browser, Conduct, Files, Page, SOON, Server, TorrentFile, WebServer, tools, until};
use serde_json::json;
use tempfile::TempDir;

/// Tells the page's tab of every promise that was refused, and that nobody took care of. When it is asked it refuses one, whose
/// reason is its name.
const TELL: &str = "
    const refusals = new BroadcastChannel('refusals')
    refusals.onmessage = () => void Promise.reject('NAME')
    addEventListener('unhandledrejection', ({ reason }) => refusals.postMessage(String(reason)))
";

/// The programs that tell.
const ENGINE: &str = "seedcast-engine_loader.js";
const SERVICE_WORKER: &str = "sw.js";

#[tokio::test]
async fn a_download_from_a_web_seed_leaves_no_promise_refused() -> Result<()> {
    let scene = Scene::set().await?;
    let files = Files::new()?;
    let file = files.random("file.bin", 24 << 20, 1)?;
    // It sends whole files, of which no more is read than was asked for.
    for conduct in [Conduct::Honest, Conduct::WholeOnly] {
        let web = WebServer::start(files.path(), conduct).await?;
        let web_seeds = vec![web.folder()];
        let torrent = files.torrent(&file, TorrentFile { web_seeds, ..TorrentFile::default() })?;
        let page = scene.page().await?;
        page.add_torrent_file(&torrent).await?;
        page.wait_complete().await?;
        expect_none(&page, ENGINE).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_torrent_that_is_removed_while_it_is_read_leaves_no_promise_refused() -> Result<()> {
    let scene = Scene::set().await?;
    let files = Files::new()?;
    let page = scene.page().await?;
    page.share(&[&files.random("file.bin", 48 << 20, 1)?]).await?;
    until("the service worker to answer the page", SOON, async || {
        let controlled =
            page.browser().run("return navigator.serviceWorker.controller !== null", &[]).await?;
        Ok((controlled == true).then_some(()))
    })
    .await?;
    let read = "
        const answer = await fetch(args[0])
        window.reader = answer.body.getReader()
        return (await reader.read()).value.length";
    let address = format!("stream/{}/file.bin", page.torrent().await?.info_hash);
    let length = page.browser().run_async(read, &[json!(address)]).await?;
    ensure!(length.as_u64() > Some(0), "{length}");
    page.press("[data-testid=remove]").await?;
    page.press("[data-testid=remove-confirm]").await?;
    let broken = "
        try { while (!(await reader.read()).done); return 'whole' } catch { return 'broken off' }";
    let end = page.browser().run_async(broken, &[]).await?;
    ensure!(end == "broken off", "{end}");
    expect_none(&page, SERVICE_WORKER).await
}

/// A site whose programs tell what they leave refused.
struct Scene {
    server: Server,
    _site: TempDir,
}

impl Scene {
    async fn set() -> Result<Self> {
        let site = tools::copied_dist()?;
        for name in [ENGINE, SERVICE_WORKER] {
            let path = site.path().join(name);
            let tell = TELL.replace("NAME", name);
            fs::write(&path, format!("{tell}{}", fs::read_to_string(&path)?))?;
        }
        Ok(Self { server: Server::of_page(site.path()).await?, _site: site })
    }

    async fn page(&self) -> Result<Page> {
        let browser = Browser::chromium("visitor").await?;
        let listen = "
            window.refused = []
            window.refusals = new BroadcastChannel('refusals')
            refusals.onmessage = ({ data }) => refused.push(data)
            addEventListener('unhandledrejection', ({ reason }) => refused.push(String(reason)))";
        browser.inject(listen).await?;
        Page::open(browser, &self.server).await
    }
}

/// Whether nothing was refused by now that nobody took care of, as this program tells after what it is asked for.
async fn expect_none(page: &Page, program: &str) -> Result<()> {
    page.browser().run("refusals.postMessage(null)", &[]).await?;
    let mut refused = Vec::<String>::new();
    until("a promise that is refused to be told of", SOON, async || {
        refused = serde_json::from_value(page.browser().run("return refused", &[]).await?)?;
        Ok(refused.iter().any(|reason| reason == program).then_some(()))
    })
    .await?;
    refused.retain(|reason| reason != ENGINE && reason != SERVICE_WORKER);
    ensure!(refused.is_empty(), "{refused:?}");
    Ok(())
}
