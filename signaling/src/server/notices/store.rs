//! Where notices are kept: a folder with a file for each.
//!
//! The server adds notices, and the operator's command decisions, each by one write to the end of a file, so that the two need
//! not know of each other.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{error, fmt};

use anyhow::Context as _;
use serde::Serialize;
use signaling::Denylist;

use super::log::{Entry, Log};
use super::{Decision, Notice, Verdict, today};

/// The list of torrents that decisions deny.
pub(crate) const DENIED: &str = "denied.txt";
/// What is public of notices and decisions.
const LOG: &str = "log.jsonl";
const SUFFIX: &str = "jsonl";

/// Notices that are kept at most, with at most 17 KiB each. An operator who has decided on some moves them elsewhere.
const MAX_NOTICES: usize = 4096;

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
        let path = self.path(&id);
        let mut file = OpenOptions::new().append(true).create_new(true).open(&path)?;
        *count += 1;
        let written = line(notice).and_then(|line| {
            file.write_all(line.as_bytes())?;
            file.sync_all()?;
            append(&self.folder.join(LOG), &self::line(&Entry::received(notice))?)
        });
        if written.is_err() {
            // Half a notice would be none.
            fs::remove_file(&path)?;
            *count -= 1;
        }
        written.map(|()| id)
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

    /// All notices by name, in the order in which they came.
    pub(super) fn all(&self) -> anyhow::Result<Vec<(String, Kept)>> {
        let mut all = Vec::new();
        for id in ids(&self.folder)? {
            if let Some(kept) = self.read(&id)? {
                all.push((id, kept));
            }
        }
        all.sort_by(|(id, kept), (other, than)| {
            (&kept.notice.received, id).cmp(&(&than.notice.received, other))
        });
        Ok(all)
    }

    /// Notes a decision, and denies what it denies.
    pub(super) fn decide(&self, id: &str, verdict: Verdict, reason: &str) -> anyhow::Result<Notice> {
        let Kept { notice, .. } = self.read(id)?.with_context(|| format!("there is no notice {id}"))?;
        let decision = Decision { decided: today(), decision: verdict, reason: reason.to_owned() };
        if verdict == Verdict::Deny {
            let deny =
                |hash: [u8; 32]| format!("//{} reason={} ref={id}\n", hexadecimal(&hash), notice.kind.name());
            let lines: String = hashes(&notice).map(deny).collect();
            append(&self.folder.join(DENIED), &lines)?;
        }
        append(&self.path(id), &line(&decision)?)?;
        append(&self.folder.join(LOG), &line(&Entry::decided(&notice, &decision))?)?;
        Ok(notice)
    }

    /// What is public.
    pub(super) fn log(&self) -> anyhow::Result<String> {
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

/// Has text at the end of a file, on disk.
fn append(path: &Path, text: &str) -> anyhow::Result<()> {
    let append = || {
        let mut file: File = OpenOptions::new().append(true).create(true).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    append().with_context(|| format!("cannot write to {}", path.display()))
}
