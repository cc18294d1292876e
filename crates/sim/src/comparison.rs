//! What a market makes of a swarm: the same swarm with payments and without.

use std::sync::Mutex;
use std::time::Duration;

use crate::{Money, Report, Scenario, simulate};

/// Runs of one swarm with several seeds, each with payments and without.
#[derive(Debug)]
pub struct Comparison {
    runs: Vec<[Report; 2]>,
}

impl Comparison {
    /// Plays a swarm with the seeds from 0 on, as many at once as there are processors.
    ///
    /// # Errors
    /// The words of rules that a run broke, or why the numbers make no torrent.
    pub fn play(scenario: &Scenario, seeds: u64) -> Result<Self, String> {
        let (left, runs) = (Mutex::new(0..seeds), Mutex::new(Vec::new()));
        let next = || left.lock().ok()?.next();
        let work = || {
            while let Some(seed) = next() {
                let run = play(scenario, seed);
                if let Ok(mut runs) = runs.lock() {
                    runs.push((seed, run));
                }
            }
        };
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                scope.spawn(work);
            }
        });
        let mut runs = runs.into_inner().map_err(|error| error.to_string())?;
        runs.sort_by_key(|(seed, _)| *seed);
        let runs: Result<_, _> = runs.into_iter().map(|(_, run)| run).collect();
        Ok(Self { runs: runs? })
    }

    /// How long those took who have such money, on average of all runs, with payments and without. `None` if there are none,
    /// or one of them never was complete.
    #[must_use]
    pub fn completion_of(&self, which: impl Fn(Money) -> bool) -> Option<[Duration; 2]> {
        let mean = |n: usize| {
            let times = self.runs.iter().map(|run| run[n].completion_of(&which));
            let times = times.collect::<Option<Vec<_>>>()?;
            times.iter().sum::<Duration>().checked_div(u32::try_from(times.len()).ok()?)
        };
        Some([mean(0)?, mean(1)?])
    }

    /// Bytes that were paid for, and bytes that were given on credit and not paid for.
    #[must_use]
    pub fn paid_and_unpaid_bytes(&self) -> (u64, u64) {
        let balances = self.runs.iter().flat_map(|[market, _]| &market.peers).map(|peer| peer.balance);
        balances.fold((0, 0), |(paid, unpaid), balance| {
            (paid + balance.paid_bytes, unpaid + balance.unpaid_bytes)
        })
    }
}

fn play(scenario: &Scenario, seed: u64) -> Result<[Report; 2], String> {
    let play = |market| {
        let scenario = Scenario { seed, market, ..scenario.clone() };
        let report = simulate(&scenario).map_err(|error| format!("seed {seed}: {error}"))?;
        let broken = report.broken_rules(&scenario);
        if broken.is_empty() { Ok(report) } else { Err(format!("seed {seed}: {}", broken.join("\n"))) }
    };
    Ok([play(true)?, play(false)?])
}
