use metainfo::InfoHash;
use wire::{Decoder, Error, Event, Handshake, Limits, PeerId, Reserved, encode_piece_header};

use super::cost::Cost;

/// A message that comes in parts is collected in a buffer that grows, once.
const STREAM: Cost = Cost { flat: 256, per_byte: 8 };

/// However a stream is cut, it means the same. The first byte of `data` chooses the cuts.
pub(super) fn wire_decode(data: &[u8]) {
    let Some((&seed, stream)) = data.split_first() else { return };
    STREAM.limits(stream.len(), || read(cut(stream, seed), |_| ()));
    assert_eq!(transcript(cut(stream, seed)), transcript([stream]));
}

/// What was understood of a stream can be written and understood again. The first byte chooses the cuts.
pub(super) fn wire_roundtrip(data: &[u8]) {
    let Some((&seed, messages)) = data.split_first() else { return };
    let handshake = Handshake {
        reserved: Reserved::ours(),
        info_hash: InfoHash::from_bytes([0x55; 20]),
        peer_id: PeerId::new([seed; 12]),
    };
    let (understood, _) = transcript([&handshake.encode()[..], messages]);
    assert_eq!(transcript(cut(&understood, seed)), (understood.clone(), None));
}

/// The events of a stream, written as a stream, and the error that ended it.
fn transcript<'a>(inputs: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Option<Error>) {
    let mut out = Vec::new();
    let end = read(inputs, |event| match event {
        Event::Handshake(handshake) => out.extend_from_slice(&handshake.encode()),
        Event::Message(message) => message.encode(&mut out),
        Event::Piece { block, offset, data } => {
            if offset == 0 {
                out.extend_from_slice(&encode_piece_header(block));
            }
            out.extend_from_slice(data);
        }
    });
    (out, end)
}

/// Reads a stream, and returns the error that ended it.
fn read<'a>(inputs: impl IntoIterator<Item = &'a [u8]>, mut hear: impl FnMut(Event<'_>)) -> Option<Error> {
    let mut decoder = Decoder::new(Limits::default());
    for mut input in inputs {
        loop {
            match decoder.next(&mut input) {
                Ok(Some(event)) => hear(event),
                Ok(None) => break,
                Err(error) => return Some(error),
            }
        }
        assert!(input.is_empty());
    }
    None
}

/// Cuts `stream` into pieces of 1 to 32 bytes, whose lengths follow from `seed`.
fn cut(stream: &[u8], seed: u8) -> impl Iterator<Item = &[u8]> {
    let (mut rest, mut length) = (stream, seed);
    std::iter::from_fn(move || {
        // A generator of full period over all bytes: multiplier 1 above a multiple of 4, odd increment.
        length = length.wrapping_mul(77).wrapping_add(91);
        let (head, tail) = rest.split_at(rest.len().min(usize::from(length >> 3) + 1));
        rest = tail;
        (!head.is_empty()).then_some(head)
    })
}
