//! What a client sends.

use metainfo::InfoHash;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wire::PeerId;

use crate::binary::{Binary, OfferId};
use crate::fields::{Field, Fields, count, id, read, sdp};
use crate::json::{FIELDS, SCRAPE_ENTRY, description, json};
use crate::response::{Action, Description};
use crate::{Error, MAX_OFFERS, MAX_SCRAPE};

/// A message from a client to its tracker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// "I am in this swarm", with offers for others.
    Announce(Announce),
    /// The reply to an offer that the tracker relayed. On the wire it is an announce with an `answer`.
    Answer(Answer),
    /// "How large are these swarms?"
    Scrape(Scrape),
}

/// A peer enters a swarm, stays in it, or leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announce {
    /// The torrent.
    pub info_hash: InfoHash,
    /// The sender.
    pub peer_id: PeerId,
    /// What happened; `None` is the periodic update.
    pub event: Option<Event>,
    /// Bytes still to download; `None` while the client has no metadata. 0 is a seed.
    pub left: Option<u64>,
    /// Bytes sent to others since it started.
    pub uploaded: u64,
    /// Bytes received from others since it started.
    pub downloaded: u64,
    /// How many peers it wants to meet; `None` means one per offer.
    pub numwant: Option<u32>,
    /// Whether its offers may go to seeds although it is one: there is more to this torrent than its bytes. Our own
    /// key; trackers that do not know it do as they always do.
    pub to_seeds: bool,
    /// Offers to hand out, one to each peer; at most [`MAX_OFFERS`].
    pub offers: Vec<Offer>,
}

/// What makes a client announce out of turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It has just joined.
    Started,
    /// It is leaving.
    Stopped,
    /// It has just finished the download.
    Completed,
}

/// One WebRTC offer, good for one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Comes back in the answer.
    pub offer_id: OfferId,
    /// The session description.
    pub sdp: String,
}

/// The reply to a relayed offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The torrent.
    pub info_hash: InfoHash,
    /// The sender of the answer.
    pub peer_id: PeerId,
    /// The sender of the offer.
    pub to_peer_id: PeerId,
    /// Names the offer.
    pub offer_id: OfferId,
    /// The session description.
    pub sdp: String,
}

/// Asks for the sizes of swarms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scrape {
    /// The torrents; at most [`MAX_SCRAPE`]. None stands for every torrent that the tracker knows.
    pub info_hashes: Vec<InfoHash>,
}

