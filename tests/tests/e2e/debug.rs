//! Issue 12, 6: what happens inside is shown to whoever looks for the cause of a problem, and handed on without a name.

use std::fs;

use anyhow::{Result, ensure};
use harness::{Files, Page, SLOW, SOON, Server, until};
use journal::{Event, HEADING, Report};
use serde_json::json;
use sim::Scenario;

use crate::accessibility::expect_accessible;

const JOURNAL: &str = "[data-testid=journal]";
const NAME: &str = "a secret plan.bin";

/// Opens `#debug`, as somebody does who was told to.
async fn look_inside(page: &Page, server: &Server) -> Result<()> {
    page.browser().web()?.goto(format!("{}/#debug", server.origin())).await?;
    page.wait_for_element("what happens inside", "[data-testid=debug]").await
}

#[tokio::test]
async fn what_happens_inside_is_shown_in_the_readers_language_and_saved_without_a_name() -> Result<()> {
    let server = Server::start().await?;
    let files = Files::new()?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&files.random(NAME, 1 << 20, 1)?]).await?;
    let page = Page::chromium("downloader", &server).await?;
    look_inside(&page, &server).await?;
    page.press(".back").await?;
    page.follow(&link).await?;
    let torrent = page.wait_complete().await?;

    look_inside(&page, &server).await?;
    let told = ["Tracker 1 is connected", "Tracker 1 answered: 1 with everything", "Connected", "Said hello"];
    let pieces = ["Piece 0 is right", "Piece 0 is stored", "All that is wanted is here"];
    page.wait_text_of(JOURNAL, |text| told.iter().chain(&pieces).all(|words| text.contains(words))).await?;
    expect_accessible(&page, "what happens inside").await?;

    let is_report =
        |path: &std::path::Path| fs::read_to_string(path).is_ok_and(|text| text.starts_with(HEADING));
    let file =
        page.browser().download("a report", is_report, page.press("[data-testid=save-report]")).await?;
    let text = fs::read_to_string(file)?;
    let report = Report::parse(&text)?;
    let happened = |wanted: fn(&Event) -> bool| report.entries.iter().any(|entry| wanted(&entry.event));
    ensure!(happened(|event| matches!(event, Event::TrackerAnswered { complete: 1, .. })), "{text}");
    ensure!(happened(|event| matches!(event, Event::Answered | Event::Accepting { .. })), "{text}");
    ensure!(happened(|event| matches!(event, Event::Traded { down: 0x10_0000.., .. })), "{text}");
    // Addresses, links and names have dots, colons or capitals, an info hash is longer than any number.
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b" -\n".contains(&byte);
    ensure!(text.bytes().all(is_plain), "{text}");
    ensure!(!text.contains(&torrent.info_hash) && !text.contains("secret"), "{text}");

    let scenario = Scenario::recorded(&report)?;
    let replayed = sim::simulate(&scenario)?;
    ensure!(replayed.completion(100).is_some(), "who downloads is complete when it is played again");

    page.choose_language("Deutsch").await?;
    page.wait_text_of(JOURNAL, |text| text.contains("Tracker 1 hat geantwortet: 1 mit allem")).await?;
    Ok(())
}

/// People vanished from the list, and nobody said why.
#[tokio::test]
async fn who_left_lately_is_told_below_those_who_are_connected() -> Result<()> {
    let server = Server::start().await?;
    let files = Files::new()?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&files.random("file.bin", 1 << 20, 1)?]).await?;
    let page = Page::chromium("downloader", &server).await?;
    page.follow(&link).await?;
    page.wait_complete().await?;
    sharer.press("[data-testid=pause]").await?;
    let reason = reason_of_departure(&page).await?;
    // Whoever closes first; either way, both have everything.
    ensure!(["left", "both-complete"].contains(&reason.as_str()), "{reason}");
    let shown = page.wait_text_of("[data-testid=departed]", |text| text.contains("Seedcast")).await?;
    let words = ["Closed the page, or the connection broke", "You both have everything"];
    ensure!(words.iter().any(|words| shown.contains(words)), "{shown}");
    let count = "return document.querySelectorAll('[data-testid=departed]').length <= arguments[0]";
    ensure!(page.browser().run(count, &[json!(5)]).await? == true, "there are too many");
    expect_accessible(&page, "who left lately").await
}

// Issue 13: who left by going to another page in the same tab was listed for two minutes more, as one who went silent.
#[tokio::test]
async fn who_goes_to_another_page_is_gone_for_others_at_once() -> Result<()> {
    let server = Server::start().await?;
    let files = Files::new()?;
    let sharer = Page::chromium("sharer", &server).await?;
    let link = sharer.share(&[&files.random("file.bin", 1 << 20, 1)?]).await?;
    let page = Page::chromium("downloader", &server).await?;
    page.follow(&link).await?;
    page.wait_complete().await?;
    sharer.wait_until("the other to be connected", SOON, |torrent| torrent.peers == 1).await?;
    page.browser().web()?.goto("about:blank").await?;
    let reason = reason_of_departure(&sharer).await?;
    ensure!(reason == "left", "{reason}");
    Ok(())
}

/// Why the one who left last did so, once somebody has.
async fn reason_of_departure(page: &Page) -> Result<String> {
    let departed = "return document.querySelector('[data-testid=departed]')?.dataset.reason";
    until("somebody to have left", SLOW, async || {
        Ok(page.browser().run(departed, &[]).await?.as_str().map(str::to_owned))
    })
    .await
}
