//! Creators put the player into their own pages, on other sites.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::{
    Browser, Conduct, Files, Media, Page, SLOW, SOON, Server, TorrentFile, WebServer, magnet_of, until,
};
use metainfo::Metainfo;
use serde_json::{Value, json};

/// Everything that a player tells its page.
const EVENTS: [&str; 8] = ["ready", "playing", "paused", "stalled", "progress", "peers", "error", "ended"];

#[tokio::test]
async fn a_tag_in_another_sites_page_plays_and_tells_its_page_everything() -> Result<()> {
    let scene = Scene::set().await?;
    let (_sharer, magnet) = scene.share().await?;
    let visitor = scene.visit(&scene.tag(&magnet, "muted")).await?;
    visitor.wait_for("ready").await?;
    ensure!(visitor.order("return player.paused && player.currentTime === 0").await? == true);
    ensure!(visitor.heard("progress").await?.is_none(), "it fetched something before it was to play");
    visitor.order("player.play()").await?;
    for event in ["playing", "peers", "progress"] {
        visitor.wait_for(event).await?;
    }
    let stats = visitor
        .wait_for_stats("people to have given", |stats| stats["fromPeople"].as_f64() > Some(0.0))
        .await?;
    ensure!(stats["peers"] == 1 && stats["fromWebSeeds"] == 0, "{stats}");
    ensure!(stats["size"].as_u64() == Some(scene.film.metadata()?.len()), "{stats}");
    visitor.order("player.pause()").await?;
    visitor.wait_for("paused").await?;
    visitor.order("player.currentTime = player.duration - 1; player.play()").await?;
    visitor.wait_for("ended").await?;
    ensure!(visitor.heard("error").await?.is_none(), "it told of an error");
    Ok(())
}

#[tokio::test]
async fn a_frame_without_any_script_plays_and_says_who_gives() -> Result<()> {
    let scene = Scene::set().await?;
    let (_sharer, magnet) = scene.share().await?;
    let html = format!(
        "<iframe src='{}/embed.html?autoplay&muted#{}' width=640 height=360 allow='autoplay; fullscreen'></iframe>",
        scene.server.origin(),
        magnet.replace('\'', "%27")
    );
    let visitor = scene.visit(&html).await?;
    visitor.enter_frame().await?;
    visitor.wait_to_play().await?;
    let swarm = "return document.querySelector('[data-testid=swarm]').textContent";
    until("the player to say who gives it", SOON, async || {
        let words = visitor.order(swarm).await?;
        Ok(words.as_str().filter(|words| *words == "1 person · 100 % from people").map(|_| ()))
    })
    .await
}

#[tokio::test]
async fn a_film_brings_its_poster_and_its_subtitles_along_and_plays_as_fast_as_one_likes() -> Result<()> {
    a_film_is_watched_as_one_likes(Browser::chromium("visitor").await?).await
}

#[tokio::test]
async fn firefox_shows_poster_and_subtitles_and_plays_as_fast_as_one_likes() -> Result<()> {
    a_film_is_watched_as_one_likes(Browser::firefox("visitor").await?).await
}

