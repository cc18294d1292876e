//! What one peer can make another do by `sc_pex`, honestly or not.

use proptest::prelude::*;
use swarm::{Input, IntroductionKey, PeerKey, Progress, Source, Step};
use wire::{
    Bitfield, ExchangeMessage, ExtendedHandshake, Message, Neighbour, Party, PeerId, Refusal, Reserved,
    Signal,
};

use crate::disk::{Disk, private, torrent};
use crate::solo::{Said, Solo, config, seconds};

/// The id that test peers give to `sc_pex`, and the one that the engine does.
const THEIRS: u8 = 9;
const OURS: u8 = 3;

/// A name that sorts before the engine's own.
fn named(name: u8) -> PeerId {
    PeerId::from_bytes([name; 20])
}

/// A peer that speaks the extension.
fn join(solo: &mut Solo, name: u8) -> PeerKey {
    let peer = solo.join_as(named(name), Reserved::ours());
    let mut handshake = ExtendedHandshake::default();
    handshake.extensions.insert("sc_pex".to_owned(), THEIRS);
    solo.say_extended(peer, &handshake);
    peer
}

fn say(solo: &mut Solo, peer: PeerKey, message: &ExchangeMessage<'_>) {
    solo.say(peer, Message::Extended { id: OURS, payload: &message.encode() });
}

fn signal(solo: &mut Solo, peer: PeerKey, party: Party, id: u32, signal: Signal<'_>) {
    say(solo, peer, &ExchangeMessage::Signal { party, id, signal });
}

fn tell(solo: &mut Solo, peer: PeerKey, names: impl IntoIterator<Item = u8>) {
    let added = names.into_iter().map(|name| Neighbour { peer_id: named(name), seed: false }).collect();
    say(solo, peer, &ExchangeMessage::Neighbours { added, dropped: Vec::new() });
}

/// What a peer heard of the extension since it last listened, in words.
fn heard(solo: &mut Solo, peer: PeerKey) -> Vec<String> {
    let said = solo.heard(peer).into_iter();
    let payloads = said.filter_map(|said| match said {
        Said::Extended(THEIRS, payload) => Some(payload),
        _ => None,
    });
    let message = |payload: Vec<u8>| match ExchangeMessage::parse(&payload) {
        Ok(Some(message)) => words(&message),
        other => panic!("the engine said {other:?}"),
    };
    payloads.map(message).collect()
}

