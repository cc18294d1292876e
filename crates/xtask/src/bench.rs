//! Measurements, and the screenshots.

mod pay;
mod size;

use std::ffi::OsStr;
use std::fs;
use std::path::{self, PathBuf};

use crate::build;
use crate::error::Error;
use crate::harness;
use crate::load;
use crate::process;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// One benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bench {
    /// How fast a file goes from one browser to another.
    Transfer,
    /// What a file of 1 GiB costs, and how soon it is shared again after a reload.
    Large,
    /// How soon something comes from a link.
    Start,
    /// How fast it goes between hidden tabs, compared with visible ones.
    Background,
    /// How fast a file goes over long lines.
    Line,
    /// How soon a film plays, and how well it goes on.
    Stream,
    /// How many bytes a visitor downloads before the page is usable.
    Size,
    /// What the engine costs, by number of pieces and of peers.
    Engine,
    /// What payments cost whoever pays and whoever is paid.
    Pay,
    /// How well swarms do, in simulation.
    Swarm,
    /// What an announce costs the signaling server, and other trackers.
    Tracker,
    /// How the signaling server stands many clients, and bad ones.
    Soak,
}

impl Bench {
    /// All of them.
    pub(crate) const ALL: [Self; 12] = [
        Self::Transfer,
        Self::Large,
        Self::Start,
        Self::Background,
        Self::Line,
        Self::Stream,
        Self::Size,
        Self::Engine,
        Self::Pay,
        Self::Swarm,
        Self::Tracker,
        Self::Soak,
    ];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Large => "large",
            Self::Start => "start",
            Self::Background => "background",
            Self::Line => "line",
            Self::Stream => "stream",
            Self::Size => "size",
            Self::Engine => "engine",
            Self::Pay => "pay",
            Self::Swarm => "swarm",
            Self::Tracker => "tracker",
            Self::Soak => "soak",
        }
    }

    /// Whether it has options of its own beside `--json`, and knows what they mean.
    pub(crate) fn takes_options(self) -> bool {
        matches!(self, Self::Transfer | Self::Large | Self::Start | Self::Line)
    }

    /// The benchmark of this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bench| bench.name() == name)
    }
}

/// Builds what is measured and measures it. With `json`, the last line printed is one JSON object. `options` are the
/// benchmark's [own](Bench::takes_options).
pub(crate) fn run(
    workspace: &Workspace,
    toolbox: &Toolbox,
    bench: Bench,
    json: bool,
    options: &[String],
) -> Result<(), Error> {
    let json_option = json.then_some("--json");
    let options: &[&str] =
        &json_option.into_iter().chain(options.iter().map(String::as_str)).collect::<Vec<_>>();
    match bench {
        Bench::Transfer => harness::run(workspace, toolbox, "bench-transfer", options),
        Bench::Large => harness::run(workspace, toolbox, "bench-large", options),
        Bench::Start => harness::run(workspace, toolbox, "bench-start", options),
        Bench::Background => harness::run(workspace, toolbox, "bench-background", options),
        Bench::Line => {
            toolbox.ensure(&[Tool::Iproute])?;
            harness::run(workspace, toolbox, "bench-line", options)
        }
        Bench::Stream => harness::run(workspace, toolbox, "bench-stream", options),
        Bench::Engine => {
            let mut cargo = toolbox.command("cargo");
            cargo.args(["bench", "--quiet", "--package", "swarm", "--bench", "engine", "--"]).args(options);
            process::run(cargo.current_dir(workspace.root()))
        }
        Bench::Pay => pay::run(workspace, toolbox, options),
        Bench::Swarm => simulator(workspace, toolbox, "bench", options),
        Bench::Tracker => load::tracker(workspace, toolbox, options),
        Bench::Soak => load::soak(workspace, toolbox, options),
        Bench::Size => {
            build::page(workspace, toolbox)?;
            size::print(workspace, toolbox, json)
        }
    }
}

/// Measures how soon a film plays for somebody who comes after another viewer was killed, in so many runs.
pub(crate) fn late(
    workspace: &Workspace,
    toolbox: &Toolbox,
    runs: Option<u32>,
    json: bool,
) -> Result<(), Error> {
    let runs = runs.map(|runs| ["--runs".to_owned(), runs.to_string()]);
    let options: Vec<String> = runs.into_iter().flatten().chain(json.then(|| "--json".to_owned())).collect();
    harness::run(workspace, toolbox, "bench-late", &options)
}

/// Plays random swarms in the simulator, as its `options` say.
pub(crate) fn soak(workspace: &Workspace, toolbox: &Toolbox, options: &[String]) -> Result<(), Error> {
    simulator(workspace, toolbox, "soak", options)
}

/// Builds the page and writes its screenshots into `out`, or into a folder of the target folder.
pub(crate) fn screenshots(
    workspace: &Workspace,
    toolbox: &Toolbox,
    out: Option<PathBuf>,
) -> Result<(), Error> {
    let out = match out {
        Some(out) => path::absolute(&out).map_err(Error::file(&out))?,
        None => workspace.target().join("screenshots"),
    };
    fs::create_dir_all(&out).map_err(Error::file(&out))?;
    harness::run(workspace, toolbox, "screenshots", &["--out".as_ref(), out.as_os_str()])
}

/// Runs the simulator.
fn simulator(
    workspace: &Workspace,
    toolbox: &Toolbox,
    command: &str,
    options: &[impl AsRef<OsStr>],
) -> Result<(), Error> {
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet", "--release", "--package", "sim", "--", command]).args(options);
    process::run(cargo.current_dir(workspace.root()))
}
