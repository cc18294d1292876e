//! What payments cost, as WebAssembly in Node.js.

use crate::error::Error;
use crate::process;
use crate::tools::{Tool, Toolbox, WASM};
use crate::workspace::Workspace;

/// Builds both machines of payments as the purse is built, and measures them.
pub(super) fn run(workspace: &Workspace, toolbox: &Toolbox, options: &[&str]) -> Result<(), Error> {
    toolbox.ensure(&[Tool::WasmTarget, Tool::WasmBindgen])?;
    let mut cargo = toolbox.command("cargo");
    cargo.args(["build", "--quiet", "--profile", PROFILE, "--package", PACKAGE, "--target", WASM]);
    process::run(cargo.current_dir(workspace.root()))?;
    let out = workspace.target().join(PACKAGE);
    let program = workspace.target().join(WASM).join(PROFILE).join("pay_bench.wasm");
    let mut bindgen = toolbox.command("wasm-bindgen");
    process::run(
        bindgen.args(["--target", "nodejs", "--no-typescript", "--out-dir"]).arg(&out).arg(program),
    )?;
    let mut node = toolbox.command("node");
    node.arg(workspace.root().join("crates/pay/bench/measure.mjs")).arg(out.join("pay_bench.js"));
    process::run(node.args(options))
}

const PACKAGE: &str = "pay-bench";

/// That of all programs of the page.
const PROFILE: &str = "page";
