//! What is public of notices and decisions.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::Context as _;
use axum::body::Bytes;
use serde::{Deserialize, Serialize};

use super::store::{hashes, hexadecimal};
use super::{Decision, Kind, Notice, Verdict};

/// Decisions that are shown, the last ones.
const MAX_DECISIONS: usize = 1000;

/// A line of the log. It names nobody, and torrents by hashes of their info hashes: who has one can see whether it is there.
#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Entry {
    /// The day (UTC).
    day: String,
    kind: Kind,
    #[serde(flatten)]
    event: Event,
}

#[derive(Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    Received,
    Decided { decision: Verdict, reason: String, torrents: Vec<String> },
}

impl Entry {
    pub(super) fn received(notice: &Notice) -> Self {
        Self { day: notice.received.clone(), kind: notice.kind, event: Event::Received }
    }

    pub(super) fn decided(notice: &Notice, decision: &Decision) -> Self {
        let Decision { decided, decision, reason } = decision.clone();
        let torrents = hashes(notice).map(|hash| hexadecimal(&hash)).collect();
        Self { day: decided, kind: notice.kind, event: Event::Decided { decision, reason, torrents } }
    }
}

/// What happened in a month.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Month {
    received: usize,
    denied: usize,
    kept: usize,
}

/// The file of the log, and what was made of it last.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    rendered: Mutex<Option<(Version, Bytes)>>,
}

/// By what it is known whether something was added: how long the file is, and when that was.
type Version = (u64, Option<SystemTime>);

impl Log {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self { path, rendered: Mutex::new(None) }
    }

    /// As JSON: `months` with their counts, and the last `decisions`.
    pub(super) fn render(&self) -> anyhow::Result<Bytes> {
        let version = match fs::metadata(&self.path) {
            Ok(file) => (file.len(), file.modified().ok()),
            Err(error) if error.kind() == ErrorKind::NotFound => (0, None),
            Err(error) => return Err(error.into()),
        };
        let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, text)) = rendered.as_ref().filter(|(known, _)| *known == version) {
            return Ok(text.clone());
        }
        let read = || {
            let lines = if version.0 == 0 { String::new() } else { fs::read_to_string(&self.path)? };
            // A line that was written half, when a machine failed, is none, and hides no other.
            Ok::<_, std::io::Error>(
                lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect::<Vec<Entry>>(),
            )
        };
        let entries = read().with_context(|| format!("cannot read {}", self.path.display()))?;
        let text = Bytes::from(public(&entries));
        *rendered = Some((version, text.clone()));
        Ok(text)
    }
}

fn public(entries: &[Entry]) -> String {
    let mut months = BTreeMap::<&str, Month>::new();
    for Entry { day, event, .. } in entries {
        // 2026-11-30 is in 2026-11.
        let month = months.entry(day.rsplit_once('-').map_or(day, |(month, _)| month)).or_default();
        *match event {
            Event::Received => &mut month.received,
            Event::Decided { decision: Verdict::Deny, .. } => &mut month.denied,
            Event::Decided { decision: Verdict::Keep, .. } => &mut month.kept,
        } += 1;
    }
    let decisions: Vec<_> = entries.iter().filter(|entry| entry.event != Event::Received).collect();
    let decisions = &decisions[decisions.len().saturating_sub(MAX_DECISIONS)..];
    serde_json::json!({ "months": months, "decisions": decisions }).to_string()
}
