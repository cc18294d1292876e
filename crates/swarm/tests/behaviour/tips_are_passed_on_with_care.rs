//! What one peer can make another believe and pass on by `btt_tip`, honestly or not.

use metainfo::InfoBuilder;
use proptest::prelude::*;
use swarm::{Input, PeerKey, Source};
use wire::{Bitfield, ExtendedHandshake, MAX_TIPS, Message, TipClaim};

use crate::disk::{Disk, fill};
use crate::solo::{Said, Solo, config, seconds};

/// The id that test peers give to `btt_tip`, and the one that the engine does.
const THEIRS: u8 = 9;
const OURS: u8 = 4;

/// An engine with nothing of a torrent, which says whom to pay if there are `options`.
fn solo_with(options: &[(&str, &str)], private: bool) -> Solo {
    let options = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let builder = InfoBuilder::single("content", 4 * 32_768).piece_length(32_768).private(private);
    let (info, content) = fill(builder.payment_options(options));
    let source = Source::Info(info.clone(), Bitfield::new(4));
    Solo::from(source, Disk::default(), info, content, config())
}

fn solo() -> Solo {
    solo_with(&[("btt", "eip155:1029:0x0")], false)
}

/// A peer that speaks the extension.
fn join(solo: &mut Solo) -> PeerKey {
    let peer = solo.join();
    greet(solo, peer, THEIRS);
    peer
}

fn greet(solo: &mut Solo, peer: PeerKey, id: u8) {
    let mut handshake = ExtendedHandshake::default();
    handshake.extensions.insert("btt_tip".to_owned(), id);
    solo.say_extended(peer, &handshake);
}

fn claim(number: u32) -> TipClaim {
    let mut transaction = [0; 32];
    transaction[28..].copy_from_slice(&number.to_be_bytes());
    TipClaim { chain: 1029, transaction }
}

fn claims(numbers: impl IntoIterator<Item = u32>) -> Vec<TipClaim> {
    numbers.into_iter().map(claim).collect()
}

fn say(solo: &mut Solo, peer: PeerKey, numbers: impl IntoIterator<Item = u32>) {
    let payload = TipClaim::encode_all(&claims(numbers));
    solo.say(peer, Message::Extended { id: OURS, payload: &payload });
}

fn check(solo: &mut Solo, genuine: impl IntoIterator<Item = u32>, refused: impl IntoIterator<Item = u32>) {
    solo.input(Input::TipsChecked { genuine: claims(genuine), refused: claims(refused) });
}

/// The messages of the extension that a peer heard since it last listened.
fn heard(solo: &mut Solo, peer: PeerKey) -> Vec<Vec<TipClaim>> {
    let payloads = solo.heard(peer).into_iter().filter_map(|said| match said {
        Said::Extended(THEIRS, payload) => Some(payload),
        _ => None,
    });
    payloads.map(|payload| TipClaim::parse_all(&payload).expect("we wrote it")).collect()
}

/// The claims that are to be checked since the test last looked.
fn asked(solo: &mut Solo) -> Vec<TipClaim> {
    std::mem::take(&mut solo.claims).concat()
}

/// Whether the engine's extended handshake offers the extension.
fn offers(solo: &mut Solo) -> bool {
    let peer = solo.join();
    solo.heard(peer).into_iter().any(|said| match said {
        Said::Extended(0, payload) => {
            let handshake = ExtendedHandshake::parse(&payload).expect("we wrote it");
            handshake.extensions.get("btt_tip") == Some(&OURS)
        }
        _ => false,
    })
}

#[test]
fn claims_are_told_to_nobody_before_they_are_checked() {
    let mut solo = solo();
    let (teller, other) = (join(&mut solo), join(&mut solo));
    say(&mut solo, teller, [1, 2]);
    assert_eq!(asked(&mut solo), claims([1, 2]));
    solo.pass(seconds(60));
    let newcomer = join(&mut solo);
    assert!(heard(&mut solo, other).is_empty());
    assert!(heard(&mut solo, newcomer).is_empty());
    assert_eq!(solo.torrent.unchecked_tips().collect::<Vec<_>>(), claims([1, 2]));
}

#[test]
fn what_is_genuine_goes_to_everyone_but_those_it_came_from() {
    let mut solo = solo();
    let (first, second, other) = (join(&mut solo), join(&mut solo), join(&mut solo));
    say(&mut solo, first, [1]);
    say(&mut solo, second, [1, 2]);
    check(&mut solo, [1, 2], []);
    assert_eq!(heard(&mut solo, first), [claims([2])]);
    assert!(heard(&mut solo, second).is_empty());
    assert_eq!(heard(&mut solo, other).concat(), claims([1, 2]));
    assert_eq!(solo.torrent.unchecked_tips().count(), 0);
}

