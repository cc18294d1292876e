//! A bitfield is a set of pieces in wire order.

use std::collections::BTreeSet;

use metainfo::PieceIndex;
use proptest::prelude::*;
use wire::{Bitfield, Error};

#[test]
fn the_first_piece_is_the_highest_bit() {
    let mut bitfield = Bitfield::new(10);
    assert!(bitfield.set(PieceIndex::new(0)));
    assert!(bitfield.set(PieceIndex::new(9)));
    assert_eq!(bitfield.as_bytes(), [0x80, 0x40]);
}

#[test]
fn a_full_one_has_no_spare_bits() {
    assert_eq!(Bitfield::full(10).as_bytes(), [0xff, 0xc0]);
    assert_eq!(Bitfield::full(16).as_bytes(), [0xff, 0xff]);
    assert_eq!(Bitfield::from_bytes(&[0xff, 0xc0], 10), Ok(Bitfield::full(10)));
}

#[test]
fn spare_bits_are_rejected() {
    assert_eq!(Bitfield::from_bytes(&[0xff, 0xe0], 10), Err(Error::SpareBits));
}

#[test]
fn another_length_is_rejected() {
    assert_eq!(Bitfield::from_bytes(&[0xff], 10), Err(Error::BitfieldLength { bytes: 1, pieces: 10 }));
    assert_eq!(Bitfield::from_bytes(&[0, 0, 0], 10), Err(Error::BitfieldLength { bytes: 3, pieces: 10 }));
}

#[test]
fn pieces_that_do_not_exist_are_never_in_it() {
    let mut bitfield = Bitfield::new(10);
    for beyond in [10, 15, 16, u32::MAX] {
        assert!(!bitfield.set(PieceIndex::new(beyond)));
        assert!(!bitfield.unset(PieceIndex::new(beyond)));
        assert!(!Bitfield::full(10).get(PieceIndex::new(beyond)));
    }
    assert_eq!(bitfield, Bitfield::new(10));
}

proptest! {
    #[test]
    fn is_a_set(len in 0..70_u32, changes in prop::collection::vec((0..80_u32, any::<bool>()), 0..200)) {
        let mut bitfield = Bitfield::new(len);
        let mut model = BTreeSet::new();
        for (index, add) in changes {
            let piece = PieceIndex::new(index);
            if add {
                prop_assert_eq!(bitfield.set(piece), index < len && model.insert(piece));
            } else {
                prop_assert_eq!(bitfield.unset(piece), model.remove(&piece));
            }
            prop_assert_eq!(bitfield.get(piece), model.contains(&piece));
        }
        prop_assert_eq!(bitfield.count_ones() as usize, model.len());
        prop_assert_eq!(bitfield.is_empty(), model.is_empty());
        prop_assert_eq!(bitfield.is_full(), model.len() == len as usize);
        prop_assert!(bitfield.iter_ones().eq(model.iter().copied()));
        let absent = (0..len).map(PieceIndex::new).filter(|piece| !model.contains(piece));
        prop_assert!(bitfield.iter_zeros().eq(absent));
        prop_assert_eq!(Bitfield::from_bytes(bitfield.as_bytes(), len), Ok(bitfield));
    }
}
