//! Extension payloads, as the clients of the network send them.

use litemap::LiteMap;

use wire::{
    Error, ExtendedHandshake, MAX_METADATA, METADATA_PIECE_LENGTH, MetadataMessage, metadata_piece_length,
};

const MALFORMED: Error = Error::Extension { extension: "ut_metadata" };

fn ids<const N: usize>(pairs: [(&str, u8); N]) -> LiteMap<String, u8> {
    pairs.into_iter().map(|(name, id)| (name.to_owned(), id)).collect()
}

#[test]
fn webtorrent_in_a_browser() {
    let payload = b"d1:md11:lt_donthavei2e11:ut_metadatai1ee13:metadata_sizei2632ee";
    let expected = ExtendedHandshake {
        extensions: ids([("ut_metadata", 1), ("lt_donthave", 2)]),
        metadata_size: Some(2632),
        ..ExtendedHandshake::default()
    };
    assert_eq!(ExtendedHandshake::parse(payload), Ok(expected));
}

#[test]
fn libtorrent() {
    let payload = b"d12:complete_agoi-1e1:md11:lt_donthavei7e10:share_modei8e11:upload_onlyi3e\
        12:ut_holepunchi4e11:ut_metadatai2e6:ut_pexi1ee13:metadata_sizei132e4:reqqi2000e11:upload_onlyi1e\
        1:v16:libtorrent/2.1.16:yourip4:\x7f\0\0\x01e";
    let expected = ExtendedHandshake {
        extensions: ids([
            ("lt_donthave", 7),
            ("share_mode", 8),
            ("upload_only", 3),
            ("ut_holepunch", 4),
            ("ut_metadata", 2),
            ("ut_pex", 1),
        ]),
        metadata_size: Some(132),
        reqq: Some(2000),
        client: Some("libtorrent/2.1.1".to_owned()),
        upload_only: true,
        ..ExtendedHandshake::default()
    };
    assert_eq!(ExtendedHandshake::parse(payload), Ok(expected));
}

#[test]
fn ours_is_canonical_bencode() {
    let handshake = ExtendedHandshake {
        extensions: ids([("ut_metadata", 1), ("lt_donthave", 2)]),
        metadata_size: Some(100),
        reqq: Some(512),
        client: Some("Seedcast 0.1".to_owned()),
        upload_only: true,
        ..ExtendedHandshake::default()
    };
    let expected = b"d1:md11:lt_donthavei2e11:ut_metadatai1ee13:metadata_sizei100e4:reqqi512e\
        11:upload_onlyi1e1:v12:Seedcast 0.1e";
    assert_eq!(handshake.encode(), expected);
    assert_eq!(ExtendedHandshake::default().encode(), b"d1:mdee");
}

// Issue 11, A2.1.
#[test]
fn a_super_seed_says_so() {
    let handshake = ExtendedHandshake { super_seed: true, ..ExtendedHandshake::default() };
    assert_eq!(handshake.encode(), b"d1:mde13:sc_super_seedi1ee");
    assert_eq!(ExtendedHandshake::parse(b"d1:mde13:sc_super_seedi1ee"), Ok(handshake));
}

// Issue 12, 2.
#[test]
fn an_extension_may_say_more_than_its_id() {
    let handshake = ExtendedHandshake {
        extensions: ids([("btt_pay", 5), ("ut_metadata", 1)]),
        reqq: Some(2),
        terms: [("btt_pay".to_owned(), b"d1:vi1ee".to_vec())].into_iter().collect(),
        ..ExtendedHandshake::default()
    };
    let payload = b"d7:btt_payd1:vi1ee1:md7:btt_payi5e11:ut_metadatai1ee4:reqqi2ee";
    assert_eq!(handshake.encode(), payload);
    assert_eq!(ExtendedHandshake::parse(payload), Ok(handshake));
}

// Issue 12, 2.
#[test]
fn what_is_said_of_no_extension_is_not_kept() {
    let terms = |payload| ExtendedHandshake::parse(payload).unwrap().terms;
    let other = b"d7:btt_payd1:vi1ee1:md11:upload_onlyi5ee11:upload_onlyi1ee";
    assert_eq!(terms(other), LiteMap::new());
    let off = b"d7:btt_payd1:vi1ee1:md7:btt_payi0eee";
    assert_eq!(terms(off), LiteMap::new());
}

#[test]
fn keys_out_of_order_are_accepted() {
    let handshake = ExtendedHandshake::parse(b"d4:reqqi5e1:md2:abi1eee").unwrap();
    assert_eq!((handshake.reqq, handshake.extensions), (Some(5), ids([("ab", 1)])));
}

#[test]
fn values_of_the_wrong_type_count_as_absent() {
    let payload = b"d1:mi5e13:metadata_size3:abc4:reqqle11:upload_onlydee1:vi1ee";
    assert_eq!(ExtendedHandshake::parse(payload), Ok(ExtendedHandshake::default()));
}

#[test]
fn numbers_out_of_range_count_as_absent() {
    let too_long = format!("d13:metadata_sizei{}e4:reqqi99999999999eee", MAX_METADATA + 1);
    assert_eq!(ExtendedHandshake::parse(too_long.as_bytes()), Ok(ExtendedHandshake::default()));
    let not_positive = b"d13:metadata_sizei0e4:reqqi-1e11:upload_onlyi0ee";
    assert_eq!(ExtendedHandshake::parse(not_positive), Ok(ExtendedHandshake::default()));
}

