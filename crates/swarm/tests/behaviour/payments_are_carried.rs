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
    let trade = PeerTrade { given: 0, taken: blocks, unchecked: blocks, serves: true };
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
    assert_eq!(last_trade(&mut solo), Some(PeerTrade { given: 0, taken: all, unchecked: all, serves: true }));
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
    assert_eq!((of_late.taken, of_late.unchecked), (u64::from(BLOCK), 0));
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
