use metainfo::{FileSpan, PieceIndex};
use swarm::{AbortReason, Input, Selection, Time, WebSeedEvent, WebSeedKey};
use wire::{Bitfield, Message, PeerId, Reserved};

use crate::metadata_from_two_peers::give_metadata;
use crate::solo::{BLOCK, PIECE, Solo, block, seconds};

/// Bytes of so many pieces.
fn bytes(pieces: u32) -> u64 {
    u64::from(pieces * PIECE)
}

fn span(first: u32, pieces: u32) -> FileSpan {
    FileSpan { offset: bytes(first), length: bytes(pieces) }
}

/// The name of a peer that tells the truth.
fn honest() -> PeerId {
    PeerId::from_bytes([42; 20])
}

/// Where the bytes of a web seed start, in pieces.
fn place(solo: &Solo, web_seed: WebSeedKey) -> u32 {
    (solo.fetches[&web_seed].offset / bytes(1)) as u32
}

#[test]
fn one_alone_gives_everything_in_few_runs_however_its_bytes_are_cut() {
    for most in [1_000, u64::from(BLOCK), 100_000, u64::MAX] {
        let mut solo = Solo::leech(40);
        let web_seed = solo.add_web_seed(0);
        solo.serve_all(web_seed, most);
        assert_eq!(solo.completed, 1);
        // From some piece to the end, then what is before it.
        assert!(solo.asked.len() <= 2, "{:?}", solo.asked);
        assert_eq!(solo.asked.iter().map(|span| span.length).sum::<u64>(), bytes(40));
        assert_eq!((solo.snapshot().downloaded, solo.snapshot().wasted), (bytes(40), 0));
        assert_eq!(solo.snapshot().web_seeds[0].downloaded, bytes(40));
    }
}

#[test]
fn nothing_is_fetched_of_what_is_here_or_not_wanted() {
    let mut solo = Solo::with(8, &[0, 1, 2, 3]);
    let mut wanted = Bitfield::new(8);
    wanted.set(PieceIndex::new(6));
    solo.input(Input::Select(Selection::only(&wanted)));
    let web_seed = solo.add_web_seed(0);
    assert_eq!(solo.asked, [span(6, 1)]);
    solo.serve_all(web_seed, 10_000);
    assert_eq!((solo.completed, solo.asked.len()), (1, 1));
}

#[test]
fn a_run_that_is_not_wanted_any_more_is_stopped() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, 10);
    let mut wanted = Bitfield::new(8);
    wanted.set(PieceIndex::new(5));
    solo.input(Input::Select(Selection::only(&wanted)));
    assert_eq!(solo.aborts, [(web_seed, AbortReason::NotNeeded)]);
    assert_eq!(solo.fetches[&web_seed], span(5, 1));
}

#[test]
fn a_pause_stops_it_and_what_follows_goes_on() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, bytes(1) + 10);
    solo.input(Input::Pause);
    assert_eq!(solo.aborts, [(web_seed, AbortReason::NotNeeded)]);
    solo.pass(seconds(60));
    assert!(solo.fetches.is_empty());
    solo.input(Input::Resume);
    solo.serve_all(web_seed, 10_000);
    assert_eq!(solo.completed, 1);
}

/// webtorrent#1666: pieces that a dead peer had reserved never went to the web seed.
#[test]
fn what_a_peer_leaves_behind_is_fetched_at_once() {
    let mut solo = Solo::leech(1);
    let peer = solo.join_seed();
    solo.give(peer, block(0, 0));
    let web_seed = solo.add_web_seed(0);
    assert!(solo.fetches.is_empty(), "the peer was asked for everything");
    solo.input(Input::Closed { peer });
    assert_eq!(solo.fetches[&web_seed], FileSpan { offset: u64::from(BLOCK), length: u64::from(BLOCK) });
    solo.serve_all(web_seed, 10_000);
    assert_eq!((solo.completed, solo.snapshot().wasted), (1, 0));
}

/// webtorrent#1666, the other way round.
#[test]
fn what_a_web_seed_leaves_behind_is_asked_of_peers_at_once() {
    let mut solo = Solo::leech(2);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, u64::from(BLOCK) + 100);
    let peer = solo.join_seed();
    solo.fail(web_seed, None);
    while solo.completed == 0 {
        assert!(solo.answer(peer) > 0, "the peer is asked for nothing");
    }
    // The block that was complete is not asked for again, unless the peer had been asked before.
    assert_eq!(solo.snapshot().downloaded, bytes(2));
    assert!(solo.snapshot().wasted <= u64::from(BLOCK) + 100, "{}", solo.snapshot().wasted);
}

/// webtorrent#963: two peers and a web seed, and everything stood still.
#[test]
fn peers_that_fall_silent_do_not_keep_it_waiting() {
    let mut solo = Solo::leech(4);
    let peers = [solo.join_seed(), solo.join_seed()];
    for peer in peers {
        solo.requests(peer);
    }
    let web_seed = solo.add_web_seed(0);
    while solo.completed == 0 {
        solo.pass(seconds(1));
        solo.serve_all(web_seed, 10_000);
        assert!(solo.now.as_millis() < 10_000, "it waits for those who do not answer");
    }
}

