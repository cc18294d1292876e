//! Every chore of the repository, as `cargo xtask CHORE`.
//!
//! A chore first makes sure of the tools that it needs ([`tools`]) and then runs them. Progress goes to stderr,
//! results go to stdout. A chore that fails says why in one sentence and exits with a code other than 0.

mod bench;
mod build;
mod cli;
mod comments;
mod contract;
mod error;
mod fingerprint;
mod glue;
mod harness;
mod install;
mod load;
mod process;
mod recipe;
mod serve;
mod tally;
mod test;
mod tools;
mod verify;
mod wasm;
mod watch;
mod weight;
mod workspace;

use std::env;
use std::process::ExitCode;

use cli::Chore;
use error::Error;
use tools::Toolbox;
use workspace::Workspace;

fn main() -> ExitCode {
    match Chore::parse(env::args().skip(1)).and_then(run) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<ExitCode, Error> {
    let workspace = Workspace::of_this_run()?;
    let toolbox = Toolbox::open(&workspace)?;
    match chore {
        Chore::Help => println!("{}", cli::HELP),
        Chore::Serve { port, demo: false } => serve::serve(&workspace, &toolbox, port)?,
        Chore::Serve { port, demo: true } => harness::demo(&workspace, &toolbox, port)?,
        Chore::Build => build::all(&workspace, &toolbox)?,
        Chore::Contract => contract::report(&workspace, &toolbox)?,
        Chore::Test { steps } => return Ok(test::run(&workspace, &toolbox, &steps)),
        Chore::Bench { bench, json, late, options } => match late {
            Some(runs) => bench::late(&workspace, &toolbox, runs, json)?,
            None => bench::run(&workspace, &toolbox, bench, json, &options)?,
        },
        Chore::Sim { options } => bench::soak(&workspace, &toolbox, &options)?,
        Chore::VerifySite { address } => verify::site(&workspace, &toolbox, &address)?,
        Chore::Screenshots { out } => bench::screenshots(&workspace, &toolbox, out)?,
    }
    Ok(ExitCode::SUCCESS)
}
