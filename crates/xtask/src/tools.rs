//! The tools that the chores use.
//!
//! What is installed for a chore goes to `seedcast/` in the user's cache folder, one folder per tool and version, so
//! that clones of the repository share it and versions never mix. These folders come first on the PATH of every
//! program that a chore starts; a tool of the right version elsewhere on the PATH does as well.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::install;
use crate::process;
use crate::recipe::{self, CrateProgram, Recipe};
use crate::workspace::Workspace;

/// One thing that must be there before a chore can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tool {
    Rustfmt,
    Clippy,
    WasmTarget,
    Trunk,
    WasmBindgen,
    WasmOpt,
    CargoDeny,
    Geckodriver,
    Chromium,
    Chromedriver,
    Firefox,
    /// It makes the films and sounds that the tests play.
    Ffmpeg,
    /// It relays peer connections.
    Coturn,
    /// It gives addresses to the ends of emulated lines.
    Iproute,
    /// The other BitTorrent clients that the tests talk to, from npm.
    TestPackages,
    /// The chain of play money, from npm.
    Anvil,
    /// The compiler of the contract, from npm.
    Solc,
    /// A tracker that the signaling server is compared with.
    Aquatic,
    /// Python with its `venv` module.
    Python,
    /// The BitTorrent client that speaks v2, from `PyPI`.
    Libtorrent,
}

/// Knows where tools are, and starts programs so that they know too.
#[derive(Debug)]
pub(crate) struct Toolbox {
    cache: PathBuf,
    /// The folders of the package.json that lists the tests' npm packages, and of those for the chain of play money
    /// and for the compiler of the contract.
    npm_source: PathBuf,
    anvil_source: PathBuf,
    solc_source: PathBuf,
    /// The file that lists the tests' Python packages.
    python_requirements: PathBuf,
    wasm_bindgen_version: String,
}

impl Toolbox {
    /// The tools for `workspace`, whose Cargo.lock decides the version of wasm-bindgen.
    pub(crate) fn open(workspace: &Workspace) -> Result<Self, Error> {
        Ok(Self {
            cache: cache_folder()?,
            npm_source: workspace.root().join("tests/npm"),
            anvil_source: workspace.root().join("tests/anvil"),
            solc_source: workspace.root().join("crates/btt/contract"),
            python_requirements: workspace.root().join("tests/libtorrent/requirements.txt"),
            wasm_bindgen_version: workspace.locked_version("wasm-bindgen")?,
        })
    }

    /// Installs those of `tools` that are missing.
    pub(crate) fn ensure(&self, tools: &[Tool]) -> Result<(), Error> {
        let mut missing = Vec::new();
        for tool in tools {
            let recipe = self.recipe(*tool)?;
            if !self.is_done(&recipe) {
                missing.push(recipe);
            }
        }
        install::all(&self.cache, &missing)
    }

