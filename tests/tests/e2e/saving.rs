//! Files leave the browser as they are: as one zip, and into a folder of the user's.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use harness::{Files, Page, SOON, Server, digest_of, tools, until};
use serde_json::json;

/// Path and digest of every file.
type Listing = BTreeMap<String, String>;

/// A name that Windows cannot create, and what it is called when it is saved.
const UNSAVABLE: &str = "Why? Because: 1.txt";
const SAVABLE: &str = "Why_ Because_ 1.txt";

/// Folders, names in many scripts, an empty file, and more than is read at a time.
const CONTENT: [(&str, u64); 9] = [
    ("Zeitung/Grüße & Küsse.txt", 70_001),
    ("中文/文件 1.bin", 3_000_000),
    ("العربية/مرحبا.pdf", 16_384),
    ("Ελληνικά/α/β/γ.txt", 5),
    ("हिन्दी.md", 1),
    ("empty.txt", 0),
    ("👩\u{200d}🚀 #1 %20.bin", 12_345_678),
    ("last.bin", 9),
    (UNSAVABLE, 10),
];

/// Hands out a folder of the browser's own storage, since nobody is there to choose one.
const PICKER: &str = "
    window.showDirectoryPicker = async () =>
        (await navigator.storage.getDirectory()).getDirectoryHandle('picked', { create: true })";

/// Path and SHA-256 of every file that was saved there.
const PICKED: &str = "
    const found = {}
    const walk = async (folder, path) => {
        for await (const [name, entry] of folder) {
            if (entry.kind === 'directory') { await walk(entry, path + name + '/'); continue }
            const digest = await crypto.subtle.digest('SHA-256', await (await entry.getFile()).arrayBuffer())
            found[path + name] = [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
        }
    }
    await walk(await showDirectoryPicker(), '')
    return found";

fn content(files: &Files) -> Result<Listing> {
    for (seed, (path, length)) in CONTENT.into_iter().enumerate() {
        files.random(&format!("folder/{path}"), length, seed.try_into()?)?;
    }
    let mut listing = listing(&files.path().join("folder"), "folder/")?;
    let digest = listing.remove(&format!("folder/{UNSAVABLE}")).context("it was just written")?;
    listing.insert(format!("folder/{SAVABLE}"), digest);
    Ok(listing)
}

fn listing(folder: &Path, prefix: &str) -> Result<Listing> {
    let mut found = Listing::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).context("names are UTF-8")?;
        let name = format!("{prefix}{name}");
        if path.is_dir() {
            found.extend(listing(&path, &format!("{name}/"))?);
        } else {
            found.insert(name, digest_of(&path)?);
        }
    }
    Ok(found)
}

/// What Python, which checks every sum, unpacks from the zip that the page saves.
async fn saved_zip(page: &Page) -> Result<Listing> {
    let zip = |path: &Path| path.extension().is_some_and(|ending| ending == "zip");
    let zip = page.browser().download("a zip", zip, page.press("[data-testid=save-zip]")).await?;
    let unpacked = Files::new()?;
    let mut python = Command::new(tools::python()?);
    let status = python.args(["-m", "zipfile", "-e"]).arg(&zip).arg(unpacked.path()).status()?;
    ensure!(status.success(), "Python cannot unpack {}", zip.display());
    fs::remove_file(zip)?;
    listing(unpacked.path(), "")
}

async fn picked(page: &Page) -> Result<Listing> {
    Ok(serde_json::from_value(page.browser().run_async(PICKED, &[]).await?)?)
}

async fn wait_for_button(page: &Page) -> Result<()> {
    page.wait_for_element("the saving to end", "[data-testid=save-to-folder]").await
}

#[tokio::test]
async fn every_file_of_a_zip_is_the_one_that_was_shared() -> Result<()> {
    let files = Files::new()?;
    let original = content(&files)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&files.path().join("folder")).await?;
    ensure!(saved_zip(&sharer).await? == original, "the sharer's zip differs");
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    ensure!(saved_zip(&downloader).await? == original, "the downloader's zip differs");
    Ok(())
}

