use std::num::NonZero;
use std::process::Command;
use std::thread;

use super::Step;
use super::progress::Progress;
use crate::build;
use crate::contract;
use crate::error::Error;
use crate::harness::{self, PACKAGE};
use crate::process;
use crate::tools::Toolbox;
use crate::watch::watch;
use crate::weight;
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

    /// Runs `step`, whose tools are installed, and counts its tests in `progress`.
    pub(super) fn step(&self, step: Step, progress: &mut Progress) -> Result<(), Error> {
        match step {
            Step::Format => process::run(self.cargo("fmt").args(["--all", "--check"])),
            Step::Lint => self.lint(),
            Step::Deny => self.deny(),
            Step::Unit => self.unit(progress),
            Step::Wasm => self.wasm(progress),
            Step::Tracker => self.tracker(progress),
            Step::Page => {
                build::all(self.workspace, self.toolbox)?;
                weight::check(&self.workspace.dist())
            }
            Step::EndToEnd => self.end_to_end(progress),
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
        if process::run(self.cargo("deny").args(["fetch", "db"])).is_ok() {
            return process::run(self.cargo("deny").args(["check", "advisories"]));
        }
        eprintln!("Known flaws are not checked: their database cannot be fetched from here.");
        Ok(())
    }

    fn unit(&self, progress: &mut Progress) -> Result<(), Error> {
        contract::compile(self.workspace, self.toolbox)?;
        let mut test = self.cargo(if self.nextest { "nextest" } else { "test" });
        test.env(contract::VARIABLE, contract::folder(self.workspace));
        if self.nextest {
            test.arg("run").args(NATIVE).args(["-E", &format!("not package({PACKAGE})")]);
        } else {
            test.args(NATIVE).args(["--exclude", PACKAGE, "--all-targets"]);
        }
        watch(&mut test, progress)?;
        watch(self.cargo("test").args(NATIVE).arg("--doc"), progress)
    }

    fn wasm(&self, progress: &mut Progress) -> Result<(), Error> {
        for tests in [ENGINE, PURSE] {
            let mut test = self.cargo("test");
            test.args(tests);
            test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
            // Seconds; by default 20, which is little beside a build of the page.
            test.env("WASM_BINDGEN_TEST_TIMEOUT", "240");
            test.envs(self.toolbox.find("chromedriver").map(|path| ("CHROMEDRIVER", path)));
            watch(&mut test, progress)?;
        }
        Ok(())
    }

    fn tracker(&self, progress: &mut Progress) -> Result<(), Error> {
        build::server(self.workspace, self.toolbox)?;
        let mut node = self.toolbox.command("node");
        node.arg("tests/tracker-suite/run.mjs").current_dir(self.workspace.root());
        watch(node.envs(harness::variables(self.workspace, self.toolbox)?), progress)
    }

    fn end_to_end(&self, progress: &mut Progress) -> Result<(), Error> {
        contract::compile(self.workspace, self.toolbox)?;
        let mut test = self.cargo(if self.nextest { "nextest" } else { "test" });
        if self.nextest {
            // The same packages as for the unit tests, so that nothing is compiled anew with other features.
            test.args(["run", "--no-fail-fast"]).args(NATIVE).args(["-E", &format!("package({PACKAGE})")]);
            test.args(["--test-threads", &browser_tests_at_once().to_string()]);
        } else {
            // Without cargo-nextest nobody keeps those apart that need the whole machine.
            test.args(["--package", PACKAGE, "--", "--test-threads=1"]);
        }
        test.envs(harness::variables(self.workspace, self.toolbox)?);
        watch(&mut test, progress)
    }

    fn cargo(&self, subcommand: &str) -> Command {
        let mut cargo = self.toolbox.command("cargo");
        cargo.arg(subcommand).current_dir(self.workspace.root());
        cargo
    }
}

/// How many tests in browsers run at once: they wait more than they compute, and each takes up to a gigabyte.
fn browser_tests_at_once() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get).saturating_add(1).min(8)
}

/// What has tests that run natively; of the page that is what needs no browser.
const NATIVE: &[&str] = &["--workspace", "--exclude", "seedcast-engine"];
const EXCEPT_BROWSER_PROGRAMS: &[&str] = &[
    "--workspace",
    "--exclude",
    "seedcast-artwork",
    "--exclude",
    "seedcast-embed",
    "--exclude",
    "seedcast-engine",
    "--exclude",
    "seedcast-host",
    "--exclude",
    "seedcast-page",
    "--exclude",
    "seedcast-payments",
    "--exclude",
    "seedcast-purse",
    "--exclude",
    "seedcast-subtitles",
    "--exclude",
    "seedcast-tips",
];
const BROWSER_PROGRAMS: &[&str] = &[
    "--package",
    "seedcast-artwork",
    "--package",
    "seedcast-embed",
    "--package",
    "seedcast-engine",
    "--package",
    "seedcast-host",
    "--package",
    "seedcast-page",
    "--package",
    "seedcast-payments",
    "--package",
    "seedcast-purse",
    "--package",
    "seedcast-subtitles",
    "--package",
    "seedcast-tips",
    "--target",
    "wasm32-unknown-unknown",
];
const ENGINE: &[&str] = &["--package", "seedcast-engine", "--target", "wasm32-unknown-unknown"];
/// What of the purse has to do with the browser; all else of it is tested natively.
const PURSE: &[&str] =
    &["--package", "seedcast-purse", "--test", "worker", "--target", "wasm32-unknown-unknown"];