impl Request {
    /// Reads a text frame from a client.
    ///
    /// # Errors
    ///
    /// When the message is too long, no JSON object, or lacks what its action needs. [`Response::refusal`]
    /// makes the reply. Offers that cannot be used are left out without an error: clients under test send
    /// some, and still expect their counts.
    ///
    /// [`Response::refusal`]: crate::Response::refusal
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fields = Fields::parse(text)?;
        match fields.action() {
            Some(Action::Announce) if fields.answer.is_some() => Ok(Self::Answer(Answer {
                info_hash: id(fields.info_hash, "info_hash")?,
                peer_id: id(fields.peer_id, "peer_id")?,
                to_peer_id: id(fields.to_peer_id, "to_peer_id")?,
                offer_id: id(fields.offer_id, "offer_id")?,
                sdp: sdp(fields.answer).ok_or(Error::Sdp)?,
            })),
            Some(Action::Announce) => Ok(Self::Announce(Announce {
                info_hash: id(fields.info_hash, "info_hash")?,
                peer_id: id(fields.peer_id, "peer_id")?,
                event: read(fields.event),
                left: count(fields.left),
                uploaded: count(fields.uploaded).unwrap_or(0),
                downloaded: count(fields.downloaded).unwrap_or(0),
                numwant: count(fields.numwant).map(|wanted| wanted.try_into().unwrap_or(u32::MAX)),
                to_seeds: read(fields.to_seeds).unwrap_or(false),
                offers: offers(fields.offers),
            })),
            Some(Action::Scrape) => Ok(Self::Scrape(Scrape { info_hashes: info_hashes(fields.info_hash)? })),
            None => Err(Error::Action),
        }
    }

    /// The text frame for a tracker.
    #[must_use]
    pub fn to_json(&self) -> String {
        match self {
            Self::Announce(announce) => {
                let offers = announce.offers.iter().map(|offer| FIELDS + description(&offer.sdp));
                json(
                    &AnnounceJson {
                        numwant: announce.numwant,
                        to_seeds: announce.to_seeds,
                        uploaded: announce.uploaded,
                        downloaded: announce.downloaded,
                        left: announce.left,
                        event: announce.event,
                        action: Action::Announce,
                        info_hash: announce.info_hash.into(),
                        peer_id: announce.peer_id.into(),
                        offers: announce.offers.iter().map(OfferJson::from).collect(),
                    },
                    FIELDS + offers.sum::<usize>(),
                )
            }
            Self::Answer(answer) => json(
                &AnswerJson {
                    action: Action::Announce,
                    info_hash: answer.info_hash.into(),
                    peer_id: answer.peer_id.into(),
                    to_peer_id: answer.to_peer_id.into(),
                    answer: Description::answer(&answer.sdp),
                    offer_id: answer.offer_id.into(),
                },
                FIELDS + description(&answer.sdp),
            ),
            Self::Scrape(scrape) => json(
                &ScrapeJson {
                    action: Action::Scrape,
                    info_hash: scrape.info_hashes.iter().map(|&info_hash| info_hash.into()).collect(),
                },
                FIELDS + scrape.info_hashes.len() * SCRAPE_ENTRY,
            ),
        }
    }
}

/// The usable offers; one that cannot be read must not cost the client its reply.
fn offers(field: Field<'_>) -> Vec<Offer> {
    #[derive(Deserialize)]
    struct Fields<'a> {
        #[serde(borrow)]
        offer: Field<'a>,
        #[serde(borrow)]
        offer_id: Field<'a>,
    }

    read::<Vec<&RawValue>>(field)
        .unwrap_or_default()
        .into_iter()
        .take(MAX_OFFERS)
        .filter_map(|raw| {
            let fields: Fields<'_> = read(Some(raw))?;
            Some(Offer { offer_id: read::<Binary>(fields.offer_id)?.into(), sdp: sdp(fields.offer)? })
        })
        .collect()
}

/// One info hash, a list of them, or none.
fn info_hashes(field: Field<'_>) -> Result<Vec<InfoHash>, Error> {
    let Some(raw) = field else { return Ok(Vec::new()) };
    if raw.get().starts_with('"') {
        return Ok(vec![id(field, "info_hash")?]);
    }
    let list: Vec<Binary> = read(field).ok_or(Error::Id("info_hash"))?;
    if list.len() > MAX_SCRAPE {
        return Err(Error::TooManyTorrents);
    }
    Ok(list.into_iter().map(InfoHash::from).collect())
}

#[derive(Serialize)]
struct AnnounceJson<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    numwant: Option<u32>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    to_seeds: bool,
    uploaded: u64,
    downloaded: u64,
    left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<Event>,
    action: Action,
    info_hash: Binary,
    peer_id: Binary,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    offers: Vec<OfferJson<'a>>,
}

#[derive(Serialize)]
struct OfferJson<'a> {
    offer: Description<'a>,
    offer_id: Binary,
}

impl<'a> From<&'a Offer> for OfferJson<'a> {
    fn from(offer: &'a Offer) -> Self {
        Self { offer: Description::offer(&offer.sdp), offer_id: offer.offer_id.into() }
    }
}

#[derive(Serialize)]
struct AnswerJson<'a> {
    action: Action,
    info_hash: Binary,
    peer_id: Binary,
    to_peer_id: Binary,
    answer: Description<'a>,
    offer_id: Binary,
}

#[derive(Serialize)]
struct ScrapeJson {
    action: Action,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    info_hash: Vec<Binary>,
}
