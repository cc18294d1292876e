//! Version 2 and hybrids are what libtorrent takes them for, which is the only other program that has them over WebRTC.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use metainfo::{BLOCK_LENGTH, Error, Info, InfoBuilder, InfoHash, Metainfo, Version, merkle};

/// The files that `version_two/make.py` gives to libtorrent, out of order.
const FOLDER: [(&str, usize); 6] = [
    ("b.bin", 100_000),
    ("empty", 0),
    ("B/d.bin", 16_384),
    ("a.txt", 5),
    ("z.bin", 40_000),
    ("B/c.bin", 65_536),
];

#[expect(clippy::disallowed_methods, reason = "a test, of files")]
fn bytes(name: &str) -> Vec<u8> {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/version_two");
    std::fs::read(place.join(name)).expect("the file is part of the tests")
}

fn parse(name: &str) -> Result<Metainfo, Error> {
    Metainfo::parse(&bytes(&format!("{name}.torrent")))
}

fn content(length: usize) -> Vec<u8> {
    let mut state = length as u64;
    let mut next = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        (state >> 16) as u8
    };
    (0..length).map(|_| next()).collect()
}

/// What the torrent's bytes are, padding included.
fn laid_out(builder: &InfoBuilder, files: &[(&str, usize)]) -> Vec<u8> {
    let mut bytes = vec![0; builder.geometry().unwrap().total_length() as usize];
    for file in builder.files().unwrap() {
        let path = file.path_string();
        let length = files.iter().find(|(name, _)| *name == path).unwrap().1;
        let range = file.span.range();
        bytes[range.start as usize..range.end as usize].copy_from_slice(&content(length));
    }
    bytes
}

fn made(builder: InfoBuilder, version: Version, files: &[(&str, usize)]) -> Metainfo {
    let builder = builder.version(version);
    let (bytes, geometry) = (laid_out(&builder, files), builder.geometry().unwrap());
    let (mut pieces, mut leaves) = (Vec::new(), Vec::new());
    for piece in geometry.pieces() {
        let bytes = &bytes[geometry.offset_of(piece) as usize..];
        pieces.push(*InfoHash::of(&bytes[..geometry.length_of(piece) as usize]).as_bytes());
        let blocks = bytes[..geometry.content_of(piece) as usize].chunks(BLOCK_LENGTH as usize);
        leaves.extend(blocks.map(merkle::Hash::of_block));
    }
    if version == Version::Two {
        pieces.clear();
    }
    let (info, piece_layers) = builder.finish(&pieces, &leaves).unwrap();
    Metainfo { piece_layers, ..Metainfo::new(info) }
}

#[test]
fn the_torrents_that_libtorrents_documentation_links_to_have_their_published_hashes() {
    let two = parse("bittorrent-v2-test").unwrap().info;
    assert_eq!(two.hashes().v1(), None);
    assert_eq!(
        two.hashes().v2().unwrap().to_string(),
        "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e"
    );
    assert_eq!((two.files().len(), two.geometry().piece_count()), (11, 371));
    assert_eq!(two.geometry().content_length(), 1_534_222_888);

    let hybrid = parse("bittorrent-v2-hybrid-test").unwrap();
    assert_eq!(hybrid.info.hashes().v1().unwrap().to_string(), "631a31dd0a46257d5078c0dee4e66e26f73e42ac");
    assert_eq!(
        hybrid.info.hashes().v2().unwrap().to_string(),
        "d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb"
    );
    assert_eq!((hybrid.info.files().len(), hybrid.info.geometry().piece_count()), (9, 1715));
    assert_eq!(hybrid.info.geometry().content_length(), 895_544_883);
    assert!(hybrid.piece_layers.is_complete(&hybrid.info));
}

#[test]
fn the_same_files_make_the_same_torrent_as_with_libtorrent() {
    for (label, version) in [("v2", Version::Two), ("hybrid", Version::Hybrid)] {
        for kib in [16, 64] {
            let folder = FOLDER.iter().fold(InfoBuilder::new("folder"), |builder, (path, length)| {
                builder.file(path.split('/').map(str::to_owned).collect(), *length as u64)
            });
            let one = [("one.bin", 200_000)];
            let folder = made(folder.piece_length(kib << 10), version, &FOLDER);
            let single = made(InfoBuilder::single("one.bin", 200_000).piece_length(kib << 10), version, &one);
            for (name, made) in [("folder", folder), ("one", single)] {
                let expected = bytes(&format!("{name}-{label}-{kib}.torrent"));
                assert_eq!(made.to_bytes().escape_ascii().to_string(), expected.escape_ascii().to_string());
                assert_eq!(Metainfo::parse(&expected), Ok(made));
            }
        }
    }
}

