//! What a market makes of a swarm: the same swarm with payments and without.

use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use crate::{Error, Money, Report, Scenario, simulate};

/// Runs of one swarm with several seeds, each with payments and without.
#[derive(Debug)]
pub struct Comparison {
    runs: Vec<[Report; 2]>,
    broken: Vec<String>,
}

impl Comparison {
    /// Plays a swarm with these seeds, as many at once as there are processors.
    ///
    /// # Errors
    /// Why the numbers make no torrent.
    pub fn play(scenario: &Scenario, seeds: Range<u64>) -> Result<Self, String> {
        let (left, runs) = (Mutex::new(seeds), Mutex::new(Vec::new()));
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
        let mut comparison = Self { runs: Vec::new(), broken: Vec::new() };
        for (seed, run) in runs {
            let run = run.map_err(|error| error.to_string())?;
            let broken: Vec<_> = ["with payments", "without"]
                .into_iter()
                .zip(&run)
                .flat_map(|(how, (_, broken))| {
                    broken.iter().map(move |rule| format!("seed {seed} {how}: {rule}"))
                })
                .collect();
            if broken.is_empty() {
                comparison.runs.push(run.map(|(report, _)| report));
            }
            comparison.broken.extend(broken);
        }
        Ok(comparison)
    }

    /// The rules that were broken, by which seed, in words. What else is told leaves these seeds out.
    #[must_use]
    pub fn broken_rules(&self) -> &[String] {
        &self.broken
    }

    /// How many seeds kept the rules.
    #[must_use]
    pub const fn clean_seeds(&self) -> usize {
        self.runs.len()
    }

    /// How long those took who have such money, on average of all runs, with payments and without. `None` if there are none,
    /// or one of them never was complete.
    #[must_use]
    pub fn completion_of(&self, which: impl Fn(Money) -> bool) -> Option<[Duration; 2]> {
        let times: Vec<_> = self.completions_of(which).collect::<Option<_>>()?;
        let mean = |n: usize| {
            let sum: Duration = times.iter().map(|run| run[n]).sum();
            sum.checked_div(u32::try_from(times.len()).ok()?)
        };
        Some([mean(0)?, mean(1)?])
    }

    /// The same of each run.
    pub fn completions_of(
        &self,
        which: impl Fn(Money) -> bool,
    ) -> impl Iterator<Item = Option<[Duration; 2]>> {
        self.runs.iter().map(move |[market, without]| {
            Some([market.completion_of(&which)?, without.completion_of(&which)?])
        })
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

/// What came of a swarm with payments and without, and the rules that broke.
fn play(scenario: &Scenario, seed: u64) -> Result<[(Report, Vec<String>); 2], Error> {
    let play = |market| {
        let scenario = Scenario { seed, market, ..scenario.clone() };
        let report = simulate(&scenario)?;
        let broken = report.broken_rules(&scenario);
        Ok::<_, Error>((report, broken))
    };
    Ok([play(true)?, play(false)?])
}
