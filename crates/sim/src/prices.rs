//! Prints what a market makes of a swarm.

use std::path::Path;
use std::time::Duration;

use sim::{Cheat, Comparison, Money};

use crate::table::read;

/// Plays the swarm of `scenarios/market.json` with so many seeds, with payments and without, and prints who was complete when.
pub(crate) fn print(seeds: u64) -> Result<(), String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/market.json");
    let comparison = Comparison::play(&read(&file)?, seeds)?;
    println!("| Who | with payments | without | ratio |");
    println!("|---|--:|--:|--:|");
    let row = |who: &str, which: &dyn Fn(Money) -> bool| {
        let cells =
            comparison.completion_of(which).map(|times| times.map(|time: Duration| time.as_secs_f64()));
        let words = cells.map_or_else(
            || "never | never | ".to_owned(),
            |[market, without]| format!("{market:.1} s | {without:.1} s | {:.2}", market / without),
        );
        println!("| {who} | {words} |");
    };
    row("pays nothing", &Money::is_free);
    for price in [40_000, 80_000] {
        row(&format!("pays up to {price} BTT for a GiB"), &|money| money.pays_up_to(price));
    }
    for (cheat, words) in [
        (Cheat::PaysNothing, "sends no voucher"),
        (Cheat::PaysTwice, "pays all from one slot"),
        (Cheat::Forges, "signs with another key"),
        (Cheat::Floods, "sends each voucher twenty times"),
        (Cheat::HasNothing, "has no deposit, and a node that lies"),
    ] {
        row(&format!("cheats: {words}"), &|money| money.cheats == Some(cheat));
    }
    let (paid, unpaid) = comparison.paid_and_unpaid_bytes();
    println!(
        "\n{seeds} seeds, no rule broken; {} MiB were paid for, {} MiB on credit were not",
        paid >> 20,
        unpaid >> 20
    );
    Ok(())
}
