//! Simulates swarms: `sim bench [--json]` plays the scenario files and prints what came of them,
//! `sim play FILE` plays one file, `sim journal FILE PEER` plays it and prints what one of its peers noted, `sim replay
//! REPORT` plays a swarm like the one of which a saved report tells, `sim market SEEDS [--from SEED]` prints who is done when in a market,
//! `sim soak [--seeds N] [--from SEED] [--peers N]` plays random swarms until one breaks a rule.

mod prices;
mod soak;
mod table;

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words[..] {
        ["bench"] => table::print(false),
        ["play", path] => table::play(path),
        ["journal", path, peer] => table::journal(path, peer),
        ["replay", path] => table::replay(path),
        ["market", seeds] => prices::print(seeds, "0"),
        ["market", seeds, "--from", from] => prices::print(seeds, from),
        ["bench", "--json"] => table::print(true),
        ["soak", ref options @ ..] => soak::Options::parse(options).and_then(|options| soak::run(&options)),
        _ => {
            Err("sim bench [--json] | sim play FILE | sim journal FILE PEER | sim replay REPORT | sim market SEEDS [--from SEED] | sim soak [--seeds N] [--from SEED] [--peers N]"
                .to_owned())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            eprintln!("error: {words}");
            ExitCode::FAILURE
        }
    }
}
