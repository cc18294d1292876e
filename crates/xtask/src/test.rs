//! Every test, as a row of steps.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::build;
use crate::error::Error;
use crate::harness::{self, PACKAGE};
use crate::process;
use crate::tally::Tally;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// One layer of tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    Format,
    Lint,
    Deny,
    Unit,
    Wasm,
    Tracker,
    Page,
    EndToEnd,
}

impl Step {
    /// In the order in which they run: what fails quickly comes first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Format,
        Self::Lint,
        Self::Deny,
        Self::Unit,
        Self::Wasm,
        Self::Tracker,
        Self::Page,
        Self::EndToEnd,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Lint => "lint",
            Self::Deny => "deny",
            Self::Unit => "unit",
            Self::Wasm => "wasm",
            Self::Tracker => "tracker",
            Self::Page => "page",
            Self::EndToEnd => "e2e",
        }
    }

    /// The step of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|step| step.name() == name)
    }

    fn about(self) -> &'static str {
        match self {
            Self::Format => "the formatting of all Rust code",
            Self::Lint => "clippy and rustdoc, natively and for the browser",
            Self::Deny => "licences, sources and known flaws of dependencies",
            Self::Unit => "unit, property, simulator and documentation tests",
            Self::Wasm => "the engine worker's tests in a browser",
            Self::Tracker => "the running server against a tracker's clients",
            Self::Page => "the release build of page and server",
            Self::EndToEnd => "the page in browsers, alone and with other clients",
        }
    }

    fn tools(self) -> &'static [Tool] {
        match self {
            Self::Format => &[Tool::Rustfmt],
            Self::Lint => &[Tool::Clippy, Tool::WasmTarget],
            Self::Deny => &[Tool::CargoDeny],
            Self::Unit => &[],
            Self::Wasm => &[Tool::WasmTarget, Tool::WasmBindgen, Tool::Chromium, Tool::Chromedriver],
            Self::Tracker => &[Tool::TestPackages],
            Self::Page => build::PAGE_TOOLS,
            Self::EndToEnd => harness::TOOLS,
        }
    }
}

