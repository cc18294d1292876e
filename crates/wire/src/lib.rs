//! The BitTorrent peer wire protocol as a streaming codec.
//!
//! Over WebRTC two peers share an ordered stream of bytes: how it is cut into channel messages means
//! nothing, and clients cut it differently. [`Decoder`] reads one direction of it, whatever the cuts, and
//! lends the bytes of a block from where they arrived, because at many megabytes per second each copy
//! counts. In the other direction [`Message::encode`] appends to a buffer, and [`encode_piece_header`]
//! leaves the block itself to whoever holds it.
//!
//! The crate knows what bytes mean, not what a peer should do next: it keeps no protocol state beyond the
//! place in the stream. Indices and blocks may not exist in the torrent; all lengths are bounded
//! ([`Limits`]), and every violation is an [`Error`].
//!
//! Covered: BEP 3 (messages), 6 (fast extension), 9 (`ut_metadata`), 10 (extension protocol), 20 (peer ids),
//! 21 (`upload_only`), 52 (hashes of version 2), 54 (`lt_donthave`), `sc_pex`
//! (`docs/peer-exchange.md`) and `btt_tip` (`docs/tips.md`).
//!
//! ```
//! use wire::{Decoder, Event, Handshake, Limits, Message, PeerId, Reserved};
//!
//! let hello = Handshake {
//!     reserved: Reserved::ours(),
//!     info_hash: metainfo::InfoHash::from_bytes([7; 20]),
//!     peer_id: PeerId::new([1; 12]),
//! };
//! let mut stream = hello.encode().to_vec();
//! Message::Unchoke.encode(&mut stream);
//!
//! let mut decoder = Decoder::new(Limits::default());
//! let mut events = Vec::new();
//! for mut input in stream.chunks(10) {
//!     while let Some(event) = decoder.next(&mut input)? {
//!         events.push(format!("{event:?}"));
//!     }
//! }
//! assert_eq!(events, [format!("{:?}", Event::Handshake(hello)), "Message(Unchoke)".to_owned()]);
//! # Ok::<(), wire::Error>(())
//! ```

mod bitfield;
mod decoder;
mod error;
mod exchange;
mod extended;
mod handshake;
mod hashes;
mod message;
mod metadata;
mod peer_id;
mod tips;

pub use bitfield::Bitfield;
pub use decoder::{Decoder, Event, Limits};
pub use error::Error;
pub use exchange::{
    ExchangeMessage, MAX_DESCRIPTION, MAX_NEIGHBOURS, Neighbour, Party, Refusal, SC_PEX, Signal,
};
pub use extended::{ExtendedHandshake, LT_DONT_HAVE, encode_dont_have, parse_dont_have};
pub use handshake::{Handshake, Reserved};
pub use hashes::{HashRange, MAX_HASHES, MAX_PROOF_LAYERS};
pub use message::{Message, encode_piece_header};
pub use metadata::{
    MAX_METADATA, METADATA_PIECE_LENGTH, MetadataMessage, UT_METADATA, metadata_piece_length,
};
pub use peer_id::PeerId;
pub use tips::{BTT_TIP, MAX_TIPS, TipClaim};
