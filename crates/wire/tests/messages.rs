//! Every message, byte for byte.

use metainfo::{Block, InfoHash, PieceIndex};
use wire::{
    Decoder, Error, Event, Handshake, HashRange, Limits, Message, PeerId, Reserved, encode_dont_have,
    encode_piece_header, parse_dont_have,
};

const HANDSHAKE: &[u8; 68] =
    b"\x13BitTorrent protocol\0\0\0\0\0\x10\0\x0401234567890123456789-WW0300-AbCdEfGhIjKl";

const BLOCK: Block = Block { piece: PieceIndex::new(0x0102_0304), begin: 0x4000, length: 0x4001 };

/// A decoder that is past the handshake.
fn connected(limits: Limits) -> Decoder {
    let mut decoder = Decoder::new(limits);
    assert!(decoder.next(&mut &HANDSHAKE[..]).expect("the handshake is sound").is_some());
    decoder
}

/// The one event in `bytes`, all of which it takes up.
fn only<T>(bytes: &[u8], read: impl FnOnce(Event<'_>) -> T) -> T {
    let mut decoder = connected(Limits::default());
    let mut input = bytes;
    let result = read(decoder.next(&mut input).expect("the message is sound").expect("it is complete"));
    assert_eq!(decoder.next(&mut input), Ok(None));
    result
}

#[track_caller]
fn assert_is(message: Message<'_>, bytes: &[u8]) {
    let mut encoded = Vec::new();
    message.encode(&mut encoded);
    assert_eq!(encoded, bytes);
    only(bytes, |event| assert_eq!(event, Event::Message(message)));
}

#[track_caller]
fn assert_rejected(bytes: &[u8], error: Error) {
    assert_eq!(connected(Limits::default()).next(&mut &bytes[..]), Err(error));
}

#[test]
fn handshake() {
    let handshake = Handshake {
        reserved: Reserved::ours(),
        info_hash: InfoHash::from_bytes(*b"01234567890123456789"),
        peer_id: PeerId::from_bytes(*b"-WW0300-AbCdEfGhIjKl"),
    };
    assert_eq!(&handshake.encode(), HANDSHAKE);
    assert_eq!(
        Decoder::new(Limits::default()).next(&mut &HANDSHAKE[..]),
        Ok(Some(Event::Handshake(handshake)))
    );
}

#[test]
fn reserved_bits_of_libtorrent_and_of_an_old_client() {
    let libtorrent = Reserved::from_bytes([0, 0, 0, 0, 0, 0x10, 0, 0x05]);
    assert!(libtorrent.fast() && libtorrent.extended());
    let old = Reserved::from_bytes([0xff, 0xff, 0xff, 0xff, 0xff, 0xef, 0xff, 0xfb]);
    assert!(!old.fast() && !old.extended());
}

#[test]
fn another_protocol_is_rejected() {
    let mut other = *HANDSHAKE;
    other[1] = b'b';
    assert_eq!(Decoder::new(Limits::default()).next(&mut &other[..]), Err(Error::NotBitTorrent));
    assert_eq!(Handshake::parse(&HANDSHAKE[..67]), Err(Error::NotBitTorrent));
}

#[test]
fn keep_alive() {
    assert_is(Message::KeepAlive, &[0, 0, 0, 0]);
}

#[test]
fn flags() {
    assert_is(Message::Choke, &[0, 0, 0, 1, 0]);
    assert_is(Message::Unchoke, &[0, 0, 0, 1, 1]);
    assert_is(Message::Interested, &[0, 0, 0, 1, 2]);
    assert_is(Message::NotInterested, &[0, 0, 0, 1, 3]);
    assert_is(Message::HaveAll, &[0, 0, 0, 1, 0x0e]);
    assert_is(Message::HaveNone, &[0, 0, 0, 1, 0x0f]);
}

#[test]
fn messages_about_a_piece() {
    let piece = PieceIndex::new(0x0102_0304);
    assert_is(Message::Have(piece), &[0, 0, 0, 5, 4, 1, 2, 3, 4]);
    assert_is(Message::Suggest(piece), &[0, 0, 0, 5, 0x0d, 1, 2, 3, 4]);
    assert_is(Message::AllowedFast(piece), &[0, 0, 0, 5, 0x11, 1, 2, 3, 4]);
}

#[test]
fn messages_about_a_block() {
    assert_is(Message::Request(BLOCK), &[0, 0, 0, 13, 6, 1, 2, 3, 4, 0, 0, 0x40, 0, 0, 0, 0x40, 1]);
    assert_is(Message::Cancel(BLOCK), &[0, 0, 0, 13, 8, 1, 2, 3, 4, 0, 0, 0x40, 0, 0, 0, 0x40, 1]);
    assert_is(Message::Reject(BLOCK), &[0, 0, 0, 13, 0x10, 1, 2, 3, 4, 0, 0, 0x40, 0, 0, 0, 0x40, 1]);
}

#[test]
fn bitfield() {
    assert_is(Message::Bitfield(&[0xff, 0x80]), &[0, 0, 0, 3, 5, 0xff, 0x80]);
}

#[test]
fn port() {
    assert_is(Message::Port(6881), &[0, 0, 0, 3, 9, 0x1a, 0xe1]);
}

#[test]
fn extended() {
    assert_is(Message::Extended { id: 3, payload: b"hi" }, &[0, 0, 0, 4, 20, 3, b'h', b'i']);
    assert_is(Message::Extended { id: 3, payload: b"" }, &[0, 0, 0, 2, 20, 3]);
}

#[test]
fn dont_have_travels_in_an_extended_message() {
    let payload = encode_dont_have(PieceIndex::new(0x0102_0304));
    assert_is(Message::Extended { id: 7, payload: &payload }, &[0, 0, 0, 6, 20, 7, 1, 2, 3, 4]);
    assert_eq!(parse_dont_have(&payload), Ok(PieceIndex::new(0x0102_0304)));
    assert_eq!(parse_dont_have(&[1, 2, 3]), Err(Error::Extension { extension: "lt_donthave" }));
    assert_eq!(parse_dont_have(&[1, 2, 3, 4, 5]), Err(Error::Extension { extension: "lt_donthave" }));
}

#[test]
fn piece() {
    let block = Block { piece: PieceIndex::new(1), begin: 2, length: 3 };
    let bytes = [&encode_piece_header(block)[..], b"abc"].concat();
    assert_eq!(bytes, [0, 0, 0, 12, 7, 0, 0, 0, 1, 0, 0, 0, 2, b'a', b'b', b'c']);
    only(&bytes, |event| assert_eq!(event, Event::Piece { block, offset: 0, data: b"abc" }));
}

#[test]
fn an_empty_block_is_one_event() {
    let block = Block { piece: PieceIndex::new(1), begin: 2, length: 0 };
    only(&encode_piece_header(block), |event| {
        assert_eq!(event, Event::Piece { block, offset: 0, data: &[] });
    });
}

#[test]
fn an_unknown_message_is_named_and_skipped() {
    let mut decoder = connected(Limits::default());
    let mut input = &[0, 0, 0, 4, 99, 1, 2, 3, 0, 0, 0, 1, 1][..];
    assert_eq!(decoder.next(&mut input), Ok(Some(Event::Message(Message::Unknown { id: 99 }))));
    assert_eq!(decoder.next(&mut input), Ok(Some(Event::Message(Message::Unchoke))));
    assert_eq!(decoder.next(&mut input), Ok(None));
}

#[test]
fn messages_of_the_wrong_length_are_rejected() {
    assert_rejected(&[0, 0, 0, 2, 0, 0], Error::MessageLength { id: 0, length: 2 });
    assert_rejected(&[0, 0, 0, 1, 4], Error::MessageLength { id: 4, length: 1 });
    assert_rejected(&[0, 0, 0, 6, 4, 0, 0, 0, 0, 0], Error::MessageLength { id: 4, length: 6 });
    assert_rejected(&[0, 0, 0, 5, 6, 0, 0, 0, 0], Error::MessageLength { id: 6, length: 5 });
    assert_rejected(&[0, 0, 0, 2, 9, 0], Error::MessageLength { id: 9, length: 2 });
    assert_rejected(&[0, 0, 0, 8, 7], Error::MessageLength { id: 7, length: 8 });
    assert_rejected(&[0, 0, 0, 1, 20], Error::MessageLength { id: 20, length: 1 });
}

#[test]
fn messages_over_their_limit_are_rejected_at_their_type() {
    let limit = 1 + metainfo::MAX_PIECES.div_ceil(8);
    assert_rejected(&[0, 0, 0, 14, 6], Error::TooLong { id: 6, length: 14, limit: 13 });
    assert_rejected(&[0, 2, 0, 10, 7], Error::TooLong { id: 7, length: 0x2000a, limit: 0x20009 });
    assert_rejected(&[0, 1, 0, 1, 20], Error::TooLong { id: 20, length: 0x10001, limit: 0x10000 });
    assert_rejected(&[0, 1, 0, 1, 99], Error::TooLong { id: 99, length: 0x10001, limit: 0x10000 });
    assert_rejected(&[255, 255, 255, 255, 5], Error::TooLong { id: 5, length: u32::MAX, limit });
}

#[test]
fn the_longest_block_is_accepted() {
    let mut decoder = connected(Limits::default());
    let block = Block { piece: PieceIndex::new(0), begin: 0, length: 128 * 1024 };
    let header = encode_piece_header(block);
    assert_eq!(decoder.next(&mut &header[..]), Ok(None));
    let data = vec![1; 128 * 1024];
    assert_eq!(decoder.next(&mut &data[..]), Ok(Some(Event::Piece { block, offset: 0, data: &data })));
}

#[test]
fn a_known_piece_count_bounds_the_bitfield() {
    let mut decoder = connected(Limits::default());
    decoder.set_piece_count(9);
    let mut input = &[0, 0, 0, 3, 5, 0xff, 0x80, 0, 0, 0, 4, 5][..];
    assert_eq!(decoder.next(&mut input), Ok(Some(Event::Message(Message::Bitfield(&[0xff, 0x80])))));
    assert_eq!(decoder.next(&mut input), Err(Error::TooLong { id: 5, length: 4, limit: 3 }));
}

#[test]
fn an_error_is_final() {
    let mut decoder = connected(Limits::default());
    let error = Error::MessageLength { id: 0, length: 2 };
    assert_eq!(decoder.next(&mut &[0, 0, 0, 2, 0, 0][..]), Err(error));
    assert_eq!(decoder.next(&mut &[0, 0, 0, 1, 1][..]), Err(error));
}

#[test]
fn hashes_and_their_requests() {
    let root = metainfo::merkle::Hash::from_bytes([9; 32]);
    let range = HashRange { root, level: 1, index: 4, length: 2, proof_layers: 3 };
    let fields = [&[9; 32][..], &[0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 2, 0, 0, 0, 3]].concat();
    assert_is(Message::HashRequest(range), &[&[0, 0, 0, 49, 21][..], &fields].concat());
    assert_is(Message::HashReject(range), &[&[0, 0, 0, 49, 23][..], &fields].concat());
    // Two hashes and three uncles.
    let hashes = [7; 5 * 32];
    assert_is(
        Message::Hashes { range, hashes: &hashes },
        &[&[0, 0, 0, 209, 22][..], &fields, &hashes].concat(),
    );
}

#[test]
fn uncles_start_above_the_hashes() {
    let root = metainfo::merkle::Hash::ZERO;
    let uncles = |length, proof_layers| HashRange { root, level: 0, index: 0, length, proof_layers }.uncles();
    // As libtorrent counts.
    assert_eq!([uncles(2, 3), uncles(4, 3), uncles(512, 3), uncles(512, 10)], [3, 2, 0, 2]);
    assert_eq!([uncles(0, 0), uncles(1, 1), uncles(u32::MAX, u32::MAX)], [0, 1, u32::MAX - 31]);
}

#[test]
fn hashes_have_limits() {
    let hashes = |length: u32, payload: usize| {
        let fields = [&[9; 32][..], &[0; 8], &length.to_be_bytes(), &[0; 4], &vec![7; payload]].concat();
        [&(1 + fields.len() as u32).to_be_bytes()[..], &[22], &fields].concat()
    };
    assert!(connected(Limits::default()).next(&mut &hashes(512, 512 * 32)[..]).is_ok());
    for (length, payload) in [(2, 0), (2, 32), (1, 64), (u32::MAX, 64), (1 << 27, 0)] {
        let error = Error::MessageLength { id: 22, length: 49 + payload as u32 };
        assert_rejected(&hashes(length, payload), error);
    }
    assert_rejected(&[0, 0, 0, 2, 22, 0], Error::MessageLength { id: 22, length: 2 });
    let limit = 49 + (512 + 31) * 32;
    assert_rejected(&[0, 0, 0xff, 0xff, 22], Error::TooLong { id: 22, length: 0xffff, limit });
    for id in [21, 23] {
        assert_rejected(&[0, 0, 0, 50, id], Error::TooLong { id, length: 50, limit: 49 });
    }
}

#[test]
fn a_hybrid_offers_version_two_in_the_handshake() {
    assert!(!Reserved::ours().takes_version_two());
    assert_eq!(Reserved::ours().upgradable().as_bytes(), &[0, 0, 0, 0, 0, 0x10, 0, 0x14]);
    assert!(Reserved::ours().upgradable().takes_version_two());
}