fn words(message: &ExchangeMessage<'_>) -> String {
    let name = |peer_id: &PeerId| peer_id.as_bytes()[0];
    match message {
        ExchangeMessage::Neighbours { added, dropped } => {
            let added = added
                .iter()
                .map(|peer| format!("+{}{}", name(&peer.peer_id), if peer.seed { "*" } else { "" }));
            let dropped = dropped.iter().map(|peer_id| format!("-{}", name(peer_id)));
            added.chain(dropped).collect::<Vec<_>>().join(" ")
        }
        ExchangeMessage::Signal { party, id, signal } => {
            let party = match party {
                Party::To(peer_id) => format!("to {}", name(peer_id)),
                Party::From(peer_id) => format!("from {}", name(peer_id)),
            };
            let signal = match signal {
                Signal::Offer(description) => format!("offer {description}"),
                Signal::Answer(description) => format!("answer {description}"),
                Signal::Refusal(why) => format!("{why:?}"),
            };
            format!("{party} #{id} {signal}")
        }
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn neighbours_are_told_at_once_and_then_only_changes_and_not_too_often() {
    let mut solo = Solo::leech(4);
    let first = join(&mut solo, 1);
    let second = join(&mut solo, 2);
    assert_eq!(heard(&mut solo, second), ["+1"]);
    assert_eq!(heard(&mut solo, first), ["+2"]);
    let third = join(&mut solo, 3);
    join(&mut solo, 4);
    assert_eq!(heard(&mut solo, third), ["+1 +2"]);
    assert_eq!(heard(&mut solo, first), NOTHING);
    solo.pass(seconds(29));
    assert_eq!(heard(&mut solo, first), NOTHING);
    solo.input(Input::Closed { peer: second });
    solo.pass(seconds(1));
    assert_eq!(heard(&mut solo, first), ["+3 +4 -2"]);
    solo.pass(seconds(60));
    assert_eq!(heard(&mut solo, first), NOTHING);
}

#[test]
fn neighbours_are_told_who_has_everything() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    solo.say(second, Message::HaveAll);
    solo.pass(seconds(30));
    assert_eq!(heard(&mut solo, first), ["+2", "+2*"]);
}

#[test]
fn whoever_came_and_went_meanwhile_is_not_told() {
    let mut solo = Solo::leech(4);
    let first = join(&mut solo, 1);
    join(&mut solo, 2);
    assert_eq!(heard(&mut solo, first), ["+2"]);
    let third = join(&mut solo, 3);
    solo.say(third, Message::HaveAll);
    solo.input(Input::Closed { peer: third });
    solo.pass(seconds(60));
    assert_eq!(heard(&mut solo, first), NOTHING);
}

#[test]
fn those_who_do_not_speak_the_extension_neither_hear_nor_are_told_of() {
    let mut solo = Solo::leech(4);
    let first = join(&mut solo, 1);
    let other = solo.join_as(named(2), Reserved::ours());
    solo.pass(seconds(60));
    assert_eq!(heard(&mut solo, first), NOTHING);
    assert!(!solo.heard(other).iter().any(|said| matches!(said, Said::Extended(id, _) if *id != 0)));
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    assert_eq!(heard(&mut solo, first), ["from 2 #7 Unknown"]);
}

#[test]
fn an_offer_and_its_answer_are_passed_on_under_the_names_of_their_authors() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, first);
    heard(&mut solo, second);
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    assert_eq!(heard(&mut solo, second), ["from 1 #7 offer o"]);
    signal(&mut solo, second, Party::To(named(1)), 7, Signal::Answer("a"));
    assert_eq!(heard(&mut solo, first), ["from 2 #7 answer a"]);
    signal(&mut solo, second, Party::To(named(1)), 7, Signal::Answer("another"));
    assert_eq!(heard(&mut solo, first), NOTHING, "an offer has one answer");
}

#[test]
fn a_refusal_is_passed_on_too() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, first);
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    signal(&mut solo, second, Party::To(named(1)), 7, Signal::Refusal(Refusal::Unwanted));
    assert_eq!(heard(&mut solo, first), ["from 2 #7 Unwanted"]);
}

#[test]
fn an_answer_that_nobody_asked_for_goes_nowhere() {
    let mut solo = Solo::leech(4);
    let (first, second, third) = (join(&mut solo, 1), join(&mut solo, 2), join(&mut solo, 3));
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    heard(&mut solo, first);
    signal(&mut solo, third, Party::To(named(1)), 7, Signal::Answer("a"));
    signal(&mut solo, second, Party::To(named(1)), 8, Signal::Answer("a"));
    signal(&mut solo, second, Party::To(named(3)), 7, Signal::Answer("a"));
    assert_eq!(heard(&mut solo, first), NOTHING);
    solo.pass(seconds(31));
    signal(&mut solo, second, Party::To(named(1)), 7, Signal::Answer("too late"));
    let answers =
        [first, third].map(|peer| heard(&mut solo, peer).iter().any(|said| said.contains("answer")));
    assert_eq!(answers, [false; 2]);
}

#[test]
fn an_offer_goes_one_hop_and_no_further() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, second);
    signal(&mut solo, first, Party::From(named(3)), 7, Signal::Offer("o"));
    assert_eq!(heard(&mut solo, second), NOTHING);
    let (_, step) = solo.steps.pop().unwrap();
    assert_eq!(step, Step::Answer { peer_id: named(3), offer: "o".to_owned() });
}

#[test]
fn offers_to_strangers_to_their_own_author_and_to_the_relay_are_refused() {
    let mut solo = Solo::leech(4);
    let first = join(&mut solo, 1);
    for to in [2, 1, 200] {
        signal(&mut solo, first, Party::To(named(to)), 7, Signal::Offer("o"));
        assert_eq!(heard(&mut solo, first), [format!("from {to} #7 Unknown")]);
    }
    assert_eq!(solo.steps, []);
}

