//! What the programs of `seedcast-tests` need, and how they are told where it is.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::build;
use crate::error::Error;
use crate::process;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// The package with the end-to-end tests, their benchmarks and the screenshots.
pub(crate) const PACKAGE: &str = "seedcast-tests";

/// What the programs use beside the built page and server.
pub(crate) const TOOLS: &[Tool] = &[
    Tool::Chromium,
    Tool::Chromedriver,
    Tool::Firefox,
    Tool::Geckodriver,
    Tool::Ffmpeg,
    Tool::TestPackages,
    Tool::Python,
    Tool::Libtorrent,
];

/// Builds the page, and runs one of the programs, which needs these `tools`.
pub(crate) fn run(
    workspace: &Workspace,
    toolbox: &Toolbox,
    tools: &[Tool],
    name: &str,
    options: &[impl AsRef<OsStr>],
) -> Result<(), Error> {
    toolbox.ensure(tools)?;
    build::all(workspace, toolbox)?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet", "--package", PACKAGE, "--bin", name, "--"]).args(options);
    cargo.envs(variables(workspace, toolbox)?).current_dir(workspace.root());
    process::run(&mut cargo)
}

/// The environment variables that the programs read.
pub(crate) fn variables(
    workspace: &Workspace,
    toolbox: &Toolbox,
) -> Result<Vec<(&'static str, PathBuf)>, Error> {
    let mut variables = vec![
        ("SEEDCAST_DIST", workspace.dist()),
        ("SEEDCAST_SIGNALING", workspace.server()),
        ("SEEDCAST_NPM", toolbox.test_packages()?),
        ("SEEDCAST_PYTHON", toolbox.python()?),
        ("SEEDCAST_MEDIA", toolbox.media()),
    ];
    let drivers = [("SEEDCAST_CHROMEDRIVER", "chromedriver"), ("SEEDCAST_GECKODRIVER", "geckodriver")];
    variables.extend(drivers.iter().filter_map(|(name, driver)| Some((*name, toolbox.find(driver)?))));
    Ok(variables)
}