#[test]
fn peers_get_what_it_has_not_come_to_from_the_end_of_its_run() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    let first = place(&solo, web_seed);
    solo.serve(web_seed, 1_024);
    let peer = solo.join_seed();
    let asked = solo.requests(peer);
    assert_eq!(asked.len(), 14, "all but the piece that is on its way: {asked:?}");
    assert!(asked.iter().all(|block| block.piece.get() != first));
    for block in asked {
        solo.give(peer, block);
    }
    solo.serve_all(web_seed, 1_024);
    assert_eq!((solo.completed, solo.snapshot().wasted), (1, 0));
}

#[test]
fn it_rests_while_peers_are_fast_enough_and_gives_what_no_peer_has() {
    let mut solo = Solo::leech(400);
    let peer = solo.join();
    let mut has = Bitfield::full(400);
    has.unset(PieceIndex::new(77));
    solo.say(peer, Message::Bitfield(has.as_bytes()));
    solo.say(peer, Message::Unchoke);
    // 4 MiB a second.
    for _ in 0..32 {
        for block in solo.requests(peer).into_iter().take(32) {
            solo.give(peer, block);
        }
        solo.pass(seconds(1) / 8);
    }
    let web_seed = solo.add_web_seed(0);
    assert_eq!(solo.asked, [span(77, 1)]);
    solo.serve_all(web_seed, 10_000);
    assert_eq!(solo.asked.len(), 1);
    // The peer slows down.
    solo.pass(seconds(4));
    assert!(solo.fetches.contains_key(&web_seed));
}

/// webtorrent#1014: seeking stood still though somebody had the data.
#[test]
fn pieces_that_somebody_waits_for_come_first() {
    let mut solo = Solo::leech(400);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, 10);
    let ahead = if place(&solo, web_seed) < 200 { 350 } else { 0 };
    let due = Some(Time::from_millis(1_000));
    solo.input(Input::Deadline { span: span(ahead, 3), due });
    assert_eq!(place(&solo, web_seed), ahead);
    // Going on with playback breaks nothing off.
    let asked = solo.asked.len();
    for next in 1..4 {
        solo.serve(web_seed, bytes(1));
        solo.input(Input::Deadline { span: span(ahead + next, 3), due });
    }
    assert_eq!(solo.asked.len(), asked);
}

#[test]
fn two_share_the_work() {
    let mut solo = Solo::leech(40);
    let (first, second) = (solo.add_web_seed(0), solo.add_web_seed(1));
    assert_eq!(solo.fetches.len(), 2);
    while solo.serve(first, 4_096) + solo.serve(second, 4_096) > 0 {}
    assert_eq!((solo.completed, solo.snapshot().wasted), (1, 0));
    let given = solo.snapshot().web_seeds.iter().map(|web_seed| web_seed.downloaded).min();
    assert!(given >= Some(bytes(15)), "{given:?}");
}

#[test]
fn a_mirror_takes_over_what_a_silent_one_was_to_give() {
    let mut solo = Solo::leech(8);
    let (silent, other) = (solo.add_web_seed(0), solo.add_web_seed(1));
    solo.serve(silent, 20_000);
    while solo.completed == 0 {
        solo.serve_all(other, 10_000);
        solo.pass(seconds(1));
        assert!(solo.now.as_millis() < 10_000, "nobody takes over");
    }
}

#[test]
fn one_that_falls_silent_is_asked_again_later() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, 20_000);
    solo.pass(seconds(16));
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Stalled)]);
    assert!(solo.fetches.is_empty() && solo.snapshot().web_seeds[0].rests_until.is_some());
    solo.pass(seconds(10));
    solo.serve_all(web_seed, 10_000);
    assert_eq!(solo.completed, 1);
}

#[test]
fn one_that_fails_rests_longer_each_time_and_as_long_as_it_says() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    let mut rests = Vec::new();
    for _ in 0..8 {
        solo.fail(web_seed, Some(seconds(0)));
        let until = solo.snapshot().web_seeds[0].rests_until.unwrap();
        rests.push(until.since(solo.now));
        solo.pass(until.since(solo.now));
        assert!(solo.fetches.contains_key(&web_seed));
    }
    assert!(rests[0] >= seconds(3) && rests[0] <= seconds(7), "{rests:?}");
    assert!(rests[7] >= seconds(200) && rests[7] <= seconds(400), "{rests:?}");
    solo.fail(web_seed, Some(seconds(3_000)));
    assert!(solo.snapshot().web_seeds[0].rests_until.unwrap().since(solo.now) >= seconds(3_000));
    solo.pass(seconds(5_000));
    // Nobody gives anything, so it was stopped, and rests again.
    solo.pass(solo.snapshot().web_seeds[0].rests_until.unwrap().since(solo.now));
    solo.fail(web_seed, None);
    solo.pass(seconds(10_000));
    assert!(solo.fetches.is_empty() && solo.snapshot().web_seeds[0].rests_until.is_none());
}