#[test]
fn a_flood_of_offers_is_cut_to_a_steady_rate() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, second);
    for id in 0..10 {
        signal(&mut solo, first, Party::To(named(2)), id, Signal::Offer("o"));
        signal(&mut solo, second, Party::To(named(1)), id, Signal::Refusal(Refusal::Busy));
    }
    let asked = |solo: &mut Solo| heard(solo, second).iter().filter(|said| said.contains("offer")).count();
    assert_eq!(asked(&mut solo), 10);
    heard(&mut solo, first);
    for id in 10..100 {
        signal(&mut solo, first, Party::To(named(2)), id, Signal::Offer("o"));
    }
    assert_eq!(asked(&mut solo), 0);
    assert_eq!(heard(&mut solo, first).iter().filter(|said| said.ends_with("Busy")).count(), 90);
    solo.pass(seconds(6));
    for id in 100..200 {
        signal(&mut solo, first, Party::To(named(2)), id, Signal::Offer("o"));
    }
    assert_eq!(asked(&mut solo), 2);
}

/// Issue 11, A8.
#[test]
fn a_repeated_handshake_resets_no_limit() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, first);
    heard(&mut solo, second);
    let toggle = |solo: &mut Solo, peer| {
        for id in [0, THEIRS] {
            let mut handshake = ExtendedHandshake { upload_only: id == 0, ..ExtendedHandshake::default() };
            handshake.extensions.insert("sc_pex".to_owned(), id);
            solo.say_extended(peer, &handshake);
        }
    };
    for id in 0..1_000 {
        toggle(&mut solo, first);
        signal(&mut solo, first, Party::To(named(2)), id, Signal::Offer("o"));
        signal(&mut solo, second, Party::To(named(1)), id, Signal::Refusal(Refusal::Busy));
        signal(&mut solo, first, Party::From(named(100)), id, Signal::Offer("o"));
    }
    let offers = heard(&mut solo, second);
    // And nobody is told each time that it went and came.
    assert_eq!((offers.len(), offers.iter().filter(|said| said.contains("offer")).count()), (10, 10));
    assert_eq!(heard(&mut solo, first).iter().filter(|said| said.starts_with('+')).count(), 0);
    assert_eq!(solo.steps.len(), 1, "connections that it has us make");
    for name in 3..12 {
        toggle(&mut solo, first);
        tell(&mut solo, first, [name]);
    }
    assert_eq!(solo.parting(first), Some("tells too often whom it knows"));
}

#[test]
fn a_relay_that_floods_us_with_offers_is_told_that_we_are_busy() {
    let mut solo = Solo::leech(4);
    let relay = join(&mut solo, 1);
    for name in 10..110 {
        signal(&mut solo, relay, Party::From(named(name)), 7, Signal::Offer("o"));
    }
    assert_eq!(solo.steps.len(), 8, "connections that are made at once");
    assert_eq!(heard(&mut solo, relay).iter().filter(|said| said.ends_with("Busy")).count(), 92);
}

#[test]
fn whoever_tells_too_often_is_let_go() {
    let mut solo = Solo::leech(4);
    let peer = join(&mut solo, 1);
    for name in 2..10 {
        tell(&mut solo, peer, [name]);
    }
    assert_eq!(solo.parting(peer), None);
    tell(&mut solo, peer, [10]);
    assert_eq!(solo.parting(peer), Some("tells too often whom it knows"));
}

#[test]
fn malformed_messages_close_the_peer() {
    let mut solo = Solo::leech(4);
    let peer = join(&mut solo, 1);
    solo.say(peer, Message::Extended { id: OURS, payload: b"d8:msg_typei1ee" });
    assert_eq!(solo.parting(peer), Some("The peer sent a malformed sc_pex message."));
}

#[test]
fn the_author_learns_that_the_other_peer_left() {
    let mut solo = Solo::leech(4);
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    heard(&mut solo, first);
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    solo.input(Input::Closed { peer: second });
    assert_eq!(heard(&mut solo, first), ["from 2 #7 Unknown"]);
}