#[tokio::test]
async fn a_zip_of_what_is_wanted_says_what_it_leaves_out() -> Result<()> {
    let files = Files::new()?;
    let mut original = content(&files)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&files.path().join("folder")).await?;
    // Slow, so that there is time to choose.
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", "100").await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.follow(&link).await?;
    let choose = "
        const row = document.querySelector('[data-testid=file][data-path=\"中文/文件 1.bin\"]')
        const field = row.querySelector('[data-testid=file-priority]')
        field.selectedIndex = [...field.options].findIndex(option => option.text === arguments[0])
        field.dispatchEvent(new Event('change', { bubbles: true }))
        return true";
    downloader.wait_for_element("the files to be known", "[data-testid=file-priority]").await?;
    downloader.browser().run(choose, &[json!("Skip")]).await?;
    sharer.fill("[data-testid=limit-up]", "").await?;
    downloader.wait_complete().await?;
    downloader.wait_for_text("Leaves out 1 file that is not complete or not wanted.").await?;
    original.remove("folder/中文/文件 1.bin").context("it was shared")?;
    ensure!(saved_zip(&downloader).await? == original, "the zip differs");
    Ok(())
}

#[tokio::test]
async fn files_are_saved_into_a_folder_and_nothing_there_is_touched() -> Result<()> {
    let files = Files::new()?;
    let original = content(&files)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share_folder(&files.path().join("folder")).await?;
    let downloader = Page::chromium("downloader", &server).await?;
    downloader.browser().inject(PICKER).await?;
    downloader.home().await?;
    downloader.follow(&link).await?;
    downloader.wait_complete().await?;
    downloader.press("[data-testid=save-to-folder]").await?;
    downloader.wait_for_text("9 files are saved in picked.").await?;
    ensure!(picked(&downloader).await? == original, "what is in the folder differs");
    wait_for_button(&downloader).await?;
    downloader.press("[data-testid=save-to-folder]").await?;
    let again =
        original.iter().map(|(path, digest)| (path.replacen("folder", "folder (2)", 1), digest.clone()));
    let twice: Listing = original.clone().into_iter().chain(again).collect();
    until("both to be there", SOON, async || {
        // A file that is being written changes its name when it is whole: then it cannot be read by the old one.
        let listed = picked(&downloader).await.ok();
        Ok((listed.as_ref() == Some(&twice)).then_some(()))
    })
    .await
}

#[tokio::test]
async fn saving_that_is_cancelled_leaves_no_half_of_a_file() -> Result<()> {
    let hold = "
        const write = FileSystemWritableFileStream.prototype.write
        const released = new Promise(release => window.release = release)
        FileSystemWritableFileStream.prototype.write = async function (part) {
            await write.call(this, part)
            window.held = true
            await released
        }";
    let files = Files::new()?;
    files.random("folder/a.bin", 1_000_000, 1)?;
    files.random("folder/b.bin", 1_000_000, 2)?;
    let server = Server::start().await?;
    let sharer = Page::chromium("sharer", &server).await?;
    sharer.browser().inject(PICKER).await?;
    sharer.browser().inject(hold).await?;
    sharer.home().await?;
    sharer.share_folder(&files.path().join("folder")).await?;
    sharer.press("[data-testid=save-to-folder]").await?;
    let held = "return window.held === true";
    until("something to be written", SOON, async || {
        Ok((sharer.browser().run(held, &[]).await? == true).then_some(()))
    })
    .await?;
    sharer.press("[data-testid=cancel-save]").await?;
    wait_for_button(&sharer).await?;
    sharer.browser().run("window.release()", &[]).await?;
    until("the half to be removed", SOON, async || {
        let listed = picked(&sharer).await.ok();
        Ok(listed.is_some_and(|listed| listed.is_empty()).then_some(()))
    })
    .await
}
