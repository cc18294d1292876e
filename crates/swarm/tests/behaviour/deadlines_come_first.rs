use metainfo::{Block, FileSpan, PieceIndex};
use swarm::{Input, PeerKey, Time, entries_walked};
use wire::{ExtendedHandshake, Message};

use crate::slow_peers_lose_their_requests::{leech, slow_seed};
use crate::solo::{PIECE, Said, Solo, block, seconds};

/// Has a piece be due at a time, or not any more.
fn due(solo: &mut Solo, piece: u32, due: Option<Time>) {
    let span = FileSpan { offset: u64::from(piece * PIECE), length: u64::from(PIECE) };
    solo.input(Input::Deadline { span, due });
}

fn pieces(requests: &[Block]) -> Vec<u32> {
    let mut pieces: Vec<u32> = requests.iter().map(|block| block.piece.get()).collect();
    pieces.dedup();
    pieces
}

#[test]
fn the_earliest_before_the_later_and_both_before_the_rest() {
    let mut solo = Solo::leech(40);
    due(&mut solo, 30, Some(Time::from_millis(20_000)));
    due(&mut solo, 7, Some(Time::from_millis(10_000)));
    due(&mut solo, 31, Some(Time::from_millis(30_000)));
    let seed = solo.join_seed();
    let requests = solo.requests(seed);
    assert_eq!(requests.len(), 32);
    assert_eq!(pieces(&requests)[..3], [7, 30, 31]);
}

/// webtorrent#1014
#[test]
fn and_a_seek_replaces_what_was_due_before() {
    let mut solo = Solo::leech(40);
    due(&mut solo, 3, Some(Time::from_millis(10_000)));
    due(&mut solo, 3, None);
    due(&mut solo, 25, Some(Time::from_millis(20_000)));
    due(&mut solo, 26, Some(Time::from_millis(25_000)));
    due(&mut solo, 26, Some(Time::from_millis(15_000)));
    let seed = solo.join_seed();
    assert_eq!(pieces(&solo.requests(seed))[..2], [26, 25]);
}

#[test]
fn but_not_if_they_are_not_selected() {
    let mut solo = Solo::leech(4);
    let mut others = wire::Bitfield::full(4);
    others.unset(PieceIndex::new(2));
    solo.input(Input::Select(swarm::Selection::only(&others)));
    due(&mut solo, 2, Some(Time::from_millis(1_000)));
    let seed = solo.join_seed();
    assert!(!pieces(&solo.requests(seed)).contains(&2));
}

#[test]
fn and_several_peers_share_a_piece_that_is_due() {
    let (info, content) = crate::disk::torrent(64 * 16_384, 64 * 16_384 / 2);
    let source = swarm::Source::Info(info.clone(), wire::Bitfield::new(2));
    let mut solo = Solo::from(source, crate::disk::Disk::default(), info, content, crate::solo::config());
    let span = FileSpan { offset: 0, length: 1 };
    solo.input(Input::Deadline { span, due: Some(Time::from_millis(5_000)) });
    let (a, b) = (solo.join(), solo.join());
    for peer in [a, b] {
        solo.say(peer, Message::HaveAll);
    }
    for peer in [a, b] {
        solo.say(peer, Message::Unchoke);
    }
    assert_eq!(pieces(&solo.requests(a)), [0], "32 blocks of it");
    assert_eq!(pieces(&solo.requests(b)), [1], "when nothing of it is left, there is other work");
}

#[test]
fn unless_the_peer_would_be_late_and_another_is_faster() {
    let mut solo = leech(120);
    let (slow, mut owed) = slow_seed(&mut solo);
    let fast = solo.join_seed();
    for _ in 0..3 {
        solo.answer(fast);
    }
    let now = solo.now;
    let active = solo.snapshot().active;
    let is_untouched = |piece: &u32| {
        let piece = PieceIndex::new(*piece);
        !solo.torrent.have().get(piece) && active.iter().all(|(other, ..)| *other != piece)
    };
    // The last, which is not what the slow one would be asked for next anyway.
    let urgent = (0..120).rev().find(is_untouched).expect("there is more to do than is asked for");
    due(&mut solo, urgent, Some(now));
    solo.heard(slow);
    let mut requests = Vec::new();
    while requests.is_empty() {
        solo.give(slow, owed.remove(0));
        requests = solo.requests(slow);
    }
    assert!(!pieces(&requests).contains(&urgent), "{requests:?}");
    solo.answer(fast);
    assert!(pieces(&solo.requests(fast)).contains(&urgent));
}

#[test]
fn and_what_a_slow_peer_would_give_too_late_is_asked_of_a_faster_one_as_well() {
    let mut solo = leech(120);
    let (slow, owed) = slow_seed(&mut solo);
    let fast = solo.join_seed();
    for _ in 0..3 {
        solo.answer(fast);
    }
    let last = owed[owed.len() - 1];
    let soon = solo.now + seconds(2);
    due(&mut solo, last.piece.get(), Some(soon));
    solo.answer(fast);
    let requests = solo.requests(fast);
    assert!(requests.contains(&last), "{requests:?}");
    assert_eq!(solo.requests(slow), [], "the slow one may still send it");
    solo.give(fast, last);
    assert!(solo.heard(slow).contains(&Said::Cancel(last)));
}

