//! Building the page and the server.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::comments;
use crate::error::Error;
use crate::fingerprint::{Fingerprint, files_in};
use crate::glue;
use crate::process;
use crate::tools::{Tool, Toolbox};
use crate::wasm;
use crate::workspace::Workspace;

/// What [`page`] needs.
pub(crate) const PAGE_TOOLS: &[Tool] = &[Tool::WasmTarget, Tool::Trunk, Tool::WasmBindgen, Tool::WasmOpt];

/// Builds the page and the server, as they are deployed.
pub(crate) fn all(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    page(workspace, toolbox)?;
    server(workspace, toolbox)
}

/// Builds the page, `dist/`, unless it is there and its sources are the same.
pub(crate) fn page(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    let sources = Fingerprint::of_sources(workspace.root())?;
    if Fingerprint::of_page(&workspace.dist()).is_some_and(|page| page == sources) {
        eprintln!("The page in dist/ is up to date.");
        return Ok(());
    }
    toolbox.ensure(PAGE_TOOLS)?;
    // Trunk may download nothing, which goes for the cargo that it starts too.
    let mut fetch = toolbox.command("cargo");
    fetch.args(["fetch", "--quiet", "--target", "wasm32-unknown-unknown"]).current_dir(workspace.root());
    process::run(&mut fetch)?;

    bundle(workspace, toolbox, ".", "index.html", &workspace.dist())?;
    // Trunk builds one document at a time, into a folder that it empties first.
    let player = workspace.target().join("player");
    bundle(workspace, toolbox, "web/embed", "embed.html", &player)?;
    for path in files_in(&player)? {
        let name = path.strip_prefix(&player).unwrap_or(&path);
        let copy = workspace.dist().join(name);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        fs::copy(&path, copy).map_err(Error::file(&path))?;
    }
    for path in files_in(&workspace.dist())? {
        match path.extension().and_then(OsStr::to_str) {
            Some("wasm") => {
                runs_in_a_browser(&path)?;
                shorten_names(&path)?;
            }
            Some("html" | "css") => {
                let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
                write_without_comments(&path, &text)?;
            }
            _ => {}
        }
    }
    sources.leave_in(&workspace.dist())
}

/// Builds the document `name` in `folder`, and what it asks for, into the folder `dist`.
fn bundle(
    workspace: &Workspace,
    toolbox: &Toolbox,
    folder: &str,
    name: &str,
    dist: &Path,
) -> Result<(), Error> {
    let mut trunk = toolbox.command("trunk");
    trunk.args(["build", "--offline", "--skip-version-check", "--html-output", name]).arg("--dist").arg(dist);
    trunk.arg(Path::new(folder).join(name));
    // Trunk takes only `true` and `false` for what is by convention any text.
    trunk.env_remove("NO_COLOR").env("RUST_LIB_BACKTRACE", "0").current_dir(workspace.root());
    if let Some(flags) = flags_without_paths(workspace.root()) {
        trunk.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    }
    process::run(&mut trunk)
}

/// Compiler flags that keep the folders of whoever builds the page, and so their name, out of what it says when it
/// fails. None if a folder's name has a space in it, by which cargo separates flags.
fn flags_without_paths(root: &Path) -> Option<String> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(env::home_dir()?.join(".cargo")))?;
    let flag = |folder: &Path| {
        let folder = folder.to_str().filter(|folder| !folder.contains(char::is_whitespace))?;
        Some(format!("--remap-path-prefix={folder}="))
    };
    Some(format!("{} {}", flag(&home)?, flag(root)?))
}

/// Builds the server: `target/release/seedcast-signaling`.
pub(crate) fn server(workspace: &Workspace, toolbox: &Toolbox) -> Result<(), Error> {
    let mut cargo = toolbox.command("cargo");
    cargo.args(["build", "--release", "--package", "seedcast-signaling"]).current_dir(workspace.root());
    process::run(&mut cargo)
}

/// Gives what a program and the script beside it have of each other short names. The script keeps no comments.
fn shorten_names(path: &Path) -> Result<(), Error> {
    let name = path.to_string_lossy();
    let script = PathBuf::from(format!("{}.js", name.strip_suffix("_bg.wasm").unwrap_or(&name)));
    let wasm = fs::read(path).map_err(Error::file(path))?;
    let glue = fs::read_to_string(&script).map_err(Error::file(&script))?;
    let Some((wasm, glue)) = glue::shorten(&wasm, &glue) else {
        let problem = "and its script have names that cannot be shortened".to_owned();
        return Err(Error::Unfit { path: path.to_owned(), problem });
    };
    fs::write(path, wasm).map_err(Error::file(path))?;
    write_without_comments(&script, &glue)
}

fn write_without_comments(path: &Path, text: &str) -> Result<(), Error> {
    let Some(text) = comments::without(text) else {
        let problem = "has what begins like a comment and does not end".to_owned();
        return Err(Error::Unfit { path: path.to_owned(), problem });
    };
    fs::write(path, text).map_err(Error::file(path))
}

/// A module that imports `env` was linked against C or a symbol that nothing defines: no page can start it.
fn runs_in_a_browser(path: &Path) -> Result<(), Error> {
    let wasm = fs::read(path).map_err(Error::file(path))?;
    let problem = match wasm::imported_modules(&wasm) {
        Some(modules) if !modules.contains("env") => return Ok(()),
        Some(_) => "imports `env`, which no browser has: a dependency is not made for the web",
        None => "is not a WebAssembly module",
    };
    Err(Error::Unfit { path: path.to_owned(), problem: problem.to_owned() })
}
