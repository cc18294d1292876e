//! Lists of torrents that are not served, as files that may change while the server runs.

use std::fs::{self, File, Metadata};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use signaling::Denylist;

/// Bytes that a list may have: some million torrents.
const MAX_LIST: u64 = 128 * 1024 * 1024;

/// All that is denied.
#[derive(Debug)]
pub(crate) struct Denied {
    /// What the configuration itself denies.
    configured: Denylist,
    lists: Vec<List>,
}

/// A file, and what it said when it was read last.
#[derive(Debug)]
struct List {
    path: PathBuf,
    /// How the file was when it was read, or could not be.
    read: Option<State>,
    /// How it was at the last look. One that is being written is not read before it stays the same.
    seen: Option<State>,
    denied: Denylist,
}

/// By what a file that was written anew is known: device, inode, length, and when it changed, in seconds and nanoseconds.
type State = (u64, u64, u64, i64, i64);

impl Denied {
    /// Reads all lists. One that cannot be read is an error.
    pub(crate) fn load(configured: Denylist, files: &[PathBuf]) -> anyhow::Result<Self> {
        let lists = files.iter().map(|path| List::read(path)).collect::<anyhow::Result<_>>()?;
        Ok(Self { configured, lists })
    }

    /// What is denied now.
    pub(crate) fn all(&self) -> Denylist {
        let mut all = self.configured.clone();
        self.lists.iter().for_each(|list| all.extend(&list.denied));
        all
    }

    /// Reads the lists that have changed and were the same at the last look, or all of them, and tells whether any was read. One that cannot be read is told of
    /// once, and stays as it was.
    pub(crate) fn refresh(&mut self, read_all: bool) -> bool {
        let mut was_read = false;
        for list in &mut self.lists {
            let state = fs::metadata(&list.path).ok().as_ref().map(state_of);
            let is_still = std::mem::replace(&mut list.seen, state) == state;
            if !read_all && (state == list.read || !is_still) {
                continue;
            }
            match List::read(&list.path) {
                Ok(read) => {
                    *list = read;
                    was_read = true;
                }
                Err(error) => {
                    list.read = state;
                    eprintln!("seedcast-signaling: denied torrents stay as they were: {error:#}");
                }
            }
        }
        was_read
    }
}

impl List {
    fn read(path: &Path) -> anyhow::Result<Self> {
        let read = || {
            let file = File::open(path)?;
            // What is written while it is read makes it another one, and is read next time.
            let state = state_of(&file.metadata()?);
            let mut text = String::new();
            file.take(MAX_LIST).read_to_string(&mut text)?;
            anyhow::ensure!((text.len() as u64) < MAX_LIST, "it is longer than {MAX_LIST} bytes");
            anyhow::ensure!(text.is_empty() || text.ends_with('\n'), "its last line does not end");
            Ok((state, Denylist::parse(&text)?))
        };
        let (state, denied) = read().with_context(|| format!("cannot read {}", path.display()))?;
        Ok(Self { path: path.to_owned(), read: Some(state), seen: Some(state), denied })
    }
}

fn state_of(file: &Metadata) -> State {
    (file.dev(), file.ino(), file.len(), file.mtime(), file.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use metainfo::InfoHash;

    use super::*;

    const TORRENT: InfoHash = InfoHash::from_bytes([0x61; 20]);

    #[test]
    fn what_changes_is_read_again_and_what_cannot_be_read_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (first, second) = (folder.path().join("first"), folder.path().join("second"));
        fs::write(&first, "").unwrap();
        fs::write(&second, "# none\n").unwrap();
        let configured = Denylist::parse(&format!("{} reason=own", "62".repeat(20))).unwrap();
        let mut denied = Denied::load(configured, &[first.clone(), second.clone()]).unwrap();
        assert_eq!((denied.all().len(), denied.refresh(false), denied.refresh(true)), (1, false, true));

        fs::write(&second, format!("{TORRENT} reason=law\n")).unwrap();
        assert!(!denied.refresh(false), "somebody may be writing it");
        assert!(denied.refresh(false));
        assert_eq!((denied.all().len(), denied.all().reason(TORRENT).as_deref()), (2, Some("law")));

        for unreadable in [format!("{TORRENT}\nnonsense\n"), format!("{TORRENT} reason=copyri")] {
            fs::write(&second, unreadable).unwrap();
            denied.refresh(true);
            assert_eq!(denied.all().reason(TORRENT).as_deref(), Some("law"));
        }
        fs::remove_file(&first).unwrap();
        assert!(!denied.refresh(true), "none of the two can be read");
        assert_eq!(denied.all().reason(TORRENT).as_deref(), Some("law"));

        fs::write(&second, "").unwrap();
        fs::write(&first, format!("{TORRENT}\n")).unwrap();
        assert!(denied.refresh(true));
        assert_eq!(denied.all().reason(TORRENT).as_deref(), Some("unspecified"));
    }

    #[test]
    fn a_list_that_cannot_be_read_at_the_start_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("denied.txt");
        let problem = |path: &PathBuf| {
            format!("{:#}", Denied::load(Denylist::default(), std::slice::from_ref(path)).unwrap_err())
        };
        assert!(problem(&path).contains("denied.txt: "), "{}", problem(&path));
        fs::write(&path, "# fine\nnot a hash\n").unwrap();
        assert!(problem(&path).ends_with("denied.txt: line 2: it begins neither with an info hash (40 or 64 digits) nor with // and a SHA-256 (64 digits)"), "{}", problem(&path));
    }
}
