//! Messages of payments are carried and bytes are counted, alike at both ends; what it all means is the driver's business.
// Issue 15, 3.

use swarm::extension::{MAX_PAYMENT_MESSAGE, PaymentNotice, PaymentOrder, PeerTrade};
use swarm::{Input, PeerKey};
use wire::{ExtendedHandshake, Message};

use crate::solo::{BLOCK, Said, Solo, block, seconds};

/// The id by which peers call the extension, and the one by which we call theirs.
const OURS: u8 = 5;
const THEIRS: u8 = 9;

/// A seed that shows all that it has.
fn seed(pieces: u32) -> Solo {
    let mut solo = Solo::seed(pieces);
    solo.input(Input::SuperSeed(false));
    solo
}

fn begin(solo: &mut Solo) {
    solo.input(Input::Payments(PaymentOrder::Begin { terms: Some(b"d1:vi1ee") }));
}

/// A peer that speaks of payments, and wants to be paid if it has terms.
fn speaker(solo: &mut Solo, terms: Option<&[u8]>) -> PeerKey {
    let peer = solo.join();
    introduce(solo, peer, terms);
    peer
}

fn introduce(solo: &mut Solo, peer: PeerKey, terms: Option<&[u8]>) {
    let extensions = [("btt_pay".to_owned(), THEIRS)].into_iter().collect();
    let terms = terms.map(|terms| ("btt_pay".to_owned(), terms.to_vec())).into_iter().collect();
    solo.say_extended(peer, &ExtendedHandshake { extensions, terms, ..ExtendedHandshake::default() });
}

fn say(solo: &mut Solo, peer: PeerKey, payload: &[u8]) {
    solo.say(peer, Message::Extended { id: OURS, payload });
}

fn notices(solo: &mut Solo) -> Vec<PaymentNotice> {
    std::mem::take(&mut solo.payments)
}

/// How far a peer is, as was told last.
fn last_trade(solo: &mut Solo) -> Option<PeerTrade> {
    let mut trades = notices(solo).into_iter().filter_map(|notice| match notice {
        PaymentNotice::Traded { trade, .. } => Some(trade),
        _ => None,
    });
    trades.next_back()
}

/// What a peer heard of the extension's messages and of blocks, in order.
fn stream(solo: &mut Solo, peer: PeerKey) -> Vec<Said> {
    let heard = solo.heard(peer).into_iter();
    heard.filter(|said| matches!(said, Said::Extended(THEIRS, _) | Said::Block(_))).collect()
}

