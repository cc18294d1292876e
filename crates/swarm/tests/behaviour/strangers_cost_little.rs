//! What strangers send costs little, in hashes and in entries of tables: these are counted, and never time.

use metainfo::merkle::{Hash, Tree, pairs_hashed};
use metainfo::{Info, InfoBuilder, PieceLayers, Version};
use swarm::{Config, Input, PeerKey, Source, entries_walked};
use wire::{Bitfield, ExtendedHandshake, HashRange, Message};

use crate::disk::Disk;
use crate::solo::{BLOCK, Said, Solo, config, seconds};

/// Files of as many pieces, of as many blocks each, whose content nobody has.
fn files(count: u32, pieces: u32, blocks: u32) -> (Info, PieceLayers) {
    let leaves: Vec<_> = (0..count * pieces * blocks).map(|n| Hash::of_block(&n.to_be_bytes())).collect();
    let builder = InfoBuilder::new("files").version(Version::Two).piece_length(blocks * BLOCK);
    let builder = (0..count).fold(builder, |builder, n| {
        builder.file(vec![format!("{n:06}")], u64::from(pieces * blocks * BLOCK))
    });
    builder.finish(&[], &leaves).expect("every leaf is there")
}

/// An engine that has all pieces, as it believes, and their hashes.
fn seed(info: &Info, layers: PieceLayers) -> Solo {
    let source = Source::Info(info.clone(), Bitfield::full(info.geometry().piece_count()));
    let mut solo = Solo::from(source, Disk::default(), info.clone(), Vec::new(), config());
    solo.leaves_by_hand = true;
    solo.input(Input::PieceLayers(layers));
    solo
}

/// As many requests as fit into a message of 260 KB, and how many these are.
fn flood(mut range: impl FnMut(u32) -> HashRange) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    let mut count = 0;
    while bytes.len() < 260_000 {
        Message::HashRequest(range(count)).encode(&mut bytes);
        count += 1;
    }
    (bytes, count as usize)
}

fn answers(solo: &mut Solo, peer: PeerKey) -> (usize, usize) {
    let heard = solo.heard(peer);
    let count = |is: fn(&Said) -> bool| heard.iter().filter(|said| is(said)).count();
    (count(|said| matches!(said, Said::Hashes(..))), count(|said| matches!(said, Said::HashReject(..))))
}

/// Issue 11, A1.
#[test]
fn a_flood_of_requests_for_piece_hashes_has_nothing_hashed() {
    let (info, layers) = files(1, 10_000, 1);
    let tree = info.files()[0].tree.expect("it is of version 2");
    let mut solo = seed(&info, layers);
    let peer = solo.join();
    solo.heard(peer);
    let proof_layers = tree.height() - 1;
    let range = |index| HashRange { root: *tree.root(), level: 0, index, length: 1, proof_layers };
    let (bytes, count) = flood(range);
    let before = pairs_hashed();
    solo.send(peer, &bytes);
    // Each comes with 13 uncles: 30,000 hashes are what it may have.
    let granted = 30_000 / (1 + proof_layers as usize);
    assert_eq!(answers(&mut solo, peer), (granted, count - granted));
    assert_eq!(pairs_hashed() - before, 0);
}

/// Issue 11, A8.
#[test]
fn a_repeated_handshake_gives_nobody_more_hashes() {
    let (info, layers) = files(1, 1_000, 1);
    let tree = info.files()[0].tree.expect("it is of version 2");
    let mut solo = seed(&info, layers);
    let peer = solo.join();
    solo.heard(peer);
    for _ in 0..100 {
        solo.say_extended(peer, &ExtendedHandshake::default());
        let range = HashRange { root: *tree.root(), level: 0, index: 0, length: 512, proof_layers: 0 };
        solo.say(peer, Message::HashRequest(range));
    }
    let granted = (10_000 + 2 * 1_000) / 512;
    assert_eq!(answers(&mut solo, peer), (granted, 100 - granted));
}

/// Issue 11, A1.
#[test]
fn requests_for_leaves_that_are_refused_have_nothing_hashed_or_read() {
    let (info, layers) = files(1, 100, 16);
    let tree = info.files()[0].tree.expect("it is of version 2");
    let mut solo = seed(&info, layers);
    let peer = solo.join();
    solo.heard(peer);
    let sound = HashRange { root: *tree.root(), level: 0, index: 0, length: 1, proof_layers: 0 };
    let before = pairs_hashed();
    for wrong in [
        HashRange { length: 32, ..sound },
        HashRange { length: 0, ..sound },
        HashRange { index: 1, length: 2, ..sound },
        HashRange { proof_layers: tree.height(), ..sound },
        HashRange { index: 100 * 16, length: 512, ..sound },
    ] {
        let (bytes, count) = flood(|_| wrong);
        solo.send(peer, &bytes);
        assert_eq!(answers(&mut solo, peer), (0, count), "{wrong:?}");
    }
    // The driver is asked for four pieces at once, and for none that nobody gets the leaves of.
    let (bytes, count) = flood(|n| HashRange { index: n % 100 * 16, ..sound });
    solo.send(peer, &bytes);
    assert_eq!((solo.leaves.len(), answers(&mut solo, peer)), (4, (0, count - 4)));
    assert_eq!(pairs_hashed() - before, 0);
}

