//! What the fuzz targets check holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/hostile/bencode.rs"]
mod bencode;
#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/exchange.rs"]
mod exchange;
#[path = "../../../fuzz/properties/extended.rs"]
mod extended;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/properties/tips.rs"]
mod tips;
#[path = "../../../fuzz/properties/wire.rs"]
mod wire;

use bencode::{dict, enclosed, string};
use proptest::collection::vec;
use proptest::prelude::*;
use replay::replay;

#[test]
fn streams_mean_the_same_however_they_are_cut() {
    replay("wire_decode", wire::wire_decode);
}

#[test]
fn streams_are_understood_again_when_written_again() {
    replay("wire_roundtrip", wire::wire_roundtrip);
}

#[test]
fn extension_payloads_are_understood_again_when_written_again() {
    replay("extended", extended::extended);
}

#[test]
fn messages_among_neighbours_are_understood_again_when_written_again() {
    replay("exchange", exchange::exchange);
}

#[test]
fn claims_of_tips_are_understood_again_when_written_again() {
    replay("tips", tips::tips);
}

proptest! {
    #[test]
    fn the_same_holds_for_arbitrary_bytes(data in vec(any::<u8>(), 0..300)) {
        wire::wire_decode(&data);
        wire::wire_roundtrip(&data);
        extended::extended(&data);
        exchange::exchange(&data);
        tips::tips(&data);
    }

    #[test]
    fn whatever_somebody_makes_an_extended_handshake_of_it_costs_little(
        extensions in bencode::value(),
        handshake in dict(&["m", "v", "metadata_size", "reqq", "upload_only"]),
        rest in vec(any::<u8>(), 0..9),
    ) {
        extended::extended(&handshake);
        extended::extended(&[enclosed(b'd', &[string(b"m"), extensions].concat()), rest].concat());
    }

    #[test]
    fn whatever_somebody_makes_a_message_of_it_costs_little(
        added in vec(any::<u8>(), 0..9).prop_map(|id| id.repeat(1000)),
        message in dict(&["added", "added.f", "dropped", "msg_type", "sdp", "to", "from", "piece", "total_size"]),
        claims in prop_oneof![
            bencode::value(),
            (0..100_usize).prop_map(|count| enclosed(b'l', &[&b"li1e32:"[..], &[7; 32], b"e"].concat().repeat(count))),
        ],
    ) {
        let neighbours = [&b"8:msg_typei0e5:added"[..], &string(&added)].concat();
        for message in [message, enclosed(b'd', &neighbours)] {
            exchange::exchange(&message);
            extended::extended(&message);
        }
        tips::tips(&enclosed(b'd', &[string(b"tips"), claims].concat()));
    }

    /// Short lengths and known types, so that most of the stream is messages.
    #[test]
    fn the_same_holds_for_arbitrary_messages(
        messages in vec((0..30_u32, 0..24_u8, any::<[u8; 30]>()), 0..20),
        seed: u8,
    ) {
        let mut data = vec![seed];
        for (length, id, body) in messages {
            data.extend_from_slice(&length.to_be_bytes());
            if let Some(rest) = length.checked_sub(1) {
                data.push(id);
                data.extend_from_slice(&body[..rest as usize]);
            }
        }
        wire::wire_roundtrip(&data);
    }
}
