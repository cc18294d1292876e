//! Pictures of the page, as phones and a desktop computer show it, light, dark and in forced colours.
//!
//! `screenshots --out DIR` writes them as `SCENE-WIDTH-THEME.png`. Everything in them is real: the torrent that
//! is being downloaded comes from three other clients, which hold back when the picture is due.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use btt::CONFIRMATIONS;
use harness::{
    Browser, Chain, Figure, Files, Media, Page, PageServer, SOON, Server, Wallet, WebTorrentPage, bitmap,
    magnet_of, tagged, until,
};
use serde_json::json;

/// The narrowest window that the page is made for, a phone, and a desktop computer.
const SIZES: [[u32; 2]; 3] = [[320, 640], PHONE, [1280, 800]];
const PHONE: [u32; 2] = [390, 844];
const THEMES: [&str; 3] = ["light", "dark", "forced"];

/// A link to something that nobody has.
const LONELY: &str =
    "magnet:?xt=urn:btih:00112233445566778899aabbccddeeff00112233&dn=Grandmother%27s%20recipes.pdf";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let album = Album { folder: folder()? };
    let server = Server::start().await?;
    let page = Page::chromium("visitor", &server).await?;
    album.add(&page, "home-empty").await?;
    for (dialog, scene) in [("Settings", "settings"), ("Help", "help")] {
        page.press_button(dialog).await?;
        album.add(&page, scene).await?;
        page.home().await?;
    }
    let files = Files::new()?;
    shares(&album, &page, &files).await?;
    sealed(&album, &server, &files).await?;
    many(&album, &server, &files).await?;
    lonely(&album, &page).await?;
    languages(&album, &page).await?;
    download(&album, &page, &server, &files).await?;
    tips(&album, &files).await?;
    payments(&album, &files).await
}

/// Where the pictures go.
struct Album {
    folder: PathBuf,
}

impl Album {
    /// Takes the pictures of one scene.
    async fn add(&self, page: &Page, scene: &str) -> Result<()> {
        self.add_part(page, scene, "body").await
    }

    /// Takes one picture of a scene, scrolled to an element, as wide as a phone.
    async fn add_for_phones(&self, page: &Page, scene: &str, selector: &str) -> Result<()> {
        let file = self.folder.join(format!("{scene}-{}-light.png", PHONE[0]));
        page.picture(&file, selector, PHONE, "light").await
    }

    /// Takes the pictures of one scene, scrolled to an element.
    async fn add_part(&self, page: &Page, scene: &str, selector: &str) -> Result<()> {
        for size in SIZES {
            let [width, _height] = size;
            for theme in THEMES {
                let file = self.folder.join(format!("{scene}-{width}-{theme}.png"));
                page.picture(&file, selector, size, theme).await?;
            }
        }
        Ok(())
    }
}

/// A letter that only its reader can read, and what keeps it without its key.
async fn sealed(album: &Album, server: &Server, files: &Files) -> Result<()> {
    let sharer = Page::newcomer("sharer", server).await?;
    sharer.share(&[&files.random("Tax return 2026.pdf", 800_000, 5)?]).await?;
    album.add(&sharer, "sealed").await?;
    let keyless = sharer.value("[data-testid=copy-locked]").await?;
    let keeper = Page::newcomer("keeper", server).await?;
    keeper.follow(&keyless).await?;
    keeper.wait_complete().await?;
    album.add(&keeper, "locked").await
}

/// Shares two things, and pauses one.
async fn shares(album: &Album, page: &Page, files: &Files) -> Result<()> {
    for name in ["The garden in spring.jpg", "The pond.jpg", "Aunt Ida/Ida at the lake.jpg"] {
        let path = files.path().join("Summer 2026").join(name);
        fs::create_dir_all(path.parent().context("it is in a folder")?)?;
        fs::write(path, bitmap(1200, 960, (20 * name.len()) as u8))?;
    }
    page.share(&[&files.random("Draft of the talk.odp", 7_100_000, 1)?]).await?;
    page.press("[data-testid=pause]").await?;
    page.wait_until("the pause to begin", SOON, |torrent| torrent.state == "paused").await?;
    page.press_button("All files").await?;
    page.share_folder(&files.path().join("Summer 2026")).await?;
    page.wait_for_element("small pictures", "[data-testid=thumbnail] img[src]").await?;
    album.add(page, "share").await?;
    album.add_part(page, "pictures", "[data-testid=thumbnail]").await?;
    page.press("[data-testid=thumbnail]").await?;
    page.wait_for_element("a large picture", "dialog .picture").await?;
    album.add(page, "picture").await?;
    page.press("dialog [aria-label=Close]").await?;
    page.press_button("All files").await?;
    sounds(album, page, files).await
}

