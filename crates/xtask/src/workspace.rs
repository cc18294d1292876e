use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::error::Error;

/// Where the repository and what is built from it are.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// The workspace that this program was built from and, with `cargo xtask`, is run in.
    pub(crate) fn of_this_run() -> Result<Self, Error> {
        let Some(package) = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from) else {
            return Err(Error::Usage("Run the chores through cargo.".to_owned()));
        };
        let program = env::current_exe().map_err(Error::file(&package))?;
        // Cargo puts a program at TARGET/PROFILE/NAME, whichever way the target folder was chosen.
        let (Some(root), Some(target)) = (package.ancestors().nth(2), program.ancestors().nth(2)) else {
            return Err(Error::Unfit { path: program, problem: "is not in a target folder".to_owned() });
        };
        Ok(Self { root: root.to_owned(), target: target.to_owned() })
    }

    /// The folder of the workspace's Cargo.toml.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Cargo's target folder.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The built page.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The built signaling server.
    pub(crate) fn server(&self) -> PathBuf {
        self.target.join("release/seedcast-signaling")
    }

    /// The version of `package` that Cargo.lock pins.
    pub(crate) fn locked_version(&self, package: &str) -> Result<String, Error> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).map_err(Error::file(&path))?;
        version_in_lock(&lock, package)
            .map(str::to_owned)
            .ok_or_else(|| Error::Unfit { path, problem: format!("has no package `{package}`") })
    }
}

fn version_in_lock<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "[[package]]\nname = \"wasm-bindgen-macro\"\nversion = \"0.3.0\"\n\n\
        [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\nsource = \"registry\"\n";

    #[test]
    fn the_locked_version_is_that_of_the_package_with_exactly_this_name() {
        assert_eq!(version_in_lock(LOCK, "wasm-bindgen"), Some("0.2.130"));
    }

    #[test]
    fn a_package_that_is_not_locked_has_no_version() {
        assert_eq!(version_in_lock(LOCK, "wasm"), None);
    }
}
