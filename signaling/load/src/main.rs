//! Load for the signaling server, and for the trackers that it is compared with.
//!
//! `seedcast-load tracker` measures what an announce costs each of them ([`bench`]); `seedcast-load soak` sees whether
//! ours stands what it may meet in the open ([`soak`]). Both start the servers ([`server`]) and processes of clients
//! ([`generator`]), which are this program again; in each of these one thread has thousands of connections
//! ([`fleet`]). Nothing leaves the loopback device, and everything has an end.

mod bench;
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
seedcast-load tracker|soak --seedcast PROGRAM [--aquatic PROGRAM] [--bittorrent-tracker SCRIPT] [--json]

  tracker   what an announce costs PROGRAM, and the others where they are given
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
            let (programs, json) = parse(options, true)?;
            machine::raise_descriptors()?;
            bench::run(&programs, json)
        }
        [command, options @ ..] if command == "soak" => {
            let (programs, json) = parse(options, false)?;
            soak::run(&programs, machine::raise_descriptors()?, json)
        }
        _ => bail!("{USAGE}"),
    }
}

fn parse(mut options: &[String], seedcast_is_patient: bool) -> anyhow::Result<(Programs, bool)> {
    let (mut seedcast, mut aquatic, mut bittorrent_tracker, mut json) = (None, None, None, false);
    while let [option, rest @ ..] = options {
        options = rest;
        let place = match option.as_str() {
            "--json" => {
                json = true;
                continue;
            }
            "--seedcast" => &mut seedcast,
            "--aquatic" => &mut aquatic,
            "--bittorrent-tracker" => &mut bittorrent_tracker,
            _ => bail!("{USAGE}"),
        };
        let [path, rest @ ..] = options else { bail!("{USAGE}") };
        (*place, options) = (Some(program(path)?), rest);
    }
    let seedcast = seedcast.context(USAGE)?;
    Ok((Programs { seedcast, seedcast_is_patient, aquatic, bittorrent_tracker }, json))
}

fn program(path: &str) -> anyhow::Result<PathBuf> {
    Path::new(path).canonicalize().with_context(|| format!("there is no {path}"))
}