#[test]
fn until_they_are_begun_nobody_hears_of_payments() {
    let mut solo = seed(2);
    let peer = speaker(&mut solo, Some(b"i7e"));
    say(&mut solo, peer, b"anything");
    let offers = |solo: &mut Solo| {
        let heard = solo.heard(peer).into_iter();
        let handshakes =
            heard.filter_map(|said| if let Said::Extended(0, bytes) = said { Some(bytes) } else { None });
        let handshakes: Vec<_> = handshakes.map(|bytes| ExtendedHandshake::parse(&bytes).unwrap()).collect();
        handshakes
            .iter()
            .map(|said| (said.extensions.get("btt_pay").copied(), said.terms.get("btt_pay").cloned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(offers(&mut solo), [(None, None)]);
    assert_eq!(notices(&mut solo), []);
    // Who came before hears of them, too, and is met.
    begin(&mut solo);
    assert_eq!(offers(&mut solo), [(Some(OURS), Some(b"d1:vi1ee".to_vec()))]);
    assert_eq!(notices(&mut solo), [PaymentNotice::Met { peer, terms: Some(b"i7e".to_vec()) }]);
    solo.input(Input::Payments(PaymentOrder::End));
    assert_eq!(offers(&mut solo), [(None, None)]);
    say(&mut solo, peer, b"anything");
    assert_eq!(notices(&mut solo), []);
}

#[test]
fn a_peer_is_met_when_it_speaks_of_payments_and_gone_when_it_leaves() {
    let mut solo = seed(2);
    begin(&mut solo);
    let silent = solo.join();
    let peer = speaker(&mut solo, None);
    introduce(&mut solo, peer, None);
    introduce(&mut solo, peer, Some(b"i7e"));
    solo.input(Input::Closed { peer: silent });
    solo.input(Input::Closed { peer });
    let met = |terms: Option<&[u8]>| PaymentNotice::Met { peer, terms: terms.map(Vec::from) };
    assert_eq!(
        notices(&mut solo),
        [met(None), met(Some(b"i7e")), PaymentNotice::Gone { peer, trade: PeerTrade::default() }]
    );
}

#[test]
fn where_a_message_stands_in_the_stream_is_told() {
    let mut solo = seed(4);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    solo.say(peer, Message::Request(block(0, 0)));
    solo.input(Input::Payments(PaymentOrder::Send { peer, payload: b"one" }));
    solo.say(peer, Message::Request(block(1, 0)));
    say(&mut solo, peer, b"two");
    let message = |payload: &[u8]| Said::Extended(THEIRS, payload.to_vec());
    let expected = [Said::Block(block(0, 0)), message(b"one"), Said::Block(block(1, 0))];
    assert_eq!(stream(&mut solo, peer), expected);
    let trade = |blocks: u32| PeerTrade { given: u64::from(blocks * BLOCK), ..PeerTrade::default() };
    let mut told = notices(&mut solo);
    told.retain(|notice| matches!(notice, PaymentNotice::Sent { .. } | PaymentNotice::Said { .. }));
    assert_eq!(
        told,
        [
            PaymentNotice::Sent { peer, trade: trade(1) },
            PaymentNotice::Said { peer, payload: b"two".to_vec(), trade: trade(2) },
        ]
    );
}

#[test]
fn a_peer_gets_the_bytes_that_it_is_allowed_in_all_and_no_more() {
    let mut solo = seed(4);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    solo.say(peer, Message::Request(block(0, 0)));
    let allow = |blocks: Option<u32>| {
        Input::Payments(PaymentOrder::Allow { peer, given: blocks.map(|blocks| u64::from(blocks * BLOCK)) })
    };
    // One of the two it has already. Saying so again allows no more.
    solo.input(allow(Some(2)));
    solo.input(allow(Some(2)));
    for n in 1..4 {
        solo.say(peer, Message::Request(block(n, 0)));
    }
    assert_eq!(stream(&mut solo, peer), [Said::Block(block(0, 0)), Said::Block(block(1, 0))]);
    // What it asked for besides waits until it is allowed more.
    solo.input(allow(None));
    assert_eq!(stream(&mut solo, peer), [Said::Block(block(2, 0)), Said::Block(block(3, 0))]);
    // Without payments there is no limit, and what comes late makes none.
    solo.input(allow(Some(0)));
    solo.input(Input::Payments(PaymentOrder::End));
    solo.input(allow(Some(0)));
    solo.say(peer, Message::Request(block(0, 0)));
    assert_eq!(stream(&mut solo, peer), [Said::Block(block(0, 0))]);
}

#[test]
fn who_speaks_of_payments_no_more_is_served_as_anybody() {
    let mut solo = seed(4);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    solo.input(Input::Payments(PaymentOrder::Allow { peer, given: Some(0) }));
    solo.say_extended(peer, &ExtendedHandshake::default());
    solo.say(peer, Message::Request(block(0, 0)));
    assert_eq!(stream(&mut solo, peer), [Said::Block(block(0, 0))]);
}

#[test]
fn what_a_peer_gave_that_is_not_checked_is_told_when_it_leaves() {
    let mut solo = Solo::leech(2);
    solo.hash_by_hand = true;
    begin(&mut solo);
    let peer = solo.join_seed();
    introduce(&mut solo, peer, Some(b"i7e"));
    for block in &solo.requests(peer)[..3] {
        solo.give(peer, *block);
    }
    solo.input(Input::Closed { peer });
    let blocks = u64::from(3 * BLOCK);
    let trade = PeerTrade { given: 0, taken: blocks, unchecked: blocks, serves: true, complete: true };
    assert_eq!(notices(&mut solo).pop(), Some(PaymentNotice::Gone { peer, trade }));
}

#[test]
fn what_was_asked_of_a_peer_counts_once_and_what_nobody_asked_for_does_not() {
    let mut solo = Solo::leech(2);
    solo.hash_by_hand = true;
    begin(&mut solo);
    let peer = solo.join_seed();
    introduce(&mut solo, peer, Some(b"i7e"));
    let asked = solo.requests(peer);
    assert_eq!(asked.len(), 4);
    for block in &asked {
        solo.give(peer, *block);
        // The same once more: nobody waits for it.
        solo.give(peer, *block);
    }
    solo.pass(seconds(1));
    let all = u64::from(4 * BLOCK);
    assert_eq!(
        last_trade(&mut solo),
        Some(PeerTrade { given: 0, taken: all, unchecked: all, serves: true, complete: true })
    );
    let piece = asked[0].piece;
    solo.input(Input::Hashed { piece, ok: true });
    say(&mut solo, peer, b"so?");
    let said = notices(&mut solo).pop();
    let Some(PaymentNotice::Said { trade, .. }) = said else { panic!("{said:?}") };
    assert_eq!((trade.taken, trade.unchecked), (all, all / 2));
}

#[test]
fn a_block_that_is_of_no_use_any_more_counts_since_it_was_asked_for() {
    let mut solo = Solo::leech(1);
    solo.hash_by_hand = true;
    begin(&mut solo);
    let peers = [(); 2].map(|()| {
        let peer = solo.join_seed();
        introduce(&mut solo, peer, Some(b"i7e"));
        peer
    });
    // Both are asked for what is missing in the end, and one is too late.
    let asked = peers.map(|peer| solo.requests(peer));
    let twice =
        asked[0].iter().find(|block| asked[1].contains(block)).copied().expect("one block is asked of both");
    solo.give(peers[0], twice);
    notices(&mut solo);
    solo.give(peers[1], twice);
    let of_late = last_trade(&mut solo).expect("it counts");
    assert_eq!((of_late.taken, of_late.unchecked), (u64::from(BLOCK), u64::from(BLOCK)));
}

/// Two seeds that each give a block of the only piece, as blocks of which the second is right or not.
fn two_authors(is_right: bool) -> (Solo, [PeerKey; 2]) {
    let mut solo = Solo::leech(1);
    begin(&mut solo);
    let peers = [(); 2].map(|()| {
        let peer = solo.join_seed();
        introduce(&mut solo, peer, Some(b"i7e"));
        peer
    });
    solo.requests(peers[0]);
    solo.requests(peers[1]);
    solo.give(peers[0], block(0, 0));
    notices(&mut solo);
    if is_right {
        solo.give(peers[1], block(0, 1));
    } else {
        solo.give_corrupt(peers[1], block(0, 1));
    }
    (solo, peers)
}

/// Issue 15: junk is never paid for as what was checked.
#[test]
fn bytes_of_a_piece_that_failed_never_count_as_checked() {
    let (mut solo, peers) = two_authors(false);
    for peer in peers {
        assert_eq!(solo.parting(peer), None, "one of them is honest");
        say(&mut solo, peer, b"so?");
        let said = notices(&mut solo).pop();
        let Some(PaymentNotice::Said { trade, .. }) = said else { panic!("{said:?}") };
        assert_eq!((trade.taken, trade.unchecked), (u64::from(BLOCK), u64::from(BLOCK)));
    }
    // Whoever gives all of it again is told as right with that, and with no more.
    assert_eq!(solo.answer(peers[0]), 1);
    solo.pass(seconds(31));
    assert_eq!(solo.answer(peers[0]), 1);
    let trade = last_trade(&mut solo).expect("it is right");
    assert_eq!((trade.taken, trade.unchecked), (u64::from(3 * BLOCK), u64::from(BLOCK)));
}

#[test]
fn that_a_piece_was_right_is_told_at_once_of_all_who_gave_it() {
    let (mut solo, peers) = two_authors(true);
    let told = notices(&mut solo);
    for peer in peers {
        let mut of_peer = told.iter().filter_map(|notice| match notice {
            PaymentNotice::Traded { peer: of, trade } if *of == peer => Some((trade.taken, trade.unchecked)),
            _ => None,
        });
        assert_eq!(of_peer.next_back(), Some((u64::from(BLOCK), 0)), "{told:?}");
    }
}

#[test]
fn whoever_alone_gave_what_is_wrong_is_told_as_bad_before_it_is_gone() {
    let mut solo = Solo::leech(4);
    begin(&mut solo);
    let peer = solo.join_seed();
    introduce(&mut solo, peer, Some(b"i7e"));
    let asked = solo.requests(peer);
    solo.give_corrupt(peer, asked[0]);
    notices(&mut solo);
    solo.give(peer, asked[1]);
    assert!(solo.parting(peer).is_some());
    let mut told = notices(&mut solo);
    told.retain(|notice| !matches!(notice, PaymentNotice::Traded { .. }));
    let all = u64::from(2 * BLOCK);
    let trade = PeerTrade { given: 0, taken: all, unchecked: all, serves: true, complete: true };
    assert_eq!(told, [PaymentNotice::Bad { peer }, PaymentNotice::Gone { peer, trade }]);
}

/// A suspect works alone on a piece, which is given up when it chokes us: nobody ever sees whether its blocks were right.
#[test]
fn bytes_of_a_piece_that_its_author_gave_up_do_not_count_as_checked() {
    let (mut solo, [honest, liar]) = two_authors(false);
    solo.say(honest, Message::Choke);
    solo.pass(seconds(30));
    assert_eq!(solo.requests(liar).len(), 2);
    solo.give_corrupt(liar, block(0, 0));
    solo.say(liar, Message::Choke);
    notices(&mut solo);
    say(&mut solo, liar, b"so?");
    let said = notices(&mut solo).pop();
    let Some(PaymentNotice::Said { trade, .. }) = said else { panic!("{said:?}") };
    assert_eq!((trade.taken, trade.unchecked), (u64::from(2 * BLOCK), u64::from(2 * BLOCK)));
}

#[test]
fn what_was_taken_before_a_peer_was_spoken_with_makes_nobody_wait_to_be_paid() {
    let mut solo = seed(400);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    let take = |solo: &mut Solo, blocks: std::ops::Range<u32>| {
        for n in blocks {
            solo.say(peer, Message::Request(block(n / 2, n % 2)));
            solo.input(Input::Writable { peer, room: 256 * 1024 });
        }
        let told = notices(solo);
        told.iter().filter(|notice| matches!(notice, PaymentNotice::Traded { .. })).count()
    };
    take(&mut solo, 0..700);
    solo.pass(seconds(60));
    assert!(take(&mut solo, 700..716) < 8, "for nothing");
    say(&mut solo, peer, b"I pay");
    notices(&mut solo);
    assert_eq!(take(&mut solo, 716..732), 16, "each block");
}

#[test]
fn who_stops_speaking_of_payments_and_begins_again_is_met_after_a_while_and_has_no_more_to_say() {
    let mut solo = seed(2);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    let told = |solo: &mut Solo, is: fn(&PaymentNotice) -> bool| {
        notices(solo).iter().filter(|notice| is(notice)).count()
    };
    for _ in 0..3 {
        for _ in 0..30 {
            say(&mut solo, peer, b"much");
        }
        solo.say_extended(peer, &ExtendedHandshake::default());
        introduce(&mut solo, peer, None);
    }
    assert_eq!(told(&mut solo, |notice| matches!(notice, PaymentNotice::Said { .. })), 20);
    solo.pass(seconds(9));
    assert_eq!(told(&mut solo, |notice| matches!(notice, PaymentNotice::Met { .. })), 0);
    solo.pass(seconds(1));
    assert_eq!(told(&mut solo, |notice| matches!(notice, PaymentNotice::Met { .. })), 1);
}

#[test]
fn how_far_a_peer_is_is_told_the_more_seldom_the_more_was_traded_and_else_once_a_second() {
    let mut solo = seed(400);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    let given = |solo: &mut Solo| -> Vec<u64> {
        let blocks = notices(solo).into_iter().filter_map(|notice| match notice {
            PaymentNotice::Traded { trade, .. } => Some(trade.given / u64::from(BLOCK)),
            _ => None,
        });
        blocks.collect()
    };
    given(&mut solo);
    let mut told = Vec::new();
    for n in 0..800 {
        solo.say(peer, Message::Request(block(n / 2, n % 2)));
        solo.input(Input::Writable { peer, room: 256 * 1024 });
        told.extend(given(&mut solo));
    }
    assert_eq!(told[..4], [1, 2, 3, 4]);
    let steps: Vec<u64> = told.windows(2).map(|two| two[1] - two[0]).collect();
    assert!(steps.is_sorted(), "{steps:?}");
    // A 128th of 12.5 MiB.
    assert_eq!((told.len(), steps.last()), (319, Some(&7)), "of 800 blocks");
    // What is left over is told in a while, and where nothing changes there is nothing to tell.
    solo.pass(seconds(1));
    assert_eq!(given(&mut solo), [800]);
    solo.pass(seconds(30));
    assert_eq!(given(&mut solo), []);
}

/// Or nobody would allow it more before the second is over: a step may be more than what is left of what it was allowed.
#[test]
fn that_a_peer_has_used_up_what_it_was_allowed_is_told_at_once() {
    let mut solo = seed(400);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    solo.say(peer, Message::Interested);
    let take = |solo: &mut Solo, blocks: std::ops::Range<u32>| {
        for n in blocks {
            solo.say(peer, Message::Request(block(n / 2, n % 2)));
            solo.input(Input::Writable { peer, room: 256 * 1024 });
        }
    };
    // A step is three blocks by now.
    take(&mut solo, 0..512);
    notices(&mut solo);
    let allowed = 513 * u64::from(BLOCK) + 1;
    solo.input(Input::Payments(PaymentOrder::Allow { peer, given: Some(allowed) }));
    take(&mut solo, 512..514);
    assert_eq!(last_trade(&mut solo).map(|trade| trade.given / u64::from(BLOCK)), Some(513));
}

#[test]
fn who_says_too_much_is_not_heard_and_who_says_it_at_once_is_let_go() {
    let mut solo = seed(2);
    begin(&mut solo);
    let peer = speaker(&mut solo, None);
    for _ in 0..1_000 {
        say(&mut solo, peer, &[0; MAX_PAYMENT_MESSAGE]);
    }
    let said =
        notices(&mut solo).into_iter().filter(|notice| matches!(notice, PaymentNotice::Said { .. })).count();
    assert_eq!(said, 20);
    assert_eq!(solo.parting(peer), None);
    say(&mut solo, peer, &[0; MAX_PAYMENT_MESSAGE + 1]);
    assert!(solo.parting(peer).is_some());
    assert_eq!(notices(&mut solo), [PaymentNotice::Gone { peer, trade: PeerTrade::default() }]);
}

/// The pieces of which a peer is asked for blocks, each of two, while another has been asked for one block.
fn pieces_beside_a_narrow_seed(apart: Option<bool>, first_is_apart: bool) -> Vec<u32> {
    let mut solo = Solo::leech(4);
    begin(&mut solo);
    let mut join = |reqq, apart: Option<bool>| {
        let peer = solo.join();
        let extensions = [("btt_pay".to_owned(), THEIRS)].into_iter().collect();
        solo.say_extended(peer, &ExtendedHandshake { reqq, extensions, ..ExtendedHandshake::default() });
        if let Some(apart) = apart {
            solo.input(Input::Payments(PaymentOrder::KeepApart { peer, apart }));
        }
        solo.say(peer, Message::HaveAll);
        solo.say(peer, Message::Unchoke);
        solo.requests(peer).iter().map(|block| block.piece.get()).collect::<Vec<_>>()
    };
    let first = join(Some(1), first_is_apart.then_some(true));
    let asked = join(Some(3), apart);
    assert_eq!((first.len(), asked.len()), (1, 3));
    asked.into_iter().filter(|piece| *piece == first[0]).collect()
}

#[test]
fn whoever_is_kept_apart_works_on_pieces_of_its_own_and_others_on_theirs() {
    assert_eq!(pieces_beside_a_narrow_seed(None, false).len(), 1, "so that few pieces are open");
    assert_eq!(pieces_beside_a_narrow_seed(Some(false), false).len(), 1);
    assert_eq!(pieces_beside_a_narrow_seed(Some(true), false), [] as [u32; 0]);
    assert_eq!(pieces_beside_a_narrow_seed(None, true), [] as [u32; 0]);
}

#[test]
fn whoever_is_kept_apart_works_with_others_when_nothing_else_is_left() {
    let mut solo = Solo::leech(1);
    begin(&mut solo);
    let first = solo.join_narrow_seed();
    let [asked] = solo.requests(first)[..] else { panic!("it wants to be asked for one block") };
    let peer = speaker(&mut solo, None);
    solo.input(Input::Payments(PaymentOrder::KeepApart { peer, apart: true }));
    solo.say(peer, Message::HaveAll);
    solo.say(peer, Message::Unchoke);
    assert!(solo.requests(peer).iter().any(|block| *block != asked));
}

#[test]
fn it_is_told_at_once_that_whoever_is_met_has_everything() {
    let mut solo = Solo::leech(2);
    begin(&mut solo);
    let peer = solo.join();
    solo.say(peer, Message::HaveAll);
    introduce(&mut solo, peer, Some(b"i7e"));
    let trade = PeerTrade { complete: true, ..PeerTrade::default() };
    let told =
        [PaymentNotice::Met { peer, terms: Some(b"i7e".to_vec()) }, PaymentNotice::Traded { peer, trade }];
    assert_eq!(notices(&mut solo), told);
}
