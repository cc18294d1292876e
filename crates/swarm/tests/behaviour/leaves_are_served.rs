//! BEP 52: who wants to know which block of a piece is wrong asks for the hash of each.

use metainfo::PieceIndex;
use metainfo::merkle::{Hash, Proof, root};
use swarm::{Input, PeerKey};
use wire::{HashRange, Message};

use crate::solo::{Said, Solo, config};

/// What libtorrent asks for when the `place`th piece, of four blocks, failed: all of its leaves, and the uncle of the
/// piece.
fn request(solo: &Solo, place: u32) -> HashRange {
    let root = root_of(solo);
    HashRange { root, level: 0, index: 4 * place, length: 4, proof_layers: 2 }
}

fn root_of(solo: &Solo) -> Hash {
    *solo.torrent.info().and_then(|info| info.files()[0].tree).expect("there is a file").root()
}

fn ask(solo: &mut Solo, peer: PeerKey, range: HashRange) -> Vec<Said> {
    solo.heard(peer);
    solo.say(peer, Message::HashRequest(range));
    solo.heard(peer)
}

#[test]
fn the_leaves_of_a_stored_piece_come_with_the_proof_that_was_asked_for() {
    // The last piece has three blocks.
    let mut solo = Solo::version_two(15, &[0, 1, 2, 3], config());
    let peer = solo.join();
    let leaves = solo.true_leaves();
    for place in 0..4 {
        let range = HashRange { proof_layers: 3, ..request(&solo, place) };
        let said = ask(&mut solo, peer, range);
        let [Said::Hashes(answered, hashes)] = &said[..] else { panic!("{said:?}") };
        assert_eq!((answered, hashes.len()), (&range, 6));
        let mut own = leaves[4 * place as usize..].iter().copied().take(4).collect::<Vec<_>>();
        own.resize(4, Hash::ZERO);
        assert_eq!(hashes[..4], own);
        let proof = Proof { level: 0, index: range.index, uncles: &hashes[4..] };
        assert_eq!(proof.root(&hashes[..4]), Some(root_of(&solo)));
    }
}

#[test]
fn a_part_of_the_leaves_is_proved_by_the_others() {
    let mut solo = Solo::version_two(16, &[0, 1, 2, 3], config());
    let peer = solo.join();
    let range = HashRange { root: root_of(&solo), level: 0, index: 6, length: 2, proof_layers: 3 };
    let leaves = solo.true_leaves();
    let uncles = [root(&leaves[4..6], 0, 1), root(&leaves[..4], 0, 2), root(&leaves[8..], 0, 3)];
    let hashes = [&leaves[6..8], &uncles].concat();
    assert_eq!(ask(&mut solo, peer, range), [Said::Hashes(range, hashes)]);
}

#[test]
fn leaves_of_a_piece_that_is_not_here_are_refused() {
    let mut solo = Solo::version_two(16, &[1], config());
    let peer = solo.join();
    let (here, missing) = (request(&solo, 1), request(&solo, 0));
    assert!(matches!(ask(&mut solo, peer, here)[..], [Said::Hashes(..)]));
    assert_eq!(ask(&mut solo, peer, missing), [Said::HashReject(missing)]);
    assert_eq!(solo.leaves, [PieceIndex::new(1)]);
}

#[test]
fn leaves_that_do_not_exist_are_refused() {
    let mut solo = Solo::version_two(15, &[0, 1, 2, 3], config());
    let peer = solo.join();
    let sound = request(&solo, 0);
    for range in [
        HashRange { root: Hash::ZERO, ..sound },
        HashRange { index: 16, ..sound },
        HashRange { index: u32::MAX, ..sound },
        HashRange { index: 2, ..sound },
        HashRange { length: 8, ..sound },
        HashRange { length: 0, ..sound },
        HashRange { length: u32::MAX, ..sound },
        HashRange { proof_layers: 4, ..sound },
        HashRange { proof_layers: u32::MAX, ..sound },
    ] {
        assert_eq!(ask(&mut solo, peer, range), [Said::HashReject(range)], "{range:?}");
    }
}

#[test]
fn one_peer_or_many_can_have_only_so_many_pieces_hashed_at_once() {
    let pieces: Vec<u32> = (0..16).collect();
    let mut solo = Solo::version_two(64, &pieces, config());
    solo.leaves_by_hand = true;
    let peers = [solo.join(), solo.join(), solo.join()];
    let mut refused = 0;
    for (peer, places) in [(peers[0], 0..5), (peers[1], 5..10), (peers[2], 10..11)] {
        for place in places {
            let range = request(&solo, place);
            refused += ask(&mut solo, peer, range).len();
        }
    }
    assert_eq!((refused, solo.leaves.len()), (3, 8));
    // One that is gone leaves its place to others.
    solo.input(Input::Closed { peer: peers[0] });
    let range = request(&solo, 10);
    assert_eq!(ask(&mut solo, peers[2], range), []);
}

#[test]
fn who_asks_again_and_again_is_refused_in_the_end() {
    let mut solo = Solo::version_two(16, &[0, 1, 2, 3], config());
    let peer = solo.join();
    solo.leaves_by_hand = true;
    let range = HashRange { length: 1, proof_layers: 0, ..request(&solo, 0) };
    for _ in 0..10_000 {
        solo.say(peer, Message::HashRequest(range));
        solo.input(Input::Leaves { piece: PieceIndex::new(0), leaves: &[] });
    }
    // Each time it is the whole piece that is hashed.
    assert_eq!(solo.leaves.len(), (10_000 + 2 * 4) / 4);
}

#[test]
fn a_piece_that_cannot_be_read_or_is_not_what_it_was_has_no_leaves() {
    let mut solo = Solo::version_two(16, &[0, 1], config());
    let peer = solo.join();
    solo.leaves_by_hand = true;
    for (place, leaves) in [(0, &[][..]), (1, &[Hash::ZERO; 4])] {
        let range = request(&solo, place);
        assert_eq!(ask(&mut solo, peer, range), []);
        solo.input(Input::Leaves { piece: PieceIndex::new(place), leaves });
        assert_eq!(solo.heard(peer), [Said::HashReject(range)]);
    }
    let range = request(&solo, 0);
    ask(&mut solo, peer, range);
    solo.input(Input::Lost { piece: PieceIndex::new(0) });
    assert!(solo.heard(peer).contains(&Said::HashReject(range)));
}
