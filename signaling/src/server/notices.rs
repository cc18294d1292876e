//! Notices of what should not be served, as Article 16 of the Digital Services Act (EU 2022/2065) wants them to be possible.
//!
//! Anyone can send one by a form at `/notice` that needs no program in the browser (`page`, `form`). It is kept as a file of
//! its own in one folder (`store`), which has bounds, and whoever sent it finds at `/notice/ID` what became of it. The
//! operator looks at them and decides by `seedcast-signaling notice` (`command`): what is denied is a line more in a list of
//! torrents that are not served. What was decided is public at `/transparency.json` (`log`), without names and without
//! saying which torrents they were.

mod command;
mod form;
mod log;
mod page;
mod store;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use anyhow::Context as _;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use metainfo::InfoHash;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub(crate) use self::command::{Order, run};
pub(crate) use self::store::DENIED;
use self::store::{Full, Store};
use crate::quota::Quota;

/// Notices that one place may send at once, and per second: three an hour.
const BURST: u32 = 3;
const PER_SECOND: f64 = 3.0 / 3600.0;

/// Bytes that a notice may have, as a form.
const MAX_BODY: usize = 16 * 1024;

/// How long somebody may take to send one.
const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// What an operator may set of notices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Notices {
    /// Where they are kept.
    pub(crate) folder: PathBuf,
    /// A program and its arguments that is run for each notice, with the notice as its input, such as one that sends a mail.
    /// Default none.
    #[serde(default)]
    pub(crate) tell: Vec<String>,
}

/// What somebody says should not be served.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct Notice {
    /// The day on which it came (UTC), as `2026-11-30`.
    received: String,
    kind: Kind,
    /// The torrents that `links` name, at least one.
    torrents: Vec<Named>,
    /// Where it is, as it was typed.
    links: String,
    /// Which files of it, as it was typed.
    files: String,
    why: String,
    /// Who says so: empty where nobody has to.
    name: String,
    email: String,
}

/// An info hash in hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named(InfoHash);

impl Serialize for Named {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        digits.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

/// Why something should not be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Kind {
    Copyright,
    Privacy,
    Fraud,
    Hatred,
    Terrorism,
    /// Sexual abuse of children: who says so need not say who they are.
    ChildAbuse,
    Other,
}

impl Kind {
    const ALL: [Self; 7] = [
        Self::Copyright,
        Self::Privacy,
        Self::Fraud,
        Self::Hatred,
        Self::Terrorism,
        Self::ChildAbuse,
        Self::Other,
    ];

    /// Its name in forms, files and lists.
    const fn name(self) -> &'static str {
        match self {
            Self::Copyright => "copyright",
            Self::Privacy => "privacy",
            Self::Fraud => "fraud",
            Self::Hatred => "hatred",
            Self::Terrorism => "terrorism",
            Self::ChildAbuse => "child-abuse",
            Self::Other => "other",
        }
    }
}

/// What an operator made of a notice.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
struct Decision {
    /// The day (UTC).
    decided: String,
    decision: Verdict,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Verdict {
    /// The torrents are served no more.
    Deny,
    /// They are.
    Keep,
}

/// The day, as it is in files.
fn today() -> String {
    day(SystemTime::now()).to_string()
}

fn day(time: SystemTime) -> Date {
    OffsetDateTime::from(time).date()
}

/// What takes notices, and says what became of them.
#[derive(Debug)]
pub(crate) struct Desk {
    store: Arc<Store>,
    tell: Vec<String>,
    quota: Quota,
    started: Instant,
}

impl Desk {
    pub(crate) fn open(config: &Notices) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(&config.folder)?);
        let quota = Quota::new(PER_SECOND, BURST);
        Ok(Self { store, tell: config.tell.clone(), quota, started: Instant::now() })
    }

    /// The form.
    pub(crate) fn form(headers: &HeaderMap) -> Response {
        page::form(headers, StatusCode::OK, &form::Fields::default(), &[])
    }

    /// Takes a notice, and says where to look what becomes of it.
    pub(crate) async fn take(&self, address: std::net::IpAddr, headers: &HeaderMap, body: Body) -> Response {
        let Ok(body) = timeout(BODY_TIMEOUT, to_bytes(body, MAX_BODY)).await else {
            return page::say(headers, StatusCode::REQUEST_TIMEOUT, "too-slow");
        };
        let Ok(body) = body else { return page::say(headers, StatusCode::PAYLOAD_TOO_LARGE, "too-long") };
        let fields = form::Fields::read(&body);
        let notice = match fields.notice(today()) {
            Ok(notice) => notice,
            Err(missing) => {
                return page::form(headers, StatusCode::UNPROCESSABLE_ENTITY, &fields, &missing);
            }
        };
        if !self.quota.take(address, self.started.elapsed()) {
            return page::say(headers, StatusCode::TOO_MANY_REQUESTS, "too-often");
        }
        let store = Arc::clone(&self.store);
        let kept = spawn_blocking(move || store.keep(&notice).map(|id| (id, notice))).await;
        match kept.map_err(anyhow::Error::from).flatten() {
            Ok((id, notice)) => {
                tell(&self.tell, &id, &notice);
                page::received(headers, &id)
            }
            Err(error) => {
                if !error.is::<Full>() {
                    eprintln!("seedcast-signaling: a notice cannot be kept: {error:#}");
                }
                page::say(headers, StatusCode::SERVICE_UNAVAILABLE, "full")
            }
        }
    }

    /// What became of a notice.
    pub(crate) fn status(&self, headers: &HeaderMap, id: &str) -> Response {
        match self.store.read(id) {
            Ok(Some(file)) => page::status(headers, id, &file),
            Ok(None) => page::say(headers, StatusCode::NOT_FOUND, "unknown"),
            Err(error) => {
                eprintln!("seedcast-signaling: {error:#}");
                page::say(headers, StatusCode::SERVICE_UNAVAILABLE, "full")
            }
        }
    }

    /// What was decided, for everybody.
    pub(crate) fn log(&self) -> anyhow::Result<String> {
        self.store.log()
    }
}

/// Runs the operator's program with a notice as its input. Nobody waits for it.
fn tell(program: &[String], id: &str, notice: &Notice) {
    let Some((name, arguments)) = program.split_first() else { return };
    let (name, arguments) = (name.clone(), arguments.to_vec());
    let text = page::letter(id, notice);
    thread::spawn(move || {
        let run = || {
            let mut child =
                Command::new(&name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()?;
            if let Some(mut input) = child.stdin.take() {
                input.write_all(text.as_bytes())?;
            }
            let status = child.wait()?;
            anyhow::ensure!(status.success(), "{status}");
            Ok(())
        };
        if let Err(error) = run().with_context(|| format!("{name} cannot be told of a notice")) {
            eprintln!("seedcast-signaling: {error:#}");
        }
    });
}
