use std::mem;

use metainfo::merkle::Hash;
use metainfo::{Block, MAX_PIECES, PieceIndex};

use crate::bitfield::byte_count;
use crate::message::id;
use crate::{Error, Handshake, HashRange, MAX_HASHES, MAX_PROOF_LAYERS, Message};

/// What a peer said next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// The handshake: once, before everything else.
    Handshake(Handshake),
    /// A whole message.
    Message(Message<'a>),
    /// The next bytes of a block, as soon as they arrive and where they arrived.
    ///
    /// The block is complete when `offset + data.len()` reaches `block.length`.
    Piece {
        /// The block that these bytes are part of.
        block: Block,
        /// Bytes of this block that earlier events delivered.
        offset: u32,
        /// The bytes that follow those; empty only if the block is.
        data: &'a [u8],
    },
}

/// The longest messages that a [`Decoder`] accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pieces in the torrent, which fixes the length of BITFIELD; `None` while the metadata is unknown.
    pub pieces: Option<u32>,
    /// Bytes of payload in one PIECE message.
    pub block: u32,
    /// Bytes in one EXTENDED message or one of an unknown type, all of which has to fit in memory at once.
    pub extended: u32,
}

/// Room for what the clients of the network send: blocks of 128 KiB, and extension messages of 64 KiB
/// (a `ut_metadata` piece is 16 KiB and a little).
impl Default for Limits {
    fn default() -> Self {
        Self { pieces: None, block: 128 * 1024, extended: 64 * 1024 }
    }
}

/// Turns the byte stream of one peer into [`Event`]s, wherever the stream is cut.
///
/// It owns no block bytes: [`Event::Piece`] lends them from the input. Only a handshake or control message
/// that straddles two inputs is collected, so a decoder holds at most the bytes it was given of one
/// message, within [`Limits`].
#[derive(Clone, Debug)]
pub struct Decoder {
    limits: Limits,
    state: State,
    /// The start of what `state` waits for, if the input ended within it.
    partial: Vec<u8>,
    /// A message that had to be collected, lent to the last event.
    collected: Vec<u8>,
}

/// What the stream holds next.
#[derive(Clone, Copy, Debug)]
enum State {
    Handshake,
    /// A message's length prefix.
    Length,
    /// The type of a message of this length, type included.
    Type {
        length: u32,
    },
    /// The rest of a control message of this length, type included.
    Body {
        id: u8,
        length: u32,
    },
    /// The piece and begin of a PIECE message with this much payload.
    PieceHeader {
        payload: u32,
    },
    /// The rest of a block, after `offset` bytes of it.
    Payload {
        block: Block,
        offset: u32,
    },
    /// The rest of a message that nobody reads.
    Skip {
        left: u32,
    },
    /// Bytes that mean nothing any more.
    Lost(Error),
}

/// A stretch of the stream that is there as a whole.
enum Run<'input> {
    /// It lies in the input.
    Input(&'input [u8]),
    /// It straddled two inputs and lies in [`Decoder::collected`].
    Collected,
}