// Issue 13, C.
async fn a_film_is_watched_as_one_likes(browser: Browser) -> Result<()> {
    let scene = Scene::set().await?;
    let folder = scene.files.path().join("Film");
    fs::create_dir(&folder)?;
    fs::copy(&scene.film, folder.join("film.webm"))?;
    // "Grüße", as programs wrote it before Unicode.
    fs::write(folder.join("film.de.srt"), b"1\r\n00:00:00,000 --> 00:01:00,000\r\nGr\xFC\xDFe\r\n")?;
    fs::write(folder.join("film.en.vtt"), "WEBVTT\n\n00:00.000 --> 01:00.000\nRegards\n")?;
    fs::write(folder.join("poster.png"), include_bytes!("../../../web/static/preview.png"))?;
    let sharer = Page::chromium("sharer", &scene.server).await?;
    let link = sharer.share_folder(&folder).await?;
    let magnet = magnet_of(&link)?;
    let tag = scene.tag(magnet, "preload muted loop speed=1.5 subtitles=de");
    let visitor = scene.visit_in(browser, &tag).await?;
    visitor.enter_frame().await?;
    let fetched = "return performance.getEntriesByType('resource')
        .filter(({ name, responseStatus }) => name.includes('/stream/') && responseStatus === 200)
        .map(({ name }) => name.split('/').at(-1))";
    until("the poster to come before it plays", SOON, async || {
        let poster = "return document.querySelector('[data-testid=player]').poster";
        let poster =
            visitor.order(poster).await?.as_str().is_some_and(|poster| poster.ends_with("/poster.png"));
        let fetched = visitor.order(fetched).await?;
        Ok((poster && fetched.as_array().is_some_and(|names| names.contains(&json!("poster.png"))))
            .then_some(()))
    })
    .await?;
    visitor.order("document.querySelector('#start').click()").await?;
    visitor.wait_to_play().await?;
    let shown = async |what: &str, wanted: Value| {
        let shown = "
            const { playbackRate, textTracks } = document.querySelector('[data-testid=player]')
            const shown = [...textTracks].filter(({ mode }) => mode === 'showing')
            return [playbackRate, ...shown.flatMap(({ activeCues }) => [...activeCues ?? []].map(({ text }) => text))]";
        until(what, SOON, async || Ok((visitor.order(shown).await? == wanted).then_some(()))).await
    };
    shown("subtitles and speed as the tag says", json!([1.5, "Grüße"])).await?;
    let names = visitor.order(fetched).await?;
    ensure!(!names.to_string().contains("vtt"), "subtitles that nobody chose were fetched: {names}");
    let press = "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'c', bubbles: true }))";
    visitor.order(press).await?;
    shown("no subtitles", json!([1.5])).await?;
    visitor.order(press).await?;
    shown("the same again", json!([1.5, "Grüße"])).await?;
    let web = visitor.browser.web()?;
    web.find(thirtyfour::By::Id("more")).await?.click().await?;
    for (list, choice) in [("subtitles", "English"), ("speed", "2×")] {
        let option = format!("//select[@id='{list}']/option[.='{choice}']");
        web.find(thirtyfour::By::XPath(option)).await?.click().await?;
    }
    shown("what was chosen", json!([2, "Regards"])).await
}

// Issue 13, A8.
#[tokio::test]
async fn a_sandbox_that_keeps_the_player_from_starting_is_named_in_its_place() -> Result<()> {
    let scene = Scene::set().await?;
    let frame = |sandbox: &str| {
        format!("<iframe src='{}/embed.html' {sandbox} width=640 height=360></iframe>", scene.server.origin())
    };
    for (sandbox, told) in [("sandbox='allow-scripts'", true), ("", false)] {
        let visitor = scene.visit(&frame(sandbox)).await?;
        visitor.enter_frame().await?;
        until("the player to start or say why not", SOON, async || {
            let seen = visitor
                .order(
                    "return [document.querySelector('.bare')?.checkVisibility(),
                        document.querySelector('#frame')?.checkVisibility()]",
                )
                .await?;
            Ok((seen == json!([told, !told])).then_some(()))
        })
        .await?;
    }
    Ok(())
}

