//! The stream may be cut anywhere.

use metainfo::merkle::Hash;
use metainfo::{Block, InfoHash, PieceIndex};
use proptest::prelude::*;
use proptest::sample::Index;
use wire::{
    Decoder, Error, Event, Handshake, HashRange, Limits, Message, PeerId, Reserved, encode_piece_header,
};

/// What a decoder makes of a stream, each message as bytes again and the fragments of each block joined.
#[derive(Default)]
struct Heard(Vec<Vec<u8>>);

impl Heard {
    fn listen(&mut self, decoder: &mut Decoder, mut input: &[u8]) -> Result<(), Error> {
        while let Some(event) = decoder.next(&mut input)? {
            match event {
                Event::Handshake(handshake) => self.0.push(handshake.encode().to_vec()),
                Event::Message(message) => {
                    let mut encoded = Vec::new();
                    message.encode(&mut encoded);
                    self.0.push(encoded);
                }
                Event::Piece { block, offset: 0, data } => self.0.push(piece_message(block, data)),
                Event::Piece { block, offset, data } => {
                    let begun = self.0.last_mut().expect("a block starts with its first byte");
                    assert!(begun.starts_with(&encode_piece_header(block)));
                    assert_eq!(begun.len(), 13 + offset as usize);
                    begun.extend_from_slice(data);
                }
            }
        }
        assert!(input.is_empty(), "the decoder waits but left {} bytes", input.len());
        Ok(())
    }
}

fn piece_message(block: Block, data: &[u8]) -> Vec<u8> {
    [&encode_piece_header(block)[..], data].concat()
}

fn handshake() -> Handshake {
    Handshake {
        reserved: Reserved::ours(),
        info_hash: InfoHash::from_bytes([0x55; 20]),
        peer_id: PeerId::new([9; 12]),
    }
}

fn piece() -> impl Strategy<Value = PieceIndex> {
    any::<u32>().prop_map(PieceIndex::new)
}

fn block() -> impl Strategy<Value = Block> {
    (piece(), any::<u32>(), any::<u32>()).prop_map(|(piece, begin, length)| Block { piece, begin, length })
}

fn range() -> impl Strategy<Value = HashRange> {
    any::<([u8; 32], [u32; 4])>().prop_map(|(root, [level, index, length, proof_layers])| HashRange {
        root: Hash::from_bytes(root),
        level,
        index,
        length,
        proof_layers,
    })
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200)
}

/// One message, encoded.
fn message() -> impl Strategy<Value = Vec<u8>> {
    let encoded = |message: Message<'_>| {
        let mut bytes = Vec::new();
        message.encode(&mut bytes);
        bytes
    };
    let fixed = prop_oneof![
        Just(Message::KeepAlive),
        Just(Message::Choke),
        Just(Message::Unchoke),
        Just(Message::Interested),
        Just(Message::NotInterested),
        Just(Message::HaveAll),
        Just(Message::HaveNone),
        piece().prop_map(Message::Have),
        piece().prop_map(Message::Suggest),
        piece().prop_map(Message::AllowedFast),
        block().prop_map(Message::Request),
        block().prop_map(Message::Cancel),
        block().prop_map(Message::Reject),
        any::<u16>().prop_map(Message::Port),
        range().prop_map(Message::HashRequest),
        range().prop_map(Message::HashReject),
        (24..=u8::MAX).prop_map(|id| Message::Unknown { id }),
    ];
    prop_oneof![
        4 => fixed.prop_map(encoded),
        1 => bytes().prop_map(move |bytes| encoded(Message::Bitfield(&bytes))),
        1 => (any::<u8>(), bytes())
            .prop_map(move |(id, payload)| encoded(Message::Extended { id, payload: &payload })),
        1 => (range(), 0..8_u32, 0..8_u32).prop_map(move |(range, length, proof_layers)| {
            let range = HashRange { length, proof_layers, ..range };
            encoded(Message::Hashes { range, hashes: &vec![7; 32 * range.hashes() as usize] })
        }),
        2 => (piece(), any::<u32>(), bytes()).prop_map(|(piece, begin, data)| {
            piece_message(Block { piece, begin, length: data.len() as u32 }, &data)
        }),
    ]
}

/// A handshake and up to `most` messages.
fn messages(most: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(message(), 0..=most).prop_map(|mut messages| {
        messages.insert(0, handshake().encode().to_vec());
        messages
    })
}

proptest! {
    #[test]
    fn any_messages_survive_any_cuts(
        sent in messages(20),
        cuts in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let stream = sent.concat();
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        cuts.sort_unstable();
        cuts.push(stream.len());

        let (mut decoder, mut heard, mut from) = (Decoder::new(Limits::default()), Heard::default(), 0);
        for to in cuts {
            heard.listen(&mut decoder, &stream[from..to]).unwrap();
            from = to;
        }
        prop_assert_eq!(heard.0, sent);
    }

    #[test]
    fn one_byte_at_a_time_is_enough(sent in messages(8)) {
        let (mut decoder, mut heard) = (Decoder::new(Limits::default()), Heard::default());
        for byte in sent.concat().chunks(1) {
            heard.listen(&mut decoder, byte).unwrap();
        }
        prop_assert_eq!(heard.0, sent);
    }

    #[test]
    fn a_truncated_stream_waits_for_the_rest(sent in messages(8), cut: Index) {
        let stream = sent.concat();
        let (start, rest) = stream.split_at(cut.index(stream.len()));
        let (mut decoder, mut heard) = (Decoder::new(Limits::default()), Heard::default());
        heard.listen(&mut decoder, start).unwrap();
        prop_assert!(start.starts_with(&heard.0.concat()));
        heard.listen(&mut decoder, rest).unwrap();
        prop_assert_eq!(heard.0, sent);
    }
}

#[test]
fn block_bytes_are_lent_from_the_input() {
    let block = Block { piece: PieceIndex::new(3), begin: 0, length: 16384 };
    let mut decoder = Decoder::new(Limits::default());
    Heard::default().listen(&mut decoder, &handshake().encode()).unwrap();
    // WebTorrent sends header and body apart, libtorrent runs blocks together: cut within the second block.
    let stream = piece_message(block, &[1; 16384]).repeat(2);
    let (first, second) = stream.split_at(20_000);
    let mut lent = 0;
    for part in [first, second] {
        let mut input = part;
        while let Some(event) = decoder.next(&mut input).unwrap() {
            let Event::Piece { data, .. } = event else { panic!("only blocks were sent, not {event:?}") };
            assert!(part.as_ptr_range().contains(&data.as_ptr()));
            lent += data.len();
        }
    }
    assert_eq!(lent, 2 * 16384);
}
