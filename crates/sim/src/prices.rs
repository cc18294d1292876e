//! What a market makes of a swarm: who finishes when by what they pay, beside the swarm without one.

use std::path::Path;
use std::time::Duration;

use sim::{Cheat, Money, Report, Scenario, simulate};

use crate::table::read;

/// Plays the swarm of `scenarios/market.json` with so many seeds, with payments and without, and prints what came of it.
pub(crate) fn print(seeds: u64) -> Result<(), String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/market.json");
    let scenario = read(&file)?;
    let mut runs = Vec::new();
    for seed in 0..seeds {
        let play = |market| {
            let scenario = Scenario { seed, market, ..scenario.clone() };
            let report = simulate(&scenario).map_err(|error| format!("seed {seed}: {error}"))?;
            let broken = report.broken_rules(&scenario);
            if broken.is_empty() { Ok(report) } else { Err(format!("seed {seed}: {}", broken.join("\n"))) }
        };
        runs.push([play(true)?, play(false)?]);
    }
    println!("| Who | with a market | without | ratio |");
    println!("|---|--:|--:|--:|");
    for price in [None, Some(40_000), Some(80_000)] {
        let who = price
            .map_or_else(|| "pays nothing".to_owned(), |price| format!("pays up to {price} BTT for a GiB"));
        row(&runs, &who, &|money| money.cheats.is_none() && money.buys.map(Into::into) == price);
    }
    for cheat in [Cheat::PaysNothing, Cheat::PaysTwice, Cheat::Forges, Cheat::Floods] {
        row(&runs, &format!("cheats: {cheat:?}"), &|money| money.cheats == Some(cheat));
    }
    let balances = || runs.iter().flat_map(|[market, _]| &market.peers).map(|peer| peer.balance);
    let paid: u64 = balances().map(|balance| balance.paid_bytes).sum();
    let unpaid: u64 = balances().map(|balance| balance.unpaid_bytes).sum();
    println!("\n{seeds} seeds: {} MiB were paid for, {} MiB on credit were not", paid >> 20, unpaid >> 20);
    Ok(())
}

/// Prints when some are complete, in the median of all runs.
fn row(runs: &[[Report; 2]], who: &str, which: &dyn Fn(Money) -> bool) {
    let median = |n: usize| {
        let mut times: Vec<Duration> =
            runs.iter().filter_map(|reports| reports[n].completion_of(which)).collect();
        times.sort_unstable();
        times.get(times.len() / 2).map_or(f64::NAN, Duration::as_secs_f64)
    };
    let [market, without] = [0, 1].map(median);
    println!("| {who} | {market:.1} s | {without:.1} s | {:.2} |", market / without);
}