/// Plays an album.
async fn sounds(album: &Album, page: &Page, files: &Files) -> Result<()> {
    let folder = files.path().join("Songs of the sea");
    fs::create_dir(&folder)?;
    let sound = fs::read(Media::Mp3.file()?)?;
    for (track, title) in [("1", "The harbour"), ("2", "Two knots of wind"), ("10", "Home")] {
        let tags =
            [("TIT2", title), ("TPE1", "Ida & the Waves"), ("TALB", "Songs of the sea"), ("TRCK", track)];
        fs::write(folder.join(format!("{track} {title}.mp3")), tagged(&sound, &tags, None))?;
    }
    fs::write(folder.join("cover.jpg"), bitmap(600, 600, 140))?;
    page.share_folder(&folder).await?;
    page.press_key("m").await?;
    page.press_key("k").await?;
    page.wait_text_of("[data-testid=album]", |text| text.contains("The harbour\n")).await?;
    page.wait_for_element("the cover", "[data-testid=album] img").await?;
    album.add_part(page, "album", "[data-testid=player]").await?;
    page.press("[data-testid=remove]").await?;
    page.press("[data-testid=remove-confirm]").await
}

/// Picks some of many shares, drags something over the page, adds a file to one, and reloads the page.
async fn many(album: &Album, server: &Server, files: &Files) -> Result<()> {
    let page = Page::chromium("sharer of many", server).await?;
    for name in ["The lake at dawn.mov", "Minutes of the meeting.zip", "Choir rehearsal.wav"] {
        // Too large to be copied into the browser unasked; a hole takes no room.
        let file = files.path().join(name);
        fs::File::create(&file)?.set_len((257 << 20) + name.len() as u64)?;
        page.share(&[&file]).await?;
        page.press_button("All files").await?;
    }
    let added = files.random("The lake at noon.jpg", 900_000, 1)?;
    page.drag_over(&[&added]).await?;
    page.wait_for_element("where the drop goes", "[data-testid=drop-place]").await?;
    album.add(&page, "drop").await?;
    page.drag_away().await?;
    page.home().await?;
    page.wait_for_element("the question for the files", "[data-testid=attach-all]").await?;
    album.add_part(&page, "waiting", "#yours").await?;
    page.press("[data-testid=pick-many]").await?;
    page.press("[data-testid=pick]").await?;
    album.add_part(&page, "picking", "#yours").await?;
    page.press("[data-testid=remove-picked]").await?;
    album.add(&page, "remove-picked").await?;
    page.home().await?;
    page.share(&[&added]).await?;
    let before = page.share_link().await?;
    page.add_files(&[&files.random("The lake at night.jpg", 700_000, 2)?]).await?;
    page.share_link_other_than(&before).await?;
    page.follow(&before).await?;
    page.wait_for_element("the way to what was added", "[data-testid=successor]").await?;
    album.add(&page, "successor").await
}

/// Shows a phone what has most words, in every language but English.
async fn languages(album: &Album, page: &Page) -> Result<()> {
    for (name, tag) in [("Deutsch", "de"), ("Español", "es"), ("简体中文", "zh"), ("English", "en")] {
        page.choose_language(name).await?;
        page.wait_for_element(&format!("the document to be in {tag}"), &format!("html[lang={tag}]")).await?;
        if tag == "en" {
            break;
        }
        album.add_for_phones(page, &format!("settings-{tag}"), "dialog").await?;
        page.home().await?;
        album.add_for_phones(page, &format!("home-{tag}"), "body").await?;
        page.press("[data-testid=open-torrent]").await?;
        page.wait_for_element("the torrent", "[data-testid=remove]").await?;
        album.add_for_phones(page, &format!("torrent-{tag}"), "body").await?;
        album.add_for_phones(page, &format!("share-{tag}"), "[data-testid=share-link]").await?;
        album.add_for_phones(page, &format!("swarm-{tag}"), ".swarm").await?;
        page.home().await?;
    }
    page.home().await
}

/// Opens the link of something that nobody has.
async fn lonely(album: &Album, page: &Page) -> Result<()> {
    page.add(LONELY).await?;
    page.notice().await?;
    album.add(page, "nobody").await?;
    page.press_button("All files").await
}

