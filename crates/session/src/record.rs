//! What is remembered of a torrent between visits, as bytes that betray whether they are whole.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use swarm::Priority;
use wire::TipClaim;

use crate::turn::{self, Magic};
use crate::{Error, Exposure};

/// Stands before a record that says its version. Differs from the other in more than a bit, which would not be noticed.
const MAGIC: Magic = *b"seedrcrd";

/// Stands before a record as the first release wrote it.
const FIRST_RELEASE: Magic = *b"seedst02";

/// What is remembered of a torrent between visits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The magnet link it came from, if it came from one.
    pub magnet: Option<String>,
    /// Milliseconds since 1970 at which it was added.
    pub added_at: f64,
    /// Stopped by the user.
    pub paused: bool,
    /// Whether it is in the list.
    pub listing: Listing,
    /// The user's own files that it is served from, in torrent order; empty if from the browser's storage.
    pub files: Vec<FileStamp>,
    /// Whether the user's files are to be copied into the browser's storage.
    pub keep_copy: bool,
    /// The files whose priority is not the normal one, by position.
    pub priorities: Vec<(u32, Priority)>,
    /// Payload bytes received over its whole life here.
    pub downloaded: u64,
    /// Payload bytes sent over its whole life here.
    pub uploaded: u64,
    /// The pieces in `data` that are safe from a power failure, as BITFIELD carries them; empty before the
    /// metadata is known.
    pub stored: Vec<u8>,
    /// How much it may trade.
    pub limits: Limits,
    /// Tips that the chain confirmed.
    pub tips: Vec<TipClaim>,
    /// Only its description is wanted, and none of its files, until the user says otherwise.
    pub metadata_only: bool,
    /// `data` has no padding, although the torrent has.
    #[serde(skip)]
    pub packed: bool,
    /// Who may see the user's address.
    #[serde(skip)]
    pub exposure: Exposure,
}

/// Whether a torrent is in the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Listing {
    /// It is.
    #[default]
    Listed,
    /// It was removed, while its data was kept.
    Forgotten,
    /// It was removed with its data: what is left of its folder is to be deleted.
    Deleted,
}

/// By what a file of the user's is known again.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStamp {
    /// Length in bytes.
    pub length: u64,
    /// When it was last changed, in milliseconds since 1970.
    pub modified: f64,
}

/// How much a torrent may trade: bytes per second, of the files' content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// To receive; `None` is no limit.
    pub down: Option<NonZeroU64>,
    /// To give; `None` is no limit.
    pub up: Option<NonZeroU64>,
}

impl Record {
    /// The bytes of one [turn], in the newest version.
    #[must_use]
    pub fn encode(&self, turn: u64) -> Vec<u8> {
        // Only maps of unknown length and the like fail to serialise, and there are none.
        let version = match (self.exposure == Exposure::default(), self.packed) {
            (true, false) => Version::One(self),
            (true, true) => Version::Packed(self),
            (false, packed) => Version::Guarded { record: self, packed, exposure: self.exposure },
        };
        turn::seal(MAGIC, turn, &postcard::to_allocvec(&version).unwrap_or_default())
    }

    /// The turn and the record in `bytes`, which any release up to this one wrote; `None` in no bytes at all.
    ///
    /// # Errors
    ///
    /// [`Error::Torn`], or [`Error::Record`] for what a later release wrote. A record is read to its last byte or not
    /// at all: what is written over it holds no less.
    pub fn decode(bytes: &[u8]) -> Result<Option<(u64, Self)>, Error> {
        if bytes.starts_with(&FIRST_RELEASE) {
            let Some((turn, content)) = turn::open(FIRST_RELEASE, bytes)? else { return Ok(None) };
            return Ok(Some((turn, first_release(content)?)));
        }
        let Some((turn, content)) = turn::open(MAGIC, bytes)? else { return Ok(None) };
        let record = match whole(content)? {
            Version::One(record) => record,
            Version::Packed(record) => Self { packed: true, ..record },
            Version::Guarded { record, packed, exposure } => Self { packed, exposure, ..record },
        };
        Ok(Some((turn, record)))
    }
}

/// The content of a record. What a version that was released holds stays as it is: a field that is added makes a new one,
/// for which [`Record`] is read and written, and gives the one before a type of its own that becomes a [`Record`].
#[derive(Serialize, Deserialize)]
enum Version<R> {
    One(R),
    /// The same of a folder that a release which knows nothing of [`Record::packed`] would misread.
    Packed(R),
    /// The same of a torrent whose connections or servers such a release would not have gone through a relay, or asked.
    Guarded {
        record: R,
        packed: bool,
        exposure: Exposure,
    },
}

/// What records held at first. The first release wrote the fields of [`Version::One`] behind no number of a version;
/// those before it ended where there were no limits yet, or no tips.
#[derive(Deserialize)]
struct Oldest {
    magnet: Option<String>,
    added_at: f64,
    paused: bool,
    listing: Listing,
    files: Vec<FileStamp>,
    keep_copy: bool,
    priorities: Vec<(u32, Priority)>,
    downloaded: u64,
    uploaded: u64,
    stored: Vec<u8>,
}

fn first_release(content: &[u8]) -> Result<Record, Error> {
    let (oldest, rest): (Oldest, _) = next(content)?;
    let (limits, rest) = if rest.is_empty() { Default::default() } else { next(rest)? };
    let (tips, metadata_only) = if rest.is_empty() { Default::default() } else { whole(rest)? };
    let Oldest { magnet, added_at, paused, listing, files, keep_copy, .. } = oldest;
    let Oldest { priorities, downloaded, uploaded, stored, .. } = oldest;
    Ok(Record {
        magnet,
        added_at,
        paused,
        listing,
        files,
        keep_copy,
        priorities,
        downloaded,
        uploaded,
        stored,
        limits,
        tips,
        metadata_only,
        packed: false,
        exposure: Exposure::default(),
    })
}

/// What `content` begins with, and what is behind it.
fn next<'a, T: Deserialize<'a>>(content: &'a [u8]) -> Result<(T, &'a [u8]), Error> {
    postcard::take_from_bytes(content).map_err(|_other_format| Error::Record)
}

/// What `content` is to its last byte.
fn whole<'a, T: Deserialize<'a>>(content: &'a [u8]) -> Result<T, Error> {
    let (whole, rest) = next(content)?;
    if rest.is_empty() { Ok(whole) } else { Err(Error::Record) }
}
