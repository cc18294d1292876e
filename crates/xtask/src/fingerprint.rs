//! Whether the built page is that of the present sources, as Trunk itself builds anew each time.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::Error;
use crate::process;

/// Everything that the page is made of, and more: what is left out is what others work on while they test the page.
const SOURCES: [&str; 7] =
    [".cargo", "Cargo.lock", "Cargo.toml", "Trunk.toml", "crates", "index.html", "web"];

/// What stands among the sources and is in no page.
const OTHERS: [&str; 3] = ["crates/btt/contract", "crates/sim", "crates/xtask"];

/// Folders of the sources, wherever they stand, that are in no page either.
const OTHER_FOLDERS: [&str; 2] = ["benches", "tests"];

/// A hash of sources and compiler.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint(String);

impl Fingerprint {
    /// That of the sources in the workspace at `root`, as they are.
    pub(crate) fn of_sources(root: &Path) -> Result<Self, Error> {
        let mut hasher = DefaultHasher::new();
        process::output(Command::new("rustc").arg("-vV")).hash(&mut hasher);
        for source in SOURCES.map(|source| root.join(source)) {
            let files = if source.is_dir() { files_in(&source)? } else { vec![source] };
            for path in files {
                let name = path.strip_prefix(root).unwrap_or(&path);
                if is_of_no_page(name) {
                    continue;
                }
                name.hash(&mut hasher);
                fs::read(&path).map_err(Error::file(&path))?.hash(&mut hasher);
            }
        }
        Ok(Self(format!("{:016x}", hasher.finish())))
    }

    /// That of the page in `dist`, if it was [left](Self::leave_in) there. Whoever else builds into the folder
    /// empties it first.
    pub(crate) fn of_page(dist: &Path) -> Option<Self> {
        fs::read_to_string(dist.join(NAME)).ok().map(Self)
    }

    /// Notes that the page in `dist` was built from these sources.
    pub(crate) fn leave_in(&self, dist: &Path) -> Result<(), Error> {
        let path = dist.join(NAME);
        fs::write(&path, &self.0).map_err(Error::file(&path))
    }
}

fn is_of_no_page(name: &Path) -> bool {
    OTHERS.iter().any(|other| name.starts_with(other))
        || name.iter().any(|part| OTHER_FOLDERS.iter().any(|folder| part == *folder))
}

const NAME: &str = ".fingerprint";

/// Every file in `folder` and the folders in it, sorted.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::file(folder))? {
        let path = entry.map_err(Error::file(folder))?.path();
        if path.is_dir() {
            files.extend(files_in(&path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for folder in [".cargo", "crates", "web/page"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        for file in ["Cargo.lock", "Cargo.toml", "Trunk.toml", "index.html", "web/page/main.rs"] {
            fs::write(root.path().join(file), file).unwrap();
        }
        root
    }

    #[test]
    fn a_page_of_the_same_sources_is_recognised() {
        let root = workspace();
        let dist = tempfile::tempdir().unwrap();
        assert_eq!(Fingerprint::of_page(dist.path()), None);
        let sources = Fingerprint::of_sources(root.path()).unwrap();
        sources.leave_in(dist.path()).unwrap();
        assert_eq!(Fingerprint::of_page(dist.path()), Some(sources));
    }

    #[test]
    fn a_changed_a_new_and_a_renamed_file_make_other_sources() {
        let root = workspace();
        let page = root.path().join("web/page");
        let mut known = vec![Fingerprint::of_sources(root.path()).unwrap()];
        let changes: [&dyn Fn(); 3] = [
            &|| fs::write(page.join("main.rs"), "changed").unwrap(),
            &|| fs::write(page.join("new.rs"), "").unwrap(),
            &|| fs::rename(page.join("new.rs"), page.join("other.rs")).unwrap(),
        ];
        for change in changes {
            change();
            let sources = Fingerprint::of_sources(root.path()).unwrap();
            assert!(!known.contains(&sources));
            known.push(sources);
        }
    }

    #[test]
    fn tests_and_tools_are_no_sources_of_the_page() {
        let root = workspace();
        let sources = Fingerprint::of_sources(root.path()).unwrap();
        for folder in ["crates/xtask/src", "crates/sim", "crates/swarm/tests/behaviour", "web/engine/benches"]
        {
            let folder = root.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("new.rs"), "").unwrap();
        }
        assert_eq!(Fingerprint::of_sources(root.path()).unwrap(), sources);
        let page = root.path().join("crates/tests.rs");
        fs::write(page, "").unwrap();
        assert_ne!(Fingerprint::of_sources(root.path()).unwrap(), sources);
    }
}
