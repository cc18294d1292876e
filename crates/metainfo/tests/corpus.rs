//! Every input that fuzzing starts from or has found still holds what the fuzz targets check.

#[path = "../../../fuzz/properties/magnet.rs"]
mod magnet;
#[path = "../../../fuzz/properties/metainfo.rs"]
mod metainfo;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use replay::replay;

#[test]
fn the_corpus_of_torrent_files_holds() {
    replay("metainfo", metainfo::metainfo);
}

#[test]
fn the_corpus_of_magnet_links_holds() {
    replay("magnet", magnet::magnet);
}
