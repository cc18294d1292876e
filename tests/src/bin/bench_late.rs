//! How soon a film plays for somebody who comes after another viewer's browser was killed.
//!
//! A film of two minutes and 47 MB, whose index is behind the media, lies with one sharer, a Seedcast page that gives at
//! most 500 kB each second. A first viewer watches some seconds of it, and its browser is killed: to the sharer its
//! connection looks open for a while yet. Up to twelve seconds later a second viewer comes. Every run has fresh browsers
//! and a fresh server. In one run of four super-seeding is off; these are played in between.
//!
//! - `start_ms`: from sending the link off to the first frame on the second viewer's screen.
//! - `stalls`, `stalled_ms`: how often playback of the first seconds ran dry, and for how long.
//!
//! It fails if one start with super-seeding takes longer than twice the median without it. `--runs N` sets how many are
//! played with it; `--json` prints one object on the last line; each run goes to standard error as it ends.

use std::env;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use harness::{Browser, Media, Page, SLOW, Server, until};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::sleep;

const RUNS: usize = 30;
/// Runs with super-seeding for each without it.
const ON_FOR_EACH_OFF: usize = 3;
/// Thousands of bytes that the sharer gives each second.
const LINK: u32 = 500;
/// Seconds of the film that the first viewer sees.
const FIRST: f64 = 4.0;
/// Seconds of the film that the second viewer sees.
const PLAYED: f64 = 6.0;
/// How long after the kill the second viewer may come, in steps of a second.
const PAUSES: usize = 12;

/// Adds the link that was typed, plays the film as soon as its player is there, and takes notes.
const WATCH: &str = "
    window.sample = { start_ms: null, stalls: 0, stalled_ms: 0 }
    const added = performance.now()
    const watch = player => {
        window.player = player
        player.muted = true
        player.requestVideoFrameCallback(now => { sample.start_ms = now - added })
        let dry = null
        player.addEventListener('waiting', () => {
            if (sample.start_ms === null || dry !== null) return
            sample.stalls += 1
            dry = performance.now()
        })
        player.addEventListener('playing', () => {
            if (dry !== null) sample.stalled_ms += performance.now() - dry
            dry = null
        })
        player.play()
    }
    new MutationObserver((_, observer) => {
        const player = document.querySelector('video[data-testid=player]')
        if (player === null) return
        observer.disconnect()
        watch(player)
    }).observe(document.body, { childList: true, subtree: true })
    document.querySelector('[data-testid=add-link-submit]').click()";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let json = words.iter().any(|word| word == "--json");
    let runs = words.iter().position(|word| word == "--runs").map(|at| words.get(at + 1));
    let runs = match runs {
        Some(number) => number.context("`--runs` needs a number")?.parse()?,
        None => RUNS,
    };
    let film = Media::LateMp4.file()?;
    let (mut on, mut off) = (Vec::new(), Vec::new());
    for run in 0..runs {
        if run % ON_FOR_EACH_OFF == 0 {
            off.push(play(&film, false, run % PAUSES).await?);
        }
        on.push(play(&film, true, run % PAUSES).await?);
    }
    let summary = json!({ "on": Summary::of(&on)?, "off": Summary::of(&off)? });
    println!("{}", if json { summary.to_string() } else { serde_json::to_string_pretty(&summary)? });
    let (limit, worst) = (2.0 * Summary::of(&off)?.median_start_ms, Summary::of(&on)?.worst_start_ms);
    if worst > limit {
        bail!("One start took {worst} ms, more than twice a start without super-seeding, {limit} ms.");
    }
    Ok(())
}

/// What the second viewer saw.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Sample {
    start_ms: f64,
    stalls: u32,
    stalled_ms: f64,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Summary {
    runs: usize,
    median_start_ms: f64,
    worst_start_ms: f64,
    stalls: u32,
    worst_stalled_ms: f64,
}

impl Summary {
    fn of(samples: &[Sample]) -> Result<Self> {
        let sorted = |of: fn(&Sample) -> f64| {
            let mut values: Vec<f64> = samples.iter().map(|sample| of(sample).round()).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (starts, stalled) = (sorted(|sample| sample.start_ms), sorted(|sample| sample.stalled_ms));
        Ok(Self {
            runs: samples.len(),
            median_start_ms: *starts.get(starts.len() / 2).context("nothing was played")?,
            worst_start_ms: *starts.last().context("nothing was played")?,
            stalls: samples.iter().map(|sample| sample.stalls).sum(),
            worst_stalled_ms: *stalled.last().context("nothing was played")?,
        })
    }
}

/// One run. The second viewer comes `pause` seconds after the first is gone.
async fn play(film: &Path, super_seed: bool, pause: usize) -> Result<Sample> {
    let server = Server::start().await?;
    let opened = [Browser::chromium("sharer"), Browser::chromium("first"), Browser::chromium("second")];
    let [sharer, first, second] = opened;
    let (sharer, first, second) = tokio::try_join!(sharer, first, second)?;
    let sharer = Page::open(sharer, &server).await?;
    if !super_seed {
        sharer.browser().run("localStorage.setItem('super-seed', '0')", &[]).await?;
        sharer.home().await?;
    }
    let link = sharer.share(&[film]).await?;
    sharer.press("[data-testid=limits]").await?;
    sharer.fill("[data-testid=limit-up]", &LINK.to_string()).await?;
    let mut first = visit(first, &server, &link).await?;
    let second = visit(second, &server, &link).await?;
    watch(&first, FIRST).await?;
    first.browser_mut().kill();
    // What is measured is how long the sharer takes to notice, so this is part of the scenario and no guess.
    sleep(Duration::from_secs(pause as u64)).await;
    let sample = watch(&second, PLAYED).await?;
    let state = if super_seed { "on" } else { "off" };
    eprintln!("super-seeding {state}, after {pause} s: {}", serde_json::to_string(&sample)?);
    Ok(sample)
}

/// Opens the page with the link typed, and its service worker running.
async fn visit(browser: Browser, server: &Server, link: &str) -> Result<Page> {
    let page = Page::open(browser, server).await?;
    until("the service worker to answer the page", SLOW, async || {
        let controlled = "return navigator.serviceWorker.controller !== null";
        Ok((page.browser().run(controlled, &[]).await? == true).then_some(()))
    })
    .await?;
    page.type_link(link).await?;
    Ok(page)
}

/// Sends the link off and watches the first `seconds` of the film.
async fn watch(page: &Page, seconds: f64) -> Result<Sample> {
    page.browser().run(WATCH, &[]).await?;
    until("the film to be played for a while", SLOW, async || {
        let state = page
            .browser()
            .run("return window.player && [player.currentTime, player.error?.message]", &[])
            .await?;
        let error = state.get(1).and_then(|error| error.as_str());
        ensure!(error.is_none(), "the player says: {state}");
        Ok(state.get(0).and_then(|at| at.as_f64()).filter(|at| *at >= seconds))
    })
    .await?;
    Ok(serde_json::from_value(page.browser().run("return sample", &[]).await?)?)
}
