//! Payloads of `sc_pex`, byte for byte as `docs/peer-exchange.md` gives them.

use proptest::prelude::*;
use wire::{
    Error, ExchangeMessage, MAX_DESCRIPTION, MAX_NEIGHBOURS, Neighbour, Party, PeerId, Refusal, Signal,
};

const MALFORMED: Error = Error::Extension { extension: "sc_pex" };

fn alice() -> PeerId {
    PeerId::from_bytes(*b"-SC0100-aaaaaaaaaaaa")
}

fn bob() -> PeerId {
    PeerId::from_bytes(*b"-SC0100-bbbbbbbbbbbb")
}

#[track_caller]
fn assert_is(message: &ExchangeMessage<'_>, payload: &[u8]) {
    assert_eq!(message.encode().escape_ascii().to_string(), payload.escape_ascii().to_string());
    assert_eq!(ExchangeMessage::parse(payload).as_ref(), Ok(&Some(message.clone())));
}

fn parse(payload: &str) -> Result<Option<ExchangeMessage<'_>>, Error> {
    ExchangeMessage::parse(payload.as_bytes())
}

#[test]
fn neighbours() {
    let added = vec![Neighbour { peer_id: alice(), seed: true }, Neighbour { peer_id: bob(), seed: false }];
    assert_is(
        &ExchangeMessage::Neighbours { added, dropped: vec![alice()] },
        b"d5:added40:-SC0100-aaaaaaaaaaaa-SC0100-bbbbbbbbbbbb7:added.f2:\x02\x00\
            7:dropped20:-SC0100-aaaaaaaaaaaa8:msg_typei0ee",
    );
}

#[test]
fn an_offer_to_a_neighbour_of_the_receiver() {
    assert_is(
        &ExchangeMessage::Signal { party: Party::To(bob()), id: 7, signal: Signal::Offer("v=0\r\n") },
        b"d2:idi7e8:msg_typei1e3:sdp5:v=0\r\n2:to20:-SC0100-bbbbbbbbbbbbe",
    );
}

#[test]
fn an_answer_from_a_neighbour_of_the_sender() {
    let signal = Signal::Answer("v=0\r\n");
    assert_is(
        &ExchangeMessage::Signal { party: Party::From(alice()), id: u32::MAX, signal },
        b"d4:from20:-SC0100-aaaaaaaaaaaa2:idi4294967295e8:msg_typei2e3:sdp5:v=0\r\ne",
    );
}

#[test]
fn refusals() {
    for (error, refusal) in [(1, Refusal::Unknown), (2, Refusal::Busy), (3, Refusal::Unwanted)] {
        let signal = Signal::Refusal(refusal);
        assert_is(
            &ExchangeMessage::Signal { party: Party::From(bob()), id: 0, signal },
            format!("d5:errori{error}e4:from20:-SC0100-bbbbbbbbbbbb2:idi0e8:msg_typei3ee").as_bytes(),
        );
    }
}

#[test]
fn a_reason_of_the_future_means_that_the_peer_is_not_wanted() {
    let payload = "d5:errori99e4:from20:-SC0100-bbbbbbbbbbbb2:idi0e8:msg_typei3ee";
    let signal = Signal::Refusal(Refusal::Unwanted);
    let message = ExchangeMessage::Signal { party: Party::From(bob()), id: 0, signal };
    assert_eq!(parse(payload), Ok(Some(message)));
}

#[test]
fn messages_of_the_future_are_ignored() {
    assert_eq!(parse("d8:msg_typei4ee"), Ok(None));
}

#[test]
fn lists_and_flags_may_be_left_out() {
    let nobody = ExchangeMessage::Neighbours { added: Vec::new(), dropped: Vec::new() };
    assert_eq!(parse("d8:msg_typei0ee"), Ok(Some(nobody)));
    let added = vec![Neighbour { peer_id: bob(), seed: false }];
    let bob = ExchangeMessage::Neighbours { added, dropped: Vec::new() };
    assert_eq!(parse("d5:added20:-SC0100-bbbbbbbbbbbb8:msg_typei0ee"), Ok(Some(bob)));
}

#[test]
fn flags_of_the_future_are_ignored() {
    let added = vec![Neighbour { peer_id: bob(), seed: false }];
    let bob = ExchangeMessage::Neighbours { added, dropped: Vec::new() };
    let payload = b"d5:added20:-SC0100-bbbbbbbbbbbb7:added.f1:\xfd8:msg_typei0ee";
    assert_eq!(ExchangeMessage::parse(payload), Ok(Some(bob)));
}

#[test]
fn flags_of_another_number_than_the_neighbours_are_refused() {
    let payload = "d5:added20:-SC0100-bbbbbbbbbbbb7:added.f2:\0\x008:msg_typei0ee";
    assert_eq!(parse(payload), Err(MALFORMED));
}

#[test]
fn ids_that_are_cut_short_are_refused() {
    assert_eq!(parse("d5:added21:-SC0100-bbbbbbbbbbbb-8:msg_typei0ee"), Err(MALFORMED));
    assert_eq!(parse("d2:idi7e8:msg_typei1e3:sdp1:v2:to19:-SC0100-bbbbbbbbbbbe"), Err(MALFORMED));
}

