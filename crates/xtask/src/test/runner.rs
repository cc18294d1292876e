use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::Step;
use crate::build;
use crate::error::Error;
use crate::harness::{self, PACKAGE};
use crate::process;
use crate::tally::Tally;
use crate::tools::Toolbox;
use crate::workspace::Workspace;

/// Runs the tests of a step.
pub(super) struct Runner<'a> {
    workspace: &'a Workspace,
    toolbox: &'a Toolbox,
    nextest: bool,
}

impl<'a> Runner<'a> {
    /// Uses cargo-nextest where it is installed.
    pub(super) fn new(workspace: &'a Workspace, toolbox: &'a Toolbox) -> Self {
        let nextest = process::succeeds(toolbox.command("cargo").args(["nextest", "--version"]));
        Self { workspace, toolbox, nextest }
    }

    /// Runs `step`, whose tools are installed, and adds the tests that it counts to `tally`.
    pub(super) fn step(&self, step: Step, tally: &mut Tally) -> Result<(), Error> {
        match step {
            Step::Format => process::run(self.cargo("fmt").args(["--all", "--check"])),
            Step::Lint => self.lint(),
            Step::Deny => self.deny(),
            Step::Unit => self.unit(tally),
            Step::Wasm => self.wasm(tally),
            Step::Tracker => self.tracker(tally),
            Step::Page => build::all(self.workspace, self.toolbox),
            Step::EndToEnd => self.end_to_end(tally),
        }
    }

    fn lint(&self) -> Result<(), Error> {
        for packages in [EXCEPT_BROWSER_PROGRAMS, BROWSER_PROGRAMS] {
            let mut clippy = self.cargo("clippy");
            process::run(clippy.args(packages).args(["--all-targets", "--", "-D", "warnings"]))?;
        }
        let mut doc = self.cargo("doc");
        doc.args(EXCEPT_BROWSER_PROGRAMS).arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings");
        process::run(&mut doc)?;
        // Nobody uses a program as a library: who reads its documentation works on it, and wants all of it.
        let mut doc = self.cargo("doc");
        doc.args(BROWSER_PROGRAMS).args(["--no-deps", "--document-private-items"]);
        doc.env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private-intra-doc-links");
        process::run(&mut doc)
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
        let mut test = self.cargo(if self.nextest { "nextest" } else { "test" });
        if self.nextest {
            test.arg("run").args(NATIVE).args(["-E", &format!("not package({PACKAGE})")]);
        } else {
            test.args(NATIVE).args(["--exclude", PACKAGE, "--all-targets"]);
        }
        count(&mut test, tally)?;
        count(self.cargo("test").args(NATIVE).arg("--doc"), tally)
    }

    fn wasm(&self, tally: &mut Tally) -> Result<(), Error> {
        let mut test = self.cargo("test");
        test.args(ENGINE);
        test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
        test.envs(self.toolbox.find("chromedriver").map(|path| ("CHROMEDRIVER", path)));
        count(&mut test, tally)
    }

    fn tracker(&self, tally: &mut Tally) -> Result<(), Error> {
        build::server(self.workspace, self.toolbox)?;
        let mut node = self.toolbox.command("node");
        node.arg("tests/tracker-suite/run.mjs").current_dir(self.workspace.root());
        count(node.envs(harness::variables(self.workspace, self.toolbox)?), tally)
    }

    fn end_to_end(&self, tally: &mut Tally) -> Result<(), Error> {
        let mut test = self.cargo(if self.nextest { "nextest" } else { "test" });
        if self.nextest {
            // The same packages as for the unit tests, so that nothing is compiled anew with other features.
            test.args(["run", "--no-fail-fast"]).args(NATIVE).args(["-E", &format!("package({PACKAGE})")]);
        } else {
            // Each test takes browsers, and the whole machine with them.
            test.args(["--package", PACKAGE, "--", "--test-threads=1"]);
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

/// What has tests that run natively; of the page that is what needs no browser.
const NATIVE: &[&str] = &["--workspace", "--exclude", "seedcast-engine"];
const EXCEPT_BROWSER_PROGRAMS: &[&str] = &[
    "--workspace",
    "--exclude",
    "seedcast-embed",
    "--exclude",
    "seedcast-engine",
    "--exclude",
    "seedcast-host",
    "--exclude",
    "seedcast-page",
    "--exclude",
    "seedcast-tips",
];
const BROWSER_PROGRAMS: &[&str] = &[
    "--package",
    "seedcast-embed",
    "--package",
    "seedcast-engine",
    "--package",
    "seedcast-host",
    "--package",
    "seedcast-page",
    "--package",
    "seedcast-tips",
    "--target",
    "wasm32-unknown-unknown",
];
const ENGINE: &[&str] = &["--package", "seedcast-engine", "--target", "wasm32-unknown-unknown"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_shown_as_it_is_and_counted() {
        let output = "running 2 tests\ntest result: ok. 2 passed; 0 failed; 0 ignored\nno newline";
        let mut screen = Vec::new();
        assert_eq!(show(output.as_bytes(), &mut screen), Tally { passed: 2, failed: 0 });
        assert_eq!(screen, output.as_bytes());
    }
}
