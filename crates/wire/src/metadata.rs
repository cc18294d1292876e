use metainfo::MAX_TORRENT_LENGTH;
use metainfo::bencode::{Item, Value};

use crate::Error;

/// The name of the extension that carries the info dictionary (BEP 9).
pub const UT_METADATA: &str = "ut_metadata";

/// Bytes in every piece of the metadata but the last (BEP 9).
pub const METADATA_PIECE_LENGTH: u32 = 16 * 1024;

/// The longest info dictionary that is exchanged, in bytes: as long as a torrent file may be.
pub const MAX_METADATA: u32 = MAX_TORRENT_LENGTH as u32;

/// A message of `ut_metadata`, by which peers pass on a torrent's info dictionary in pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetadataMessage<'a> {
    /// The sender wants this piece of the metadata.
    Request {
        /// Position of the piece, from 0.
        piece: u32,
    },
    /// The sender gives this piece.
    Data {
        /// Position of the piece, from 0.
        piece: u32,
        /// Bytes in the whole metadata, at most [`MAX_METADATA`].
        total_size: u32,
        /// The piece's bytes: exactly as many as a metadata of that size has at that position.
        data: &'a [u8],
    },
    /// The sender does not have the metadata, or has sent enough of it.
    Reject {
        /// Position of the piece, from 0.
        piece: u32,
    },
}

impl<'a> MetadataMessage<'a> {
    /// Reads the payload of an EXTENDED message. `None` for a type of message that BEP 9 does not define
    /// and asks to ignore.
    ///
    /// # Errors
    ///
    /// [`Error::Bencode`], or [`Error::Extension`] if a number is missing or the data does not have the
    /// length that the numbers imply.
    pub fn parse(payload: &'a [u8]) -> Result<Option<Self>, Error> {
        let (header, data) = Value::split(payload).map_err(|_error| Error::Bencode)?;
        let number = |key| {
            let number = header.get(key).and_then(|value| value.as_int());
            number.and_then(|number| u32::try_from(number).ok()).ok_or(MALFORMED)
        };
        match number("msg_type")? {
            REQUEST => Ok(Some(Self::Request { piece: number("piece")? })),
            DATA => {
                let (piece, total_size) = (number("piece")?, number("total_size")?);
                if total_size > MAX_METADATA || metadata_piece_length(piece, total_size) != Some(data.len()) {
                    return Err(MALFORMED);
                }
                Ok(Some(Self::Data { piece, total_size, data }))
            }
            REJECT => Ok(Some(Self::Reject { piece: number("piece")? })),
            _ => Ok(None),
        }
    }

    /// The payload of an EXTENDED message.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let header = |kind: u32, piece: u32| {
            [("msg_type", kind), ("piece", piece)].map(|(key, number)| (key, Item::from(i64::from(number))))
        };
        match *self {
            Self::Request { piece } => Item::dict(header(REQUEST, piece)).encode(),
            Self::Data { piece, total_size, data } => {
                let size = ("total_size", Item::from(i64::from(total_size)));
                let mut payload = Item::dict(header(DATA, piece).into_iter().chain([size])).encode();
                payload.extend_from_slice(data);
                payload
            }
            Self::Reject { piece } => Item::dict(header(REJECT, piece)).encode(),
        }
    }
}

/// Bytes in the piece at position `piece` of a metadata of `total_size` bytes, if it has that piece.
#[must_use]
pub fn metadata_piece_length(piece: u32, total_size: u32) -> Option<usize> {
    let start = piece.checked_mul(METADATA_PIECE_LENGTH)?;
    let left = total_size.checked_sub(start).filter(|&left| left > 0)?;
    Some(left.min(METADATA_PIECE_LENGTH) as usize)
}

const REQUEST: u32 = 0;
const DATA: u32 = 1;
const REJECT: u32 = 2;

const MALFORMED: Error = Error::Extension { extension: UT_METADATA };