/// A peer that a neighbour told of, and the engine's offer to it on its way.
fn asked(solo: &mut Solo) -> (PeerKey, IntroductionKey) {
    let relay = join(solo, 1);
    tell(solo, relay, [2]);
    let (introduction, step) = solo.steps.pop().expect("the engine asks for whom it heard of");
    assert_eq!(step, Step::Offer { peer_id: named(2) });
    solo.progress(introduction, Progress::Offer("o"));
    assert_eq!(heard(solo, relay), [format!("to 2 #{} offer o", introduction.get())]);
    (relay, introduction)
}

#[test]
fn whom_a_neighbour_knows_is_asked_for_through_it() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    signal(&mut solo, relay, Party::From(named(2)), introduction.get(), Signal::Answer("a"));
    assert_eq!(solo.steps, [(introduction, Step::Complete { answer: "a".to_owned() })]);
}

#[test]
fn an_answer_counts_only_from_the_right_peer_through_the_right_relay_and_once() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    let liar = join(&mut solo, 3);
    let id = introduction.get();
    signal(&mut solo, liar, Party::From(named(2)), id, Signal::Answer("a"));
    signal(&mut solo, relay, Party::From(named(4)), id, Signal::Answer("a"));
    signal(&mut solo, relay, Party::From(named(2)), id + 1, Signal::Answer("a"));
    assert_eq!(solo.steps, []);
    signal(&mut solo, relay, Party::From(named(2)), id, Signal::Answer("a"));
    signal(&mut solo, relay, Party::From(named(2)), id, Signal::Answer("a"));
    assert_eq!(solo.steps.len(), 1);
}

#[test]
fn a_peer_that_does_not_want_us_is_left_alone_for_a_while() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    signal(&mut solo, relay, Party::From(named(2)), introduction.get(), Signal::Refusal(Refusal::Unwanted));
    assert_eq!(solo.steps, [(introduction, Step::Cancel)]);
    solo.steps.clear();
    solo.pass(seconds(100));
    tell(&mut solo, relay, [2]);
    assert_eq!(solo.steps, []);
    for _ in 0..3 {
        // Both sides have to say something to stay connected.
        solo.pass(seconds(70));
        solo.say(relay, Message::KeepAlive);
    }
    assert_eq!(solo.steps.len(), 1);
}

#[test]
fn an_offer_without_an_answer_ends() {
    let mut solo = Solo::leech(4);
    let (_, introduction) = asked(&mut solo);
    solo.pass(seconds(29));
    assert_eq!(solo.steps, []);
    solo.pass(seconds(1));
    assert_eq!(solo.steps, [(introduction, Step::Cancel)]);
}

#[test]
fn an_introduction_ends_with_the_peer_that_arranges_it() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    solo.input(Input::Closed { peer: relay });
    assert_eq!(solo.steps, [(introduction, Step::Cancel)]);
}

#[test]
fn an_introduction_ends_when_the_peer_connects_in_another_way() {
    let mut solo = Solo::leech(4);
    let (_, introduction) = asked(&mut solo);
    solo.join_as(named(2), Reserved::ours());
    assert_eq!(solo.steps, [(introduction, Step::Cancel)]);
}

#[test]
fn introductions_end_with_a_pause() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    signal(&mut solo, relay, Party::From(named(2)), introduction.get(), Signal::Answer("a"));
    solo.steps.clear();
    solo.input(Input::Pause);
    assert_eq!(solo.steps, [(introduction, Step::Cancel)]);
}

#[test]
fn a_driver_that_cannot_answer_has_the_author_told() {
    let mut solo = Solo::leech(4);
    let relay = join(&mut solo, 1);
    signal(&mut solo, relay, Party::From(named(2)), 7, Signal::Offer("o"));
    let (introduction, _) = solo.steps.pop().unwrap();
    solo.progress(introduction, Progress::Failed);
    assert_eq!(heard(&mut solo, relay), ["to 2 #7 Busy"]);
}

#[test]
fn a_peer_that_one_could_not_connect_to_is_left_alone_for_a_while() {
    let mut solo = Solo::leech(4);
    let (relay, introduction) = asked(&mut solo);
    solo.progress(introduction, Progress::Failed);
    tell(&mut solo, relay, [2]);
    assert_eq!(solo.steps, []);
}

