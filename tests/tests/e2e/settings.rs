//! What was set goes along to another browser.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};
use harness::{Files, Page, SOON, Server};
use thirtyfour::By;

pub(crate) async fn import(page: &Page, file: &Path) -> Result<()> {
    page.press("[data-testid=settings]").await?;
    page.wait_for_element("the settings", "[data-testid=import-settings]").await?;
    let input = page.browser().web()?.find(By::Css("[data-testid=import-settings]")).await?;
    Ok(input.send_keys(file.display().to_string()).await?)
}

/// Whether what stands in an empty field is seen whole.
const PLACEHOLDER_FITS: &str = "
    const field = document.querySelector('[data-testid=limit-down]')
    const { font, paddingLeft, paddingRight } = getComputedStyle(field)
    const pen = document.createElement('canvas').getContext('2d')
    pen.font = font
    const room = field.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight)
    return pen.measureText(field.placeholder).width <= room";

/// Issue 13, C: export and import of settings.
#[tokio::test]
async fn settings_and_links_go_along_and_what_is_wrong_with_a_file_is_said() -> Result<()> {
    let files = Files::new()?;
    let server = Server::start().await?;
    let first = Page::chromium("first", &server).await?;
    first.share(&[&files.random("song.bin", 40_000, 1)?]).await?;
    first.press_button("All files").await?;
    first.press("[data-testid=settings]").await?;
    first.dress("dialog", [320, 640], "light").await?;
    let fits = first.browser().run(PLACEHOLDER_FITS, &[]).await?;
    ensure!(fits == true, "on the narrowest phone, the field says less than that there is no limit");
    first.fill("[data-testid=limit-down]", "500").await?;
    first.press("[data-testid=super-seed]").await?;
    let is_it = |path: &Path| path.extension().is_some_and(|ending| ending == "json");
    let press = first.press("[data-testid=export-settings]");
    let exported = first.browser().download("its settings", is_it, press).await?;

    let second = Page::chromium("second", &server).await?;
    let wrong = files.path().join("wrong.json");
    fs::write(&wrong, fs::read_to_string(&exported)?.replace("500000", "\"fast\""))?;
    import(&second, &wrong).await?;
    second.wait_for_text("“limit-down” in wrong.json is not what it has to be. Nothing was changed.").await?;
    ensure!(second.value("[data-testid=limit-down]").await?.is_empty(), "a limit is set");
    second.home().await?;

    import(&second, &exported).await?;
    second.wait_for_text("1 torrent is in the list. It is paused").await?;
    ensure!(second.value("[data-testid=limit-down]").await? == "500", "there is no limit");
    let boxed = "return document.querySelector('[data-testid=super-seed]').checked";
    ensure!(second.browser().run(boxed, &[]).await? == false, "it super-seeds");
    second.home().await?;
    second.wait_until("it to be paused", SOON, |torrent| torrent.state == "paused").await?;
    second.press("[data-testid=resume]").await?;
    second.wait_complete().await?;
    ensure!(second.text().await?.contains("song.bin"), "it is called something else");
    Ok(())
}
