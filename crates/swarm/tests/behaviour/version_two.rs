//! BEP 52: torrents of version 2 and hybrids.

use std::time::Duration;

use metainfo::{Block, Info, InfoBuilder, InfoHash, InfoHashes, PieceIndex, PieceLayers, Version};
use swarm::Source;
use wire::{Bitfield, Handshake, PeerId, Reserved};

use crate::disk::{Disk, of_version};
use crate::network::Network;
use crate::solo::{Solo, config};

/// A folder whose files leave padding behind, in pieces of 32 KiB.
fn folder(version: Version) -> (Info, PieceLayers, Vec<u8>) {
    let builder = [("a", 100_000), ("b", 5), ("c", 65_536), ("d", 40_000)]
        .into_iter()
        .fold(InfoBuilder::new("folder"), |builder, (name, length)| {
            builder.file(vec![name.to_owned()], length)
        })
        .piece_length(32_768);
    of_version(version, builder)
}

#[test]
fn a_link_to_version_two_gets_the_piece_hashes_from_peers_and_then_the_content() {
    let (info, layers, content) = folder(Version::Two);
    let mut network = Network::new();
    let (seed, leech) = (network.seed_v2(&info, &content, &layers), network.magnet(&info));
    network.connect(seed, leech);
    network.run(Duration::from_secs(60));
    assert!(network.nodes[leech].is_complete());
    assert_eq!(network.nodes[leech].disk.layers, layers);
    assert_eq!(network.nodes[leech].disk.content(), network.nodes[seed].disk.content());
    assert_eq!(network.snapshot(leech).wasted, 0);
}

#[test]
fn nothing_is_asked_for_that_cannot_be_checked() {
    let (info, _, content) = folder(Version::Two);
    let mut network = Network::new();
    // It has every piece, and none of the hashes.
    let (seed, leech) = (network.seed(&info, &content), network.magnet(&info));
    network.connect(seed, leech);
    network.run(Duration::from_secs(60));
    assert_eq!(network.nodes[leech].torrent.info(), Some(&info));
    assert_eq!(network.snapshot(seed).uploaded, 0);
}

#[test]
fn padding_is_not_downloaded() {
    for version in [Version::Two, Version::Hybrid] {
        let (info, layers, content) = folder(version);
        let mut network = Network::new();
        let (seed, leech) = (network.seed_v2(&info, &content, &layers), network.leech(&info));
        network.input(leech, swarm::Input::PieceLayers(layers.clone()));
        network.nodes[leech].disk.layers = layers;
        network.connect(seed, leech);
        network.run(Duration::from_secs(60));
        assert!(network.nodes[leech].is_complete(), "{version:?}");
        assert_eq!(network.snapshot(leech).downloaded, 100_000 + 5 + 65_536 + 40_000, "{version:?}");
        assert_eq!(network.nodes[leech].disk.content(), network.nodes[seed].disk.content(), "{version:?}");
    }
}

/// Issue 13, A1.
#[test]
fn a_folder_of_small_files_costs_little_more_than_its_bytes() {
    const FILES: u64 = 2_000;
    for version in [None, Some(Version::One), Some(Version::Hybrid), Some(Version::Two)] {
        let names = (0..FILES).map(|n| format!("{n}.txt"));
        let builder = names
            .fold(InfoBuilder::new("notes"), |builder, name| builder.file(vec!["a".to_owned(), name], 2_050));
        let (info, layers, content) = of_version(version, builder);
        let mut network = Network::new();
        let (seed, leech) = (network.seed_v2(&info, &content, &layers), network.magnet(&info));
        network.connect(seed, leech);
        network.run(Duration::from_secs(60));
        assert!(network.nodes[leech].is_complete(), "{version:?}");
        assert_eq!(network.snapshot(leech).downloaded, FILES * 2_050, "{version:?}");
        assert!(network.sent * 5 <= FILES * 2_050 * 6, "{version:?} takes {} bytes", network.sent);
    }
}

#[test]
fn a_bad_piece_costs_what_came_of_it_and_not_its_padding() {
    let (info, _, content) = folder(Version::Hybrid);
    // The last of the first file: less than a block, and padding.
    let piece = PieceIndex::new(3);
    let mut have = Bitfield::full(info.geometry().piece_count());
    have.unset(piece);
    let disk = Disk::with(&info, &content, &have);
    let mut solo = Solo::from(Source::Info(info.clone(), have), disk, info, content, config());
    let seed = solo.join_seed();
    let requests = solo.requests(seed);
    assert_eq!(requests, [Block { piece, begin: 0, length: 1_696 }]);
    solo.give_corrupt(seed, requests[0]);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (0, 1_696));
}

#[test]
fn a_hybrid_is_found_by_either_hash() {
    let (info, layers, content) = folder(Version::Hybrid);
    let InfoHashes::Both(v1, v2) = info.hashes() else { panic!("it is a hybrid") };
    let mut network = Network::new();
    let seed = network.seed_v2(&info, &content, &layers);
    let (by_v1, by_v2) = (network.magnet_of(InfoHashes::One(v1)), network.magnet_of(InfoHashes::Two(v2)));
    network.connect(seed, by_v1);
    network.connect_v2(seed, by_v2);
    network.run(Duration::from_secs(60));
    for node in [by_v1, by_v2] {
        assert!(network.nodes[node].is_complete());
        assert_eq!(network.nodes[node].torrent.hashes(), info.hashes());
    }
    // A connection of version 1 passes no hashes of version 2 on.
    assert!(network.nodes[by_v1].disk.layers.is_empty());
}

#[test]
fn a_download_passes_the_piece_hashes_on() {
    let (info, layers, content) = folder(Version::Two);
    let mut network = Network::new();
    let seed = network.seed_v2(&info, &content, &layers);
    let (first, second) = (network.magnet(&info), network.magnet(&info));
    network.connect(seed, first);
    network.run(Duration::from_secs(60));
    network.leave(seed);
    network.connect(first, second);
    network.run(Duration::from_secs(60));
    assert!(network.nodes[second].is_complete());
}

#[test]
fn where_there_is_only_version_two_a_peer_may_name_no_torrent() {
    let fate = |version, reserved| {
        let (info, _, content) = folder(version);
        let mut solo = Solo::magnet(info, content);
        let peer = solo.connect();
        let info_hash = InfoHash::from_bytes([0; 20]);
        let handshake = Handshake { reserved, info_hash, peer_id: PeerId::from_bytes([1; 20]) };
        solo.send(peer, &handshake.encode());
        solo.parting(peer).map(str::to_owned)
    };
    let ours = Reserved::ours();
    // libtorrent 2.1.1 does so over WebRTC.
    assert_eq!(fate(Version::Two, ours.upgradable()), None);
    assert!(fate(Version::Two, ours).is_some());
    assert!(fate(Version::Hybrid, ours.upgradable()).is_some());
}