/// Where a web server has the torrent's file too, the first visitor needs nobody.
// Issue 13, B: a page whose policy blocks the player had an empty place, and nobody said why.
#[tokio::test]
async fn a_policy_that_keeps_the_player_out_is_named_in_its_place_and_in_the_console() -> Result<()> {
    let scene = Scene::set().await?;
    let magnet = "magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c";
    let policy = "<script>
        const policy = document.createElement('meta')
        policy.httpEquiv = 'Content-Security-Policy'
        policy.content = \"frame-src 'none'\"
        document.head.append(policy)
        const told = document.documentElement.dataset
        console.error = complaint => { told.complaint = complaint }
        </script>";
    let hears = "<script>
        const tag = document.querySelector('seedcast-player')
        tag.player(1).addEventListener('error', ({ detail }) => { told.error = detail.message })
        </script>";
    let tag = scene.tag(magnet, "lang=de");
    let origin = scene.server.origin();
    for browser in [Browser::chromium("visitor").await?, Browser::firefox("visitor").await?] {
        let visitor = scene.visit_in(browser, &format!("{policy}{tag}{hears}")).await?;
        let link = "
            const link = document.querySelector('seedcast-player a')
            const { complaint, error } = document.documentElement.dataset
            return link && [link.href, link.textContent, error, complaint, document.querySelector('iframe')]";
        let seen = until("a link in the player's place", SOON, async || {
            Ok(Some(visitor.order(link).await?).filter(|seen| !seen.is_null()))
        })
        .await?;
        ensure!(seen[0] == format!("{origin}/#{magnet}") && seen[4].is_null(), "{seen}");
        ensure!(seen[1].as_str().is_some_and(|words| words.contains("lässt den Player nicht zu")), "{seen}");
        ensure!(seen[1] == seen[2], "the page heard something else: {seen}");
        ensure!(seen[3].to_string().contains(&format!("frame-src {origin}")), "{seen}");
    }
    Ok(())
}

#[tokio::test]
async fn a_web_server_alone_is_enough() -> Result<()> {
    let scene = Scene::set().await?;
    let web = WebServer::start(scene.files.path(), Conduct::Honest).await?;
    let visitor = scene.visit(&scene.tag_of_torrent(&web, "autoplay muted")?).await?;
    visitor.wait_for("playing").await?;
    let from_server = |stats: &Value| stats["fromWebSeeds"].as_f64() > Some(0.0);
    let stats = visitor.wait_for_stats("the web server to have given", from_server).await?;
    ensure!(stats["peers"] == 0 && stats["fromPeople"] == 0, "{stats}");
    visitor.wait_for("ended").await
}

#[tokio::test]
async fn a_person_goes_on_where_a_web_server_breaks_off() -> Result<()> {
    let scene = Scene::set().await?;
    let third = scene.film.metadata()?.len() / 3;
    let web = WebServer::start(scene.files.path(), Conduct::BreaksAfter(third)).await?;
    let torrent = WebServer::start(scene.files.path(), Conduct::Honest).await?;
    let (_sharer, magnet) = scene.share_torrent().await?;
    let attributes =
        format!("autoplay muted webseed='{}' torrent='{}film.webm.torrent'", web.folder(), torrent.folder());
    let visitor = scene.visit(&scene.tag(&magnet, &attributes)).await?;
    visitor.wait_for("ended").await?;
    let stats = visitor.order("return player.stats()").await?;
    ensure!(stats["fromPeople"].as_f64() > Some(0.0), "no person went on: {stats}");
    ensure!(stats["progress"] == 1, "{stats}");
    Ok(())
}

#[tokio::test]
async fn two_players_in_one_page_both_play() -> Result<()> {
    let scene = Scene::set().await?;
    let (_sharer, magnet) = scene.share().await?;
    let other = scene.files.path().join("other.webm");
    let mut bytes = fs::read(&scene.film)?;
    // What follows the last cluster is passed over.
    bytes.extend([0xec, 0x84, 0, 0, 0, 0]);
    fs::write(&other, bytes)?;
    let second = Page::chromium("another sharer", &scene.server).await?;
    let link = second.share(&[&other]).await?;
    let also = format!(
        "<seedcast-player id=second muted autoplay src='{}'></seedcast-player>",
        quoted(magnet_of(&link)?)
    );
    let html = format!("{}{also}", scene.tag(&magnet, "muted autoplay"));
    let visitor = scene.visit(&html).await?;
    visitor.wait_for("playing").await?;
    until("the second player to play", SOON, async || {
        let at = visitor.order("return document.getElementById('second').player(1).currentTime").await?;
        Ok((at.as_f64() > Some(0.5)).then_some(()))
    })
    .await?;
    visitor.wait_for("ended").await
}

