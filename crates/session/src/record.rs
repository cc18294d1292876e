//! What is remembered of a torrent between visits, as bytes that betray whether they are whole.

use std::num::NonZeroU64;

use serde::{Deserialize, Serialize};
use swarm::Priority;
use wire::TipClaim;

use crate::Error;
use crate::turn::{self, Magic};

const MAGIC: Magic = *b"seedst02";

/// What is remembered of a torrent between visits.
///
/// Its bytes are its fields in this order. Fields were added over time, always at the end: records of before they were
/// there end without them, and are read as if they had the default.
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
    #[serde(skip_deserializing)]
    pub limits: Limits,
    /// Tips that the chain confirmed.
    #[serde(skip_deserializing)]
    pub tips: Vec<TipClaim>,
    /// Only its description is wanted, and none of its files, until the user says otherwise. Came with the tips.
    #[serde(skip_deserializing)]
    pub metadata_only: bool,
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
    /// The bytes of one [turn](crate::turn).
    #[must_use]
    pub fn encode(&self, turn: u64) -> Vec<u8> {
        // Only maps of unknown length and the like fail to serialise, and there are none.
        turn::seal(MAGIC, turn, &postcard::to_allocvec(self).unwrap_or_default())
    }

    /// The turn and the record in `bytes`; `None` in no bytes at all. What a later release may have put behind the
    /// fields that are known here is passed over.
    ///
    /// # Errors
    ///
    /// [`Error::Torn`] or [`Error::Record`]: a field that is there and cannot be read is never taken for one that is
    /// not.
    pub fn decode(bytes: &[u8]) -> Result<Option<(u64, Self)>, Error> {
        let Some((turn, content)) = turn::open(MAGIC, bytes)? else { return Ok(None) };
        let (record, rest): (Self, _) =
            postcard::take_from_bytes(content).map_err(|_other_format| Error::Record)?;
        let (limits, rest) = added_later(rest)?;
        let ((tips, metadata_only), _) = added_later(rest)?;
        Ok(Some((turn, Self { limits, tips, metadata_only, ..record })))
    }
}

/// Fields that records did not have at first, and what is behind them.
fn added_later<'a, T: Default + Deserialize<'a>>(rest: &'a [u8]) -> Result<(T, &'a [u8]), Error> {
    if rest.is_empty() {
        return Ok((T::default(), rest));
    }
    postcard::take_from_bytes(rest).map_err(|_other_format| Error::Record)
}
