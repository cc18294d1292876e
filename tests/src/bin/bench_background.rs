//! Whether a transfer keeps its rate while nobody looks at the tabs at either end.
//!
//! Hidden and visible transfers take turns, and only the ratio of their medians means something on another machine.

use std::env;
use std::path::Path;

use anyhow::{Context as _, Result};
use harness::{Files, Page, Server};
use serde_json::json;

const LENGTH: u64 = 64 << 20;
const ROUNDS: usize = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let json = env::args().any(|argument| argument == "--json");
    let server = Server::start().await?;
    let files = Files::new()?;
    let file = files.random("64 MiB.bin", LENGTH, 1)?;
    let (mut visible, mut hidden) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        visible.push(rate(&server, &file, false).await?);
        hidden.push(rate(&server, &file, true).await?);
        eprintln!("visible {visible:.2?}, hidden {hidden:.2?} MB/s");
    }
    let (visible, hidden) = (median(visible)?, median(hidden)?);
    let result = json!({ "visible_mb_per_s": visible, "hidden_mb_per_s": hidden, "ratio": hidden / visible });
    println!("{}", if json { result.to_string() } else { serde_json::to_string_pretty(&result)? });
    Ok(())
}

/// Megabytes per second from the click to the complete file.
async fn rate(server: &Server, file: &Path, hidden: bool) -> Result<f64> {
    let sharer = Page::chromium("sharer", server).await?;
    let downloader = Page::chromium("downloader", server).await?;
    let link = sharer.share(&[file]).await?;
    downloader.type_link(&link).await?;
    if hidden {
        sharer.browser().hide().await?;
        downloader.browser().hide().await?;
    }
    Ok(LENGTH as f64 / 1e3 / downloader.time_download().await?)
}

fn median(mut rates: Vec<f64>) -> Result<f64> {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().context("no rounds")
}
