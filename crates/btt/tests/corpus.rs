//! What the fuzz targets check holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/properties/btt.rs"]
mod btt;
#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/hostile/json.rs"]
mod json;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;

use proptest::prelude::*;
use replay::replay;

#[test]
fn text_that_is_read_means_the_same_when_written() {
    replay("btt_text", btt::btt_text);
}

#[test]
fn memos_are_written_as_they_were_read() {
    replay("btt_memo", btt::btt_memo);
}

#[test]
fn what_passes_for_a_transfer_is_that_transfer() {
    replay("btt_transfer", btt::btt_transfer);
}

#[test]
fn what_passes_for_a_tip_is_one() {
    replay("btt_claim", btt::btt_claim);
}

proptest! {
    #[test]
    fn the_same_holds_for_arbitrary_bytes(data in prop::collection::vec(any::<u8>(), 0..300)) {
        btt::btt_text(&data);
        btt::btt_memo(&data);
        btt::btt_transfer(&data);
        btt::btt_claim(&data);
    }

    #[test]
    fn whatever_somebody_makes_text_of_it_costs_little(
        text in text::repeated(
            &["", "0x", "1.", "eip155:199:0x", "tron:0x2b6653dc:T", "btt-tip1aaaaaaaaaaaaaaaaaaaa"],
            &["0", "9", "1", "z", "T", ".", ":", "é", "\u{200b}", "\n"],
        ),
        file in json::object(&["version", "accounts", "mainnet", "networks"], &["1", "true", "[\"eip155:199:0x\"]"]),
    ) {
        btt::btt_text(&text);
        btt::btt_memo(&text);
        btt::btt_text(&file);
    }

    #[test]
    fn whatever_a_node_answers_it_costs_little(
        transaction in json::object(&ANSWER, &["\"0x1\"", "\"0x5\"", "null"]),
        receipt in json::object(&ANSWER, &["\"0x1\"", "\"0x5\"", "null"]),
        transfer in prop::collection::vec((any::<u8>(), 0..3000_usize), 0..9),
    ) {
        btt::btt_claim(&[&transaction[..], b"\n", &receipt].concat());
        let runs = transfer.into_iter().map(|(byte, count)| vec![byte; count]);
        btt::btt_transfer(&runs.collect::<Vec<_>>().concat());
    }
}

const ANSWER: [&str; 9] =
    ["hash", "transactionHash", "from", "to", "value", "input", "chainId", "blockNumber", "status"];