#[test]
fn neighbours_beyond_the_limit_are_refused() {
    let lists = |added: usize, dropped: usize| {
        let (added, dropped) = ("x".repeat(20 * added), "y".repeat(20 * dropped));
        let (a, d) = (added.len(), dropped.len());
        parse(&format!("d5:added{a}:{added}7:dropped{d}:{dropped}8:msg_typei0ee")).map(|_| ())
    };
    assert_eq!(lists(MAX_NEIGHBOURS, 0), Ok(()));
    assert_eq!(lists(MAX_NEIGHBOURS - 1, 1), Ok(()));
    assert_eq!(lists(MAX_NEIGHBOURS, 1), Err(MALFORMED));
    assert_eq!(lists(0, MAX_NEIGHBOURS + 1), Err(MALFORMED));
}

#[test]
fn descriptions_beyond_the_limit_are_refused() {
    let offer = |length: usize| {
        let sdp = "x".repeat(length);
        parse(&format!("d2:idi7e8:msg_typei1e3:sdp{length}:{sdp}2:to20:-SC0100-bbbbbbbbbbbbe")).map(|_| ())
    };
    assert_eq!(offer(MAX_DESCRIPTION), Ok(()));
    assert_eq!(offer(MAX_DESCRIPTION + 1), Err(MALFORMED));
}

#[test]
fn descriptions_that_are_no_text_are_refused() {
    let payload = b"d2:idi7e8:msg_typei1e3:sdp1:\xff2:to20:-SC0100-bbbbbbbbbbbbe";
    assert_eq!(ExchangeMessage::parse(payload), Err(MALFORMED));
}

#[test]
fn a_signal_has_one_far_end() {
    let (to, from) = ("2:to20:-SC0100-bbbbbbbbbbbb", "4:from20:-SC0100-aaaaaaaaaaaa");
    assert_eq!(parse("d2:idi7e8:msg_typei1e3:sdp1:ve"), Err(MALFORMED));
    assert_eq!(parse(&format!("d{from}2:idi7e8:msg_typei1e3:sdp1:v{to}e")), Err(MALFORMED));
}

#[test]
fn a_signal_that_lacks_something_is_refused() {
    let to = "2:to20:-SC0100-bbbbbbbbbbbb";
    assert_eq!(parse(&format!("d8:msg_typei1e3:sdp1:v{to}e")), Err(MALFORMED));
    assert_eq!(parse(&format!("d2:idi-1e8:msg_typei1e3:sdp1:v{to}e")), Err(MALFORMED));
    assert_eq!(parse(&format!("d2:idi4294967296e8:msg_typei1e3:sdp1:v{to}e")), Err(MALFORMED));
    assert_eq!(parse(&format!("d2:idi7e8:msg_typei1e{to}e")), Err(MALFORMED));
    assert_eq!(parse(&format!("d2:idi7e8:msg_typei3e{to}e")), Err(MALFORMED));
    assert_eq!(parse(&format!("d2:idi7e3:sdp1:v{to}e")), Err(MALFORMED));
}

#[test]
fn payloads_that_are_not_one_dictionary_are_refused() {
    assert_eq!(parse("d8:msg_typei0ee "), Err(Error::Bencode));
    assert_eq!(parse(""), Err(Error::Bencode));
    assert_eq!(parse("le"), Err(MALFORMED));
}

#[test]
fn the_examples_of_the_documentation_are_messages() {
    let examples =
        include_str!("../../../docs/peer-exchange.md").lines().filter(|line| line.contains("msg_typei"));
    let mut count = 0;
    for example in examples {
        let payload =
            example.replace("\\r", "\r").replace("\\n", "\n").replace("\\x02", "\x02").replace("\\x00", "\0");
        assert!(matches!(parse(&payload), Ok(Some(_))), "{example}");
        count += 1;
    }
    assert_eq!(count, 6);
}

proptest! {
    #[test]
    fn lists_that_are_written_are_read_back(
        added in prop::collection::vec((any::<[u8; 20]>(), any::<bool>()), 0..=60),
        dropped in prop::collection::vec(any::<[u8; 20]>(), 0..=40),
    ) {
        let neighbour = |(id, seed)| Neighbour { peer_id: PeerId::from_bytes(id), seed };
        let message = ExchangeMessage::Neighbours {
            added: added.into_iter().map(neighbour).collect(),
            dropped: dropped.into_iter().map(PeerId::from_bytes).collect(),
        };
        let payload = message.encode();
        prop_assert_eq!(ExchangeMessage::parse(&payload), Ok(Some(message)));
    }

    #[test]
    fn signals_that_are_written_are_read_back(
        peer_id: [u8; 20],
        delivered: bool,
        id: u32,
        kind in 0..5,
        description in ".{0,200}",
    ) {
        let peer_id = PeerId::from_bytes(peer_id);
        let party = if delivered { Party::From(peer_id) } else { Party::To(peer_id) };
        let signal = match kind {
            0 => Signal::Offer(&description),
            1 => Signal::Answer(&description),
            2 => Signal::Refusal(Refusal::Unknown),
            3 => Signal::Refusal(Refusal::Busy),
            _ => Signal::Refusal(Refusal::Unwanted),
        };
        let message = ExchangeMessage::Signal { party, id, signal };
        let payload = message.encode();
        prop_assert_eq!(ExchangeMessage::parse(&payload), Ok(Some(message)));
    }
}
