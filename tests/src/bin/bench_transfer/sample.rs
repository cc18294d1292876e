//! What a transfer took.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use harness::{Browser, CpuByThread};
use serde::Serialize;

/// What one transfer took, or the medians of several.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sample {
    mb_per_s: f64,
    cpu_s_per_100mb: f64,
    main_ms_per_mb: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_peer_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) link_ms: Option<f64>,
    /// Milliseconds for each MB, by browser, process and thread.
    threads: BTreeMap<String, f64>,
}

impl Sample {
    /// The median of each number.
    pub(crate) fn median(samples: &[Self]) -> Self {
        let names: BTreeSet<&String> = samples.iter().flat_map(|sample| sample.threads.keys()).collect();
        let thread = |name: &String| {
            median(samples.iter().map(|sample| sample.threads.get(name).copied().unwrap_or_default()))
        };
        Self {
            mb_per_s: median(samples.iter().map(|sample| sample.mb_per_s)).unwrap_or(f64::NAN),
            cpu_s_per_100mb: median(samples.iter().map(|sample| sample.cpu_s_per_100mb)).unwrap_or(f64::NAN),
            main_ms_per_mb: median(samples.iter().map(|sample| sample.main_ms_per_mb)).unwrap_or(f64::NAN),
            first_peer_ms: median(samples.iter().filter_map(|sample| sample.first_peer_ms)),
            link_ms: median(samples.iter().filter_map(|sample| sample.link_ms)),
            threads: names.into_iter().filter_map(|name| Some((name.clone(), thread(name)?))).collect(),
        }
    }
}

/// The middle one.
fn median(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

/// What two browsers spent so far, to be compared with later.
pub(crate) struct Meter<'a> {
    browsers: [&'a Browser; 2],
    cpu_seconds: f64,
    threads: [CpuByThread; 2],
    main_seconds: f64,
}

impl<'a> Meter<'a> {
    pub(crate) async fn start(sharer: &'a Browser, downloader: &'a Browser) -> Result<Self> {
        let browsers = [sharer, downloader];
        let main_seconds = downloader.main_thread_seconds().await?;
        let (cpu_seconds, threads) = (cpu_seconds(browsers), browsers.map(Browser::cpu_by_thread));
        Ok(Self { browsers, cpu_seconds, threads, main_seconds })
    }

    /// What it took to move so many bytes in so many milliseconds.
    pub(crate) async fn stop(
        self,
        bytes: u64,
        milliseconds: f64,
        first_peer_ms: Option<f64>,
    ) -> Result<Sample> {
        let [_, downloader] = self.browsers;
        let (cpu_seconds, spent) =
            (cpu_seconds(self.browsers) - self.cpu_seconds, self.browsers.map(Browser::cpu_by_thread));
        let main_seconds = downloader.main_thread_seconds().await? - self.main_seconds;
        let megabytes = bytes as f64 / 1e6;
        let mut threads = BTreeMap::new();
        for (name, (before, after)) in
            ["sharer", "downloader"].into_iter().zip(self.threads.iter().zip(&spent))
        {
            for (thread, spent) in after.since(before) {
                let milliseconds = spent.seconds() * 1000.0 / megabytes;
                if milliseconds >= NEGLIGIBLE {
                    threads.insert(format!("{name}, {thread}"), milliseconds);
                }
            }
        }
        Ok(Sample {
            mb_per_s: megabytes / (milliseconds / 1000.0),
            cpu_s_per_100mb: cpu_seconds * 100.0 / megabytes,
            main_ms_per_mb: main_seconds * 1000.0 / megabytes,
            first_peer_ms,
            link_ms: None,
            threads,
        })
    }
}

fn cpu_seconds(browsers: [&Browser; 2]) -> f64 {
    browsers.iter().map(|browser| browser.cpu_time().seconds()).sum()
}

/// Milliseconds for each MB of which nothing is told.
const NEGLIGIBLE: f64 = 0.05;