#[test]
fn the_users_own_tip_goes_to_everyone_once() {
    let mut solo = solo();
    let peer = join(&mut solo);
    check(&mut solo, [7], []);
    check(&mut solo, [7], []);
    assert_eq!(heard(&mut solo, peer), [claims([7])]);
}

#[test]
fn a_newcomer_is_told_all_of_it_once() {
    let mut solo = solo();
    check(&mut solo, 0..120, []);
    let peer = join(&mut solo);
    let told = heard(&mut solo, peer);
    assert!(told.iter().all(|message| message.len() <= MAX_TIPS));
    assert_eq!(told.concat(), claims(0..120));
    greet(&mut solo, peer, THEIRS);
    greet(&mut solo, peer, 0);
    greet(&mut solo, peer, THEIRS);
    solo.pass(seconds(60));
    assert!(heard(&mut solo, peer).is_empty());
}

#[test]
fn whoever_does_not_speak_the_extension_is_told_nothing() {
    let mut solo = solo();
    let (never, no_longer) = (solo.join(), join(&mut solo));
    greet(&mut solo, no_longer, 0);
    let before = solo.heard(never).len();
    assert!(before > 0);
    check(&mut solo, [1], []);
    assert!(solo.heard(never).is_empty());
    assert!(heard(&mut solo, no_longer).is_empty());
}

#[test]
fn nobody_is_told_more_than_they_read() {
    let mut solo = solo();
    let peer = join(&mut solo);
    for number in 0..100 {
        check(&mut solo, [number], []);
    }
    let at_once = heard(&mut solo, peer);
    assert_eq!(at_once.len(), 10);
    solo.pass(seconds(2));
    let later = heard(&mut solo, peer);
    assert_eq!(later.len(), 1, "what gathered meanwhile goes together");
    solo.pass(seconds(60));
    let rest = heard(&mut solo, peer);
    assert_eq!([at_once, later, rest].concat().concat(), claims(0..100));
}

#[test]
fn two_engines_never_say_more_than_the_other_reads() {
    let (mut teller, mut reader) = (solo(), solo());
    let (ear, mouth) = (join(&mut teller), join(&mut reader));
    let mut number = 0;
    for _ in 0..200 {
        number += 1;
        check(&mut teller, [number], []);
        for message in heard(&mut teller, ear) {
            let payload = TipClaim::encode_all(&message);
            reader.say(mouth, Message::Extended { id: OURS, payload: &payload });
        }
        let new = asked(&mut reader);
        reader.input(Input::TipsChecked { genuine: new, refused: Vec::new() });
        teller.pass(seconds(1) / 4);
        reader.pass(seconds(1) / 4);
    }
    teller.pass(seconds(10));
    let rest: usize = heard(&mut teller, ear).concat().len();
    let newcomer = join(&mut reader);
    assert_eq!(heard(&mut reader, newcomer).concat().len() + rest, 200);
}

#[test]
fn a_flood_of_messages_is_read_at_a_steady_rate() {
    let mut solo = solo();
    let peer = join(&mut solo);
    for number in 0..100 {
        say(&mut solo, peer, [number]);
    }
    assert_eq!(asked(&mut solo), claims(0..20));
    solo.pass(seconds(3));
    for number in 200..300 {
        say(&mut solo, peer, [number]);
    }
    assert_eq!(asked(&mut solo), claims(200..203));
    assert_eq!(solo.parting(peer), None);
}

/// Issue 11, A8.
#[test]
fn a_repeated_handshake_resets_no_limit() {
    let mut solo = solo();
    let (peer, other) = (join(&mut solo), join(&mut solo));
    check(&mut solo, 1000..1010, []);
    heard(&mut solo, peer);
    for number in 0..100 {
        greet(&mut solo, peer, 0);
        greet(&mut solo, peer, THEIRS);
        say(&mut solo, peer, [number]);
    }
    assert_eq!(asked(&mut solo), claims(0..20));
    assert!(heard(&mut solo, peer).is_empty(), "it was told before");
    assert_eq!(heard(&mut solo, other).concat(), claims(1000..1010));
}

#[test]
fn a_peer_may_make_five_hundred_claims() {
    let mut solo = solo();
    let peer = join(&mut solo);
    for message in 0..30 {
        let numbers = message * 50..message * 50 + 50;
        say(&mut solo, peer, numbers.clone());
        check(&mut solo, numbers, []);
        solo.claims.clear();
        solo.pass(seconds(2));
    }
    say(&mut solo, peer, [9999]);
    assert!(asked(&mut solo).is_empty());
    let newcomer = join(&mut solo);
    say(&mut solo, newcomer, [9999]);
    assert_eq!(asked(&mut solo), claims([9999]));
}

