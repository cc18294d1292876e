//! What there is to install a tool from, and where that puts it.

use std::path::PathBuf;

/// The version of npm's `binaryen` that wasm-opt is taken from.
pub(crate) const BINARYEN_VERSION: &str = "132.0.0";

/// Where the Python of a virtual environment is, in its folder.
pub(crate) const VENV_PYTHON: &str = "bin/python3";

/// How a tool is recognised and installed.
#[derive(Debug)]
pub(crate) enum Recipe {
    /// A part of the Rust toolchain, added by `rustup KIND add NAME`.
    Toolchain { kind: &'static str, name: &'static str, is_done: bool },
    /// A program from crates.io.
    Crate(CrateProgram),
    /// A server from crates.io that ours is measured against, as `folder`/bin/`package`.
    Rival { package: &'static str, version: &'static str, folder: PathBuf },
    /// wasm-opt as `folder`/bin/wasm-opt, from npm's `binaryen`.
    WasmOpt { folder: PathBuf },
    /// Something from a Debian package.
    Debian { package: &'static str, is_done: bool },
    /// The npm packages of the lock file in `source`, which are `what`, as `folder`/node_modules.
    Npm { source: PathBuf, folder: PathBuf, what: &'static str },
    /// A Python in `folder`/bin that has the packages of the file `requirements`.
    PythonPackages { requirements: PathBuf, folder: PathBuf },
}

/// A program that cargo installs as `folder`/bin/`program`.
#[derive(Debug)]
pub(crate) struct CrateProgram {
    pub(crate) package: &'static str,
    pub(crate) program: &'static str,
    pub(crate) version: String,
    pub(crate) options: &'static [&'static str],
    pub(crate) folder: PathBuf,
}
