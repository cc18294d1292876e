//! webtorrent#1690: super-seeding.

use metainfo::PieceIndex;
use swarm::{Input, PeerKey};
use wire::{ExtendedHandshake, Message, PeerId, Reserved};

use crate::disk::torrent;
use crate::network::Network;
use crate::solo::{Said, Solo, block, seconds};

/// A super-seed and some peers. The one that came before them saw everything, and left.
fn super_seed<const N: usize>(pieces: u32) -> (Solo, [PeerKey; N]) {
    let mut solo = Solo::seed(pieces);
    let early = solo.join();
    let peers = [(); N].map(|()| solo.join());
    solo.input(Input::Closed { peer: early });
    (solo, peers)
}

/// The pieces that a peer was shown since it last listened.
fn shown(solo: &mut Solo, peer: PeerKey) -> Vec<u32> {
    let heard = solo.heard(peer).into_iter();
    heard.filter_map(|said| if let Said::Have(piece) = said { Some(piece) } else { None }).collect()
}

fn has(solo: &mut Solo, peer: PeerKey, piece: u32) {
    solo.say(peer, Message::Have(PieceIndex::new(piece)));
}

/// A peer asks for all of a piece.
fn take(solo: &mut Solo, peer: PeerKey, piece: u32) {
    solo.say(peer, Message::Interested);
    solo.input(Input::Writable { peer, room: 64 * 1024 });
    for n in 0..2 {
        solo.say(peer, Message::Request(block(piece, n)));
    }
}

/// Seconds pass in which these peers are heard of.
fn stay(solo: &mut Solo, peers: &[PeerKey], time: u64) {
    for _ in 0..time {
        solo.pass(seconds(1));
        for peer in peers {
            solo.say(*peer, Message::KeepAlive);
        }
    }
}

/// Whether a peer was last told that few pieces are shown.
fn is_told_of_super_seed(solo: &mut Solo, peer: PeerKey) -> Option<bool> {
    let heard = solo.heard(peer).into_iter().rev();
    let mut handshakes = heard.filter_map(|said| match said {
        Said::Extended(0, payload) => ExtendedHandshake::parse(&payload).ok(),
        _ => None,
    });
    handshakes.next().map(|handshake| handshake.super_seed)
}

#[test]
fn each_peer_sees_pieces_of_its_own() {
    let (mut solo, peers) = super_seed::<3>(10);
    let heard = solo.heard(peers[0]);
    assert!(heard.contains(&Said::HaveNone));
    let upload_only = heard.iter().any(|said| match said {
        Said::Extended(0, payload) => ExtendedHandshake::parse(payload).unwrap().upload_only,
        _ => false,
    });
    assert!(!upload_only, "others would take us for a seed, or for one who wants nothing of them");
    assert_eq!([peers[1], peers[2]].map(|peer| shown(&mut solo, peer)), [vec![2, 3], vec![4, 5]]);
}

#[test]
fn another_piece_is_shown_when_one_turns_up_elsewhere() {
    let (mut solo, [first, second]) = super_seed(10);
    assert_eq!(shown(&mut solo, first), [0, 1]);
    take(&mut solo, first, 0);
    assert_eq!(shown(&mut solo, first), [4], "it would be through before others can have it");
    has(&mut solo, first, 0);
    assert_eq!(shown(&mut solo, first), [0; 0], "nobody has got it from there");
    has(&mut solo, second, 0);
    assert_eq!(shown(&mut solo, first), [5]);
}

#[test]
fn another_piece_is_shown_when_nobody_is_left_to_pass_one_on_to() {
    let (mut solo, [first, second, third]) = super_seed(10);
    has(&mut solo, third, 7);
    take(&mut solo, first, 7);
    shown(&mut solo, first);
    stay(&mut solo, &[first, second, third], 10);
    assert_eq!(shown(&mut solo, first), [0; 0], "the second lacks it");
    solo.input(Input::Closed { peer: second });
    stay(&mut solo, &[first, third], 10);
    assert_eq!(shown(&mut solo, first).len(), 1);
}

