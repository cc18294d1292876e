//! The user's files become the torrents that any other program makes of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::ControlFlow;

use js_sys::{Array, Uint8Array};
use metainfo::{FileSpan, Version};
use protocol::{Refusal, ShareOptions, SharedFile};
use seedcast_engine::files::{Reader, UserFiles};
use seedcast_engine::share::{Described, describe};
use session::UserFiles as _;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::File;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn pattern(length: usize, step: usize) -> Vec<u8> {
    (0..length).map(|at| (at * step + (at >> 8)) as u8).collect()
}

fn file(name: &str, bytes: &[u8]) -> File {
    File::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)), name).unwrap()
}

fn shared(path: &[&str], length: u64) -> SharedFile {
    SharedFile { path: path.iter().map(|&name| name.to_owned()).collect(), length }
}

async fn info_hash(shared: Vec<SharedFile>, files: Vec<File>, options: ShareOptions) -> String {
    let go_on = |_, _| ControlFlow::Continue(());
    let Described { metainfo, .. } = describe(shared, files, options, Vec::new(), go_on).await.unwrap();
    metainfo.info.info_hash().to_string()
}

fn version_one() -> ShareOptions {
    ShareOptions { version: Some(Version::One), ..ShareOptions::default() }
}

// The expected hashes of version 1 were computed in Python from BEP 3, all others with libtorrent 2.1.1.

#[wasm_bindgen_test]
async fn a_share_is_for_both_versions_unless_told_otherwise() {
    for (version, v1, v2) in [
        (
            None,
            Some("c087ec9c5a1bab8a350b0a3a5584444b340ac194"),
            "1be97e1182db14d5fb156c658d1ef770cf972ce6ffb5353effabc6c668e87d60",
        ),
        (Some(Version::Two), None, "528cbfd57b34e7668eecc392284ed2b0778353dac8737ef1ee70f647d9469087"),
    ] {
        // Not in the order that version 2 has.
        let files = vec![
            shared(&["things", "sub", "b.bin"], 20_000),
            shared(&["things", "empty"], 0),
            shared(&["things", "a.bin"], 40_000),
        ];
        let parts =
            vec![file("b.bin", &pattern(20_000, 11)), file("empty", &[]), file("a.bin", &pattern(40_000, 7))];
        let options = ShareOptions { version, ..ShareOptions::default() };
        let go_on = |_, _| ControlFlow::Continue(());
        let Described { metainfo, .. } = describe(files, parts, options, Vec::new(), go_on).await.unwrap();
        let hashes = metainfo.info.hashes();
        assert_eq!(hashes.v1().map(|v1| v1.to_string()).as_deref(), v1);
        assert_eq!(hashes.v2().unwrap().to_string(), v2);
        assert!(metainfo.piece_layers.is_complete(&metainfo.info));
    }
}

#[wasm_bindgen_test]
async fn one_file_goes_by_its_own_name() {
    let made =
        info_hash(vec![shared(&["a.bin"], 40_000)], vec![file("a.bin", &pattern(40_000, 7))], version_one());
    assert_eq!(made.await, "e67478311036d68a7a90c31299b8320656cc0ce6");
}

#[wasm_bindgen_test]
async fn pieces_span_the_files_of_a_folder() {
    let made = info_hash(
        vec![
            shared(&["things", "a.bin"], 40_000),
            shared(&["things", "empty"], 0),
            shared(&["things", "sub", "b.bin"], 20_000),
        ],
        vec![file("a.bin", &pattern(40_000, 7)), file("empty", &[]), file("b.bin", &pattern(20_000, 11))],
        version_one(),
    );
    assert_eq!(made.await, "d45ce2607b7952fa727370c062346a8baaece221");
}

#[wasm_bindgen_test]
async fn loose_files_lie_in_a_folder_of_the_chosen_name() {
    let options = ShareOptions { name: "things".to_owned(), ..ShareOptions::default() };
    let files = vec![file("a.bin", &pattern(40_000, 7)), file("b.bin", &pattern(20_000, 11))];
    let go_on = |_, _| ControlFlow::Continue(());
    let shared = vec![shared(&["a.bin"], 40_000), shared(&["b.bin"], 20_000)];
    let Described { metainfo, .. } = describe(shared, files, options, Vec::new(), go_on).await.unwrap();
    let paths: Vec<String> = metainfo.info.files().iter().map(metainfo::File::path_string).collect();
    assert_eq!((metainfo.info.name(), &paths[..]), ("things", &["a.bin".to_owned(), "b.bin".to_owned()][..]));
}

// Issue 13, A3.
#[wasm_bindgen_test]
async fn one_odd_name_does_not_keep_the_other_files_from_being_shared() {
    let names = ["con.txt", "a\\b.txt", "..."];
    let files = names.iter().map(|name| file(name, &pattern(100, 7))).collect();
    let described = names.iter().map(|name| shared(&["odd", name], 100)).collect();
    let go_on = |_, _| ControlFlow::Continue(());
    let Described { metainfo, .. } =
        describe(described, files, ShareOptions::default(), Vec::new(), go_on).await.unwrap();
    let paths: Vec<String> = metainfo.info.files().iter().map(metainfo::File::path_string).collect();
    assert_eq!(paths, ["_", "a_b.txt", "con.txt"]);
}

// Issue 13, A1.
#[wasm_bindgen_test]
async fn many_small_files_are_shared_without_padding() {
    let names: Vec<String> = (0..200).map(|n| format!("{n:03}.txt")).collect();
    let files = names.iter().map(|name| file(name, &pattern(2_050, 7))).collect();
    let described = names.iter().map(|name| shared(&["notes", name], 2_050)).collect();
    let go_on = |_, _| ControlFlow::Continue(());
    let Described { metainfo, .. } =
        describe(described, files, ShareOptions::default(), Vec::new(), go_on).await.unwrap();
    assert_eq!(metainfo.info.geometry().total_length(), 200 * 2_050);
}

