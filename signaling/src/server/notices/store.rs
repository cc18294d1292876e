//! Where notices are kept: a folder with a file for each.
//!
//! The server adds notices, and the operator's command decisions. What is new is there whole or not at all (a file that takes
//! its name when it is complete, or a line at the end of one), so that the two need not know of each other.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{error, fmt};

use anyhow::Context as _;
use axum::body::Bytes;
use serde::Serialize;
use signaling::Denylist;

use super::log::{Entry, Log};
use super::{Decision, Notice, Verdict, today};

/// The list of torrents that decisions deny.
pub(crate) const DENIED: &str = "denied.txt";
/// What is public of notices and decisions.
const LOG: &str = "log.jsonl";
const SUFFIX: &str = "jsonl";

/// Notices that are kept at most: 200 MB. An operator who has decided on some moves them elsewhere.
const MAX_NOTICES: usize = 4096;

/// A notice that is being written.
const NEXT: &str = "new";

/// No more notices are kept.
#[derive(Debug)]
pub(super) struct Full;

impl fmt::Display for Full {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("there are as many notices as may be")
    }
}

impl error::Error for Full {}

/// A notice, and what was decided on it, the last decision last.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) notice: Notice,
    pub(super) decisions: Vec<Decision>,
}

#[derive(Debug)]
pub(super) struct Store {
    folder: PathBuf,
    /// How many notices there are, for as long as one is added. The server alone adds any.
    count: Mutex<usize>,
    log: Log,
}

impl Store {
    /// Makes the folder what it has to be.
    pub(super) fn open(folder: &Path) -> anyhow::Result<Self> {
        let open = || {
            fs::create_dir_all(folder)?;
            append(&folder.join(DENIED), "")?;
            append(&folder.join(LOG), "")?;
            ids(folder)
        };
        let count = open().with_context(|| format!("cannot write to {}", folder.display()))?.len();
        Ok(Self { folder: folder.to_owned(), count: Mutex::new(count), log: Log::new(folder.join(LOG)) })
    }

    /// Keeps a notice, and says by which name.
    pub(super) fn keep(&self, notice: &Notice) -> anyhow::Result<String> {
        let mut count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        if *count >= MAX_NOTICES {
            // Some may have been moved elsewhere.
            *count = ids(&self.folder)?.len();
            anyhow::ensure!(*count < MAX_NOTICES, Full);
        }
        let id = format!("{:016x}", RandomState::new().hash_one(*count));
        replace(&self.path(&id), &line(notice)?)?;
        *count += 1;
        append(&self.folder.join(LOG), &line(&Entry::received(notice))?)?;
        Ok(id)
    }

    /// A notice, if there is one of that name.
    pub(super) fn read(&self, id: &str) -> anyhow::Result<Option<Kept>> {
        if !is_id(id) {
            return Ok(None);
        }
        let path = self.path(id);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
        };
        let kept = || {
            let mut lines = text.lines();
            let notice = serde_json::from_str(lines.next().unwrap_or_default())?;
            let decisions = lines.map(serde_json::from_str).collect::<Result<_, _>>()?;
            Ok::<_, serde_json::Error>(Kept { notice, decisions })
        };
        kept().map(Some).with_context(|| format!("{} is no notice", path.display()))
    }

    /// All notices by name, by the day on which they came; those that cannot be read first.
    pub(super) fn all(&self) -> anyhow::Result<Vec<(String, anyhow::Result<Kept>)>> {
        let read = |id: String| Some((self.read(&id).transpose()?, id));
        let mut all: Vec<_> =
            ids(&self.folder)?.into_iter().filter_map(read).map(|(kept, id)| (id, kept)).collect();
        let day = |kept: &anyhow::Result<Kept>| kept.as_ref().ok().map(|kept| kept.notice.received.clone());
        all.sort_by_cached_key(|(id, kept)| (day(kept), id.clone()));
        Ok(all)
    }

    /// Notes a decision, and denies what it denies, or no longer denies what an earlier one did.
    pub(super) fn decide(&self, id: &str, verdict: Verdict, reason: &str) -> anyhow::Result<Notice> {
        let Kept { notice, .. } = self.read(id)?.with_context(|| format!("there is no notice {id}"))?;
        let decision = Decision { decided: today(), decision: verdict, reason: reason.to_owned() };
        let path = self.folder.join(DENIED);
        let list = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let reference = format!("ref={id}");
        let is_of_others = |line: &&str| line.split_whitespace().all(|word| word != reference);
        let others = list.lines().filter(is_of_others).map(|line| format!("{line}\n"));
        let deny =
            |hash: [u8; 32]| format!("//{} reason={} {reference}\n", hexadecimal(&hash), notice.kind.name());
        let own = hashes(&notice).filter(|_| verdict == Verdict::Deny).map(deny);
        let list: String = others.chain(own).collect();
        // What the server could not read, it would not deny, whatever is said here.
        Denylist::parse(&list).with_context(|| format!("{} has to be mended first", path.display()))?;
        replace(&path, &list)?;
        append(&self.path(id), &line(&decision)?)?;
        append(&self.folder.join(LOG), &line(&Entry::decided(&notice, &decision))?)?;
        Ok(notice)
    }

    /// What is public.
    pub(super) fn log(&self) -> anyhow::Result<Bytes> {
        self.log.render()
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(id).with_extension(SUFFIX)
    }
}

/// By what lists name the torrents of a notice.
pub(super) fn hashes(notice: &Notice) -> impl Iterator<Item = [u8; 32]> {
    notice.torrents.iter().map(|named| Denylist::hash(named.0))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The names of all notices in a folder.
fn ids(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = PathBuf::from(entry?.file_name());
        let is_notice = path.extension().is_some_and(|suffix| suffix == SUFFIX);
        ids.extend(
            path.file_stem()
                .and_then(|id| id.to_str())
                .filter(|id| is_notice && is_id(id))
                .map(str::to_owned),
        );
    }
    Ok(ids)
}

/// Whether it may be the name of a notice, and of a file in the folder.
fn is_id(id: &str) -> bool {
    id.len() == 16 && id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn line(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string(value)? + "\n")
}

/// Has lines at the end of a file, on disk, and not on a line that somebody did not end.
fn append(path: &Path, lines: &str) -> anyhow::Result<()> {
    let append = || {
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        let length = file.metadata()?.len();
        let mut last = [b'\n'];
        if length > 0 {
            file.read_exact_at(&mut last, length - 1)?;
        }
        let begin = if last == [b'\n'] { "" } else { "\n" };
        let written = file.write_all(format!("{begin}{lines}").as_bytes()).and_then(|()| file.sync_all());
        if written.is_err() {
            file.set_len(length)?;
        }
        written
    };
    append().with_context(|| format!("cannot write to {}", path.display()))
}

/// Has this as the whole file, on disk. Whoever reads it meanwhile has what was there before.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let replace = || {
        let next = path.with_extension(NEXT);
        let mut file = File::create(&next)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&next, path)
    };
    replace().with_context(|| format!("cannot write to {}", path.display()))
}