#[test]
fn a_peer_need_not_say_what_it_got_from_us() {
    let (mut solo, [peer, _]) = super_seed(10);
    assert_eq!(shown(&mut solo, peer), [0, 1]);
    solo.say(peer, Message::Interested);
    for n in 0..2 {
        solo.say(peer, Message::Request(block(1, n)));
    }
    assert_eq!(shown(&mut solo, peer), [4]);
}

#[test]
fn a_fast_peer_is_shown_more_at_once() {
    let (mut solo, [peer, _]) = super_seed(60);
    solo.say(peer, Message::Interested);
    let mut last = shown(&mut solo, peer);
    for _ in 0..3 {
        for (piece, n) in last.iter().flat_map(|piece| [(*piece, 0), (*piece, 1)]) {
            solo.say(peer, Message::Request(block(piece, n)));
        }
        last = shown(&mut solo, peer);
    }
    assert!(last.len() > 2, "enough for a second at its rate, and not {last:?}");
}

#[test]
fn what_a_peer_took_along_is_shown_to_others() {
    let (mut solo, [first, second]) = super_seed(3);
    assert_eq!((shown(&mut solo, first), shown(&mut solo, second)), (vec![0, 1], vec![2, 0]));
    solo.input(Input::Closed { peer: first });
    has(&mut solo, second, 2);
    assert_eq!(shown(&mut solo, second), [1]);
}

// Issue 14, 6: where half give nothing, all asked at once for what only they had.
#[test]
fn everything_is_shown_once_each_piece_was_given_to_somebody_and_passed_on() {
    let (mut solo, [first, second, third]) = super_seed(4);
    take(&mut solo, first, 0);
    take(&mut solo, first, 1);
    take(&mut solo, second, 2);
    take(&mut solo, second, 3);
    for piece in 0..3 {
        has(&mut solo, third, piece);
    }
    assert_eq!(is_told_of_super_seed(&mut solo, first), Some(true));
    has(&mut solo, third, 3);
    assert_eq!(is_told_of_super_seed(&mut solo, first), Some(false));
    let fourth = solo.join();
    assert!(solo.heard(fourth).contains(&Said::HaveAll));
}

// Issue 14, 6: liars.
#[test]
fn what_others_say_they_have_ends_nothing() {
    let (mut solo, [first, second, seed]) = super_seed(12);
    assert_eq!((shown(&mut solo, first), shown(&mut solo, second)), (vec![0, 1], vec![2, 3]));
    solo.say(seed, Message::HaveAll);
    for piece in 2..12 {
        has(&mut solo, first, piece);
    }
    assert!(shown(&mut solo, second).is_empty());
    has(&mut solo, first, 0);
    has(&mut solo, first, 1);
    assert!(shown(&mut solo, second).is_empty(), "we gave nobody anything");
}

// Issue 14, 6: a seed sent most pieces of the last third twice.
#[test]
fn what_others_get_is_shown_last() {
    let (mut solo, [first, ..]) = super_seed::<3>(6);
    solo.say(first, Message::Interested);
    let next = solo.join();
    assert_eq!(shown(&mut solo, next), [2, 3], "0 and 1 are about to be passed on, and 2 to 5 wait");
}

// Issue 14, 6: a seed sent most pieces of the last third twice.
#[test]
fn what_another_gets_is_left_to_it_for_a_moment_if_there_is_something_else() {
    let (mut solo, [first, second]) = super_seed(3);
    assert_eq!((shown(&mut solo, first), shown(&mut solo, second)), (vec![0, 1], vec![2, 0]));
    solo.say(first, Message::Interested);
    solo.say(first, Message::Request(block(0, 0)));
    solo.say(second, Message::Interested);
    solo.say(second, Message::Request(block(0, 0)));
    assert!(solo.heard(second).contains(&Said::Reject(block(0, 0))));
    solo.say(second, Message::Request(block(2, 0)));
    assert!(solo.heard(second).contains(&Said::Block(block(2, 0))));
    stay(&mut solo, &[first, second], 3);
    solo.say(second, Message::Request(block(0, 1)));
    assert!(solo.heard(second).contains(&Said::Block(block(0, 1))));
}