#[test]
fn claims_are_asked_for_once_whoever_repeats_them() {
    let mut solo = solo();
    let (first, second) = (join(&mut solo), join(&mut solo));
    say(&mut solo, first, [1, 1]);
    say(&mut solo, first, [1]);
    say(&mut solo, second, [1]);
    assert_eq!(asked(&mut solo), claims([1]));
    check(&mut solo, [], [1]);
    say(&mut solo, second, [1]);
    assert!(asked(&mut solo).is_empty());
}

#[test]
fn after_twenty_wrong_claims_a_peer_is_not_listened_to() {
    let mut solo = solo();
    let (liar, honest) = (join(&mut solo), join(&mut solo));
    say(&mut solo, liar, 0..20);
    check(&mut solo, [], 0..19);
    say(&mut solo, liar, [100]);
    assert_eq!(asked(&mut solo), claims((0..20).chain([100])));
    check(&mut solo, [], [19]);
    say(&mut solo, liar, [101]);
    assert!(asked(&mut solo).is_empty());
    say(&mut solo, honest, [101]);
    assert_eq!(asked(&mut solo), claims([101]));
    assert_eq!(solo.parting(liar), None);
}

#[test]
fn everyone_who_made_a_wrong_claim_answers_for_it() {
    let mut solo = solo();
    let (first, second) = (join(&mut solo), join(&mut solo));
    say(&mut solo, first, 0..20);
    say(&mut solo, second, 0..20);
    check(&mut solo, [], 0..20);
    solo.claims.clear();
    say(&mut solo, second, [100]);
    assert!(asked(&mut solo).is_empty());
}

#[test]
fn repeating_what_was_refused_counts_as_wrong() {
    let mut solo = solo();
    let (first, second) = (join(&mut solo), join(&mut solo));
    say(&mut solo, first, 0..20);
    check(&mut solo, [], 0..20);
    solo.claims.clear();
    say(&mut solo, second, 0..20);
    say(&mut solo, second, [100]);
    assert!(asked(&mut solo).is_empty());
}

#[test]
fn a_tip_that_the_chain_took_back_is_told_no_more() {
    let mut solo = solo();
    let peer = join(&mut solo);
    check(&mut solo, [1, 2], []);
    assert_eq!(heard(&mut solo, peer).concat(), claims([1, 2]));
    check(&mut solo, [], [1]);
    let newcomer = join(&mut solo);
    assert_eq!(heard(&mut solo, newcomer).concat(), claims([2]));
    check(&mut solo, [1], []);
    assert_eq!(heard(&mut solo, newcomer).concat(), claims([1]));
}

#[test]
fn a_tip_that_gave_way_to_others_is_told_no_more_and_nobody_is_to_blame() {
    // Issue 11, A11: dust tips pushed real ones out.
    let mut solo = solo();
    let teller = join(&mut solo);
    say(&mut solo, teller, 0..40);
    check(&mut solo, 0..20, []);
    solo.input(Input::ForgetTips(claims(10..30)));
    let newcomer = join(&mut solo);
    assert_eq!(heard(&mut solo, newcomer).concat(), claims(0..10));
    assert_eq!(solo.torrent.unchecked_tips().collect::<Vec<_>>(), claims(30..40));
    solo.claims.clear();
    say(&mut solo, teller, [100]);
    assert_eq!(asked(&mut solo), claims([100]), "the teller is heard as before");
}

#[test]
fn of_many_genuine_tips_the_newest_are_told() {
    let mut solo = solo();
    check(&mut solo, 0..510, []);
    let newcomer = join(&mut solo);
    assert_eq!(heard(&mut solo, newcomer).concat(), claims(10..510));
}

#[test]
fn nobodys_flood_keeps_others_from_being_heard() {
    let mut solo = solo();
    let flooder = join(&mut solo);
    for message in 0..10 {
        say(&mut solo, flooder, message * 50..message * 50 + 50);
    }
    assert_eq!(asked(&mut solo), claims(0..200));
    let honest = join(&mut solo);
    say(&mut solo, honest, [1000, 1001]);
    assert_eq!(asked(&mut solo), claims([1000, 1001]));
    assert_eq!(solo.torrent.unchecked_tips().count(), 200);
    solo.input(Input::Closed { peer: flooder });
    let again = join(&mut solo);
    say(&mut solo, again, [2000]);
    assert_eq!(asked(&mut solo), claims([2000]));
    assert_eq!(solo.torrent.unchecked_tips().count(), 200);
}