/// Our id is the highest, so our offer stands and the other is refused.
#[test]
fn of_two_offers_that_cross_that_of_the_higher_id_stands() {
    let mut solo = Solo::leech(4);
    let (relay, _) = asked(&mut solo);
    signal(&mut solo, relay, Party::From(named(2)), 7, Signal::Offer("o"));
    assert_eq!(heard(&mut solo, relay), ["to 2 #7 Unwanted"]);
    assert_eq!(solo.steps, []);
}

#[test]
fn of_two_offers_that_cross_that_of_the_lower_id_is_given_up() {
    let mut solo = Solo::leech(4);
    let relay = join(&mut solo, 1);
    tell(&mut solo, relay, [250]);
    let (ours, _) = solo.steps.pop().unwrap();
    signal(&mut solo, relay, Party::From(named(250)), 7, Signal::Offer("o"));
    let steps: Vec<&Step> = solo.steps.iter().map(|(_, step)| step).collect();
    assert_eq!(steps, [&Step::Cancel, &Step::Answer { peer_id: named(250), offer: "o".to_owned() }]);
    assert_eq!(solo.steps[0].0, ours);
}

#[test]
fn a_neighbour_who_names_many_has_few_asked_for() {
    let mut solo = Solo::leech(4);
    let liar = join(&mut solo, 1);
    tell(&mut solo, liar, 10..110);
    assert_eq!(solo.steps.len(), 2);
    let honest = join(&mut solo, 2);
    tell(&mut solo, honest, [3, 4]);
    let mut asked: Vec<_> = solo.steps.drain(2..).map(|(_, step)| step).collect();
    asked.sort_by_key(|step| format!("{step:?}"));
    assert_eq!(asked, [3, 4].map(|name| Step::Offer { peer_id: named(name) }));
}

#[test]
fn whoever_has_enough_peers_asks_for_none() {
    let mut solo = Solo::leech(4);
    for name in 1..=30 {
        join(&mut solo, name);
    }
    let peer = join(&mut solo, 31);
    tell(&mut solo, peer, 100..110);
    assert_eq!(solo.steps, []);
}

#[test]
fn neither_ourselves_nor_whoever_is_connected_or_banned_is_asked_for() {
    let mut solo = Solo::leech(4);
    let liar = solo.join_seed();
    for block in solo.requests(liar) {
        solo.give_corrupt(liar, block);
    }
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));
    let (first, second) = (join(&mut solo, 10), join(&mut solo, 11));
    tell(&mut solo, first, [1, 10, 11, 200]);
    tell(&mut solo, second, [1, 10, 11, 200]);
    assert_eq!(solo.steps, []);
    signal(&mut solo, first, Party::From(named(1)), 7, Signal::Offer("o"));
    assert_eq!(solo.steps, []);
}

/// Before the metadata is here, nobody knows whether the torrent is private.
#[test]
fn the_extension_waits_for_the_metadata() {
    let (info, content) = torrent(100_000, 32 * 1024);
    let mut solo = Solo::magnet(info, content);
    let peer = join(&mut solo, 1);
    join(&mut solo, 2);
    assert!(!speaks(&mut solo, peer));
    tell(&mut solo, peer, [3]);
    signal(&mut solo, peer, Party::To(named(2)), 7, Signal::Offer("o"));
    assert_eq!((heard(&mut solo, peer), &solo.steps[..]), (Vec::new(), &[][..]));
}

/// BEP 27.
#[test]
fn a_private_torrent_does_not_know_the_extension() {
    let (info, content) = private(32 * 1024, 32 * 1024);
    let source = Source::Info(info.clone(), Bitfield::new(1));
    let mut solo = Solo::from(source, Disk::default(), info, content, config());
    let (first, second) = (join(&mut solo, 1), join(&mut solo, 2));
    assert!(!speaks(&mut solo, first));
    tell(&mut solo, first, [3]);
    signal(&mut solo, first, Party::To(named(2)), 7, Signal::Offer("o"));
    signal(&mut solo, first, Party::From(named(4)), 7, Signal::Offer("o"));
    solo.pass(seconds(60));
    assert_eq!([first, second].map(|peer| heard(&mut solo, peer).len()), [0, 0]);
    assert_eq!(solo.steps, []);
}