    /// A command that finds every tool of this toolbox on its PATH.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        if env::var_os("CI").is_some() {
            // Nothing is compiled a second time there, so nothing need be kept for that.
            command.env("CARGO_INCREMENTAL", "0");
        }
        // A folder whose name cannot be part of a PATH cannot hold an installed tool either.
        if let Ok(path) = env::join_paths(self.search_path()) {
            command.env("PATH", path);
        }
        command
    }

    /// The program of this name, on the PATH that [`Self::command`] gives.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.search_path().map(|folder| folder.join(program)).find(|path| path.is_file())
    }

    /// The folder whose `node_modules` has the tests' npm packages.
    pub(crate) fn test_packages(&self) -> Result<PathBuf, Error> {
        self.folder_for("npm", &self.npm_source.join("package-lock.json"))
    }

    /// The chain of play money.
    pub(crate) fn anvil(&self) -> Result<PathBuf, Error> {
        Ok(self.anvil_folder()?.join("node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"))
    }

    fn anvil_folder(&self) -> Result<PathBuf, Error> {
        self.folder_for("anvil", &self.anvil_source.join("package-lock.json"))
    }

    /// The compiler of the contract, which Node.js runs.
    pub(crate) fn solc(&self) -> Result<PathBuf, Error> {
        Ok(self.solc_folder()?.join("node_modules/solc/solc.js"))
    }

    fn solc_folder(&self) -> Result<PathBuf, Error> {
        self.folder_for("solc", &self.solc_source.join("package-lock.json"))
    }

    /// The program of [`Tool::Aquatic`].
    pub(crate) fn aquatic(&self) -> PathBuf {
        self.aquatic_folder().join("bin").join(AQUATIC)
    }

    /// The folder for the films and sounds that the tests make.
    pub(crate) fn media(&self) -> PathBuf {
        self.cache.join("media")
    }

    /// The Python that has the tests' packages.
    pub(crate) fn python(&self) -> Result<PathBuf, Error> {
        Ok(self.folder_for("python", &self.python_requirements)?.join(recipe::VENV_PYTHON))
    }

    /// The folder for what `list` says, which is another one when that changes.
    fn folder_for(&self, name: &str, list: &Path) -> Result<PathBuf, Error> {
        let mut hasher = DefaultHasher::new();
        fs::read(list).map_err(Error::file(list))?.hash(&mut hasher);
        Ok(self.cache.join(format!("{name}-{:016x}", hasher.finish())))
    }

    fn search_path(&self) -> impl Iterator<Item = PathBuf> {
        let installed = [self.trunk(), self.wasm_bindgen(), self.cargo_deny(), self.geckodriver()]
            .map(|program| program.folder.join("bin"));
        let path = env::var_os("PATH").unwrap_or_default();
        let path: Vec<_> = env::split_paths(&path).collect();
        installed.into_iter().chain([self.binaryen().join("bin")]).chain(path)
    }

    fn recipe(&self, tool: Tool) -> Result<Recipe, Error> {
        Ok(match tool {
            Tool::Rustfmt => Recipe::Toolchain {
                kind: "component",
                name: "rustfmt",
                is_done: process::succeeds(Command::new("cargo").args(["fmt", "--version"])),
            },
            Tool::Clippy => Recipe::Toolchain {
                kind: "component",
                name: "clippy",
                is_done: process::succeeds(Command::new("cargo").args(["clippy", "--version"])),
            },
            Tool::WasmTarget => {
                Recipe::Toolchain { kind: "target", name: WASM, is_done: has_standard_library(WASM) }
            }
            Tool::Trunk => Recipe::Crate(self.trunk()),
            Tool::WasmBindgen => Recipe::Crate(self.wasm_bindgen()),
            Tool::WasmOpt => Recipe::WasmOpt { folder: self.binaryen() },
            Tool::CargoDeny => Recipe::Crate(self.cargo_deny()),
            Tool::Geckodriver => Recipe::Crate(self.geckodriver()),
            Tool::Chromium => self.debian("chromium", "chromium"),
            Tool::Chromedriver => self.debian("chromium-driver", "chromedriver"),
            Tool::Firefox => self.debian("firefox-esr", "firefox-esr"),
            Tool::Ffmpeg => self.debian("ffmpeg", "ffmpeg"),
            Tool::Coturn => self.debian("coturn", "turnserver"),
            Tool::Iproute => self.debian("iproute2", "ip"),
            Tool::TestPackages => Recipe::Npm {
                source: self.npm_source.clone(),
                folder: self.test_packages()?,
                what: "the tests' packages",
            },
            Tool::Anvil => Recipe::Npm {
                source: self.anvil_source.clone(),
                folder: self.anvil_folder()?,
                what: "the chain of play money",
            },
            Tool::Solc => Recipe::Npm {
                source: self.solc_source.clone(),
                folder: self.solc_folder()?,
                what: "the compiler of the contract",
            },
            Tool::Aquatic => {
                Recipe::Rival { package: AQUATIC, version: AQUATIC_VERSION, folder: self.aquatic_folder() }
            }
            Tool::Python => Recipe::Debian {
                package: "python3-venv",
                is_done: process::succeeds(self.command("python3").args(["-c", "import venv, ensurepip"])),
            },
            Tool::Libtorrent => Recipe::PythonPackages {
                requirements: self.python_requirements.clone(),
                folder: self.folder_for("python", &self.python_requirements)?,
            },
        })
    }

    fn is_done(&self, recipe: &Recipe) -> bool {
        match recipe {
            Recipe::Toolchain { is_done, .. } => *is_done,
            Recipe::Crate(CrateProgram { program, version, .. }) => {
                let printed = process::output(self.command(program).arg("--version"));
                printed.is_some_and(|text| names_version(&text, version))
            }
            Recipe::Rival { package, folder, .. } => folder.join("bin").join(package).is_file(),
            Recipe::WasmOpt { .. } => {
                let printed = process::output(self.command("wasm-opt").arg("--version"));
                printed
                    .is_some_and(|text| names_version(&text, recipe::BINARYEN_VERSION.trim_end_matches(".0")))
            }
            Recipe::Debian { is_done, .. } => *is_done,
            Recipe::Npm { folder, .. } => folder.is_dir(),
            // It stands on the system's Python, and breaks when that is replaced by a newer one.
            Recipe::PythonPackages { folder, .. } => process::succeeds(
                Command::new(folder.join(recipe::VENV_PYTHON)).args(["-c", "import libtorrent"]),
            ),
        }
    }

    fn debian(&self, package: &'static str, program: &str) -> Recipe {
        Recipe::Debian { package, is_done: self.find(program).is_some() }
    }

    fn trunk(&self) -> CrateProgram {
        // Its default features are a TLS stack for downloads that it is never let make.
        self.program("trunk", "trunk", "0.21.14", &["--no-default-features"])
    }

    fn wasm_bindgen(&self) -> CrateProgram {
        self.program("wasm-bindgen-cli", "wasm-bindgen", &self.wasm_bindgen_version, &[])
    }

    fn cargo_deny(&self) -> CrateProgram {
        self.program("cargo-deny", "cargo-deny", "0.20.2", &[])
    }

    fn geckodriver(&self) -> CrateProgram {
        self.program("geckodriver", "geckodriver", "0.37.0", &[])
    }

    fn aquatic_folder(&self) -> PathBuf {
        self.cache.join(format!("{AQUATIC}-{AQUATIC_VERSION}"))
    }

    fn binaryen(&self) -> PathBuf {
        self.cache.join(format!("binaryen-{}", recipe::BINARYEN_VERSION))
    }

    fn program(
        &self,
        package: &'static str,
        program: &'static str,
        version: &str,
        options: &'static [&'static str],
    ) -> CrateProgram {
        let folder = self.cache.join(format!("{package}-{version}"));
        CrateProgram { package, program, version: version.to_owned(), options, folder }
    }
}