#[tokio::test]
async fn another_element_of_its_name_and_a_second_copy_of_the_script_do_no_harm() -> Result<()> {
    let scene = Scene::set().await?;
    let (_sharer, magnet) = scene.share().await?;
    let script = format!("<script src='{}/embed.js'></script>", scene.server.origin());
    let html = format!(
        "<script>customElements.define('seedcast-player', class extends HTMLElement {{ mine() {{ return true }} }})</script>
        {script}{script}
        <seedcast-player id=theirs></seedcast-player>
        <seedcast-player-2 id=player muted autoplay src='{}'></seedcast-player-2>
        <script>{}</script>",
        quoted(&magnet),
        listening()
    );
    let visitor = scene.visit(&html).await?;
    visitor.wait_for("playing").await?;
    ensure!(visitor.order("return document.getElementById('theirs').mine()").await? == true);
    let third = visitor.order("return customElements.get('seedcast-player-3') === undefined").await?;
    ensure!(third == true, "the second copy defined an element of its own");
    let refused =
        "try { document.getElementById('player').player(2) } catch (error) { return error.message }";
    ensure!(visitor.order(refused).await?.as_str().is_some_and(|why| why.contains("no version 2")));
    Ok(())
}

/// Browsers that deny other sites' frames any storage deny them service workers as well.
#[tokio::test]
async fn where_nothing_can_be_stored_it_plays_once_it_is_complete_and_says_so() -> Result<()> {
    let scene = Scene::set().await?;
    let web = WebServer::start(scene.files.path(), Conduct::Slow(400_000)).await?;
    let html = scene.tag_of_torrent(&web, "autoplay muted")?;
    let visitor = scene.visit_in(Browser::without_storage("visitor").await?, &html).await?;
    visitor.wait_for("progress").await?;
    visitor.enter_frame().await?;
    let sentence = "return document.querySelector('[data-testid=notice]').textContent";
    until("the player to say that it waits", SOON, async || {
        let said = visitor.order(sentence).await?;
        Ok(said.as_str().is_some_and(|said| said.contains("when all of it is here")).then_some(()))
    })
    .await?;
    visitor.wait_to_play().await
}

