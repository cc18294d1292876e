//! Load for the signaling server, and for the trackers that it is compared with.
//!
//! `seedcast-load tracker` measures what an announce costs each of them ([`comparison`]); `seedcast-load soak` sees whether
//! ours stands what it may meet in the open ([`soak`]). Both start the servers ([`server`]) and processes of clients
//! ([`generator`]), which are this program again; in each of these one thread has thousands of connections
//! ([`fleet`]). Nothing leaves the loopback device, and everything has an end.

mod comparison;
mod fleet;
mod frame;
mod generator;
mod machine;
mod message;
mod orders;
mod peer;
mod server;
mod soak;

use std::env;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use crate::server::Programs;

const USAGE: &str = "\
seedcast-load tracker --seedcast PROGRAM [--aquatic PROGRAM] [--bittorrent-tracker SCRIPT] [--rounds N] [--json]
seedcast-load soak --seedcast PROGRAM [--json]

  tracker   what an announce costs PROGRAM, and the others where they are given, as medians of N rounds
  soak      how PROGRAM stands many clients, and bad ones; fails if it does not
  --json    the last line is one JSON object";

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("seedcast-load: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> anyhow::Result<()> {
    match words {
        [command, crew] if command == "clients" => generator::obey(crew),
        [command, options @ ..] if command == "tracker" => {
            let Options { programs, rounds, json } = Options::parse(options)?;
            machine::raise_descriptor_limit()?;
            comparison::run(&programs, rounds, json)
        }
        [command, options @ ..] if command == "soak" => {
            let Options { programs, json, .. } = Options::parse(options)?;
            machine::raise_descriptor_limit()?;
            soak::run(&programs, json)
        }
        _ => bail!("{USAGE}"),
    }
}

/// What follows the command.
struct Options {
    programs: Programs,
    rounds: usize,
    json: bool,
}

impl Options {
    fn parse(words: &[String]) -> anyhow::Result<Self> {
        let (mut seedcast, mut aquatic, mut bittorrent_tracker) = (None, None, None);
        let (mut rounds, mut json) = (comparison::ROUNDS, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().context(USAGE);
            match word.as_str() {
                "--seedcast" => seedcast = Some(program(value()?)?),
                "--aquatic" => aquatic = Some(program(value()?)?),
                "--bittorrent-tracker" => bittorrent_tracker = Some(program(value()?)?),
                "--rounds" => rounds = value()?.parse().context("--rounds needs a number")?,
                "--json" => json = true,
                _ => bail!("{USAGE}"),
            }
        }
        let programs = Programs { seedcast: seedcast.context(USAGE)?, aquatic, bittorrent_tracker };
        Ok(Self { programs, rounds, json })
    }
}

fn program(path: &str) -> anyhow::Result<PathBuf> {
    Path::new(path).canonicalize().with_context(|| format!("there is no {path}"))
}
