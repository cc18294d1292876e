use metainfo::PieceIndex;
use swarm::{Input, Phase, Selection};
use wire::Bitfield;

use crate::solo::{PIECE, Said, Solo};

fn only(pieces: &[u32], of: u32) -> Bitfield {
    let mut selected = Bitfield::new(of);
    for piece in pieces {
        selected.set(PieceIndex::new(*piece));
    }
    selected
}

#[test]
fn the_others_are_left_out() {
    let mut solo = Solo::leech(10);
    solo.input(Input::Select(Selection::only(&only(&[3, 7], 10))));
    let peer = solo.join_seed();
    while solo.parting(peer).is_none() && solo.answer(peer) > 0 {}
    assert_eq!(solo.torrent.have(), &only(&[3, 7], 10));
    assert_eq!((solo.completed, solo.snapshot().phase), (1, Phase::Complete));
    assert_eq!(solo.snapshot().downloaded, u64::from(2 * PIECE));
}

#[test]
fn pieces_in_download_are_dropped_when_they_are_not_wanted_any_more() {
    let mut solo = Solo::leech(2);
    let peer = solo.join_seed();
    let requests = solo.requests(peer);
    solo.give(peer, requests[0]);
    let other = 1 - requests[0].piece.get();
    solo.input(Input::Select(Selection::only(&only(&[other], 2))));
    let heard = solo.heard(peer);
    assert!(heard.contains(&Said::Cancel(requests[1])), "{heard:?}");
    assert_eq!(solo.disk.slots(), 0);
    assert_eq!(solo.snapshot().wasted, 16_384);
}

#[test]
fn interest_follows_the_selection() {
    let mut solo = Solo::leech(2);
    let peer = solo.join_seed();
    solo.heard(peer);
    solo.input(Input::Select(Selection::only(&only(&[], 2))));
    assert!(solo.parting(peer).is_some(), "a seed is no use to one who wants nothing");
    let peer = solo.join();
    solo.heard(peer);
    solo.say(peer, wire::Message::Have(PieceIndex::new(1)));
    assert_eq!(solo.heard(peer), []);
    solo.input(Input::Select(Selection::only(&only(&[1], 2))));
    assert_eq!(solo.heard(peer)[0], Said::Interested);
}

#[test]
fn a_selection_for_another_torrent_is_ignored() {
    let mut solo = Solo::leech(2);
    solo.input(Input::Select(Selection::all(3)));
    assert_eq!(solo.snapshot().phase, Phase::Downloading);
}