/// An [`Event`] before it is read from its run: it borrows nothing from the decoder, so states can change.
enum Found<'input> {
    Handshake(Run<'input>),
    KeepAlive,
    Unknown { id: u8 },
    Body { id: u8, run: Run<'input> },
    Piece { block: Block, offset: u32, data: &'input [u8] },
}

impl Decoder {
    /// A decoder for a connection that has just opened.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, state: State::Handshake, partial: Vec::new(), collected: Vec::new() }
    }

    /// From here on a BITFIELD must fit this many pieces: to be called when the metadata arrives.
    pub const fn set_piece_count(&mut self, pieces: u32) {
        self.limits.pieces = Some(pieces);
    }

    /// The next event of the stream, of which `input` is the next part; what was read is cut from `input`.
    ///
    /// `None` means that all of `input` was read and more is needed.
    ///
    /// # Errors
    ///
    /// When the bytes break the protocol or the [`Limits`]. Where the next message starts is then unknown,
    /// so every further call repeats the error.
    pub fn next<'a, 'input: 'a>(&'a mut self, input: &mut &'input [u8]) -> Result<Option<Event<'a>>, Error> {
        let found = self.advance(input).inspect_err(|&error| self.state = State::Lost(error))?;
        let Some(found) = found else { return Ok(None) };
        let event = match found {
            Found::Handshake(run) => Handshake::parse(run.bytes(&self.collected)).map(Event::Handshake),
            Found::KeepAlive => Ok(Event::Message(Message::KeepAlive)),
            Found::Unknown { id } => Ok(Event::Message(Message::Unknown { id })),
            Found::Body { id, run } => Message::parse(id, run.bytes(&self.collected)).map(Event::Message),
            Found::Piece { block, offset, data } => Ok(Event::Piece { block, offset, data }),
        };
        event.map(Some).inspect_err(|&error| self.state = State::Lost(error))
    }

    /// Moves through the states up to the end of the next event.
    fn advance<'input>(&mut self, input: &mut &'input [u8]) -> Result<Option<Found<'input>>, Error> {
        loop {
            match self.state {
                State::Handshake => {
                    let Some(run) = self.run(Handshake::LENGTH, input) else { return Ok(None) };
                    self.state = State::Length;
                    return Ok(Some(Found::Handshake(run)));
                }
                State::Length => {
                    let Some(run) = self.run(4, input) else { return Ok(None) };
                    match big_endian(run.bytes(&self.collected)) {
                        0 => return Ok(Some(Found::KeepAlive)),
                        length => self.state = State::Type { length },
                    }
                }
                State::Type { length } => {
                    let Some((&id, rest)) = input.split_first() else { return Ok(None) };
                    *input = rest;
                    self.state = self.after_type(id, length)?;
                    if let State::Skip { .. } = self.state {
                        return Ok(Some(Found::Unknown { id }));
                    }
                }
                State::Body { id, length } => {
                    let Some(run) = self.run(length as usize - 1, input) else { return Ok(None) };
                    self.state = State::Length;
                    return Ok(Some(Found::Body { id, run }));
                }
                State::PieceHeader { payload } => {
                    let Some(run) = self.run(8, input) else { return Ok(None) };
                    let (piece, begin) = run.bytes(&self.collected).split_at(4);
                    let piece = PieceIndex::new(big_endian(piece));
                    let block = Block { piece, begin: big_endian(begin), length: payload };
                    if payload == 0 {
                        self.state = State::Length;
                        return Ok(Some(Found::Piece { block, offset: 0, data: &[] }));
                    }
                    self.state = State::Payload { block, offset: 0 };
                }
                State::Payload { block, offset } => {
                    let data = cut(input, block.length - offset);
                    if data.is_empty() {
                        return Ok(None);
                    }
                    let end = offset + data.len() as u32;
                    self.state = if end == block.length {
                        State::Length
                    } else {
                        State::Payload { block, offset: end }
                    };
                    return Ok(Some(Found::Piece { block, offset, data }));
                }
                State::Skip { left } => {
                    let left = left - cut(input, left).len() as u32;
                    if left > 0 {
                        self.state = State::Skip { left };
                        return Ok(None);
                    }
                    self.state = State::Length;
                }
                State::Lost(error) => return Err(error),
            }
        }
    }

    /// What follows the type of a message of `length` bytes, if one of this type may be so long.
    fn after_type(&self, id: u8, length: u32) -> Result<State, Error> {
        let limit = match id {
            id::BITFIELD => 1 + byte_count(self.limits.pieces.unwrap_or(MAX_PIECES)) as u32,
            id::PIECE => self.limits.block.saturating_add(9),
            id::HASH_REQUEST | id::HASH_REJECT => HASH_RANGE,
            id::HASHES => HASH_RANGE + (MAX_HASHES + MAX_PROOF_LAYERS) * size_of::<Hash>() as u32,
            id if id == id::EXTENDED || !Message::knows(id) => self.limits.extended,
            _ => LONGEST_FIXED,
        };
        if length > limit {
            return Err(Error::TooLong { id, length, limit });
        }
        match id {
            id::PIECE => match length.checked_sub(9) {
                Some(payload) => Ok(State::PieceHeader { payload }),
                None => Err(Error::MessageLength { id, length }),
            },
            id if Message::knows(id) => Ok(State::Body { id, length }),
            _ => Ok(State::Skip { left: length - 1 }),
        }
    }

    /// The next `length` bytes, once the input has all of them.
    fn run<'input>(&mut self, length: usize, input: &mut &'input [u8]) -> Option<Run<'input>> {
        if self.partial.is_empty()
            && let Some((run, rest)) = input.split_at_checked(length)
        {
            *input = rest;
            return Some(Run::Input(run));
        }
        let missing = length - self.partial.len();
        self.partial.extend_from_slice(cut(input, missing as u32));
        if self.partial.len() < length {
            return None;
        }
        self.collected = mem::take(&mut self.partial);
        Some(Run::Collected)
    }
}