#[wasm_bindgen_test]
async fn a_private_share_says_so_in_its_info() {
    let made = info_hash(
        vec![shared(&["a.bin"], 40_000)],
        vec![file("a.bin", &pattern(40_000, 7))],
        ShareOptions { private: true, ..version_one() },
    );
    assert_eq!(made.await, "2348da24744951385cf48ed4631072557a7c59d3");
}

/// Piece by piece: webtorrent#2221, webtorrent#841, instant.io#189, filepizza#73.
#[wasm_bindgen_test]
async fn hashing_tells_how_far_it_is_and_stops_when_told() {
    let mut told = Vec::new();
    let twice = |done, total| {
        told.push((done, total));
        if told.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let files = vec![file("a.bin", &pattern(100_000, 7))];
    let broken_off =
        describe(vec![shared(&["a.bin"], 100_000)], files, ShareOptions::default(), Vec::new(), twice).await;
    assert!(broken_off.is_err(), "a torrent was made of half a file");
    assert_eq!(told, [(16_384, 100_000), (32_768, 100_000)]);
}

#[wasm_bindgen_test]
async fn empty_files_alone_are_refused_with_a_reason() {
    let go_on = |_, _| ControlFlow::Continue(());
    let made = describe(
        vec![shared(&["empty"], 0)],
        vec![file("empty", &[])],
        ShareOptions::default(),
        Vec::new(),
        go_on,
    );
    assert_eq!(made.await.unwrap_err(), Refusal::Torrent(metainfo::Error::Empty));
}

#[wasm_bindgen_test]
fn a_run_of_bytes_is_read_across_files_and_chunks() {
    let whole = pattern(3_000_000, 13);
    let names = ["a", "empty", "b", "c"];
    let parts = [&whole[..1_500_000], &[], &whole[1_500_000..1_500_001], &whole[1_500_001..]];
    let mut offset = 0;
    let files = UserFiles::new(names.iter().zip(parts).map(|(name, part)| {
        let span = FileSpan { offset, length: part.len() as u64 };
        offset = span.end();
        (span, (*name).to_owned(), file(name, part))
    }));
    let mut reader = Reader::new(files).unwrap();
    for (at, length) in [(0, 16_384), (1_499_000, 2_000), (1_040_000, 1_100_000), (2_999_999, 1)] {
        let mut read = vec![0; length];
        reader.read(at as u64, &mut read).unwrap();
        assert!(read == whole[at..at + length], "other bytes at {at}");
    }
}

#[wasm_bindgen_test]
fn padding_reads_as_zeros() {
    let place = |offset| FileSpan { offset, length: 3 };
    let files = UserFiles::new([
        (place(0), "a".to_owned(), file("a", &[1, 2, 3])),
        (place(8), "b".to_owned(), file("b", &[4, 5, 6])),
    ]);
    let mut reader = Reader::new(files).unwrap();
    let mut read = [9; 12];
    reader.read(1, &mut read).unwrap();
    assert_eq!(read, [2, 3, 0, 0, 0, 0, 0, 4, 5, 6, 0, 0]);
}

// Issue 16, 1.
#[wasm_bindgen_test]
async fn what_is_sealed_is_described_by_who_has_the_key_alone() {
    let files = vec![shared(&["things", "a.bin"], 40_000), shared(&["things", "sub", "b.bin"], 20_000)];
    let (a, b) = (pattern(40_000, 7), pattern(20_000, 11));
    let parts = || vec![file("a.bin", &a), file("b.bin", &b)];
    let options =
        ShareOptions { sealed: true, comment: Some("for you".to_owned()), ..ShareOptions::default() };
    let mut told = (0, 0);
    let tell = |done, total| {
        told = (done, total);
        ControlFlow::Continue(())
    };
    let made = describe(files.clone(), parts(), options.clone(), Vec::new(), tell).await.unwrap();
    assert_eq!(told, (60_000, 60_000));
    let (metainfo, key) = (made.metainfo, made.key.unwrap());
    for hidden in [&b"things"[..], b"bin", b"for you", key.as_bytes()] {
        assert!(!metainfo.to_bytes().windows(hidden.len()).any(|window| window == hidden));
    }
    let opened = seal::open(&metainfo.info, &key).unwrap();
    let paths: Vec<String> = opened.list.files().iter().map(|file| file.path.join("/")).collect();
    assert_eq!(
        (opened.list.name(), &paths[..]),
        ("things", &["a.bin".to_owned(), "sub/b.bin".to_owned()][..])
    );
    assert_eq!(opened.list.note(), "for you");
    // The hashes are those of the encrypted bytes, which lie where the list says.
    let mut bytes = vec![0; metainfo.info.geometry().total_length() as usize];
    Reader::new(made.files).unwrap().read(0, &mut bytes).unwrap();
    assert!(
        bytes[..40_000] == a && bytes[49_152..69_152] == b && bytes[69_152..].iter().all(|byte| *byte == 0)
    );
    opened.cipher.apply(0, &mut bytes);
    let pieces = bytes.chunks(metainfo.info.geometry().piece_length() as usize);
    for (piece, bytes) in metainfo.info.geometry().pieces().zip(pieces) {
        let check = metainfo.piece_layers.check(&metainfo.info, piece, bytes);
        assert_eq!(check, metainfo::Check::Right);
    }
    // Nobody can see that two shares are of the same files.
    let again =
        describe(files, parts(), options, Vec::new(), |_, _| ControlFlow::Continue(())).await.unwrap();
    assert!(again.key != Some(key) && again.metainfo.info.hashes() != metainfo.info.hashes());
}
