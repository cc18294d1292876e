//! Prints what a market makes of a swarm.

use std::path::Path;
use std::time::Duration;

use sim::{Cheat, Comparison, Money};

use crate::table::read;

/// Plays the swarm of `scenarios/market.json` with so many seeds from one on, with payments and without, and prints who was complete when.
pub(crate) fn print(seeds: &str, from: &str) -> Result<(), String> {
    let number = |word: &str| word.parse::<u64>().map_err(|error| format!("{word} is no number: {error}"));
    let (seeds, from) = (number(seeds)?, number(from)?);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/market.json");
    let comparison = Comparison::play(&read(&file)?, from..from.saturating_add(seeds))?;
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
    println!();
    let before = |words: &str, one: &dyn Fn(Money) -> bool, other: &dyn Fn(Money) -> bool| {
        let pairs = comparison.completions_of(one).zip(comparison.completions_of(other));
        let sooner = pairs
            .filter(|(one, other)| matches!((one, other), (Some(one), Some(other)) if one[0] < other[0]));
        println!("{words} in {} of {} seeds", sooner.count(), comparison.clean_seeds());
    };
    let [low, high] = [40_000, 80_000].map(|price| move |money: Money| money.pays_up_to(price));
    before("Who pays up to 40000 BTT is sooner done than who pays nothing", &low, &Money::is_free);
    before("Who pays up to 80000 BTT is sooner done than who pays nothing", &high, &Money::is_free);
    before("Who pays up to 80000 BTT is sooner done than who pays up to 40000", &high, &low);
    let (paid, unpaid) = comparison.paid_and_unpaid_bytes();
    println!(
        "\n{} of {seeds} seeds kept the rules, and are counted here; {} MiB were paid for, {} MiB on credit were not",
        comparison.clean_seeds(),
        paid >> 20,
        unpaid >> 20
    );
    let broken = comparison.broken_rules();
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
}
