//! What only who has the link can read: everybody else passes on what is encrypted.

// Issue 16, 1, 2 and 5.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use harness::{
    Browser, Conduct, Description, Files, Libtorrent, Media, Page, PageServer, SLOW, SOON, Server, WebServer,
    WebTorrentPage, magnet_of, until,
};
use metainfo::Magnet;
use serde_json::json;

use crate::accessibility::expect_accessible;

const READABLE: &str = "Readable with the link only. People who download see your IP address.";

/// A newcomer's journey: a letter that nobody reads but who has its link, which is short.
#[tokio::test]
async fn a_newcomer_sends_a_letter_that_only_its_reader_can_read() -> Result<()> {
    let files = Files::new()?;
    let letter = files.random("tax return 2026.pdf", 300_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::newcomer("sharer", &server).await?;
    let long = sharer.share(&[&letter]).await?;
    let short = sharer.short_link().await?;
    ensure!(text(&sharer, "visible").await? == READABLE);
    expect_accessible(&sharer, "a sealed share").await?;
    let reader = Page::newcomer("reader", &server).await?;
    reader.follow(&short).await?;
    reader.wait_complete().await?;
    ensure!(text(&reader, "visible").await? == READABLE);

    // The address has the key no more, and a reload needs none.
    let key = key_of(&long)?;
    let fragment = async || reader.browser().run("return location.hash", &[]).await;
    until("the key to leave the address", SOON, async || {
        let fragment = fragment().await?;
        Ok(fragment
            .as_str()
            .filter(|fragment| fragment.starts_with("#s/") && !short.ends_with(*fragment))
            .map(drop))
    })
    .await?;
    let shown = fragment().await?.to_string();
    ensure!(shown.len() < short.len() - server.origin().len() && !shown.contains(key), "{shown}");
    reader.browser().web()?.refresh().await?;
    reader.wait_complete().await?;
    reader.expect_saved("tax return 2026.pdf", &letter).await?;

    // What the server knows of it is its info hash.
    let hash = reader.torrent().await?.info_hash;
    let raw: Vec<u8> =
        (0..hash.len()).step_by(2).filter_map(|at| u8::from_str_radix(&hash[at..at + 2], 16).ok()).collect();
    ensure!(server.holds(&raw)?, "its memory is not searched well enough to find an info hash");
    let content = fs::read(&letter)?;
    for secret in
        [key.as_bytes(), &key_bytes(&long)?, b"tax return", &content[1000..1016], &content[200_000..200_016]]
    {
        ensure!(!server.holds(secret)?, "the server holds {}", secret.escape_ascii());
    }
    Ok(())
}

#[tokio::test]
async fn without_the_key_a_share_is_kept_and_passed_on_and_read_once_the_key_is_there() -> Result<()> {
    let files = Files::new()?;
    let film = files.random("shared/film.mp4", 3_000_000, 1)?;
    files.random("shared/notes/a.txt", 20_000, 2)?;
    let server = Server::start().await?;
    let mut sharer = Page::newcomer("sharer", &server).await?;
    let link = sharer.share_folder(&files.path().join("shared")).await?;
    let keyless = sharer.value("[data-testid=copy-locked]").await?;
    let keeper = Page::newcomer("keeper", &server).await?;
    keeper.follow(&keyless).await?;
    keeper.wait_complete().await?;
    text(&keeper, "locked").await?;
    let said = keeper.text().await?;
    ensure!(said.contains("Locked share") && !said.contains("film") && !said.contains("notes"), "{said}");
    ensure!(keeper.files().await?.is_empty(), "there is nothing to save");
    ensure!(text(&keeper, "visible").await?.starts_with("Readable only with the key"));
    expect_accessible(&keeper, "a locked share").await?;

    sharer.browser_mut().kill();
    let reader = Page::newcomer("reader", &server).await?;
    reader.follow(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("film.mp4", &film).await?;

    // Whoever kept it reads what is here already.
    let before = keeper.torrent().await?.downloaded;
    keeper.home().await?;
    keeper.add(&link).await?;
    keeper.wait_for_element("its files", "[data-testid=file]").await?;
    keeper.wait_complete().await?;
    keeper.expect_saved("notes/a.txt", &files.path().join("shared/notes/a.txt")).await?;
    keeper.expect_saved("film.mp4", &film).await?;
    let after = keeper.torrent().await?.downloaded;
    ensure!(after == before, "{} bytes were downloaded again", after - before);
    Ok(())
}

/// libtorrent, WebTorrent and a web server pass on what they cannot read.
#[tokio::test]
async fn other_programs_and_web_servers_pass_on_what_they_cannot_read() -> Result<()> {
    const NAME: &str = "shared/a private diary.bin";
    let files = Files::new()?;
    let diary = files.random(NAME, 2_000_003, 1)?;
    let server = Server::start().await?;
    let sharer = Page::newcomer("sharer", &server).await?;
    let link = sharer.share(&[&diary]).await?;
    let kept = Files::new()?;
    let torrent_file = kept.path().join("kept.torrent");
    fs::copy(sharer.save_torrent_file().await?, &torrent_file)?;
    let torrent = fs::read(&torrent_file)?;
    ensure!(!holds(&torrent, b"private diary") && !holds(&torrent, &key_bytes(&link)?));
    let keyless = locked(&link)?;

    let mut libtorrent = Libtorrent::start(&keyless, kept.path(), &server.announce())?;
    libtorrent.finish().await?;
    let name = Description::read(&torrent_file)?.name;
    ensure!(name.ends_with(".sealed") && name.len() == 15, "it is called {name}");
    let sealed = fs::read(kept.path().join(&name))?;
    expect_nothing_of(&fs::read(&diary)?, &sealed)?;
    let pages = PageServer::start().await?;
    let webtorrent = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
    webtorrent.add(&keyless).await?;
    webtorrent.finish().await?;

    // Each of them alone gives it to who has the key.
    drop(sharer);
    drop(webtorrent);
    let reader = Page::newcomer("reader", &server).await?;
    reader.follow(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("a private diary.bin", &diary).await?;
    drop(reader);
    drop(libtorrent);
    let web = WebServer::start(kept.path(), Conduct::Honest).await?;
    let visitor = Page::newcomer("visitor", &server).await?;
    visitor.add_torrent_file(&torrent_file).await?;
    visitor.home().await?;
    visitor.add(&format!("{}&ws={}&x.sck=1{}", keyless, web.folder(), key_of(&link)?)).await?;
    visitor.wait_complete().await?;
    visitor.expect_saved("a private diary.bin", &diary).await?;
    let asked = web.requests().join("\n");
    ensure!(asked.contains(&format!("/{name} 0-")), "{asked}");
    ensure!(!asked.contains(key_of(&link)?) && !asked.contains("diary"), "{asked}");
    Ok(())
}

#[tokio::test]
async fn webtorrent_alone_gives_a_sealed_share_to_its_reader() -> Result<()> {
    let files = Files::new()?;
    let diary = files.random("diary.bin", 2_000_003, 1)?;
    let server = Server::start().await?;
    let mut sharer = Page::newcomer("sharer", &server).await?;
    let link = sharer.share(&[&diary]).await?;
    let pages = PageServer::start().await?;
    let webtorrent = WebTorrentPage::open(Browser::chromium("WebTorrent").await?, &pages).await?;
    webtorrent.add(&locked(&link)?).await?;
    webtorrent.finish().await?;
    sharer.browser_mut().kill();
    let reader = Page::newcomer("reader", &server).await?;
    reader.follow(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("diary.bin", &diary).await
}

/// Streaming, seeking and a zip, as of any share.
#[tokio::test]
async fn a_sealed_film_is_played_from_anywhere_and_saved_with_what_is_beside_it() -> Result<()> {
    let files = Files::new()?;
    let folder = files.path().join("evening");
    fs::create_dir(&folder)?;
    let film = folder.join("long.mp4");
    fs::copy(Media::LongMp4.file()?, &film)?;
    files.random("evening/notes.txt", 50_000, 3)?;
    let server = Server::start().await?;
    let sharer = Page::newcomer("sharer", &server).await?;
    let link = sharer.share_folder(&folder).await?;
    let viewer = Page::newcomer("viewer", &server).await?;
    viewer.follow(&link).await?;
    viewer.wait_player("the film to be there", |player| player.ready).await?;
    viewer.browser().run("document.querySelector('[data-testid=player]').muted = true", &[]).await?;
    for second in [50, 3, 40, 12, 55, 20, 8, 33, 58, 1] {
        let seek = "const player = document.querySelector('[data-testid=player]'); player.currentTime = arguments[0]; player.play()";
        viewer.browser().run(seek, &[json!(second)]).await?;
        let from = f64::from(second);
        let plays =
            |player: &harness::Player| player.time > from + 0.2 && player.time < from + 20.0 && player.ready;
        viewer.wait_player(&format!("it to play from second {second}"), plays).await?;
    }
    viewer.wait_complete().await?;
    viewer.expect_saved("long.mp4", &film).await?;
    viewer.expect_saved("notes.txt", &folder.join("notes.txt")).await?;
    let zip = |path: &Path| {
        path.extension().is_some_and(|kind| kind == "zip")
            && path.metadata().is_ok_and(|file| file.len() > 100_000)
    };
    let zip = viewer.browser().download("a zip", zip, viewer.press("[data-testid=save-zip]")).await?;
    let names = fs::read(zip)?;
    ensure!(holds(&names, b"evening/long.mp4") && holds(&names, b"evening/notes.txt"));
    Ok(())
}

#[tokio::test]
async fn a_wrong_key_is_told_and_the_right_one_opens_what_is_there() -> Result<()> {
    let files = Files::new()?;
    let letter = files.random("letter.txt", 100_000, 1)?;
    let server = Server::start().await?;
    let sharer = Page::newcomer("sharer", &server).await?;
    let link = sharer.share(&[&letter]).await?;
    let reader = Page::newcomer("reader", &server).await?;
    reader.follow(&link.replace(key_of(&link)?, "AAAAAAAAAAAAAAAAAAAAAA")).await?;
    reader.wait_until("it to stop", SLOW, |torrent| torrent.state == "error").await?;
    let notice = text(&reader, "notice").await?;
    ensure!(notice.starts_with("The key in the link is not the one of this share."), "{notice}");
    reader.home().await?;
    reader.add(&link).await?;
    reader.wait_complete().await?;
    reader.expect_saved("letter.txt", &letter).await
}

#[tokio::test]
async fn who_wants_other_programs_to_read_it_chooses_so_once() -> Result<()> {
    let files = Files::new()?;
    let [first, second] = [files.random("a.txt", 50_000, 1)?, files.random("b.txt", 50_000, 2)?];
    let server = Server::start().await?;
    let sharer = Page::newcomer("sharer", &server).await?;
    let sealed = sharer.share(&[&first]).await?;
    key_of(&sealed)?;
    sharer.press("[data-testid=unsealed]").await?;
    sharer.press_button("Make a link with these choices").await?;
    let open = sharer.share_link_other_than(&sealed).await?;
    ensure!(!open.contains("x.sck") && open.contains("dn=a.txt"), "{open}");
    ensure!(text(&sharer, "visible").await?.starts_with("Readable by everybody"));
    ensure!(sharer.torrents().await?.len() == 1, "the link before goes");
    sharer.home().await?;
    sharer.choose(&second).await?;
    let next = sharer.share_link_other_than(&open).await?;
    ensure!(!next.contains("x.sck"), "{next}");
    Ok(())
}

async fn text(page: &Page, testid: &str) -> Result<String> {
    page.wait_text_of(&format!("[data-testid={testid}]"), |text| !text.is_empty()).await
}

/// What stands behind the digit of the format.
fn key_of(link: &str) -> Result<&str> {
    let key = link.split_once("x.sck=1").context("a link without a key")?.1;
    ensure!(key.len() == 22, "the key is not the last thing in {link}");
    Ok(key)
}

fn locked(link: &str) -> Result<String> {
    Ok(magnet_of(link)?.split_once("&x.sck=").context("a link without a key")?.0.to_owned())
}

fn key_bytes(link: &str) -> Result<[u8; 16]> {
    let key = Magnet::parse(magnet_of(link)?)?.key.context("a link without a key")?;
    Ok(*key.as_bytes())
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    memchr::memmem::find(bytes, wanted).is_some()
}

/// No 16 bytes of one are in the other.
fn expect_nothing_of(plain: &[u8], sealed: &[u8]) -> Result<()> {
    let runs: HashSet<&[u8]> = plain.windows(16).collect();
    ensure!(sealed.windows(16).all(|window| !runs.contains(window)), "it holds a run of what was shared");
    Ok(())
}