const AQUATIC: &str = "aquatic_ws";
const AQUATIC_VERSION: &str = "0.9.0";

pub(crate) const WASM: &str = "wasm32-unknown-unknown";

fn has_standard_library(target: &str) -> bool {
    let folder =
        process::output(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
    folder.is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

/// Whether `text`, as printed for `--version`, names exactly `version`.
fn names_version(text: &str, version: &str) -> bool {
    text.lines().next().is_some_and(|line| line.split_whitespace().any(|word| word == version))
}

fn cache_folder() -> Result<PathBuf, Error> {
    let of_user = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let of_home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    match of_user.or_else(of_home) {
        Some(folder) => Ok(folder.join("seedcast")),
        None => Err(Error::Missing {
            what: "A cache folder for tools".to_owned(),
            remedy: "set HOME or XDG_CACHE_HOME".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_recognised_only_as_a_whole_word_of_the_first_line() {
        assert!(names_version("wasm-bindgen 0.2.130\n", "0.2.130"));
        assert!(names_version("geckodriver 0.37.0 (abc 2026)\n\nSee 0.1\n", "0.37.0"));
        assert!(!names_version("trunk 0.21.14", "0.21.1"));
        assert!(!names_version("geckodriver 0.37.0\n\nSee 0.36.0", "0.36.0"));
    }
}
