use metainfo::{Info, InfoBuilder, PieceIndex, Version};
use swarm::{Input, Phase, Priority, Selection, Source};
use wire::Bitfield;

use crate::disk::{Disk, fill};
use crate::solo::{Solo, config};

/// Three files in pieces of 16 KiB: 2½ pieces, 2 pieces that begin in the middle of one, and 3½.
fn album() -> (Info, Vec<u8>) {
    let mut builder = InfoBuilder::new("album").piece_length(16_384).version(Version::One);
    for (name, length) in [("a", 40_960), ("b", 32_768), ("c", 57_344)] {
        builder = builder.file(vec![name.to_owned()], length);
    }
    fill(builder)
}

fn leech(priorities: [Priority; 3]) -> (Solo, Info) {
    let (info, content) = album();
    let source = Source::Info(info.clone(), Bitfield::new(8));
    let mut solo = Solo::from(source, Disk::default(), info.clone(), content, config());
    solo.input(Input::Select(Selection::of_files(&info, |file| priorities[file])));
    (solo, info)
}

fn order(solo: &mut Solo) -> Vec<u32> {
    let seed = solo.join_seed();
    solo.requests(seed).iter().map(|block| block.piece.get()).collect()
}

/// webtorrent#3083
#[test]
fn a_file_is_whole_although_its_neighbours_are_skipped() {
    let (mut solo, info) = leech([Priority::Skip, Priority::Normal, Priority::Skip]);
    let seed = solo.join_seed();
    while solo.parting(seed).is_none() && solo.answer(seed) > 0 {}
    assert_eq!((solo.completed, solo.snapshot().phase), (1, Phase::Complete));
    let geometry = info.geometry();
    assert!(geometry.pieces_of(info.files()[1].span).all(|piece| solo.torrent.have().get(piece)));
    let have: Vec<u32> = solo.torrent.have().iter_ones().map(PieceIndex::get).collect();
    assert_eq!(have, [2, 3, 4], "and not a piece more");
}

/// webtorrent#2755, webtorrent#164
#[test]
fn high_comes_first_and_low_last() {
    let (mut solo, _) = leech([Priority::Low, Priority::Normal, Priority::High]);
    let order = order(&mut solo);
    let tiers: Vec<u32> = order.iter().map(|piece| [2, 2, 1, 1, 0, 0, 0, 0][*piece as usize]).collect();
    assert_eq!(tiers, [0, 0, 0, 0, 1, 1, 2, 2], "{order:?}");
}

/// webtorrent#1948, webtorrent#1833
#[test]
fn what_is_skipped_is_not_asked_for_before_it_is_wanted_again() {
    let (mut solo, info) = leech([Priority::Skip, Priority::Skip, Priority::Normal]);
    let seed = solo.join_seed();
    while solo.answer(seed) > 0 {}
    assert_eq!(solo.torrent.have().count_ones(), 4);
    solo.input(Input::Select(Selection::of_files(&info, |_| Priority::Normal)));
    let again = solo.join_seed();
    while solo.answer(again) > 0 {}
    assert!(solo.torrent.have().is_full());
}

#[test]
fn a_change_of_mind_changes_the_order_of_what_is_not_asked_for() {
    let (mut solo, info) = leech([Priority::High, Priority::Normal, Priority::Low]);
    solo.input(Input::Select(Selection::of_files(&info, |file| {
        [Priority::Low, Priority::Normal, Priority::High][file]
    })));
    assert!(order(&mut solo)[..4].iter().all(|piece| *piece >= 4));
}