/// Downloads from three others, who slow down shortly before 40 %.
async fn download(album: &Album, page: &Page, server: &Server, files: &Files) -> Result<()> {
    let film = files.path().join("Ida learns to sail.mp4");
    fs::copy(Media::LongMp4.file()?, &film)?;
    let pages = PageServer::start().await?;
    let mut link = String::new();
    let mut sharers = Vec::new();
    for name in ["first sharer", "second sharer", "third sharer"] {
        let sharer = WebTorrentPage::open(Browser::chromium(name).await?, &pages).await?;
        sharer.limit_uploads(1_000_000).await?;
        link = sharer.share(&[&film], &server.announce()).await?;
        sharers.push(sharer);
    }
    page.add(&link).await?;
    page.wait_progress(0.38).await?;
    for sharer in &sharers {
        sharer.limit_uploads(20_000).await?;
    }
    page.wait_until("three people to be connected", SOON, |torrent| torrent.peers == 3).await?;
    album.add(page, "torrent").await?;
    album.add_part(page, "people", "table").await?;
    page.press("[data-testid=limits]").await?;
    page.fill("[data-testid=limit-down]", "500").await?;
    album.add_part(page, "limits", "[data-testid=limits]").await?;
    sharers[0].browser().web()?.goto("about:blank").await?;
    inside(album, page).await?;
    page.press_button("All files").await?;
    album.add_part(page, "home", "[data-testid=torrent]").await?;
    finished(album, page, &film).await?;
    embedded(album, page).await
}

/// Shows that somebody left lately, and what happened inside since somebody began to look.
async fn inside(album: &Album, page: &Page) -> Result<()> {
    page.wait_for_element("one to have left", "[data-testid=departed]").await?;
    album.add_part(page, "departed", "#people").await?;
    let at = "const at = location.href; location.hash = arguments[0]; return at";
    let torrent = page.browser().run(at, &[json!("debug")]).await?;
    page.wait_text_of("[data-testid=journal]", |text| text.contains("Said hello")).await?;
    album.add(page, "debug").await?;
    page.follow(torrent.as_str().context("a document has an address")?).await
}

/// Plays a film that is here.
async fn finished(album: &Album, page: &Page, film: &Path) -> Result<()> {
    let sailing = film.with_file_name("Ida at sea.mp4");
    fs::rename(film, &sailing)?;
    page.share(&[&sailing]).await?;
    page.press_key("m").await?;
    page.press_key("k").await?;
    page.wait_player("the film to play", |player| player.time > 1.0).await?;
    album.add_part(page, "playing", "[data-testid=player]").await?;
    page.dress("body", SIZES[2], "light").await?;
    page.press_key("t").await?;
    album.add_part(page, "theatre", "[data-testid=player]").await?;
    page.dress("body", SIZES[2], "light").await?;
    page.press_key("t").await
}

/// Shows how to embed a film, and what that looks like.
async fn embedded(album: &Album, page: &Page) -> Result<()> {
    let link = page.share_link().await?;
    page.press_button("Embed").await?;
    page.wait_for_element("the preview", "[data-testid=embed-preview]").await?;
    album.add(page, "embed-dialog").await?;
    let (home, _) = link.split_once('#').context("a share link has a fragment")?;
    let player = format!("{home}embed.html?autoplay&muted#{}", magnet_of(&link)?);
    page.browser().web()?.goto(player).await?;
    page.wait_player("the embedded film to play", |player| player.time > 1.0).await?;
    album.add(page, "embed").await?;
    page.press("#more").await?;
    album.add(page, "embed-more").await
}

/// Asks for tips, and gives some, on a chain of play money.
async fn tips(album: &Album, files: &Files) -> Result<()> {
    let chain = Chain::start().await?;
    let config = json!({ "tips": { "networks": [chain.network()] } });
    let server = Server::with_config(&config.to_string()).await?;
    let film = files.path().join("Ida learns to dive.webm");
    fs::copy(Media::WebM.file()?, &film)?;
    let creator = Page::chromium("creator", &server).await?;
    let link = creator.share_for_tips(&film, chain.account(0)).await?;
    album.add_part(&creator, "tip-share", ".choices").await?;
    creator.open_tip().await?;
    creator.fill("[data-testid=tip-amount]", "250").await?;
    creator.wait_for_element("a code", "[data-testid=tip-qr]").await?;
    album.add_part(&creator, "tip-no-wallet", "[data-testid=tip-no-wallet]").await?;
    creator.browser().cdp("Emulation.setTouchEmulationEnabled", json!({ "enabled": true })).await?;
    album.add_for_phones(&creator, "tip-phone", "[data-testid=tip-coins]").await?;

    let browser = Browser::chromium("supporter").await?;
    let icon = "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><rect width='100%' height='100%' fill='teal'/></svg>";
    let names = json!([{ "uuid": "1", "name": "Purse", "icon": icon, "rdns": "org.example.purse" }]);
    Wallet::inject_as(&browser, &chain, 1, names).await?;
    let page = Page::open(browser, &server).await?;
    page.follow(&link).await?;
    page.wait_complete().await?;
    for (account, amount, note) in [(1, "1200", "Thank you, Ida!"), (2, "12.5", "")] {
        page.browser().run("wallet.account = arguments[0]", &[json!(chain.account(account))]).await?;
        tip(&page, amount, note).await?;
        page.wait_tip("confirmed").await?;
        page.press("[data-testid=tip-dialog] form button").await?;
    }
    page.browser().run("wallet.account = arguments[0]", &[json!(chain.account(3))]).await?;
    page.open_tip().await?;
    album.add_part(&page, "tip", "#tip-title").await?;
    page.press("[data-testid=tip-dialog] form button").await?;
    let hesitate = "
        const hesitation = new Promise(decide => { wallet.decide = decide })
        wallet.policy = { before: method => method === 'eth_sendTransaction' && hesitation }";
    page.browser().run(hesitate, &[]).await?;
    tip(&page, "250", "For the part with the octopus").await?;
    page.wait_tip("wallet").await?;
    album.add_part(&page, "tip-wallet", "[data-testid=tip-status]").await?;
    // No block comes while the pictures are taken.
    chain.stop().await?;
    page.browser().run("wallet.decide()", &[]).await?;
    page.wait_tip("pending").await?;
    album.add_part(&page, "tip-pending", "[data-testid=tip-status]").await?;
    chain.mine(CONFIRMATIONS).await?;
    page.wait_tip("confirmed").await?;
    album.add_part(&page, "tip-confirmed", "[data-testid=tip-status]").await?;
    page.press("[data-testid=tip-dialog] form button").await?;
    until("a supporter", SOON, async || Ok((!page.supporters().await?.is_empty()).then_some(()))).await?;
    album.add_part(&page, "supporters", ".tips").await
}

