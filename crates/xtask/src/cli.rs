//! The command line.

use std::path::PathBuf;

use crate::bench::Bench;
use crate::error::Error;
use crate::test::Step;

/// What `cargo xtask help` prints.
pub(crate) const HELP: &str = "\
cargo xtask CHORE, which sets up what it needs and is missing:

  serve [--port N] [--demo]
                           build, and serve the page at http://localhost:8080 or port N; --demo adds a chain of
                           play money, a wallet for it, a film that takes tips, and a download that is paid for
  build                    build dist/ and target/release/seedcast-signaling
  contract                 compile the contract of payments into target/contract/, and print what calls of it cost
  test [STEP...]           run every test, or the named steps of:
                           format lint deny unit wasm tracker page e2e
  bench NAME [--json]      measure: transfer large start background line stream size engine swarm, tracker (what an
                           announce costs the server, and other trackers) and soak (thousands of clients, bad ones
                           among them, and whether the server stands them); --json prints one object on the last line
  bench transfer [--mib N] [--ways NAME,NAME] [--rounds N] [--before DIR] [--json]
                           measure one size, some of the ways, so many times, and the page built into DIR as well
  bench large [--mib N] [--json]
                           measure what a file of N MiB costs, and how soon it is shared again after a reload
  bench start [--before DIR] [--json]
                           measure how soon something comes from a link, also in the page that was built into DIR
  bench line [--rounds N] [--row N] [--pace] [--json]
                           measure a long line so many times, one of the rows from 0 on, and its pace over time
  bench stream --late [--runs N] [--json]
                           measure how soon a film plays after another viewer's browser was killed, with N runs
  sim [--seeds N] [--from SEED] [--peers N]
                           play random swarms until one breaks a rule
  verify-site URL          build the page, and compare every file of it with what a site serves
  screenshots [--out DIR]  take the screenshots, into DIR or target/screenshots
  help                     print this";

const DEFAULT_PORT: u16 = 8080;

/// One chore with its options.
#[derive(Debug, PartialEq)]
pub(crate) enum Chore {
    Help,
    Serve {
        port: u16,
        /// Whether with play money, and something to tip for.
        demo: bool,
    },
    Build,
    Contract,
    Test {
        /// No steps means all of them.
        steps: Vec<Step>,
    },
    Bench {
        bench: Bench,
        json: bool,
        /// Of [`Bench::Stream`]: the runs of the second viewer's film instead, or the program's own number of them.
        late: Option<Option<u32>>,
        /// For the benchmark, where it [takes](Bench::takes_options) any.
        options: Vec<String>,
    },
    Sim {
        /// For the simulator, which knows what they mean.
        options: Vec<String>,
    },
    VerifySite {
        /// Where the page is.
        address: String,
    },
    Screenshots {
        /// Relative to the working directory; by default a folder inside the target folder.
        out: Option<PathBuf>,
    },
}

impl Chore {
    /// Reads the words that follow `cargo xtask`.
    pub(crate) fn parse(words: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut words = words.into_iter().flat_map(split_at_equals_sign);
        let Some(name) = words.next() else { return Ok(Self::Help) };
        let chore = match name.as_str() {
            "help" | "--help" | "-h" => Self::Help,
            "serve" => serve(&mut words)?,
            "build" => Self::Build,
            "contract" => Self::Contract,
            "test" => Self::Test { steps: words.by_ref().map(|word| step(&word)).collect::<Result<_, _>>()? },
            "bench" => {
                let bench = words.next().as_deref().and_then(Bench::named).ok_or_else(unknown_bench)?;
                measure(bench, &mut words)?
            }
            "sim" => Self::Sim { options: words.by_ref().collect() },
            "verify-site" => Self::VerifySite { address: value(&mut words, "verify-site")? },
            "screenshots" => Self::Screenshots { out: option(&mut words, "--out", |out| Ok(out.into()))? },
            _ => return Err(Error::Usage(format!("There is no chore `{name}`."))),
        };
        match words.next() {
            None => Ok(chore),
            Some(word) => Err(unexpected(&word)),
        }
    }
}

fn split_at_equals_sign(word: String) -> Vec<String> {
    match word.split_once('=') {
        Some((name, value)) if name.starts_with("--") => vec![name.to_owned(), value.to_owned()],
        _ => vec![word],
    }
}

fn serve(words: &mut impl Iterator<Item = String>) -> Result<Chore, Error> {
    let (mut port, mut demo) = (DEFAULT_PORT, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--port" => port = parse_port(value(words, &word)?)?,
            "--demo" => demo = true,
            _ => return Err(unexpected(&word)),
        }
    }
    Ok(Chore::Serve { port, demo })
}

fn measure(bench: Bench, words: &mut impl Iterator<Item = String>) -> Result<Chore, Error> {
    let (mut json, mut late, mut options) = (false, None, Vec::new());
    while let Some(word) = words.next() {
        match word.as_str() {
            "--json" => json = true,
            "--late" if bench == Bench::Stream => late = Some(None),
            "--runs" if late.is_some() => late = Some(Some(parse_runs(value(words, &word)?)?)),
            _ if bench.takes_options() => options.push(word),
            _ => return Err(unexpected(&word)),
        }
    }
    Ok(Chore::Bench { bench, json, late, options })
}

fn option<T>(
    words: &mut impl Iterator<Item = String>,
    name: &str,
    parse: impl FnOnce(String) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    match words.next() {
        None => Ok(None),
        Some(word) if word == name => parse(value(words, name)?).map(Some),
        Some(word) => Err(unexpected(&word)),
    }
}