/// Issue 11, A1.
#[test]
fn whoever_asks_for_leaves_has_each_piece_hashed_once_and_only_so_often() {
    let (info, layers) = files(1, 4, 16);
    let tree = info.files()[0].tree.expect("it is of version 2");
    let leaves: Vec<_> = (0..64_u32).map(|n| Hash::of_block(&n.to_be_bytes())).collect();
    let mut solo = seed(&info, layers);
    let peer = solo.join();
    let proof_layers = tree.height() - 1;
    let range = |n: u32| HashRange { root: *tree.root(), level: 0, index: n % 64, length: 1, proof_layers };
    let before = pairs_hashed();
    for n in 0..4_900 {
        solo.say(peer, Message::HashRequest(range(n)));
        if let Some(piece) = solo.leaves.pop() {
            let start = piece.as_usize() * 16;
            solo.input(Input::Leaves { piece, leaves: &leaves[start..start + 16] });
        }
    }
    let granted = (10_000 + 2 * 4) / 16;
    assert_eq!(answers(&mut solo, peer).0, granted);
    // Sixteen leaves, and what stands behind the last of them.
    assert!(pairs_hashed() - before <= granted as u64 * (15 + 4));
}

/// An engine that lacks the piece hashes of many files, and peers that have all pieces or none.
fn many_files(peers: u32) -> (Solo, Vec<PeerKey>, Vec<Tree>) {
    let (info, _) = files(30_000, 2, 1);
    let trees = info.files().iter().filter_map(|file| file.tree).collect();
    let source = Source::Info(info.clone(), Bitfield::new(60_000));
    let config = Config { max_peers: 60, ..config() };
    let mut solo = Solo::from(source, Disk::default(), info, Vec::new(), config);
    let peers: Vec<_> = (0..peers).map(|_| solo.join()).collect();
    for (n, peer) in peers.iter().enumerate() {
        solo.say(*peer, if n % 2 == 0 { Message::HaveAll } else { Message::HaveNone });
    }
    (solo, peers, trees)
}

/// Issue 11, A10.
#[test]
fn a_torrent_of_many_files_costs_each_of_them_a_few_steps_at_first() {
    let before = entries_walked();
    let (_, _, trees) = many_files(0);
    assert_eq!(trees.len(), 30_000);
    assert!(entries_walked() - before <= 100_000);
}

/// Issue 11, A10.
#[test]
fn a_message_costs_as_much_in_a_torrent_of_many_files_as_in_another() {
    let (mut solo, peers, trees) = many_files(50);
    let mut cost = |message: &dyn Fn(u32) -> Message<'static>| {
        let before = entries_walked();
        for n in 0..1_000 {
            solo.say(peers[1], message(n));
            assert!(solo.torrent.deadline().is_some());
        }
        (entries_walked() - before) / 1_000
    };
    let refused = |n: u32| HashRange {
        root: *trees[n as usize * 7 % trees.len()].root(),
        level: 0,
        index: 0,
        length: 2,
        proof_layers: 0,
    };
    let costs = [
        cost(&|_| Message::KeepAlive),
        cost(&|n| Message::Have(metainfo::PieceIndex::new(n * 40))),
        cost(&|n| Message::HashRequest(refused(n))),
        cost(&|n| Message::HashReject(refused(n))),
        cost(&|n| Message::Hashes { range: HashRange { length: 0, ..refused(n) }, hashes: &[] }),
    ];
    // Of all 50 peers, 25 are asked for two runs each.
    assert!(costs.iter().all(|cost| *cost <= 200), "{costs:?}");
    solo.pass(seconds(1));
}

/// Issue 11, A10.
#[test]
fn refusals_are_paid_for_by_those_who_refuse() {
    let (mut solo, peers, _) = many_files(50);
    let before = entries_walked();
    let mut refusals = 0;
    for _ in 0..2_000 {
        for said in solo.heard(peers[0]) {
            if let Said::HashRequest(range) = said {
                refusals += 1;
                solo.say(peers[0], Message::HashReject(range));
            }
        }
    }
    assert!(refusals >= 2_000);
    // Each peer is asked for a run that another refused only if it has nothing better to do.
    let cost = (entries_walked() - before) / refusals;
    assert!(cost <= 300, "{cost}");
}