/// Fills the dialog in and presses its button.
async fn tip(page: &Page, amount: &str, note: &str) -> Result<()> {
    page.open_tip().await?;
    page.fill("[data-testid=tip-note]", note).await?;
    page.tip(amount).await
}

/// Earns by giving and pays to go faster, on a chain of play money.
async fn payments(album: &Album, files: &Files) -> Result<()> {
    let chain = Chain::start().await?;
    let mut network = chain.network();
    network["pay"] = json!(chain.create_contract().await?.to_string());
    let server = Server::with_config(&json!({ "tips": { "networks": [network] } }).to_string()).await?;
    let seller = Page::open(with_wallet("seller", &chain, 1).await?, &server).await?;
    let link = seller.share(&[&files.random("Ida crosses the bay, uncut.mov", 96 << 20, 3)?]).await?;
    seller.press("[data-testid=limits]").await?;
    seller.fill("[data-testid=limit-up]", "400").await?;
    seller.open_payments().await?;
    album.add_part(&seller, "earn-empty", ".payments").await?;
    seller.offer_to_earn(chain.account(0), 2000).await?;
    album.add_part(&seller, "earn-off", ".earning").await?;
    seller.confirm_earning().await?;
    album.add_part(&seller, "earn-on", ".earning").await?;

    let buyer = Page::open(with_wallet("buyer", &chain, 2).await?, &server).await?;
    buyer.follow(&link).await?;
    buyer.wait_progress(0.01).await?;
    buyer.open_payments().await?;
    buyer.offer_to_pay(60, 3000).await?;
    buyer.wait_text_of("[data-testid=pay-quote]", |text| text.contains("instead of")).await?;
    album.add_part(&buyer, "pay", ".payments").await?;
    buyer.confirm_paying().await?;
    buyer.wait_paying().await?;
    buyer.wait_figure(Figure::Spent, |spent| spent > 0).await?;
    album.add_part(&buyer, "pay-open", ".payments").await?;
    album.add_part(&buyer, "pay-people", "#people").await?;
    seller.wait_text_of("[data-testid=earn-worth]", |text| text.starts_with("Redeeming costs")).await?;
    album.add_part(&seller, "earned", ".earning").await?;
    seller.press("[data-testid=earn-redeem]").await?;
    seller.wait_for_element("what became of it", "[data-testid=payments-status]").await?;
    album.add_part(&seller, "redeeming", ".earning").await?;
    seller.press("[data-testid=payments-help] summary").await?;
    album.add_part(&seller, "payments-help", "[data-testid=payments-help]").await
}

/// A Chromium whose wallet is an account of the chain.
async fn with_wallet(name: &str, chain: &Chain, account: usize) -> Result<Browser> {
    let browser = Browser::chromium(name).await?;
    Wallet::inject(&browser, chain, account).await?;
    Ok(browser)
}

fn folder() -> Result<PathBuf> {
    let mut arguments = env::args().skip_while(|argument| argument != "--out").skip(1);
    let folder = arguments.next().map_or_else(|| Path::new("target").join("screenshots"), PathBuf::from);
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    Ok(folder)
}