#[tokio::test]
async fn a_wrong_link_is_a_sentence_in_place_of_the_player() -> Result<()> {
    let scene = Scene::set().await?;
    for (address, words) in [
        ("embed.html", "names no torrent"),
        ("embed.html#%3Cscript%3Ealert(1)%3C/script%3E", "not a magnet link"),
        ("embed.html?autoplay#magnet:?xt=urn:btih:123", "does not work"),
        (
            "embed.html?poster=javascript:alert(1)#magnet:?xt=urn:btih:dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c",
            "poster",
        ),
    ] {
        let browser = Browser::chromium("visitor").await?;
        browser.web()?.goto(format!("{}/{address}", scene.server.origin())).await?;
        until(&format!("{address} to be called wrong"), SOON, async || {
            let said = "return document.querySelector('[data-testid=notice]')?.textContent ?? ''";
            let said = browser.run(said, &[]).await?;
            Ok(said.as_str().is_some_and(|said| said.contains(words)).then_some(()))
        })
        .await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_page_writes_a_tag_that_plays_and_shows_what_it_looks_like() -> Result<()> {
    let scene = Scene::set().await?;
    let sharer = Page::chromium("sharer", &scene.server).await?;
    sharer.share(&[&scene.film]).await?;
    sharer.press("[data-testid=embed]").await?;
    let tag = sharer.value("[data-testid=embed-tag]").await?;
    let frame = sharer.value("[data-testid=embed-frame]").await?;
    for html in [tag, frame] {
        let visitor = scene.visit(&html).await?;
        visitor.enter_frame().await?;
        visitor.browser.web()?.find(thirtyfour::By::Id("start")).await?.click().await?;
        visitor.wait_to_play().await?;
    }
    let web = sharer.browser().web()?;
    let preview = web.find(thirtyfour::By::Css("[data-testid=embed-preview]")).await?;
    preview.scroll_into_view().await?;
    preview.enter_frame().await?;
    web.find(thirtyfour::By::Id("start")).await?.click().await?;
    until("the preview to play", SOON, async || {
        let at = sharer.browser().run(PLACE, &[]).await?;
        Ok((at.as_f64() > Some(0.2)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn a_film_that_names_somebody_offers_to_tip_them_on_the_page_itself() -> Result<()> {
    let scene = Scene::set().await?;
    let (sharer, magnet) = scene.share().await?;
    let visitor = scene.visit(&scene.tag(&magnet, "autoplay muted")).await?;
    visitor.enter_frame().await?;
    visitor.wait_to_play().await?;
    ensure!(visitor.order(TIP).await? == json!(null), "it offers to tip nobody");

    let link = sharer.share_with_tips_to(ACCOUNT).await?;
    let magnet = magnet_of(&link)?.to_owned();
    // Whom a link or a page names counts for nothing.
    let forged = format!("{magnet}&x.btt=eip155:1029:0x0000000000000000000000000000000000000001");
    let visitor = scene.visit(&scene.tag(&forged, "autoplay muted")).await?;
    visitor.enter_frame().await?;
    visitor.wait_to_play().await?;
    let tip = until("the player to offer to tip", SOON, async || {
        Ok(Some(visitor.order(TIP).await?).filter(|tip| !tip.is_null()))
    })
    .await?;
    let address = tip["href"].as_str().context("no address")?;
    ensure!(address.starts_with(&format!("{}/?tip#magnet:?", scene.server.origin())), "{tip}");
    let metadata = Metainfo::parse(&fs::read(sharer.save_torrent_file().await?)?)?.info;
    ensure!(address.contains(&metadata.info_hash().to_string()), "{tip}");
    ensure!(!address.contains("0x"), "{tip}");
    ensure!(tip["target"] == "_blank" && tip["rel"] == "noopener" && tip["name"] == "Tip", "{tip}");
    ensure!(tip["focused"] == true, "the keyboard does not reach it");
    Ok(())
}

/// The way from this player to the page where tips are given, if it is there.
const TIP: &str = "
    const tip = document.querySelector('[data-testid=tip]')
    if (tip.hidden) return null
    tip.focus()
    return { href: tip.href, target: tip.target, rel: tip.rel, name: tip.textContent, focused: document.activeElement === tip }";

/// Somebody to tip.
const ACCOUNT: &str = "eip155:1029:0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";

/// Where the player of this document is, in seconds.
const PLACE: &str = "return document.querySelector('[data-testid=player]').currentTime";

/// A film, and Seedcast.
struct Scene {
    files: Files,
    film: std::path::PathBuf,
    server: Server,
    /// Another site: it is asked for as `localhost`, and Seedcast as `127.0.0.1`.
    site: WebServer,
}

/// Somebody who looks at a creator's page.
struct Visitor {
    browser: Browser,
}

impl Scene {
    async fn set() -> Result<Self> {
        let files = Files::new()?;
        let film = files.path().join("film.webm");
        fs::copy(Media::WebM.file()?, &film)?;
        let server = Server::start().await?;
        let site = WebServer::start(files.path(), Conduct::Honest).await?;
        Ok(Self { files, film, server, site })
    }

    /// Somebody who shares the film, and the magnet link.
    async fn share(&self) -> Result<(Page, String)> {
        let sharer = Page::chromium("sharer", &self.server).await?;
        let link = sharer.share(&[&self.film]).await?;
        Ok((sharer, magnet_of(&link)?.to_owned()))
    }

    /// Somebody who shares the film as the torrent file beside it has it, and the magnet link.
    async fn share_torrent(&self) -> Result<(Page, String)> {
        let torrent = self.files.torrent(&self.film, TorrentFile::default())?;
        let sharer = Page::chromium("sharer", &self.server).await?;
        let web = WebServer::start(self.files.path(), Conduct::Honest).await?;
        let magnet = magnet_for(&torrent)?;
        let folder = web.folder();
        sharer.add(&format!("{magnet}&ws={folder}&xs={folder}film.webm.torrent")).await?;
        sharer.wait_complete().await?;
        // Issue 11, A11: a link that was passed on had lost it.
        ensure!(
            sharer.share_link().await?.contains("&xs="),
            "the link does not say where the torrent file is"
        );
        Ok((sharer, magnet))
    }

    /// A page's text, with the film's torrent file and web server beside the link, and nobody who shares it.
    fn tag_of_torrent(&self, web: &WebServer, attributes: &str) -> Result<String> {
        let torrent = self.files.torrent(&self.film, TorrentFile::default())?;
        let magnet = magnet_for(&torrent)?;
        let folder = web.folder();
        Ok(self.tag(
            &magnet,
            &format!("{attributes} webseed='{folder}film.webm' torrent='{folder}film.webm.torrent'"),
        ))
    }

    /// A page's text with the player in it.
    fn tag(&self, magnet: &str, attributes: &str) -> String {
        format!(
            "<script src='{}/embed.js'></script>
            <seedcast-player id=player style='width: 640px' {attributes} src='{}'></seedcast-player>
            <script>{}</script>",
            self.server.origin(),
            quoted(magnet),
            listening()
        )
    }

    async fn visit(&self, html: &str) -> Result<Visitor> {
        self.visit_in(Browser::chromium("visitor").await?, html).await
    }

    async fn visit_in(&self, browser: Browser, html: &str) -> Result<Visitor> {
        let page =
            format!("<!doctype html><meta charset=utf-8><title>A creator</title><h1>My film</h1>{html}");
        fs::write(self.files.path().join("page.html"), page)?;
        let origin = self.site.origin().replace("127.0.0.1", "localhost");
        browser.web()?.goto(format!("{origin}/page.html")).await?;
        Ok(Visitor { browser })
    }
}

impl Visitor {
    /// Runs something in which `player` is the page's player.
    async fn order(&self, script: &str) -> Result<Value> {
        self.browser.run(script, &[]).await
    }

    /// What the player told with its latest event of this kind.
    async fn heard(&self, event: &str) -> Result<Option<Value>> {
        let heard = self.browser.run("return heard[arguments[0]]", &[json!(event)]).await?;
        Ok(Some(heard).filter(|heard| !heard.is_null()))
    }

    async fn wait_for(&self, event: &str) -> Result<()> {
        let what = format!("the event {event}");
        let waited = until(&what, SLOW, async || Ok(self.heard(event).await?.map(|_| ())));
        let Err(error) = waited.await else { return Ok(()) };
        let mut heard = Vec::new();
        for event in EVENTS {
            heard.push(format!("{event}: {:?}", self.heard(event).await?));
        }
        Err(error.context(heard.join("\n")))
    }

    async fn wait_for_stats(&self, what: &str, condition: impl Fn(&Value) -> bool) -> Result<Value> {
        until(what, SOON, async || Ok(Some(self.order("return player.stats()").await?).filter(&condition)))
            .await
    }

    /// Looks into the player's frame from now on.
    async fn enter_frame(&self) -> Result<()> {
        let web = self.browser.web()?;
        web.find(thirtyfour::By::Tag("iframe")).await?.enter_frame().await?;
        Ok(())
    }

    /// Waits until the player, whose frame is looked into, has played something.
    async fn wait_to_play(&self) -> Result<()> {
        let waited = until("the film to play", SLOW, async || {
            Ok((self.browser.run(PLACE, &[]).await?.as_f64() > Some(0.2)).then_some(()))
        });
        let Err(error) = waited.await else { return Ok(()) };
        let text = self.browser.run("return document.body.innerText", &[]).await?;
        Err(error.context(format!("the player says {text}")))
    }
}

fn magnet_for(torrent: &Path) -> Result<String> {
    let metainfo = Metainfo::parse(&fs::read(torrent)?).context("a torrent file that was just made")?;
    Ok(format!("magnet:?xt=urn:btih:{}", metainfo.info.info_hash()))
}

/// As the value of an attribute in single quotes.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('\'', "&#39;")
}

/// What a creator's page does to hear of everything.
fn listening() -> String {
    format!(
        "const heard = {{}}, player = document.getElementById('player').player(1)
        for (const name of {}) player.addEventListener(name, event => heard[name] = event.detail)",
        json!(EVENTS)
    )
}
