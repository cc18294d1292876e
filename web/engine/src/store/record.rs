//! What is remembered of a torrent between visits, as bytes that betray whether they are whole.

use protocol::{Limits, Priority, TipClaim};
use serde::{Deserialize, Serialize};
use sha1::{Digest as _, Sha1};

use crate::Error;

/// First bytes of every record: what it is, and the version of its fields.
const MAGIC: [u8; 8] = *b"seedst02";

const CHECKSUM: usize = 20;

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
    /// How much it may trade. Comes behind the rest, and records of before there were limits end without it.
    #[serde(skip)]
    pub limits: Limits,
    /// Tips that the chain confirmed. Come behind the limits, and records of before there were tips end without them.
    #[serde(skip)]
    pub tips: Vec<TipClaim>,
    /// Only its description is wanted, and none of its files, until the user says otherwise. Comes with the tips.
    #[serde(skip)]
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

impl Record {
    /// The bytes of one turn: magic, turn, checksum, record.
    #[must_use]
    pub fn encode(&self, turn: u64) -> Vec<u8> {
        // Only maps of unknown length and the like fail to serialise, and there are none.
        let body =
            postcard::to_allocvec(&(self, self.limits, &self.tips, self.metadata_only)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(MAGIC.len() + 8 + CHECKSUM + body.len());
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&turn.to_be_bytes());
        bytes.extend_from_slice(&checksum(turn, &body));
        bytes.extend_from_slice(&body);
        bytes
    }

    /// The turn and the record in `bytes`; `None` in no bytes at all.
    ///
    /// # Errors
    /// [`Error::Broken`] if the bytes are not exactly what [`encode`](Self::encode) made.
    pub fn decode(bytes: &[u8]) -> Result<Option<(u64, Self)>, Error> {
        if bytes.is_empty() {
            return Ok(None);
        }
        let rest = bytes.strip_prefix(&MAGIC).ok_or(Error::Broken)?;
        let (turn, rest) = rest.split_first_chunk().ok_or(Error::Broken)?;
        let turn = u64::from_be_bytes(*turn);
        let (sum, body) = rest.split_first_chunk::<CHECKSUM>().ok_or(Error::Broken)?;
        if *sum != checksum(turn, body) {
            return Err(Error::Broken);
        }
        let (record, rest): (Self, _) =
            postcard::take_from_bytes(body).map_err(|_other_version| Error::Broken)?;
        let (limits, rest) = postcard::take_from_bytes(rest).unwrap_or_default();
        let (tips, metadata_only) = postcard::from_bytes(rest).unwrap_or_default();
        Ok(Some((turn, Self { limits, tips, metadata_only, ..record })))
    }
}

fn checksum(turn: u64, body: &[u8]) -> [u8; CHECKSUM] {
    Sha1::new().chain_update(turn.to_be_bytes()).chain_update(body).finalize().into()
}