// Issue 14, 6: mixed lines.
#[test]
fn whoever_passes_nothing_on_is_shown_little() {
    let pieces_shown = |passes_on: bool| {
        let (mut solo, [peer, other]) = super_seed(60);
        solo.say(other, Message::Interested);
        let mut waiting = shown(&mut solo, peer);
        let mut all = waiting.len();
        for _ in 0..10 {
            for piece in std::mem::take(&mut waiting) {
                take(&mut solo, peer, piece);
                if passes_on {
                    has(&mut solo, other, piece);
                }
            }
            stay(&mut solo, &[peer, other], 4);
            waiting = shown(&mut solo, peer);
            all += waiting.len();
        }
        all
    };
    let counts = [false, true].map(pieces_shown);
    assert_eq!(counts, [10, 52]);
}

#[test]
fn everything_is_shown_when_nothing_is_passed_on_for_a_minute() {
    let (mut solo, [taker, idle]) = super_seed(6);
    assert_eq!(shown(&mut solo, taker), [0, 1]);
    stay(&mut solo, &[taker, idle], 59);
    assert_eq!(shown(&mut solo, taker), [0; 0]);
    stay(&mut solo, &[taker, idle], 10);
    assert_eq!(shown(&mut solo, taker), [2, 3, 4, 5]);
    assert_eq!(shown(&mut solo, idle).len(), 6);
}

#[test]
fn everything_is_shown_when_the_user_wants_it() {
    let (mut solo, [peer, _]) = super_seed(4);
    assert_eq!(shown(&mut solo, peer), [0, 1]);
    solo.input(Input::SuperSeed(false));
    assert_eq!(shown(&mut solo, peer), [2, 3]);
}

#[test]
fn whoever_comes_first_sees_everything() {
    let mut solo = Solo::seed(10);
    let peer = solo.join();
    assert!(solo.heard(peer).contains(&Said::HaveAll), "few people share with more than one friend");
}

// Issue 11, A2.1.
#[test]
fn whoever_is_shown_little_is_told_so_until_that_ends() {
    let (mut solo, [first, _]) = super_seed(10);
    assert_eq!(is_told_of_super_seed(&mut solo, first), Some(true));
    solo.input(Input::SuperSeed(false));
    assert_eq!(is_told_of_super_seed(&mut solo, first), Some(false));
}

// Issue 11, A2.1.
#[test]
fn what_somebody_asks_for_is_shown_and_served_and_what_follows_it_is_shown_next() {
    let (mut solo, [first, second]) = super_seed(20);
    shown(&mut solo, first);
    shown(&mut solo, second);
    solo.say(first, Message::Interested);
    solo.say(first, Message::Request(block(12, 0)));
    let heard = solo.heard(first);
    assert!(heard.contains(&Said::Have(12)) && heard.contains(&Said::Block(block(12, 0))), "{heard:?}");
    take(&mut solo, second, 3);
    assert_eq!(shown(&mut solo, second), [13]);
}

// Issue 11, A2.1.
#[test]
fn what_others_were_just_shown_is_left_to_them_for_a_moment() {
    let (mut solo, [first, second]) = super_seed(10);
    shown(&mut solo, first);
    solo.say(second, Message::Interested);
    solo.say(second, Message::Request(block(0, 0)));
    assert!(solo.heard(second).contains(&Said::Reject(block(0, 0))));
    stay(&mut solo, &[first, second], 3);
    solo.say(second, Message::Request(block(0, 0)));
    assert!(solo.heard(second).contains(&Said::Block(block(0, 0))), "it should have come by now");
}

// Issue 11, A2.1.
#[test]
fn what_a_peer_was_shown_it_gets_even_if_another_has_it_meanwhile() {
    let (mut solo, [first, second]) = super_seed(10);
    shown(&mut solo, first);
    solo.say(first, Message::Interested);
    has(&mut solo, second, 0);
    solo.say(first, Message::Request(block(0, 0)));
    assert!(solo.heard(first).contains(&Said::Block(block(0, 0))));
}

// Issue 11, A2.1.
#[test]
fn everything_is_shown_to_the_only_one_of_whom_anything_is_heard() {
    let (mut solo, [alive, dead]) = super_seed(6);
    assert_eq!(shown(&mut solo, alive), [0, 1]);
    stay(&mut solo, &[alive], 10);
    assert_eq!(shown(&mut solo, alive), [2, 3, 4, 5]);
    let next = solo.join();
    assert!(solo.heard(next).contains(&Said::HaveNone), "with two there is something to pass on");
    assert_eq!(shown(&mut solo, dead).len(), 6);
}

