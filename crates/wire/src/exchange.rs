use metainfo::bencode::{Item, Value};

use crate::{Error, PeerId};

/// The name of the extension by which peers introduce their neighbours to each other
/// (`docs/peer-exchange.md`).
pub const SC_PEX: &str = "sc_pex";

/// The most neighbours that one message names, those who left included.
pub const MAX_NEIGHBOURS: usize = 100;

/// The longest description of a connection (SDP) that is relayed, in bytes. Those of data channels have one
/// or two thousand.
pub const MAX_DESCRIPTION: usize = 8 * 1024;

/// A message of `sc_pex`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExchangeMessage<'a> {
    /// What changed among the sender's neighbours since its last message of this kind.
    Neighbours {
        /// Those who came, or whose flags changed.
        added: Vec<Neighbour>,
        /// Those who left.
        dropped: Vec<PeerId>,
    },
    /// Something that one peer says to another, on its way to or from the neighbour that relays it.
    Signal {
        /// Who is at the other end.
        party: Party,
        /// Names the offer among all that its author makes to this party.
        id: u32,
        /// What is said.
        signal: Signal<'a>,
    },
}

/// A peer that the sender is connected with, and that can be reached through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Who it is.
    pub peer_id: PeerId,
    /// It wants nothing: it has every piece, or all that it asked for (BEP 21).
    pub seed: bool,
}

/// The far end of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The receiver relays the signal to this peer.
    To(PeerId),
    /// The signal is for the receiver, and comes from this peer.
    From(PeerId),
}

/// What peers say to each other through a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal<'a> {
    /// A description of the connection that its author would like.
    Offer(&'a str),
    /// The description that completes it.
    Answer(&'a str),
    /// There will be no answer.
    Refusal(Refusal),
}

/// Why an offer has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The relay has no such neighbour.
    Unknown,
    /// The relay or the other peer has too much to do; it may be tried again.
    Busy,
    /// The other peer does not want the connection. Every reason that is not defined means this one.
    Unwanted,
}

impl<'a> ExchangeMessage<'a> {
    /// Reads the payload of an EXTENDED message. `None` for a type of message that is not defined, which is to be
    /// ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Bencode`], or [`Error::Extension`] if something is missing, of the wrong type or too long.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Error> {
        let value = Value::parse(payload).map_err(|_error| Error::Bencode)?;
        let number = |key| value.get(key).and_then(|number| number.as_int()).ok_or(MALFORMED);
        let description = || {
            let text = value.get("sdp").and_then(|text| text.as_str()).ok_or(MALFORMED)?;
            if text.len() > MAX_DESCRIPTION { Err(MALFORMED) } else { Ok(text) }
        };
        let signal = match number("msg_type")? {
            NEIGHBOURS => return neighbours(value).map(Some),
            OFFER => Signal::Offer(description()?),
            ANSWER => Signal::Answer(description()?),
            REFUSAL => Signal::Refusal(match number("error")? {
                1 => Refusal::Unknown,
                2 => Refusal::Busy,
                _ => Refusal::Unwanted,
            }),
            _ => return Ok(None),
        };
        let party = match (value.get("to"), value.get("from")) {
            (Some(to), None) => Party::To(peer_id(to)?),
            (None, Some(from)) => Party::From(peer_id(from)?),
            _ => return Err(MALFORMED),
        };
        let id = number("id").and_then(|id| u32::try_from(id).map_err(|_out_of_range| MALFORMED))?;
        Ok(Some(Self::Signal { party, id, signal }))
    }

    /// The payload of an EXTENDED message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Neighbours { added, dropped } => {
                let ids = |peers: &mut dyn Iterator<Item = &PeerId>| {
                    peers.flat_map(PeerId::as_bytes).copied().collect::<Vec<u8>>()
                };
                let flags: Vec<u8> = added.iter().map(|peer| if peer.seed { SEED } else { 0 }).collect();
                let added = ids(&mut added.iter().map(|peer| &peer.peer_id));
                let dropped = ids(&mut dropped.iter());
                Item::dict([
                    ("added", Item::from(&added[..])),
                    ("added.f", Item::from(&flags[..])),
                    ("dropped", Item::from(&dropped[..])),
                    ("msg_type", Item::from(NEIGHBOURS)),
                ])
                .encode()
            }
            Self::Signal { party, id, signal } => {
                let party = match party {
                    Party::To(peer_id) => ("to", Item::from(&peer_id.as_bytes()[..])),
                    Party::From(peer_id) => ("from", Item::from(&peer_id.as_bytes()[..])),
                };
                let (kind, content) = match signal {
                    Signal::Offer(description) => (OFFER, ("sdp", Item::from(*description))),
                    Signal::Answer(description) => (ANSWER, ("sdp", Item::from(*description))),
                    Signal::Refusal(refusal) => {
                        let error = match refusal {
                            Refusal::Unknown => 1,
                            Refusal::Busy => 2,
                            Refusal::Unwanted => 3,
                        };
                        (REFUSAL, ("error", Item::from(error)))
                    }
                };
                let id = ("id", Item::from(i64::from(*id)));
                Item::dict([party, id, ("msg_type", Item::from(kind)), content]).encode()
            }
        }
    }
}

fn neighbours(value: Value<'_>) -> Result<ExchangeMessage<'static>, Error> {
    let ids = |key| -> Result<Vec<PeerId>, Error> {
        let Some(ids) = value.get(key) else { return Ok(Vec::new()) };
        let (ids, rest) = ids.as_bytes().ok_or(MALFORMED)?.as_chunks();
        if ids.len() > MAX_NEIGHBOURS || !rest.is_empty() {
            return Err(MALFORMED);
        }
        Ok(ids.iter().map(|id| PeerId::from_bytes(*id)).collect())
    };
    let (added, dropped) = (ids("added")?, ids("dropped")?);
    let flags = value.get("added.f").map(|flags| flags.as_bytes().ok_or(MALFORMED)).transpose()?;
    let fits = flags.is_none_or(|flags| flags.len() == added.len());
    if !fits || added.len() + dropped.len() > MAX_NEIGHBOURS {
        return Err(MALFORMED);
    }
    let flagged = |n: usize| flags.is_some_and(|flags| flags[n] & SEED != 0);
    let added = added.into_iter().enumerate().map(|(n, peer_id)| Neighbour { peer_id, seed: flagged(n) });
    Ok(ExchangeMessage::Neighbours { added: added.collect(), dropped })
}

fn peer_id(value: Value<'_>) -> Result<PeerId, Error> {
    let bytes = value.as_bytes().and_then(|bytes| bytes.as_array()).ok_or(MALFORMED)?;
    Ok(PeerId::from_bytes(*bytes))
}

const NEIGHBOURS: i64 = 0;
const OFFER: i64 = 1;
const ANSWER: i64 = 2;
const REFUSAL: i64 = 3;

/// The flag of a neighbour that wants nothing, as in BEP 11.
const SEED: u8 = 0x02;

const MALFORMED: Error = Error::Extension { extension: SC_PEX };
