//! Pieces gather in memory until they are whole.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use metainfo::{Geometry, InfoBuilder, PieceIndex};
use session::Slots;
use swarm::Blocks as _;

fn slots() -> Slots {
    let mut slots = Slots::default();
    slots.shape(Geometry::new(25, 10).unwrap());
    slots
}

#[test]
fn bytes_gather_in_any_order() {
    let mut slots = slots();
    let piece = PieceIndex::new(1);
    slots.put(piece, 6, &[6, 7, 8, 9]);
    slots.put(piece, 0, &[0, 1, 2, 3, 4, 5]);
    let whole: Vec<u8> = (0..10).collect();
    assert_eq!(slots.get(piece), Some(&whole[..]));
}

#[test]
fn the_last_piece_is_as_short_as_it_is() {
    let mut slots = slots();
    slots.put(PieceIndex::new(0), 0, &[1; 10]);
    slots.discard(PieceIndex::new(0));
    slots.put(PieceIndex::new(2), 0, &[9; 5]);
    assert_eq!(slots.get(PieceIndex::new(2)), Some(&[9; 5][..]), "in a buffer that held a longer one");
}

#[test]
fn padding_is_zeros_whatever_the_buffer_held() {
    let mut slots = Slots::default();
    let files = InfoBuilder::new("folder").piece_length(16_384);
    let files = files.file(vec!["a".to_owned()], 16_384).file(vec!["b".to_owned()], 5);
    slots.shape(files.geometry().unwrap());
    slots.put(PieceIndex::new(0), 0, &[9; 16_384]);
    slots.discard(PieceIndex::new(0));
    slots.put(PieceIndex::new(1), 0, &[1; 5]);
    let mut expected = [0; 16_384];
    expected[..5].fill(1);
    assert_eq!(slots.get(PieceIndex::new(1)), Some(&expected[..]));
}

#[test]
fn padding_is_zeros_whatever_a_peer_sends() {
    let mut slots = Slots::default();
    let files = InfoBuilder::new("folder").piece_length(16_384);
    let files = files.file(vec!["a".to_owned()], 5).file(vec!["b".to_owned()], 5);
    slots.shape(files.geometry().unwrap());
    slots.put(PieceIndex::new(0), 0, &[1; 3]);
    slots.put(PieceIndex::new(0), 3, &[1; 16_381]);
    let mut expected = [0; 16_384];
    expected[..5].fill(1);
    assert_eq!(slots.get(PieceIndex::new(0)), Some(&expected[..]));
}

#[test]
fn bytes_outside_of_their_piece_are_dropped() {
    let mut slots = slots();
    slots.put(PieceIndex::new(0), 8, &[1, 1, 1]);
    slots.put(PieceIndex::new(9), 0, &[1]);
    assert_eq!(slots.get(PieceIndex::new(0)), Some(&[0; 10][..]));
    assert_eq!(slots.get(PieceIndex::new(9)), Some(&[][..]));
}

#[test]
fn a_discarded_piece_is_gone() {
    let mut slots = slots();
    slots.put(PieceIndex::new(0), 0, &[1; 10]);
    slots.discard(PieceIndex::new(0));
    assert_eq!(slots.get(PieceIndex::new(0)), None);
}