impl<'input> Run<'input> {
    fn bytes<'a>(self, collected: &'a [u8]) -> &'a [u8]
    where
        'input: 'a,
    {
        match self {
            Self::Input(bytes) => bytes,
            Self::Collected => collected,
        }
    }
}

/// Cuts up to `length` bytes from the front of `input`.
fn cut<'input>(input: &mut &'input [u8], length: u32) -> &'input [u8] {
    let (head, rest) = input.split_at(input.len().min(length as usize));
    *input = rest;
    head
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// The length of REQUEST, CANCEL and REJECT, the longest messages of fixed length but those of hashes.
const LONGEST_FIXED: u32 = 13;

/// The length of HASH REQUEST and HASH REJECT.
const HASH_RANGE: u32 = 1 + HashRange::LENGTH as u32;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn connected(limits: Limits) -> Decoder {
        Decoder { state: State::Length, ..Decoder::new(limits) }
    }

    fn read_all(decoder: &mut Decoder, mut input: &[u8]) -> Result<(), Error> {
        while decoder.next(&mut input)?.is_some() {}
        Ok(())
    }

    #[test]
    fn a_long_length_prefix_reserves_no_memory() {
        let mut decoder = connected(Limits::default());
        read_all(&mut decoder, &[0, 1, 0, 0, id::EXTENDED, 0]).unwrap();
        assert_eq!(decoder.partial.len(), 1);
        assert!(decoder.partial.capacity() < 64);
    }

    #[test]
    fn keeps_nothing_of_a_block() {
        let mut decoder = connected(Limits::default());
        read_all(&mut decoder, &[0, 0, 0x40, 9, id::PIECE, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
        for _ in 0..16 {
            read_all(&mut decoder, &[7; 1000]).unwrap();
        }
        assert_eq!(decoder.partial.capacity() + decoder.collected.capacity(), 0);
    }

    #[test]
    fn keeps_nothing_of_an_unknown_message() {
        let mut decoder = connected(Limits::default());
        read_all(&mut decoder, &[0, 0, 0x40, 0, 99]).unwrap();
        read_all(&mut decoder, &[7; 1000]).unwrap();
        assert_eq!(decoder.partial.capacity() + decoder.collected.capacity(), 0);
    }

    proptest! {
        #[test]
        fn holds_no_more_than_the_longest_message(
            // HASHES may be longer than anything else.
            inputs in prop::collection::vec(prop::collection::vec(0..id::HASH_REQUEST, 0..40), 0..40),
        ) {
            let limits = Limits { pieces: Some(100), block: 50, extended: 60 };
            let mut decoder = connected(limits);
            for input in inputs {
                let broken = read_all(&mut decoder, &input).is_err();
                prop_assert!(broken || decoder.partial.len() < 60);
                prop_assert!(decoder.collected.len() < 60);
            }
        }
    }
}
