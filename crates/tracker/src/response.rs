//! What a tracker sends.

use litemap::LiteMap;
use metainfo::InfoHash;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::PeerId;

use crate::binary::{Binary, OfferId};
use crate::fields::{Field, Fields, count, id, read, sdp};
use crate::json::{FIELDS, SCRAPE_ENTRY, description, json};
use crate::{Error, INTERVALS, MAX_REASON, MAX_SCRAPE};

/// Seconds between announces when a tracker names none: the reference server's.
const DEFAULT_INTERVAL: u32 = 120;

/// A message from a tracker to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The reply to an announce.
    Announce {
        /// The torrent.
        info_hash: InfoHash,
        /// Seeds in the swarm.
        complete: u32,
        /// Other peers in the swarm, the client among them.
        incomplete: u32,
        /// Seconds until the next announce, within [`INTERVALS`].
        interval: u32,
        /// Words for the person who runs the client; at most [`MAX_REASON`] characters.
        warning: Option<String>,
    },
    /// Another peer's offer, to be answered.
    Offer {
        /// The torrent.
        info_hash: InfoHash,
        /// The sender of the offer.
        peer_id: PeerId,
        /// Goes back in the answer.
        offer_id: OfferId,
        /// The session description.
        sdp: String,
    },
    /// Another peer's answer to an offer of this client.
    Answer {
        /// The torrent.
        info_hash: InfoHash,
        /// The sender of the answer.
        peer_id: PeerId,
        /// Names the offer.
        offer_id: OfferId,
        /// The session description.
        sdp: String,
    },
    /// The reply to a scrape.
    Scrape {
        /// The sizes of the swarms asked for; at most [`MAX_SCRAPE`].
        files: LiteMap<InfoHash, ScrapeStats>,
        /// Seconds to wait before the next scrape, if the tracker says so.
        min_request_interval: Option<u32>,
    },
    /// The request was refused.
    Failure {
        /// Why; at most [`MAX_REASON`] characters.
        reason: String,
        /// The torrent, where the tracker could read it.
        info_hash: Option<InfoHash>,
        /// What was asked.
        action: Action,
    },
}

/// The size of one swarm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScrapeStats {
    /// Seeds.
    #[serde(default)]
    pub complete: u32,
    /// Other peers.
    #[serde(default)]
    pub incomplete: u32,
    /// Completed downloads that the tracker has seen.
    #[serde(default)]
    pub downloaded: u32,
}

/// What a request asks for, as `action` spells it. Clients close the connection on any other value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Announces, offers and answers.
    Announce,
    /// Statistics.
    Scrape,
}

impl Response {
    /// Reads a text frame from a tracker.
    ///
    /// # Errors
    ///
    /// When the message is too long, no JSON object, of an unknown action, or lacks what it announces.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text, scrape)
    }

    /// Reads a text frame from a tracker that is never asked for a scrape, without the program to read one.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and [`Error::Action`] for a scrape.
    pub fn parse_unless_scrape(text: &str) -> Result<Self, Error> {
        Self::read(text, |_scrape| Err(Error::Action))
    }

    fn read(text: &str, scrape: impl Fn(&Fields<'_>) -> Result<Self, Error>) -> Result<Self, Error> {
        let fields = Fields::parse(text)?;
        if let Some(reason) = reason(fields.failure) {
            return Ok(Self::Failure {
                reason,
                info_hash: fields.info_hash(),
                action: fields.action().unwrap_or(Action::Announce),
            });
        }
        match fields.action().ok_or(Error::Action)? {
            Action::Announce => announce(&fields),
            Action::Scrape => scrape(&fields),
        }
    }

    /// The reply to a request that could not be read. It names the torrent and the action where the request
    /// still shows them: libtorrent drops the connection of a reply without `info_hash`, WebTorrent that of
    /// one without `action`.
    #[must_use]
    pub fn refusal(request: &str, error: &Error) -> Self {
        let fields = Fields::parse(request).ok();
        Self::Failure {
            reason: error.to_string(),
            info_hash: fields.as_ref().and_then(Fields::info_hash),
            action: fields.as_ref().and_then(Fields::action).unwrap_or(Action::Announce),
        }
    }

    /// The text frame for a client.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Announce { info_hash, complete, incomplete, interval, warning } => json(
                &AnnounceJson {
                    complete: *complete,
                    incomplete: *incomplete,
                    action: Action::Announce,
                    info_hash: (*info_hash).into(),
                    interval: *interval,
                    warning: warning.as_deref(),
                },
                FIELDS + warning.as_ref().map_or(0, String::len),
            ),
            Self::Offer { info_hash, peer_id, offer_id, sdp } => json(
                &SignalJson {
                    action: Action::Announce,
                    offer: Some(Description::offer(sdp)),
                    answer: None,
                    offer_id: (*offer_id).into(),
                    peer_id: (*peer_id).into(),
                    info_hash: (*info_hash).into(),
                },
                FIELDS + description(sdp),
            ),
            Self::Answer { info_hash, peer_id, offer_id, sdp } => json(
                &SignalJson {
                    action: Action::Announce,
                    offer: None,
                    answer: Some(Description::answer(sdp)),
                    offer_id: (*offer_id).into(),
                    peer_id: (*peer_id).into(),
                    info_hash: (*info_hash).into(),
                },
                FIELDS + description(sdp),
            ),
            Self::Scrape { files, min_request_interval } => json(
                &ScrapeJson {
                    action: Action::Scrape,
                    files: files.iter().map(|(&info_hash, &stats)| (info_hash.into(), stats)).collect(),
                    flags: min_request_interval.map(|seconds| Flags { min_request_interval: Some(seconds) }),
                },
                FIELDS + files.len() * SCRAPE_ENTRY,
            ),
            Self::Failure { reason, info_hash, action } => json(
                &FailureJson { action: *action, reason, info_hash: info_hash.map(Binary::from) },
                FIELDS + reason.len(),
            ),
        }
    }
}