#[test]
fn but_what_comes_in_time_is_asked_for_once() {
    let mut solo = leech(120);
    let (_, owed) = slow_seed(&mut solo);
    let fast = solo.join_seed();
    for _ in 0..3 {
        solo.answer(fast);
    }
    let later = solo.now + seconds(100);
    due(&mut solo, owed[0].piece.get(), Some(later));
    solo.answer(fast);
    assert!(!solo.requests(fast).contains(&owed[0]));
}

#[test]
fn a_piece_that_came_is_not_due_any_more() {
    let mut solo = Solo::leech(3);
    due(&mut solo, 1, Some(Time::from_millis(1_000)));
    let seed = solo.join_seed();
    for n in 0..2 {
        solo.give(seed, block(1, n));
    }
    solo.heard(seed);
    // Lost and selected anew, it is one among others.
    let piece = PieceIndex::new(1);
    solo.disk.lose(piece);
    solo.input(Input::Lost { piece });
    solo.input(Input::Select(swarm::Selection::all(3)));
    due(&mut solo, 2, Some(Time::from_millis(2_000)));
    solo.input(Input::Closed { peer: seed });
    let other = solo.join_seed();
    assert_eq!(pieces(&solo.requests(other))[0], 2);
}

/// A peer that shows one piece of forty and says that it serves the others.
fn super_seed(solo: &mut Solo) -> PeerKey {
    let peer = solo.join();
    solo.say(peer, Message::HaveNone);
    solo.say_extended(peer, &ExtendedHandshake { super_seed: true, ..ExtendedHandshake::default() });
    solo.say(peer, Message::Have(PieceIndex::new(3)));
    solo.say(peer, Message::Unchoke);
    solo.answer(peer);
    solo.heard(peer);
    peer
}

// Issue 11, A2.1.
#[test]
fn a_super_seed_is_asked_for_a_block_of_what_it_does_not_show_and_then_for_the_rest() {
    let mut solo = Solo::leech(40);
    let seed = super_seed(&mut solo);
    let now = solo.now;
    due(&mut solo, 7, Some(now));
    let heard = solo.heard(seed);
    assert!(heard.contains(&Said::Interested), "{heard:?}");
    assert!(heard.contains(&Said::Request(block(7, 0))) && !heard.contains(&Said::Request(block(7, 1))));
    solo.say(seed, Message::Have(PieceIndex::new(7)));
    assert_eq!(solo.requests(seed), [block(7, 1)]);
    solo.give(seed, block(7, 0));
    solo.give(seed, block(7, 1));
    assert!(solo.heard(seed).contains(&Said::NotInterested), "nobody waits for anything");
}

// Issue 11, A2.1.
#[test]
fn but_only_shortly_before_it_is_due() {
    let mut solo = Solo::leech(40);
    let seed = super_seed(&mut solo);
    let later = solo.now + seconds(10);
    due(&mut solo, 7, Some(later));
    solo.pass(seconds(7));
    assert_eq!(solo.requests(seed), []);
    solo.pass(seconds(1));
    assert_eq!(solo.requests(seed), [block(7, 0)]);
}

// Issue 11, A2.1.
#[test]
fn and_not_while_another_gives_it_in_time() {
    let mut solo = Solo::leech(40);
    let seed = super_seed(&mut solo);
    let other = solo.join();
    solo.say(other, Message::Have(PieceIndex::new(7)));
    solo.say(other, Message::Unchoke);
    let now = solo.now;
    due(&mut solo, 7, Some(now));
    assert_eq!((solo.requests(seed), solo.requests(other).len()), (vec![], 2));
    solo.pass(seconds(5));
    assert_eq!(solo.requests(seed)[0].piece, PieceIndex::new(7), "it gives nothing");
}

// Issue 11, A2.1.
#[test]
fn and_again_half_a_second_after_it_refused() {
    let mut solo = Solo::leech(40);
    let seed = super_seed(&mut solo);
    let now = solo.now;
    due(&mut solo, 7, Some(now));
    assert_eq!(solo.requests(seed), [block(7, 0)]);
    solo.say(seed, Message::Reject(block(7, 0)));
    assert_eq!(solo.requests(seed), []);
    solo.pass(std::time::Duration::from_millis(600));
    assert_eq!(solo.requests(seed), [block(7, 0)]);
}

// Issue 11, A2.1.
#[test]
fn a_slow_peer_is_asked_for_what_nobody_else_has() {
    let mut solo = leech(120);
    let (slow, mut owed) = slow_seed(&mut solo);
    let fast = solo.join();
    for piece in 0..110 {
        solo.say(fast, Message::Have(PieceIndex::new(piece)));
    }
    solo.say(fast, Message::Unchoke);
    for _ in 0..3 {
        solo.answer(fast);
    }
    let active: Vec<_> = solo.snapshot().active.iter().map(|(piece, ..)| piece.get()).collect();
    let only = (110..120).find(|piece| !active.contains(piece)).expect("few pieces are open");
    let now = solo.now;
    due(&mut solo, only, Some(now));
    let mut requests = solo.requests(slow);
    while requests.is_empty() {
        solo.give(slow, owed.remove(0));
        requests = solo.requests(slow);
    }
    assert!(pieces(&requests).contains(&only), "{requests:?}");
}

/// Issue 12, 2. Drivers ask after each input.
#[test]
fn when_to_wake_is_known_without_a_look_at_the_peers() {
    let mut solo = Solo::leech(4);
    for _ in 0..50 {
        solo.join();
    }
    due(&mut solo, 0, Some(Time::from_millis(60_000)));
    let before = entries_walked();
    assert!(solo.torrent.deadline().is_some());
    assert_eq!(entries_walked() - before, 0);
}