// Issue 11, A2.1.
#[test]
fn two_connections_of_one_peer_are_no_swarm() {
    let mut solo = Solo::seed(6);
    let viewer = PeerId::from_bytes([250; 20]);
    let connections = [solo.connect(), solo.connect()];
    for connection in connections {
        solo.greet(connection, viewer, Reserved::ours());
    }
    for connection in connections {
        let heard = solo.heard(connection);
        let shown = heard.iter().filter(|said| matches!(said, Said::Have(_))).count();
        assert!(heard.contains(&Said::HaveAll) || shown == 6, "{heard:?}");
    }
}

#[test]
fn a_lone_peer_gets_everything() {
    let (info, content) = torrent(3_000_000, 64 * 1024);
    let mut network = Network::new();
    let (seed, leech) = (network.seed(&info, &content), network.leech(&info));
    network.connect(seed, leech);
    network.run(seconds(20));
    assert!(network.nodes[leech].disk.content() == content);
}

// Issue 14, 6: who passes nothing on because there is nobody to pass it on to.
#[test]
fn those_who_cannot_reach_each_other_get_everything_without_waiting() {
    let (info, content) = torrent(600_000, 16 * 1024);
    let mut network = Network::slow();
    let seed = network.seed(&info, &content);
    let leeches = [(); 3].map(|()| network.leech(&info));
    for leech in leeches {
        network.connect_at(seed, leech, 30_000);
    }
    network.run(seconds(40));
    assert_eq!(
        leeches.map(|leech| network.nodes[leech].is_complete()),
        [true; 3],
        "a line takes 20 s for it"
    );
}

// Issue 14, 6: anybody can say so without end.
#[test]
fn who_says_they_got_everything_elsewhere_is_shown_it_bit_by_bit() {
    let (mut solo, [liar, _]) = super_seed(100);
    let mut count = 0;
    loop {
        let pieces = shown(&mut solo, liar);
        count += pieces.len();
        if pieces.is_empty() {
            break;
        }
        for piece in pieces {
            has(&mut solo, liar, piece);
        }
    }
    assert!(count <= 10, "{count} in one round of choking");
}

// Issue 14, 6: a film's next piece must not wait for whoever trickles it.
#[test]
fn what_another_gets_slowly_is_given_to_whoever_asks_for_it() {
    let (mut solo, [slow, viewer]) = super_seed(3);
    assert_eq!((shown(&mut solo, slow), shown(&mut solo, viewer)), (vec![0, 1], vec![2, 0]));
    for peer in [slow, viewer] {
        solo.say(peer, Message::Interested);
    }
    for _ in 0..4 {
        solo.say(slow, Message::Request(block(0, 0)));
        stay(&mut solo, &[slow, viewer], 1);
    }
    solo.say(viewer, Message::Request(block(0, 0)));
    assert!(solo.heard(viewer).contains(&Said::Block(block(0, 0))));
}

#[test]
fn a_swarm_gets_everything_and_more_of_it_from_each_other() {
    let (shown_all, shown_little) = (given_by_a_slow_seed(false), given_by_a_slow_seed(true));
    assert!(shown_little < shown_all, "{shown_little} bytes instead of {shown_all}");
}

/// What a seed sends to six peers whose lines to each other are faster than its own, until all have everything.
fn given_by_a_slow_seed(super_seeds: bool) -> u64 {
    let (info, content) = torrent(6_000_000, 64 * 1024);
    let mut network = Network::slow();
    let seed = network.seed(&info, &content);
    network.input(seed, Input::SuperSeed(super_seeds));
    let leeches: Vec<usize> = (0..6).map(|_| network.leech(&info)).collect();
    for (n, leech) in leeches.iter().enumerate() {
        network.connect_at(seed, *leech, 30_000);
        for other in &leeches[..n] {
            network.connect(*leech, *other);
        }
    }
    network.run(seconds(200));
    assert!(leeches.iter().all(|leech| network.nodes[*leech].is_complete()));
    network.snapshot(seed).uploaded
}
