use metainfo::merkle::Hash;
use metainfo::{Block, PieceIndex};

use crate::{Error, HashRange};

/// One message of an established connection, except PIECE, whose payload never passes through here
/// (see [`encode_piece_header`] and [`Event::Piece`](crate::Event::Piece)).
///
/// Indices and blocks are as the peer sent them: [`metainfo::Geometry`] tells whether they exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Message<'a> {
    /// Nothing, so that the connection stays open.
    KeepAlive,
    /// The sender will not serve requests for now.
    Choke,
    /// The sender will serve requests.
    Unchoke,
    /// The sender wants pieces that the receiver has.
    Interested,
    /// The sender wants none of the receiver's pieces.
    NotInterested,
    /// The sender got this piece.
    Have(PieceIndex),
    /// The sender's pieces; [`Bitfield::from_bytes`](crate::Bitfield::from_bytes) reads the payload.
    Bitfield(&'a [u8]),
    /// The sender wants this block.
    Request(Block),
    /// The sender no longer wants this block.
    Cancel(Block),
    /// The UDP port of the sender's DHT node (BEP 5).
    Port(u16),
    /// The sender would like to serve this piece (BEP 6).
    Suggest(PieceIndex),
    /// The sender has every piece (BEP 6).
    HaveAll,
    /// The sender has no piece (BEP 6).
    HaveNone,
    /// The sender will not answer the request for this block (BEP 6).
    Reject(Block),
    /// The sender serves this piece even to those it chokes (BEP 6).
    AllowedFast(PieceIndex),
    /// A message of an extension (BEP 10).
    Extended {
        /// What the receiver's [`ExtendedHandshake`](crate::ExtendedHandshake) called the extension; 0 is
        /// that handshake itself.
        id: u8,
        /// The extension's own message.
        payload: &'a [u8],
    },
    /// The sender wants these hashes (BEP 52).
    HashRequest(HashRange),
    /// The hashes that were asked for, then the uncles that prove them, from the lowest level up (BEP 52).
    Hashes {
        /// What was asked for.
        range: HashRange,
        /// 32 bytes for each of [`HashRange::hashes`]; [`metainfo::merkle::Hash::split`] reads them.
        hashes: &'a [u8],
    },
    /// The sender will not answer the request for these hashes (BEP 52).
    HashReject(HashRange),
    /// A type that this crate does not know; to be ignored. Its payload is skipped, and encodes as none.
    Unknown {
        /// The message type.
        id: u8,
    },
}

impl Message<'_> {
    /// Appends the message to `out`, length prefix first.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match *self {
            Self::KeepAlive => out.extend_from_slice(&[0; 4]),
            Self::Choke => flag(out, id::CHOKE),
            Self::Unchoke => flag(out, id::UNCHOKE),
            Self::Interested => flag(out, id::INTERESTED),
            Self::NotInterested => flag(out, id::NOT_INTERESTED),
            Self::Have(piece) => index(out, id::HAVE, piece),
            Self::Bitfield(bytes) => {
                start(out, id::BITFIELD, bytes.len());
                out.extend_from_slice(bytes);
            }
            Self::Request(wanted) => block(out, id::REQUEST, wanted),
            Self::Cancel(unwanted) => block(out, id::CANCEL, unwanted),
            Self::Port(port) => {
                start(out, id::PORT, 2);
                out.extend_from_slice(&port.to_be_bytes());
            }
            Self::Suggest(piece) => index(out, id::SUGGEST, piece),
            Self::HaveAll => flag(out, id::HAVE_ALL),
            Self::HaveNone => flag(out, id::HAVE_NONE),
            Self::Reject(refused) => block(out, id::REJECT, refused),
            Self::AllowedFast(piece) => index(out, id::ALLOWED_FAST, piece),
            Self::Extended { id: extension, payload } => {
                start(out, id::EXTENDED, 1 + payload.len());
                out.push(extension);
                out.extend_from_slice(payload);
            }
            Self::HashRequest(range) => hash_range(out, id::HASH_REQUEST, range, 0),
            Self::Hashes { range, hashes } => {
                hash_range(out, id::HASHES, range, hashes.len());
                out.extend_from_slice(hashes);
            }
            Self::HashReject(range) => hash_range(out, id::HASH_REJECT, range, 0),
            Self::Unknown { id } => flag(out, id),
        }
    }
}

impl<'a> Message<'a> {
    /// Whether messages of this type mean something to this crate, PIECE included.
    pub(crate) const fn knows(id: u8) -> bool {
        matches!(id, id::CHOKE..=id::PORT | id::SUGGEST..=id::ALLOWED_FAST | id::EXTENDED..=id::HASH_REJECT)
    }

