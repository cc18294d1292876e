//! Every input that fuzzing starts from or has found still holds what the fuzz targets check.

use std::path::Path;

#[path = "../../../fuzz/properties/magnet.rs"]
mod magnet;
#[path = "../../../fuzz/properties/metainfo.rs"]
mod metainfo;

#[test]
fn the_corpus_of_torrent_files_holds() {
    replay("metainfo", metainfo::metainfo);
}

#[test]
fn the_corpus_of_magnet_links_holds() {
    replay("magnet", magnet::magnet);
}

#[expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test, of files")]
fn replay(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = corpus.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty());
    for input in inputs {
        println!("{}", input.display());
        property(&std::fs::read(&input).unwrap());
    }
}