#[test]
fn claims_of_a_peer_that_left_are_still_checked() {
    let mut solo = solo();
    let peer = join(&mut solo);
    say(&mut solo, peer, [1]);
    solo.input(Input::Closed { peer });
    assert_eq!(solo.torrent.unchecked_tips().collect::<Vec<_>>(), claims([1]));
    check(&mut solo, [1], []);
    let newcomer = join(&mut solo);
    assert_eq!(heard(&mut solo, newcomer).concat(), claims([1]));
}

#[test]
fn a_malformed_message_ends_the_connection() {
    let too_many = TipClaim::encode_all(&claims(0..51));
    for payload in [&b""[..], b"de", b"le", b"d4:tipsi1ee", b"d4:tipsli1eee", &too_many] {
        let mut solo = solo();
        let peer = join(&mut solo);
        solo.say(peer, Message::Extended { id: OURS, payload });
        assert!(solo.parting(peer).is_some(), "{}", payload.escape_ascii());
        assert!(asked(&mut solo).is_empty());
    }
}

#[test]
fn a_torrent_that_names_nobody_has_no_tips() {
    let mut solo = solo_with(&[], false);
    assert!(!offers(&mut solo));
    let peer = join(&mut solo);
    say(&mut solo, peer, [1]);
    check(&mut solo, [2], []);
    assert!(asked(&mut solo).is_empty());
    assert!(heard(&mut solo, peer).is_empty());
}

#[test]
fn private_torrents_have_tips_which_name_no_peers() {
    let mut solo = solo_with(&[("btt", "x")], true);
    assert!(offers(&mut solo));
    let peer = join(&mut solo);
    check(&mut solo, [1], []);
    assert_eq!(heard(&mut solo, peer), [claims([1])]);
}

#[test]
fn while_paused_tips_are_kept_for_later() {
    let mut solo = solo();
    check(&mut solo, [1], []);
    solo.input(Input::Pause);
    check(&mut solo, [2], []);
    solo.input(Input::Resume);
    let peer = join(&mut solo);
    assert_eq!(heard(&mut solo, peer).concat(), claims([1, 2]));
}

/// What strangers and the page may do, in any order.
#[derive(Clone, Debug)]
enum Act {
    Join,
    Leave(prop::sample::Index),
    Say(prop::sample::Index, Vec<u32>),
    Check(Vec<u32>, Vec<u32>),
    Pass(u64),
}

fn any_act() -> impl Strategy<Value = Act> {
    let numbers = || prop::collection::vec(0..40_u32, 0..12);
    prop_oneof![
        Just(Act::Join),
        any::<prop::sample::Index>().prop_map(Act::Leave),
        (any::<prop::sample::Index>(), numbers()).prop_map(|(peer, numbers)| Act::Say(peer, numbers)),
        (numbers(), numbers()).prop_map(|(genuine, refused)| Act::Check(genuine, refused)),
        (0..5_u64).prop_map(Act::Pass),
    ]
}

proptest! {
    /// Whatever happens: nobody hears what was not found genuine, nor anything twice unless it was taken back in
    /// between; and nothing is asked for that is known.
    #[test]
    fn only_what_was_found_genuine_is_told(acts in prop::collection::vec(any_act(), 1..60)) {
        let mut solo = solo();
        let mut peers: Vec<PeerKey> = Vec::new();
        let mut genuine: Vec<TipClaim> = Vec::new();
        let mut ever: Vec<TipClaim> = Vec::new();
        let mut taken_back: Vec<TipClaim> = Vec::new();
        let mut told: Vec<(PeerKey, TipClaim)> = Vec::new();
        for act in acts {
            match act {
                Act::Join => peers.push(join(&mut solo)),
                Act::Leave(peer) if !peers.is_empty() => {
                    let peer = peers.swap_remove(peer.index(peers.len()));
                    solo.input(Input::Closed { peer });
                }
                Act::Say(peer, numbers) if !peers.is_empty() => {
                    say(&mut solo, peers[peer.index(peers.len())], numbers);
                    for claim in asked(&mut solo) {
                        prop_assert!(!genuine.contains(&claim));
                    }
                }
                Act::Check(found, refused) => {
                    genuine.retain(|claim| !claims(refused.clone()).contains(claim));
                    taken_back.extend(claims(refused.clone()));
                    genuine.extend(claims(found.clone()));
                    ever.extend(claims(found.clone()));
                    check(&mut solo, found, refused);
                }
                Act::Pass(time) => solo.pass(seconds(time)),
                Act::Leave(_) | Act::Say(..) => {}
            }
            for peer in &peers {
                for claim in heard(&mut solo, *peer).concat() {
                    prop_assert!(ever.contains(&claim));
                    let again = told.contains(&(*peer, claim));
                    prop_assert!(!again || taken_back.contains(&claim));
                    told.push((*peer, claim));
                }
            }
        }
    }
}