#[test]
fn one_that_lies_is_banned_and_another_gives_everything() {
    let mut solo = Solo::leech(8);
    let (liar, honest) = (solo.add_web_seed(0), solo.add_web_seed(1));
    solo.serve_corrupt(liar, bytes(1));
    assert_eq!(solo.aborts, [(liar, AbortReason::Lied)]);
    solo.serve_all(honest, 10_000);
    solo.pass(seconds(1_000));
    assert_eq!((solo.completed, solo.snapshot().wasted), (1, bytes(1)));
    assert!(!solo.asked[2..].iter().any(|_| solo.fetches.contains_key(&liar)));
}

#[test]
fn whoever_shared_a_bad_piece_with_it_is_not_blamed_for_it() {
    let mut solo = Solo::leech(1);
    let peer = solo.join_as(honest(), Reserved::ours());
    solo.say(peer, Message::HaveAll);
    solo.say(peer, Message::Unchoke);
    let web_seed = solo.add_web_seed(0);
    solo.give(peer, block(0, 0));
    solo.input(Input::Closed { peer });
    assert_eq!(solo.serve_corrupt(web_seed, u64::MAX), u64::from(BLOCK));
    assert_eq!((solo.completed, solo.aborts.len()), (0, 0), "either may be the one");
    // Each proves itself alone now.
    assert_eq!(solo.serve_corrupt(web_seed, u64::MAX), bytes(1));
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Lied)]);
    let peer = solo.join_as(honest(), Reserved::ours());
    solo.say(peer, Message::HaveAll);
    solo.say(peer, Message::Unchoke);
    solo.answer(peer);
    assert_eq!(solo.completed, 1);
}

#[test]
fn a_whole_file_in_place_of_a_part_is_used_from_its_start() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    solo.serve_instead(web_seed, span(0, 8));
    solo.serve_all(web_seed, 10_000);
    assert_eq!((solo.completed, solo.snapshot().wasted, solo.asked.len()), (1, 0, 1));
}

#[test]
fn a_whole_file_of_which_little_is_missing_is_not_read() {
    let mut solo = Solo::with(8, &[0, 1, 2, 3, 4]);
    let web_seed = solo.add_web_seed(0);
    solo.serve_instead(web_seed, span(0, 8));
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Useless)]);
    solo.pass(seconds(1_000));
    assert_eq!(solo.asked.len(), 1);
}

#[test]
fn a_whole_file_may_begin_and_end_in_the_middle_of_a_block() {
    let mut solo = Solo::leech(8);
    let web_seed = solo.add_web_seed(0);
    let file = FileSpan { offset: 1_000, length: bytes(8) - 2_000 };
    solo.serve_instead(web_seed, file);
    while solo.fetches.get(&web_seed).is_some_and(|rest| rest.end() == file.end()) {
        solo.serve(web_seed, 10_000);
    }
    // The first block and the last come from elsewhere.
    assert_eq!(solo.snapshot().downloaded, bytes(8) - 2 * u64::from(BLOCK));
    assert!(solo.snapshot().wasted <= u64::from(BLOCK - 1_000) + 10_000, "{}", solo.snapshot().wasted);
    solo.serve_all(web_seed, 10_000);
    assert_eq!(solo.completed, 1);
}

#[test]
fn one_that_falls_silent_gives_way_to_a_peer() {
    let mut solo = Solo::leech(1);
    let web_seed = solo.add_web_seed(0);
    solo.serve(web_seed, 100);
    solo.pass(seconds(4));
    let peer = solo.join_seed();
    while solo.completed == 0 {
        assert!(solo.answer(peer) > 0);
    }
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Stalled)]);
}

#[test]
fn bytes_that_nobody_asked_for_change_nothing() {
    let mut solo = Solo::leech(2);
    let unknown = WebSeedKey::new(7);
    for event in [
        WebSeedEvent::Received(&[0; 100]),
        WebSeedEvent::Instead(span(0, 2)),
        WebSeedEvent::Instead(FileSpan { offset: u64::MAX, length: u64::MAX }),
        WebSeedEvent::Failed { retry: None },
    ] {
        solo.input(Input::WebSeed { web_seed: unknown, event });
    }
    let web_seed = solo.add_web_seed(0);
    solo.serve_instead(web_seed, FileSpan { offset: u64::MAX, length: u64::MAX });
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Useless)]);
    assert_eq!((solo.snapshot().downloaded, solo.snapshot().wasted), (0, 0));
}

#[test]
fn a_magnet_waits_for_its_metadata() {
    let (info, content) = crate::disk::torrent(bytes(2), PIECE);
    let mut solo = Solo::magnet(info.clone(), content);
    let web_seed = solo.add_web_seed(0);
    assert!(solo.fetches.is_empty());
    give_metadata(&mut solo, &info);
    solo.pass(seconds(1));
    solo.serve_all(web_seed, 10_000);
    assert_eq!(solo.completed, 1);
}
