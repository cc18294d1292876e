//! What the fuzz targets check holds for every input that fuzzing starts from or has found, for arbitrary ones, and for
//! those that are made to cost as much as they can.

#[path = "../../../fuzz/hostile/bencode.rs"]
mod bencode;
#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/pay.rs"]
mod properties;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use bencode::{dict, enclosed, string};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use replay::replay;

const FRAUD: &[u8] = include_bytes!("../../../fuzz/corpus/pay_message/fraud");
const ANSWER: &[u8] = include_bytes!("../../../fuzz/corpus/pay_status/paid");
const TERMS: &[u8] = include_bytes!("../../../fuzz/corpus/pay_message/terms");

#[test]
fn row_19_messages_are_understood_again_when_written_again() {
    replay("pay_message", properties::pay_message);
}

#[test]
fn row_33_answers_of_nodes_say_what_is_read_of_them() {
    replay("pay_status", properties::pay_status);
}

proptest! {
    #[test]
    fn row_33_the_same_holds_for_an_answer_with_bytes_changed(
        changes in vec((0..ANSWER.len(), any::<u8>()), 0..4), length in 280..300_usize,
    ) {
        let mut answer = ANSWER.to_vec();
        for (at, byte) in changes {
            answer[at] = byte;
        }
        properties::pay_status(&answer);
        answer.resize(length, 0);
        properties::pay_status(&answer);
    }

    #[test]
    fn row_19_the_same_holds_for_arbitrary_bytes(data in vec(any::<u8>(), 0..300)) {
        properties::pay_message(&data);
    }

    #[test]
    fn row_19_whatever_somebody_makes_a_message_of_it_costs_little(
        kind in select(b"obgskvrfx".to_vec()),
        message in dict(&["a", "c", "f", "i", "k", "l", "n", "o", "p", "q", "r", "t", "v", "w", "x", "z"]),
        unit in select(&["1:ale", "0:de", "0:d0:lee", "1:v1:a", "1:vllelee"][..]),
        count in 0..300_usize,
    ) {
        let kind = [&b"1:t"[..], &string(&[kind])].concat();
        let units = unit.repeat(count);
        properties::pay_message(&message);
        properties::pay_message(&[b"d", &kind[..], &message[1..]].concat());
        properties::pay_message(&enclosed(b'd', &[&kind[..], units.as_bytes()].concat()));
        let claims = enclosed(b'l', &enclosed(b'd', units.as_bytes()).repeat(2));
        properties::pay_message(&enclosed(b'd', &[&kind[..], b"1:v", &claims].concat()));
        // What is looked for stands behind all that is not.
        for message in [FRAUD, TERMS] {
            properties::pay_message(&[b"d", units.as_bytes(), &message[1..]].concat());
        }
    }
}