/// Runs `selected` steps, or all if there are none, up to the first that fails. The last line that it prints is
/// `N passed, N failed`: tests where a step runs tests, and otherwise steps.
pub(crate) fn run(workspace: &Workspace, toolbox: &Toolbox, selected: &[Step]) -> Result<ExitCode, Error> {
    let steps = plan(selected);
    let tools: BTreeSet<Tool> = steps.iter().flat_map(|step| step.tools()).copied().collect();
    toolbox.ensure(&Vec::from_iter(tools))?;

    let runner = Runner { workspace, toolbox, nextest: has_nextest(toolbox) };
    let start = Instant::now();
    let mut report = Report::default();
    for step in steps {
        eprintln!("\n==> {}: {}", step.name(), step.about());
        let start = Instant::now();
        let mut tally = Tally::default();
        let outcome = runner.step(step, &mut tally);
        report.add(step, tally, &outcome, start.elapsed());
        if let Err(error) = outcome {
            report.failure = Some(format!("{} failed: {error}", step.name()));
            break;
        }
    }
    println!("{}", report.text(start.elapsed()));
    Ok(if report.failure.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The steps to run, in order. The end-to-end tests use what the page step builds.
fn plan(selected: &[Step]) -> Vec<Step> {
    let built = selected.contains(&Step::EndToEnd);
    let wanted = |step: &Step| selected.is_empty() || selected.contains(step) || built && *step == Step::Page;
    Step::ALL.into_iter().filter(wanted).collect()
}

fn has_nextest(toolbox: &Toolbox) -> bool {
    process::succeeds(toolbox.command("cargo").args(["nextest", "--version"]))
}

/// The packages that compile for nothing but a browser.
const BROWSER_PACKAGES: [&str; 2] = ["seedcast-engine", "seedcast-page"];
const WASM: [&str; 2] = ["--target", "wasm32-unknown-unknown"];
const DENY_WARNINGS: [&str; 3] = ["--", "-D", "warnings"];

struct Runner<'a> {
    workspace: &'a Workspace,
    toolbox: &'a Toolbox,
    nextest: bool,
}

impl Runner<'_> {
    fn step(&self, step: Step, tally: &mut Tally) -> Result<(), Error> {
        match step {
            Step::Format => process::run(self.cargo("fmt").args(["--all", "--check"])),
            Step::Lint => self.lint(),
            Step::Deny => self.deny(),
            Step::Unit => self.unit(tally),
            Step::Wasm => self.wasm(tally),
            Step::Tracker => Ok(()),
            Step::Page => build::all(self.workspace, self.toolbox),
            Step::EndToEnd => self.end_to_end(tally),
        }
    }

    fn lint(&self) -> Result<(), Error> {
        let clippy = || self.cargo("clippy");
        process::run(native(&mut clippy()).arg("--all-targets").args(DENY_WARNINGS))?;
        process::run(browser(&mut clippy()).arg("--all-targets").args(DENY_WARNINGS))?;
        let doc = || {
            let mut doc = self.cargo("doc");
            doc.args(["--no-deps", "--document-private-items"]).env("RUSTDOCFLAGS", "-D warnings");
            doc
        };
        process::run(native(&mut doc()))?;
        process::run(browser(&mut doc()))
    }

    fn deny(&self) -> Result<(), Error> {
        process::run(self.cargo("deny").args(["check", "licenses", "bans", "sources"]))?;
        if process::succeeds(self.cargo("deny").args(["fetch", "db"])) {
            return process::run(self.cargo("deny").args(["check", "advisories"]));
        }
        eprintln!("Known flaws are not checked: their database cannot be fetched from here.");
        Ok(())
    }

    fn unit(&self, tally: &mut Tally) -> Result<(), Error> {
        if self.nextest {
            let filter = format!("not package({PACKAGE})");
            count(native(self.cargo("nextest").arg("run")).args(["-E", &filter]), tally)?;
        } else {
            let mut test = self.cargo("test");
            count(native(&mut test).args(["--exclude", PACKAGE, "--all-targets"]), tally)?;
        }
        count(native(self.cargo("test").arg("--doc")), tally)
    }

    fn wasm(&self, tally: &mut Tally) -> Result<(), Error> {
        let mut test = self.cargo("test");
        test.args(["--package", "seedcast-engine"]).args(WASM);
        test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
        test.env(
            "WASM_BINDGEN_TEST_WEBDRIVER_JSON",
            self.workspace.root().join("crates/xtask/webdriver.json"),
        );
        test.envs(self.toolbox.find("chromedriver").map(|path| ("CHROMEDRIVER", path)));
        count(&mut test, tally)
    }

    fn end_to_end(&self, tally: &mut Tally) -> Result<(), Error> {
        let mut test = self.cargo(if self.nextest { "nextest" } else { "test" });
        if self.nextest {
            // The same packages as for the unit tests, so that nothing is compiled anew with other features.
            native(test.arg("run")).args(["-E", &format!("package({PACKAGE})")]);
        } else {
            test.args(["--package", PACKAGE]);
        }
        test.envs(harness::variables(self.workspace, self.toolbox)?);
        count(&mut test, tally)
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = self.toolbox.command("cargo");
        cargo.arg(subcommand).current_dir(self.workspace.root());
        cargo
    }
}

/// Everything that compiles natively.
fn native(command: &mut Command) -> &mut Command {
    command.arg("--workspace").args(BROWSER_PACKAGES.iter().flat_map(|package| ["--exclude", package]))
}

/// Everything that runs in a browser.
fn browser(command: &mut Command) -> &mut Command {
    command.args(BROWSER_PACKAGES.iter().flat_map(|package| ["--package", package])).args(WASM)
}

