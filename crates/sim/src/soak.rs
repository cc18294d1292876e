//! Random swarms, one seed after another.

use std::panic::{self, AssertUnwindSafe};

use sim::{Scenario, simulate};

/// Which swarms to play.
pub(crate) struct Options {
    seeds: u64,
    from: u64,
    peers: Option<u32>,
}

impl Options {
    pub(crate) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self { seeds: 200, from: 0, peers: None };
        for pair in words.chunks(2) {
            let &[name, value] = pair else { return Err(format!("`{}` needs a value", pair[0])) };
            let number: u32 = value.parse().map_err(|error| format!("`{value}` is not a number: {error}"))?;
            match name {
                "--seeds" => options.seeds = number.into(),
                "--from" => options.from = number.into(),
                "--peers" => options.peers = Some(number),
                _ => return Err(format!("`{name}` was not expected there")),
            }
        }
        Ok(options)
    }
}

/// Plays the swarms. The first that breaks a rule is made as simple as possible, and printed.
pub(crate) fn run(options: &Options) -> Result<(), String> {
    for seed in options.from..options.from + options.seeds {
        let scenario = Scenario::random(seed, options.peers);
        let broken = broken_rules(&scenario, |line| println!("seed {seed}: {line}"));
        if !broken.is_empty() {
            eprintln!("{}\nLooking for a simpler swarm that does so.", broken.join("\n"));
            let simplest = simplest(scenario);
            println!("{}", simplest.to_json());
            return Err(format!("seed {seed} breaks rules: {}", broken_rules(&simplest, |_| {}).join("; ")));
        }
    }
    println!("{} swarms kept every rule{}", options.seeds, peak_memory());
    Ok(())
}

/// The rules that a swarm breaks; a panic is one of them.
fn broken_rules(scenario: &Scenario, line: impl Fn(String)) -> Vec<String> {
    let played = panic::catch_unwind(AssertUnwindSafe(|| simulate(scenario)));
    match played {
        Ok(Ok(report)) => {
            line(format!(
                "{} peers, {} kB, {} events in {} s, trace {:016x}",
                report.peers.len(),
                scenario.size() / 1000,
                report.events,
                report.ended.as_millis() / 1000,
                report.trace,
            ));
            report.broken_rules(scenario)
        }
        Ok(Err(error)) => vec![error.to_string()],
        Err(_) => vec!["The engine panicked.".to_owned()],
    }
}

/// A simpler swarm that breaks rules too: one of which nothing can be left out, or as far as [`TRIALS`] go.
fn simplest(mut scenario: Scenario) -> Scenario {
    let mut trials = 0..TRIALS;
    let breaks = |simpler: &Scenario| !broken_rules(simpler, |_| {}).is_empty();
    while let Some(simpler) =
        scenario.simpler().into_iter().find(|simpler| trials.next().is_some() && breaks(simpler))
    {
        scenario = simpler;
    }
    scenario
}

/// The most memory that this process ever had, in words, where the system tells.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(String::new, |peak| format!("; peak memory {}", peak.trim()))
}

/// Swarms to play in search of a simpler one.
const TRIALS: u32 = 300;