/// Whether the engine told this peer that it speaks the extension.
fn speaks(solo: &mut Solo, peer: PeerKey) -> bool {
    let mut handshakes = solo.heard(peer).into_iter().filter_map(|said| match said {
        Said::Extended(0, payload) => ExtendedHandshake::parse(&payload).ok(),
        _ => None,
    });
    handshakes.any(|handshake| handshake.extensions.contains_key("sc_pex"))
}

#[derive(Clone, Debug)]
enum Move {
    Say { peer: u8, party: u8, to: bool, id: u32, kind: u8 },
    Tell { peer: u8, names: Vec<u8> },
    Leave { peer: u8 },
    Wait { seconds: u64 },
}

fn any_move() -> impl Strategy<Value = Move> {
    prop_oneof![
        8 => (0_u8..4, 1_u8..12, any::<bool>(), 0_u32..4, 0_u8..3)
            .prop_map(|(peer, party, to, id, kind)| Move::Say { peer, party, to, id, kind }),
        2 => (0_u8..4, prop::collection::vec(1_u8..12, 0..6)).prop_map(|(peer, names)| Move::Tell { peer, names }),
        1 => (0_u8..4).prop_map(|peer| Move::Leave { peer }),
        3 => (0_u64..20).prop_map(|seconds| Move::Wait { seconds }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever neighbours say: every answer that is passed on answers an offer that was passed on the other
    /// way, the driver is never asked to hold many connections, and no step follows the last of an introduction.
    #[test]
    fn nothing_that_neighbours_say_gets_out_of_hand(moves in prop::collection::vec(any_move(), 0..80)) {
        let mut solo = Solo::leech(4);
        let mut peers: Vec<Option<(PeerKey, u8)>> = (1..=4).map(|name| Some((join(&mut solo, name), name))).collect();
        let mut passed: Vec<(u8, u8, u32)> = Vec::new();
        let mut open: Vec<IntroductionKey> = Vec::new();
        for next in moves {
            let at = |peer: u8| peers[usize::from(peer)].map(|(key, _)| key);
            match next {
                Move::Say { peer, party, to, id, kind } => {
                    let Some(key) = at(peer) else { continue };
                    let party = if to { Party::To(named(party)) } else { Party::From(named(party)) };
                    let what = [Signal::Offer("o"), Signal::Answer("a"), Signal::Refusal(Refusal::Busy)];
                    signal(&mut solo, key, party, id, what[usize::from(kind)]);
                }
                Move::Tell { peer, names } => {
                    if let Some(key) = at(peer) {
                        tell(&mut solo, key, names);
                    }
                }
                Move::Leave { peer } => {
                    if let Some((peer, _)) = peers[usize::from(peer)].take() {
                        solo.input(Input::Closed { peer });
                    }
                }
                Move::Wait { seconds } => solo.pass(std::time::Duration::from_secs(seconds)),
            }
            // Both directions of one move are looked at together: offers first, since answers follow them.
            let mut answers = Vec::new();
            for (key, name) in peers.iter().flatten() {
                for said in solo.heard(*key) {
                    let Said::Extended(THEIRS, payload) = said else { continue };
                    let Ok(Some(ExchangeMessage::Signal { party: Party::From(from), id, signal })) =
                        ExchangeMessage::parse(&payload) else { continue };
                    let from = from.as_bytes()[0];
                    match signal {
                        Signal::Offer(_) => passed.push((from, *name, id)),
                        Signal::Answer(_) => answers.push((*name, from, id)),
                        Signal::Refusal(_) => {}
                    }
                }
            }
            for answer in answers {
                let asked = passed.iter().position(|offer| *offer == answer);
                prop_assert!(asked.is_some(), "{:?} was not asked for", answer);
                passed.swap_remove(asked.unwrap());
            }
            for (introduction, step) in std::mem::take(&mut solo.steps) {
                match step {
                    Step::Offer { .. } | Step::Answer { .. } => {
                        prop_assert!(!open.contains(&introduction));
                        open.push(introduction);
                    }
                    Step::Complete { .. } => prop_assert!(open.contains(&introduction)),
                    Step::Cancel => {
                        prop_assert!(open.contains(&introduction));
                        open.retain(|other| *other != introduction);
                    }
                }
            }
            prop_assert!(open.len() <= 12, "{} connections", open.len());
        }
    }
}
