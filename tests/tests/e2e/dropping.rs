//! Issue 11, A2.2: nothing of what is dropped is lost in silence.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use harness::{Browser, Files, Page, SLOW, SOON, Server, until};

/// In folders, Chromium's handles hide 13 of these 19.
const ODD: [&str; 19] = [
    ".hidden",
    "What? Why.txt",
    "a folder: of its own/inside.txt",
    "aux.c",
    "a|b.txt",
    "empty.txt",
    "five*.txt",
    "letter.txt",
    "link.lnk",
    "part 1: beginning.txt",
    "photo.jpg",
    "say \"hello\".txt",
    "shell.scf",
    "site.url",
    "trip/day 1.txt",
    "trip/why?.txt",
    "~tmp.txt",
    "🌱.txt",
    "👨\u{200d}👩\u{200d}👧.txt",
];

/// A folder of files that differ in length.
fn folder(files: &Files, name: &str, paths: &[&str]) -> Result<std::path::PathBuf> {
    for (number, path) in (0..).zip(paths) {
        let length = if path.contains("empty") { 0 } else { 1_000 + number };
        files.random(&format!("{name}/{path}"), length, number)?;
    }
    Ok(files.path().join(name))
}

/// Something that the page waits for until the test has changed the files.
async fn hold(page: &Page, script: &str) -> Result<()> {
    let gate = "const released = new Promise(release => { window.release = release })\n";
    page.browser().inject(&format!("{gate}{script}")).await?;
    page.home().await
}

async fn wait_until_held(page: &Page) -> Result<()> {
    until("the page to have begun", SOON, async || {
        Ok((page.browser().run("return window.held === true", &[]).await? == true).then_some(()))
    })
    .await
}

async fn expect_question(page: &Page, names: &[&str]) -> Result<()> {
    let named = page.wait_text_of("dialog[open] [data-testid=unreadable]", |text| !text.is_empty()).await?;
    ensure!(named.lines().map(str::trim).eq(names.iter().copied()), "the page names \"{named}\"");
    let link = "return document.querySelector('[data-testid=share-link]') === null";
    ensure!(page.browser().run(link, &[]).await? == true, "there is a link already");
    Ok(())
}

#[tokio::test]
async fn a_folder_of_odd_names_arrives_whole() -> Result<()> {
    let files = Files::new()?;
    let folder = folder(&files, "odd", &ODD)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.drop_on(&[&folder]).await?;
    let link = sharer.share_link().await?;
    ensure!(sharer.files().await? == ODD, "the sharer shares {:?}", sharer.files().await?);
    // No handle leads to all of it, so that a copy takes their place.
    sharer.wait_until("a copy", SLOW, |torrent| torrent.source == "browser").await?;
    let friend = Page::chromium("friend", &server).await?;
    friend.follow(&link).await?;
    friend.wait_complete().await?;
    ensure!(friend.files().await? == ODD, "the friend got {:?}", friend.files().await?);
    for path in ["aux.c", "part 1: beginning.txt", "👨\u{200d}👩\u{200d}👧.txt"] {
        friend.expect_saved(path, &folder.join(path)).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_folder_that_is_chosen_in_a_dialog_is_shared_whole() -> Result<()> {
    let files = Files::new()?;
    let folder = folder(&files, "odd", &ODD)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let clicked = "
        window.showDirectoryPicker = async () => { throw new Error('its handles hide files') }
        HTMLInputElement.prototype.click = function () { window.clicked = this.dataset.testid }";
    sharer.browser().inject(clicked).await?;
    sharer.home().await?;
    sharer.press_button("Choose a folder").await?;
    ensure!(
        sharer.browser().run("return window.clicked", &[]).await? == "add-folder",
        "no list of files is asked for"
    );
    sharer.share_folder(&folder).await?;
    ensure!(sharer.files().await? == ODD, "the sharer shares {:?}", sharer.files().await?);
    Ok(())
}

#[tokio::test]
async fn files_of_odd_names_are_dropped_beside_a_folder_and_kept_by_handles_that_lead_to_all() -> Result<()> {
    let files = Files::new()?;
    let plain = folder(&files, "plain", &["a.txt", "b/c.txt", ".DS_Store"])?;
    fs::create_dir(plain.join("an empty folder"))?;
    let odd = files.random("what?.lnk", 3_000, 9)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.drop_on(&[&plain, &odd]).await?;
    sharer.share_link().await?;
    ensure!(
        sharer.files().await? == ["plain/a.txt", "plain/b/c.txt", "what?.lnk"],
        "the sharer shares {:?}",
        sharer.files().await?
    );
    ensure!(sharer.torrent().await?.source == "files", "a copy is made");
    sharer.browser().web()?.refresh().await?;
    sharer.wait_for_element("the page to ask for access", "[data-testid=grant-access]").await
}

#[tokio::test]
async fn a_file_that_is_gone_when_a_folder_is_read_is_named_before_there_is_a_link() -> Result<()> {
    let files = Files::new()?;
    let folder = folder(&files, "folder", &["a.txt", "gone.txt", "z.txt"])?;
    let server = Server::start().await?;
    let sharer = Page::open(Browser::chromium("sharer").await?, &server).await?;
    let list = "
        const values = FileSystemDirectoryHandle.prototype.values
        FileSystemDirectoryHandle.prototype.values = async function* () {
            yield* values.call(this)
            window.held = true
            await released
        }";
    hold(&sharer, list).await?;
    sharer.drop_on(&[&folder]).await?;
    wait_until_held(&sharer).await?;
    fs::remove_file(folder.join("gone.txt"))?;
    sharer.browser().run("window.release()", &[]).await?;
    expect_question(&sharer, &["folder/gone.txt"]).await?;
    sharer.press("[data-testid=share-readable]").await?;
    sharer.share_link().await?;
    ensure!(sharer.files().await? == ["a.txt", "z.txt"], "the sharer shares {:?}", sharer.files().await?);
    Ok(())
}

#[tokio::test]
async fn files_that_are_gone_when_they_are_hashed_are_all_named_before_there_is_a_link() -> Result<()> {
    let files = Files::new()?;
    let folder = folder(&files, "folder", &["a.txt", "b.txt", "gone/1.txt", "gone/2.txt", "z.txt"])?;
    let server = Server::start().await?;
    let sharer = Page::open(Browser::chromium("sharer").await?, &server).await?;
    let open = "
        const get = FileSystemFileHandle.prototype.getFile
        FileSystemFileHandle.prototype.getFile = async function () {
            const file = await get.call(this)
            window.opened = (window.opened ?? 0) + 1
            window.held = window.opened === 5
            await released
            return file
        }";
    hold(&sharer, open).await?;
    sharer.drop_on(&[&folder]).await?;
    wait_until_held(&sharer).await?;
    fs::remove_dir_all(folder.join("gone"))?;
    sharer.browser().run("window.release()", &[]).await?;
    expect_question(&sharer, &["folder/gone/1.txt", "folder/gone/2.txt"]).await?;
    sharer.press("[data-testid=share-readable]").await?;
    let link = sharer.share_link().await?;
    let friend = Page::chromium("friend", &server).await?;
    friend.follow(&link).await?;
    friend.wait_complete().await?;
    expect_files(&friend, &folder, &["a.txt", "b.txt", "z.txt"]).await
}

async fn expect_files(page: &Page, folder: &Path, paths: &[&str]) -> Result<()> {
    ensure!(page.files().await? == paths, "the page has {:?}", page.files().await?);
    for path in paths {
        page.expect_saved(path, &folder.join(path)).await?;
    }
    Ok(())
}