fn announce(fields: &Fields<'_>) -> Result<Response, Error> {
    let info_hash = id(fields.info_hash, "info_hash")?;
    if fields.offer.is_some() {
        return Ok(Response::Offer {
            info_hash,
            peer_id: id(fields.peer_id, "peer_id")?,
            offer_id: id(fields.offer_id, "offer_id")?,
            sdp: sdp(fields.offer).ok_or(Error::Sdp)?,
        });
    }
    if fields.answer.is_some() {
        return Ok(Response::Answer {
            info_hash,
            peer_id: id(fields.peer_id, "peer_id")?,
            offer_id: id(fields.offer_id, "offer_id")?,
            sdp: sdp(fields.answer).ok_or(Error::Sdp)?,
        });
    }
    let warning = reason(fields.warning);
    let seconds = seconds(fields.interval).or_else(|| seconds(fields.min_interval));
    if seconds.is_none() && warning.is_none() && fields.complete.is_none() {
        return Err(Error::Empty);
    }
    let number = |field| count(field).map_or(0, saturate);
    Ok(Response::Announce {
        info_hash,
        complete: number(fields.complete),
        incomplete: number(fields.incomplete),
        interval: seconds.unwrap_or(DEFAULT_INTERVAL).clamp(*INTERVALS.start(), *INTERVALS.end()),
        warning,
    })
}

fn scrape(fields: &Fields<'_>) -> Result<Response, Error> {
    let raw: LiteMap<Binary, &RawValue> = read(fields.files).ok_or(Error::Empty)?;
    if raw.len() > MAX_SCRAPE {
        return Err(Error::TooManyTorrents);
    }
    let mut files = LiteMap::with_capacity(raw.len());
    for (info_hash, stats) in raw {
        if let Some(stats) = read(Some(stats)) {
            files.insert(info_hash.into(), stats);
        }
    }
    Ok(Response::Scrape {
        files,
        min_request_interval: read::<Flags>(fields.flags).and_then(|flags| flags.min_request_interval),
    })
}

fn reason(field: Field<'_>) -> Option<String> {
    read::<String>(field).map(|text| text.chars().take(MAX_REASON).collect())
}

fn seconds(field: Field<'_>) -> Option<u32> {
    count(field).filter(|&seconds| seconds > 0).map(saturate)
}

fn saturate(count: u64) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

/// A session description as `RTCSessionDescription.toJSON` writes it.
#[derive(Serialize)]
pub(crate) struct Description<'a> {
    r#type: &'static str,
    sdp: &'a str,
}

impl<'a> Description<'a> {
    pub(crate) fn offer(sdp: &'a str) -> Self {
        Self { r#type: "offer", sdp }
    }

    pub(crate) fn answer(sdp: &'a str) -> Self {
        Self { r#type: "answer", sdp }
    }
}

#[derive(Serialize)]
struct AnnounceJson<'a> {
    complete: u32,
    incomplete: u32,
    action: Action,
    info_hash: Binary,
    interval: u32,
    #[serde(rename = "warning message", skip_serializing_if = "Option::is_none")]
    warning: Option<&'a str>,
}

#[derive(Serialize)]
struct SignalJson<'a> {
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<Description<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Description<'a>>,
    offer_id: Binary,
    peer_id: Binary,
    info_hash: Binary,
}

#[derive(Serialize)]
struct ScrapeJson {
    action: Action,
    files: LiteMap<Binary, ScrapeStats>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<Flags>,
}

#[derive(Serialize, Deserialize)]
struct Flags {
    #[serde(default)]
    min_request_interval: Option<u32>,
}

#[derive(Serialize)]
struct FailureJson<'a> {
    action: Action,
    #[serde(rename = "failure reason")]
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    info_hash: Option<Binary>,
}