#[test]
fn an_extension_without_a_usable_id_is_off() {
    let payload = b"d1:md3:offi0e3:bigi256e3:neg\x69-1e4:text1:1\x31:\xffi1e2:oki9eee";
    assert_eq!(ExtendedHandshake::parse(payload).unwrap().extensions, ids([("ok", 9)]));
}

#[test]
fn no_more_extensions_are_kept_than_there_are_ids() {
    let names: String = (1000..2000).map(|n| format!("4:{n}i1e")).collect();
    let handshake = ExtendedHandshake::parse(format!("d1:md{names}ee").as_bytes()).unwrap();
    assert_eq!(handshake.extensions.len(), 255);
}

#[test]
fn the_client_name_is_made_fit_to_be_read() {
    let client = |name: &[u8]| {
        let payload = [format!("d1:v{}:", name.len()).as_bytes(), name, b"e"].concat();
        ExtendedHandshake::parse(&payload).unwrap().client
    };
    assert_eq!(client(b"a\nb\x00c\xff").as_deref(), Some("abc\u{fffd}"));
    assert_eq!(client(&[b'x'; 1000]), Some("x".repeat(64)));
    assert_eq!(client(b"\n"), None);
}

#[test]
fn a_handshake_that_is_no_dictionary_is_rejected() {
    assert_eq!(ExtendedHandshake::parse(b"d1:m"), Err(Error::Bencode));
    assert_eq!(ExtendedHandshake::parse(b""), Err(Error::Bencode));
    assert_eq!(ExtendedHandshake::parse(b"le"), Err(Error::Extension { extension: "extended handshake" }));
}

#[test]
fn metadata_messages_byte_for_byte() {
    let assert_is = |message: MetadataMessage<'_>, payload: &[u8]| {
        assert_eq!(message.encode(), payload);
        assert_eq!(MetadataMessage::parse(payload), Ok(Some(message)));
    };
    assert_is(MetadataMessage::Request { piece: 0 }, b"d8:msg_typei0e5:piecei0ee");
    assert_is(MetadataMessage::Reject { piece: 7 }, b"d8:msg_typei2e5:piecei7ee");
    assert_is(
        MetadataMessage::Data { piece: 0, total_size: 5, data: b"d1:ae" },
        b"d8:msg_typei1e5:piecei0e10:total_sizei5eed1:ae",
    );
}

/// WebTorrent looks for the first `ee` to find where the header ends.
#[test]
fn the_header_of_metadata_ends_at_its_first_double_e() {
    let messages = [
        MetadataMessage::Request { piece: 99 },
        MetadataMessage::Data { piece: 0, total_size: 2, data: b"ee" },
        MetadataMessage::Reject { piece: 0 },
    ];
    for message in messages {
        let payload = message.encode();
        let first = payload.windows(2).position(|pair| pair == b"ee").unwrap();
        let tail = if let MetadataMessage::Data { data, .. } = message { data.len() } else { 0 };
        assert_eq!(first + 2, payload.len() - tail);
    }
}

#[test]
fn the_last_piece_of_metadata_is_what_is_left() {
    assert_eq!(metadata_piece_length(0, 16385), Some(16384));
    assert_eq!(metadata_piece_length(1, 16385), Some(1));
    assert_eq!(metadata_piece_length(2, 16385), None);
    assert_eq!(metadata_piece_length(1, METADATA_PIECE_LENGTH), None);
    assert_eq!(metadata_piece_length(0, 0), None);
    assert_eq!(metadata_piece_length(u32::MAX, u32::MAX), None);
}

#[test]
fn data_of_an_impossible_length_is_rejected() {
    let parse = |piece: u32, total_size: u32, length: usize| {
        let header = format!("d8:msg_typei1e5:piecei{piece}e10:total_sizei{total_size}ee");
        let payload = [header.as_bytes(), &vec![0; length]].concat();
        MetadataMessage::parse(&payload).map(|message| message.is_some())
    };
    assert_eq!(parse(1, 20_000, 3616), Ok(true));
    assert_eq!(parse(1, 20_000, 3615), Err(MALFORMED));
    assert_eq!(parse(1, 20_000, 3617), Err(MALFORMED));
    assert_eq!(parse(2, 20_000, 0), Err(MALFORMED));
    assert_eq!(parse(0, MAX_METADATA + 1, 16384), Err(MALFORMED));
}

#[test]
fn metadata_messages_that_lack_a_number_are_rejected() {
    assert_eq!(MetadataMessage::parse(b"d8:msg_typei0ee"), Err(MALFORMED));
    assert_eq!(MetadataMessage::parse(b"d8:msg_typei0e5:piecei-1ee"), Err(MALFORMED));
    assert_eq!(MetadataMessage::parse(b"d5:piecei0ee"), Err(MALFORMED));
    assert_eq!(MetadataMessage::parse(b"i0e"), Err(MALFORMED));
    assert_eq!(MetadataMessage::parse(b"d8:msg_type"), Err(Error::Bencode));
}

#[test]
fn metadata_messages_of_the_future_are_ignored() {
    assert_eq!(MetadataMessage::parse(b"d8:msg_typei3e5:piecei0ee"), Ok(None));
}