/// Runs `command`, its output shown as it comes, and adds to `tally` the tests that it counts there.
fn count(command: &mut Command, tally: &mut Tally) -> Result<(), Error> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|source| process::not_started(command, source))?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        let errors = scope.spawn(|| stderr.map_or_else(Tally::default, |stderr| show(stderr, io::stderr())));
        *tally += stdout.map_or_else(Tally::default, |stdout| show(stdout, io::stdout()));
        *tally += errors.join().unwrap_or_default();
    });
    let status = child.wait().map_err(|source| process::not_started(command, source))?;
    if status.success() { Ok(()) } else { Err(Error::Failed { command: process::words(command), status }) }
}

/// Copies `output` to `screen`, and counts the tests in it.
fn show(output: impl Read, mut screen: impl Write) -> Tally {
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    let mut tally = Tally::default();
    while output.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
        // Whether or not anyone still reads the screen, the tests go on.
        _ = screen.write_all(&line);
        tally += Tally::of_line(&String::from_utf8_lossy(&line)).unwrap_or_default();
        line.clear();
    }
    tally
}

/// What is printed at the end.
#[derive(Debug, Default)]
struct Report {
    rows: String,
    total: Tally,
    failure: Option<String>,
}

impl Report {
    fn add(&mut self, step: Step, tally: Tally, outcome: &Result<(), Error>, time: Duration) {
        let mut counted = tally;
        match outcome {
            Ok(()) if tally.is_empty() => counted.passed = 1,
            // The step failed outside of its tests, say in the compiler.
            Err(_) if tally.failed == 0 => counted.failed = 1,
            _ => {}
        }
        self.total += counted;
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        let tests =
            if tally.is_empty() { String::new() } else { format!("{} tests", tally.passed + tally.failed) };
        // Writing to a String cannot fail.
        _ = writeln!(self.rows, "{:<8} {verdict:<6} {:>10} {tests:>12}", step.name(), spoken(time));
    }

    fn text(&self, time: Duration) -> String {
        let Tally { passed, failed } = self.total;
        let failure = self.failure.as_ref().map(|failure| format!("\n{failure}\n")).unwrap_or_default();
        format!(
            "\n{}{:<8} {:>17}\n{failure}\n{passed} passed, {failed} failed",
            self.rows,
            "total",
            spoken(time)
        )
    }
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step_failed() -> Result<(), Error> {
        Err(Error::Usage("It is broken.".to_owned()))
    }

    #[test]
    fn no_selection_means_every_step_in_order() {
        assert_eq!(plan(&[]), Step::ALL);
    }

    #[test]
    fn selected_steps_run_in_their_own_order_and_once() {
        assert_eq!(plan(&[Step::Unit, Step::Lint, Step::Unit]), [Step::Lint, Step::Unit]);
    }

    #[test]
    fn the_end_to_end_tests_bring_the_page_that_they_open() {
        assert_eq!(plan(&[Step::EndToEnd]), [Step::Page, Step::EndToEnd]);
    }

    #[test]
    fn a_report_counts_tests_and_steps_without_tests() {
        let mut report = Report::default();
        report.add(Step::Format, Tally::default(), &Ok(()), Duration::from_secs(1));
        report.add(Step::Unit, Tally { passed: 40, failed: 0 }, &Ok(()), Duration::from_secs(75));
        assert!(report.text(Duration::from_secs(76)).ends_with("\n41 passed, 0 failed"));
    }

    #[test]
    fn a_step_that_fails_without_a_failed_test_counts_as_one() {
        let mut report = Report::default();
        report.add(Step::Unit, Tally { passed: 3, failed: 0 }, &step_failed(), Duration::ZERO);
        assert_eq!(report.total, Tally { passed: 3, failed: 1 });
    }

    #[test]
    fn failed_tests_are_not_counted_again_as_a_failed_step() {
        let mut report = Report::default();
        report.add(Step::Unit, Tally { passed: 3, failed: 2 }, &step_failed(), Duration::ZERO);
        assert_eq!(report.total, Tally { passed: 3, failed: 2 });
    }

    #[test]
    fn output_is_shown_as_it_is_and_counted() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\nno newline";
        let mut screen = Vec::new();
        assert_eq!(show(output.as_bytes(), &mut screen), Tally { passed: 2, failed: 0 });
        assert_eq!(screen, output.as_bytes());
    }
}