fn value(words: &mut impl Iterator<Item = String>, name: &str) -> Result<String, Error> {
    words.next().ok_or_else(|| Error::Usage(format!("`{name}` needs a value.")))
}

fn parse_port(word: String) -> Result<u16, Error> {
    word.parse().map_err(|error| Error::Usage(format!("`{word}` is not a port: {error}.")))
}

fn parse_runs(word: String) -> Result<u32, Error> {
    word.parse().map_err(|error| Error::Usage(format!("`{word}` is not a number of runs: {error}.")))
}

fn step(word: &str) -> Result<Step, Error> {
    Step::named(word).ok_or_else(|| {
        let names = Step::ALL.map(Step::name).join(", ");
        Error::Usage(format!("There is no step `{word}`; there are {names}."))
    })
}

fn unknown_bench() -> Error {
    let names = Bench::ALL.map(Bench::name).join(", ");
    Error::Usage(format!("`bench` needs the name of a benchmark: {names}."))
}

fn unexpected(word: &str) -> Error {
    Error::Usage(format!("`{word}` was not expected there."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Chore, String> {
        Chore::parse(line.split_whitespace().map(str::to_owned)).map_err(|error| error.to_string())
    }

    #[test]
    fn serve_takes_a_port_in_either_spelling_and_has_a_default() {
        assert_eq!(parse("serve"), Ok(Chore::Serve { port: 8080, demo: false }));
        assert_eq!(parse("serve --port 9000"), Ok(Chore::Serve { port: 9000, demo: false }));
        assert_eq!(parse("serve --port=0"), Ok(Chore::Serve { port: 0, demo: false }));
    }

    #[test]
    fn serve_takes_its_options_in_any_order() {
        assert_eq!(parse("serve --demo"), Ok(Chore::Serve { port: 8080, demo: true }));
        assert_eq!(parse("serve --port 1 --demo"), parse("serve --demo --port 1"));
    }

    #[test]
    fn test_takes_any_number_of_steps() {
        assert_eq!(parse("test"), Ok(Chore::Test { steps: vec![] }));
        assert_eq!(parse("test lint e2e"), Ok(Chore::Test { steps: vec![Step::Lint, Step::EndToEnd] }));
    }

    #[test]
    fn bench_prints_json_only_when_asked() {
        let bench = |bench, json| Chore::Bench { bench, json, late: None, options: vec![] };
        let (size, transfer) = (bench(Bench::Size, false), bench(Bench::Transfer, true));
        assert_eq!(parse("bench size"), Ok(size));
        assert_eq!(parse("bench transfer --json"), Ok(transfer));
    }

    #[test]
    fn only_films_are_measured_late_and_so_many_times() {
        let late =
            |runs| Ok(Chore::Bench { bench: Bench::Stream, json: true, late: Some(runs), options: vec![] });
        assert_eq!(parse("bench stream --late --json"), late(None));
        assert_eq!(parse("bench stream --late --runs 8 --json"), late(Some(8)));
        for line in ["bench size --late", "bench stream --runs 8"] {
            assert!(parse(line).is_err(), "{line}");
        }
    }

    #[test]
    fn bench_passes_on_what_a_benchmark_understands() {
        let options = ["--mib", "64"].map(str::to_owned).to_vec();
        let transfer = Chore::Bench { bench: Bench::Transfer, json: true, late: None, options };
        assert_eq!(parse("bench transfer --mib=64 --json"), Ok(transfer));
        assert!(parse("bench size --mib=64").is_err());
        let options = ["--rounds", "1", "--row", "3", "--pace"].map(str::to_owned).to_vec();
        let line = Chore::Bench { bench: Bench::Line, json: true, late: None, options };
        assert_eq!(parse("bench line --rounds 1 --row=3 --pace --json"), Ok(line));
        let options = ["--before", "dist"].map(str::to_owned).to_vec();
        let start = Chore::Bench { bench: Bench::Start, json: true, late: None, options };
        assert_eq!(parse("bench start --before=dist --json"), Ok(start));
        assert!(parse("bench size --before=dist").is_err());
    }

    #[test]
    fn sim_passes_its_options_on() {
        let options = ["--seeds", "20"].map(str::to_owned).to_vec();
        assert_eq!(parse("sim --seeds=20"), Ok(Chore::Sim { options }));
    }

    #[test]
    fn screenshots_take_a_folder() {
        assert_eq!(parse("screenshots --out shots"), Ok(Chore::Screenshots { out: Some("shots".into()) }));
    }

    #[test]
    fn a_mistake_is_answered_with_what_would_have_been_right() {
        for (line, hint) in [
            ("fly", "no chore `fly`"),
            ("serve --port", "needs a value"),
            ("serve --port 70000", "not a port"),
            ("serve --host here", "`--host` was not expected"),
            ("build now", "`now` was not expected"),
            ("contract 2", "`2` was not expected"),
            ("test smoke", "format, lint"),
            ("bench", "transfer, large, start, background, line, stream, size"),
        ] {
            let message = parse(line).expect_err(line);
            assert!(message.contains(hint), "{line}: {message}");
        }
    }

    #[test]
    fn the_help_names_every_step_and_benchmark() {
        for name in Step::ALL.map(Step::name).into_iter().chain(Bench::ALL.map(Bench::name)) {
            assert!(HELP.contains(name), "{name}");
        }
    }

    #[test]
    fn the_help_has_a_line_for_each_benchmark_that_takes_options() {
        for name in Bench::ALL.into_iter().filter(|bench| bench.takes_options()).map(Bench::name) {
            assert!(HELP.contains(&format!("\n  bench {name} [--")), "{name}");
        }
    }
}
