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
mod messenger;
mod page;
mod site;
mod store;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use metainfo::InfoHash;
use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

pub(crate) use self::command::{Order, run};
use self::messenger::Messenger;
pub(crate) use self::store::DENIED;
use self::store::Store;
use crate::quota::Quota;
use crate::routes::Server;

/// Notices that one place may send at once, and per second: three an hour.
const BURST: u32 = 3;
const PER_SECOND: f64 = 3.0 / 3600.0;

/// Bytes that a form may have: nine for each character that the fields take, as one of three bytes is sent.
const MAX_BODY: usize = 128 * 1024;

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
    messenger: Option<Messenger>,
    quota: Quota,
    started: Instant,
}

impl Desk {
    pub(crate) fn open(config: &Notices) -> anyhow::Result<Self> {
        let store = Arc::new(Store::open(&config.folder)?);
        let quota = Quota::new(PER_SECOND, BURST);
        let messenger =
            (!config.tell.is_empty()).then(|| Messenger::start(config.tell.clone())).transpose()?;
        Ok(Self { store, messenger, quota, started: Instant::now() })
    }

    /// The paths at which it is found.
    pub(crate) fn routes(self, server: Arc<Server>) -> Router {
        site::router(self, server)
    }

    /// The form.
    fn form(headers: &HeaderMap) -> Response {
        page::form(headers, StatusCode::OK, &form::Fields::default(), &[])
    }

    /// Takes a notice, and says where to look what becomes of it.
    async fn take(&self, address: std::net::IpAddr, headers: &HeaderMap, body: Body) -> Response {
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
        let kept = self.with_store(move |store| store.keep(&notice).map(|id| (id, notice))).await;
        match kept {
            Ok((id, notice)) => {
                if let Some(messenger) = &self.messenger {
                    messenger.tell(page::letter(&id, &notice));
                }
                page::received(headers, &id, &notice)
            }
            Err(error) => {
                eprintln!("seedcast-signaling: a notice cannot be kept: {error:#}");
                page::say(headers, StatusCode::SERVICE_UNAVAILABLE, "full")
            }
        }
    }

    /// What became of a notice.
    async fn status(&self, headers: &HeaderMap, id: String) -> Response {
        let read = self.with_store(move |store| Ok(store.read(&id)?.map(|kept| (id, kept)))).await;
        match read {
            Ok(Some((id, kept))) => page::status(headers, &id, &kept),
            Ok(None) => page::say(headers, StatusCode::NOT_FOUND, "unknown"),
            Err(error) => {
                eprintln!("seedcast-signaling: {error:#}");
                page::say(headers, StatusCode::SERVICE_UNAVAILABLE, "full")
            }
        }
    }

    /// What was decided, for everybody.
    async fn log(&self) -> anyhow::Result<Bytes> {
        self.with_store(Store::log).await
    }

    /// Reads or writes files where nobody else has to wait for it.
    async fn with_store<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Store) -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let store = Arc::clone(&self.store);
        spawn_blocking(move || act(&store)).await?
    }
}
