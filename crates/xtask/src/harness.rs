//! What the programs of `seedcast-tests` need, and how they are told where it is.

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::build;
use crate::contract;
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
    Tool::Coturn,
    Tool::TestPackages,
    Tool::Anvil,
    Tool::Solc,
    Tool::Python,
    Tool::Libtorrent,
];

/// What the demo uses.
const DEMO_TOOLS: &[Tool] = &[Tool::Anvil, Tool::Solc];

/// Builds the page, and runs one of the programs.
pub(crate) fn run(
    workspace: &Workspace,
    toolbox: &Toolbox,
    name: &str,
    options: &[impl AsRef<OsStr>],
) -> Result<(), Error> {
    toolbox.ensure(TOOLS)?;
    build::all(workspace, toolbox)?;
    contract::compile(workspace, toolbox)?;
    let program = ["--package", PACKAGE, "--bin", name];
    process::run(toolbox.command("cargo").arg("build").args(program).current_dir(workspace.root()))?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet"]).args(program).arg("--").args(options);
    process::run(cargo.envs(variables(workspace, toolbox)?).current_dir(workspace.root()))
}

/// Builds the page, and runs the demo until it is interrupted: the page with a chain of play money, a film and a download.
pub(crate) fn demo(workspace: &Workspace, toolbox: &Toolbox, port: u16) -> Result<(), Error> {
    toolbox.ensure(DEMO_TOOLS)?;
    build::all(workspace, toolbox)?;
    contract::compile(workspace, toolbox)?;
    // Without what drives browsers, which is most of what there is to compile.
    let program = ["--package", PACKAGE, "--no-default-features", "--bin", "demo"];
    process::run(toolbox.command("cargo").arg("build").args(program).current_dir(workspace.root()))?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["run", "--quiet"]).args(program).args(["--", &port.to_string()]);
    process::hand_over(cargo.envs(variables(workspace, toolbox)?).current_dir(workspace.root()))
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
        ("SEEDCAST_ANVIL", toolbox.anvil()?),
        (contract::VARIABLE, contract::folder(workspace)),
        ("SEEDCAST_PYTHON", toolbox.python()?),
        ("SEEDCAST_MEDIA", toolbox.media()),
    ];
    let drivers = [("SEEDCAST_CHROMEDRIVER", "chromedriver"), ("SEEDCAST_GECKODRIVER", "geckodriver")];
    variables.extend(drivers.iter().filter_map(|(name, driver)| Some((*name, toolbox.find(driver)?))));
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::build::PAGE_TOOLS;

    #[test]
    fn the_page_and_the_demo_are_served_without_what_only_tests_need() {
        let only_for_tests = TOOLS.iter().filter(|tool| !DEMO_TOOLS.contains(tool));
        let needed: Vec<_> = only_for_tests.filter(|tool| PAGE_TOOLS.contains(tool)).collect();
        assert!(needed.is_empty(), "{needed:?}");
        for browser in [Tool::Chromium, Tool::Firefox, Tool::Ffmpeg, Tool::TestPackages, Tool::Libtorrent] {
            assert!(![PAGE_TOOLS, DEMO_TOOLS].concat().contains(&browser), "{browser:?}");
        }
    }
}