    /// The message of type `id` whose other bytes are `body`.
    pub(crate) fn parse(id: u8, body: &'a [u8]) -> Result<Self, Error> {
        let flag = |message| body.is_empty().then_some(message);
        let piece = || Some(PieceIndex::new(u32::from_be_bytes(*body.as_array()?)));
        let block = || {
            let (&[piece, begin, length], []) = body.as_chunks() else { return None };
            let [piece, begin, length] = [piece, begin, length].map(u32::from_be_bytes);
            Some(Block { piece: PieceIndex::new(piece), begin, length })
        };
        let message = match id {
            id::CHOKE => flag(Self::Choke),
            id::UNCHOKE => flag(Self::Unchoke),
            id::INTERESTED => flag(Self::Interested),
            id::NOT_INTERESTED => flag(Self::NotInterested),
            id::HAVE => piece().map(Self::Have),
            id::BITFIELD => Some(Self::Bitfield(body)),
            id::REQUEST => block().map(Self::Request),
            id::CANCEL => block().map(Self::Cancel),
            id::PORT => body.as_array().map(|&port| Self::Port(u16::from_be_bytes(port))),
            id::SUGGEST => piece().map(Self::Suggest),
            id::HAVE_ALL => flag(Self::HaveAll),
            id::HAVE_NONE => flag(Self::HaveNone),
            id::REJECT => block().map(Self::Reject),
            id::ALLOWED_FAST => piece().map(Self::AllowedFast),
            id::EXTENDED => body.split_first().map(|(&id, payload)| Self::Extended { id, payload }),
            id::HASH_REQUEST => HashRange::parse(body).map(Self::HashRequest),
            id::HASHES => hashes(body),
            id::HASH_REJECT => HashRange::parse(body).map(Self::HashReject),
            id => Some(Self::Unknown { id }),
        };
        message.ok_or(Error::MessageLength { id, length: 1 + body.len() as u32 })
    }
}

/// The bytes before the payload of a PIECE message: its length prefix, type, piece and begin.
///
/// The block's bytes follow on the same stream; whoever holds them sends them without copying.
#[must_use]
pub fn encode_piece_header(block: Block) -> [u8; 13] {
    let mut header = [0; 13];
    // Nine bytes of type, piece and begin; a block near 4 GiB is none that anybody was asked for.
    header[..4].copy_from_slice(&block.length.saturating_add(9).to_be_bytes());
    header[4] = id::PIECE;
    header[5..9].copy_from_slice(&block.piece.get().to_be_bytes());
    header[9..].copy_from_slice(&block.begin.to_be_bytes());
    header
}

/// The message types of BEP 3, BEP 5 (port), BEP 6 (0x0d to 0x11), BEP 10 (extended) and BEP 52 (21 to 23).
pub(crate) mod id {
    pub(crate) const CHOKE: u8 = 0;
    pub(crate) const UNCHOKE: u8 = 1;
    pub(crate) const INTERESTED: u8 = 2;
    pub(crate) const NOT_INTERESTED: u8 = 3;
    pub(crate) const HAVE: u8 = 4;
    pub(crate) const BITFIELD: u8 = 5;
    pub(crate) const REQUEST: u8 = 6;
    pub(crate) const PIECE: u8 = 7;
    pub(crate) const CANCEL: u8 = 8;
    pub(crate) const PORT: u8 = 9;
    pub(crate) const SUGGEST: u8 = 0x0d;
    pub(crate) const HAVE_ALL: u8 = 0x0e;
    pub(crate) const HAVE_NONE: u8 = 0x0f;
    pub(crate) const REJECT: u8 = 0x10;
    pub(crate) const ALLOWED_FAST: u8 = 0x11;
    pub(crate) const EXTENDED: u8 = 20;
    pub(crate) const HASH_REQUEST: u8 = 21;
    pub(crate) const HASHES: u8 = 22;
    pub(crate) const HASH_REJECT: u8 = 23;
}

/// HASHES, if there are as many as it says.
fn hashes(body: &[u8]) -> Option<Message<'_>> {
    let (range, hashes) = body.split_at_checked(HashRange::LENGTH)?;
    let range = HashRange::parse(range)?;
    let length = u64::from(range.hashes()) * size_of::<Hash>() as u64;
    (hashes.len() as u64 == length).then_some(Message::Hashes { range, hashes })
}

/// The length prefix and type of a message with `payload` more bytes.
fn start(out: &mut Vec<u8>, id: u8, payload: usize) {
    let length = u32::try_from(1 + payload).expect("payloads are bounded far below 4 GiB");
    out.reserve(5 + payload);
    out.extend_from_slice(&length.to_be_bytes());
    out.push(id);
}

fn flag(out: &mut Vec<u8>, id: u8) {
    out.extend_from_slice(&[0, 0, 0, 1, id]);
}

fn index(out: &mut Vec<u8>, id: u8, piece: PieceIndex) {
    start(out, id, 4);
    out.extend_from_slice(&piece.get().to_be_bytes());
}

fn block(out: &mut Vec<u8>, id: u8, block: Block) {
    start(out, id, 12);
    for field in [block.piece.get(), block.begin, block.length] {
        out.extend_from_slice(&field.to_be_bytes());
    }
}

fn hash_range(out: &mut Vec<u8>, id: u8, range: HashRange, hashes: usize) {
    start(out, id, HashRange::LENGTH + hashes);
    range.encode(out);
}
