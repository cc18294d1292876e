//! The signaling server under load, alone and beside other trackers.

use std::path::Path;
use std::process::Command;

use crate::build;
use crate::error::Error;
use crate::process;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// Measures the server, and those other trackers that can be installed.
pub(crate) fn tracker(workspace: &Workspace, toolbox: &Toolbox, options: &[&str]) -> Result<(), Error> {
    let mut load = load(workspace, toolbox, "tracker")?;
    if has(toolbox, Tool::Aquatic, "aquatic_ws") {
        load.arg("--aquatic").arg(toolbox.aquatic());
    }
    if has(toolbox, Tool::TestPackages, "bittorrent-tracker") {
        let script = "node_modules/bittorrent-tracker/bin/cmd.js";
        load.arg("--bittorrent-tracker").arg(toolbox.test_packages()?.join(script));
    }
    process::run(load.args(options))
}

/// Sees whether the server stands many clients, and bad ones.
pub(crate) fn soak(workspace: &Workspace, toolbox: &Toolbox, options: &[&str]) -> Result<(), Error> {
    process::run(load(workspace, toolbox, "soak")?.args(options))
}

/// Builds the server and the program that loads it. Returns how to start that.
fn load(workspace: &Workspace, toolbox: &Toolbox, name: &str) -> Result<Command, Error> {
    if !Path::new("/proc/self/stat").exists() {
        return Err(Error::Missing {
            what: "What a process uses".to_owned(),
            remedy: "measure on Linux, whose /proc says it".to_owned(),
        });
    }
    build::server(workspace, toolbox)?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["build", "--release", "--package", "seedcast-load"]).current_dir(workspace.root());
    process::run(&mut cargo)?;
    let mut load = toolbox.command(&workspace.target().join("release/seedcast-load").to_string_lossy());
    load.arg(name).arg("--seedcast").arg(workspace.server());
    Ok(load)
}

/// Installs what is to be compared, or says that it is left out.
fn has(toolbox: &Toolbox, tool: Tool, name: &str) -> bool {
    match toolbox.ensure(&[tool]) {
        Ok(()) => true,
        Err(error) => {
            eprintln!("{name} is left out, because it cannot be installed. {error}");
            false
        }
    }
}
