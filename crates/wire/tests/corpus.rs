//! Replays the corpora of the fuzz targets, so that what they once reached stays reached without a fuzzer.

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
    fn the_same_holds_for_arbitrary_bytes(data in prop::collection::vec(any::<u8>(), 0..300)) {
        wire::wire_decode(&data);
        wire::wire_roundtrip(&data);
        extended::extended(&data);
        exchange::exchange(&data);
        tips::tips(&data);
    }

    /// Short lengths and known types, so that most of the stream is messages.
    #[test]
    fn the_same_holds_for_arbitrary_messages(
        messages in prop::collection::vec((0..30_u32, 0..24_u8, any::<[u8; 30]>()), 0..20),
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