#[test]
fn torrents_that_libtorrent_accepts_have_the_hashes_that_it_gives_them() {
    for (name, v1, v2) in [
        (
            "v2",
            Some("c14199bbec64d0e9e439aa3b6b7639e666b86eca"),
            "597b180c1a170a585dfc5e85d834d69013ceda174b8f357d5bb1a0ca509faf0a",
        ),
        (
            "v2_multipiece_file",
            Some("6c68c1bcc24c65b6fef4724d8234b67e0e9ac6a4"),
            "108ac2c3718ce722e6896edc56c4afa98f1d711ecaace7aad74fca418ebd03de",
        ),
        ("v2_only", None, "95e04d0c4bad94ab206efa884666fd89777dbe4f7bd9945af1829037a85c6192"),
        ("v2_symlinks", None, "8e4db680dbf49d2a08a15b47ecefc1556f8a68a1e6f8a1fe5db56caf52554bee"),
        (
            "v2_empty_file",
            Some("fdc8263736f65efc8da8948f2e9f64ad92ad614a"),
            "e56591511c519faf6c41547bb6fdb6bfdfe32abdfaabdee90ea595e3719fdc43",
        ),
        (
            "empty-files-1",
            Some("59ee9eb4b6ab57918cc3837e1b217409f4a10845"),
            "ee87fd27c23ad6ef1992b46ebee21b4a164e205c35bba38667ee1f79721a9f21",
        ),
        (
            "empty-files-2",
            Some("e8dc2db7f8be56365c2cf589469792747fec4081"),
            "3359b7d3ec928c9555503bf48b639d8eceaa1c045881be06022087b2231655f7",
        ),
        (
            "empty-files-3",
            Some("07da3b11386ef96271c6f5fcf123c914b766e230"),
            "482fa99deb079958db666b48ceb7893441f56ff7d54a4820349d3e4f6d1db6bb",
        ),
        (
            "empty-files-4",
            Some("6e6d492271ef531fd1975b7b7542ef8d80632ab0"),
            "132b0d05cfdbd37724f2e084da736fd4598ceadc320ba8498c4feeab2fac1857",
        ),
        (
            "empty-files-5",
            Some("01e9a06012bcc202e535c77c93e925df5bd663f8"),
            "413e97d091b94499c90fe66a5bd4922b035dea28daa6125601b7c42d0b96441d",
        ),
    ] {
        let metainfo = parse(&format!("libtorrent/{name}")).unwrap();
        let hashes = metainfo.info.hashes();
        assert_eq!(hashes.v1().map(|v1| v1.to_string()).as_deref(), v1, "{name}");
        assert_eq!(hashes.v2().unwrap().to_string(), v2, "{name}");
        assert!(metainfo.piece_layers.is_complete(&metainfo.info), "{name}");
    }
}

#[test]
fn piece_layers_may_be_missing_as_after_a_link() {
    let metainfo = parse("libtorrent/v2_no_piece_layers").unwrap();
    assert_eq!(metainfo.info, parse("libtorrent/v2_only").unwrap().info);
    assert!(metainfo.piece_layers.is_empty());
    assert!(!metainfo.piece_layers.is_complete(&metainfo.info));
}

#[test]
fn torrents_that_libtorrent_refuses_are_refused() {
    for (name, error) in [
        ("v2_no_power2_piece", Error::AlignedPieceLength(32_767)),
        ("v2_piece_size", Error::AlignedPieceLength(i32::MAX as u64)),
        ("v2_zero_root_small", Error::Invalid("pieces root".into())),
        ("v2_zero_root", Error::Invalid("pieces root".into())),
        ("v2_invalid_file", Error::Invalid("file tree".into())),
        ("v2_invalid_piece_layer", Error::PieceLayers),
        ("v2_empty_filename", Error::Invalid("file tree".into())),
        ("v2_unordered_files", Error::Invalid("file tree".into())),
        ("v2_invalid_piece_layer_root", Error::PieceLayers),
        ("v2_non_multiple_piece_layer", Error::PieceLayers),
        ("v2_piece_layer_invalid_file_hash", Error::PieceLayers),
        ("v2_invalid_pad_file", Error::Invalid("attr".into())),
        ("v2_large_file", Error::TooManyPieces),
        ("v2_mismatching_metadata", Error::VersionsDiffer),
        ("v2_invalid_piece_layer_size", Error::PieceLayers),
        ("v2_unknown_piece_layer_entry", Error::PieceLayers),
        ("v2_large_offset", Error::TooManyPieces),
        ("v2_invalid_root_hash", Error::PieceLayers),
        ("v2_deep_recursion", Error::TooDeep),
    ] {
        assert_eq!(parse(&format!("libtorrent/{name}")), Err(error), "{name}");
    }
}

#[test]
fn the_hash_trees_of_a_hybrid_cover_its_pieces() {
    let Metainfo { info, piece_layers, .. } = parse("folder-hybrid-16").unwrap();
    let laid_out = laid_out(
        &FOLDER.iter().fold(InfoBuilder::new("folder").piece_length(16_384), |builder, (path, length)| {
            builder.file(path.split('/').map(str::to_owned).collect(), *length as u64)
        }),
        &FOLDER,
    );
    for piece in info.geometry().pieces() {
        let (tree, n) = info.tree_of(piece).unwrap();
        let start = info.geometry().offset_of(piece) as usize;
        let leaf =
            merkle::Hash::of_block(&laid_out[start..start + info.geometry().content_of(piece) as usize]);
        assert_eq!(piece_layers.piece(tree, n), Some(tree.piece(&[leaf])));
    }
    let version_one =
        Info::parse(b"d6:lengthi3e4:name1:a12:piece lengthi16384e6:pieces20:xxxxxxxxxxxxxxxxxxxxe").unwrap();
    assert_eq!(version_one.geometry().pieces().find_map(|piece| version_one.tree_of(piece)), None);
}
