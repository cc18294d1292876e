//! What the fuzz targets check holds for every input that fuzzing starts from or has found, and for those that are made
//! to cost as much as they can.

#[path = "../../../fuzz/hostile/bencode.rs"]
mod bencode;
#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/magnet.rs"]
mod magnet;
#[path = "../../../fuzz/properties/metainfo.rs"]
mod metainfo;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;

use bencode::{dict, enclosed, string, value};
use proptest::collection::vec;
use proptest::prelude::*;
use replay::replay;

#[test]
fn the_corpus_of_torrent_files_holds() {
    replay("metainfo", metainfo::metainfo);
}

#[test]
fn the_corpus_of_magnet_links_holds() {
    replay("magnet", magnet::magnet);
}

#[test]
fn the_corpus_of_short_links_holds() {
    replay("short_link", magnet::short_link);
}

/// Files in a folder that lies deep, as both versions describe them.
#[derive(Clone, Debug)]
struct Folder {
    names: Vec<String>,
    files: usize,
    length: usize,
}

prop_compose! {
    fn any_folder()(
        names in prop_oneof![vec("[a-z]{1,4}", 0..64), vec("[a-zé]{1,200}", 0..64)],
        files in prop_oneof![1..20_usize, 1..2000_usize],
        length in prop_oneof![Just(0), Just(1), Just(20_000)],
    ) -> Folder {
        Folder { names, files, length }
    }
}

impl Folder {
    /// As version 2 has them: the folder once.
    fn tree(&self) -> Vec<u8> {
        let root = if self.length == 0 {
            Vec::new()
        } else {
            [string(b"pieces root"), string(&[b'r'; 32])].concat()
        };
        let length = format!("6:lengthi{}e", self.length);
        let file = enclosed(
            b'd',
            &[&string(b"")[..], &enclosed(b'd', &[length.as_bytes(), &root].concat())].concat(),
        );
        let files = (0..self.files).flat_map(|n| [string(format!("{n:05}").as_bytes()), file.clone()]);
        let folder = enclosed(b'd', &files.collect::<Vec<_>>().concat());
        self.names
            .iter()
            .rev()
            .fold(folder, |inside, name| enclosed(b'd', &[string(name.as_bytes()), inside].concat()))
    }

    /// As version 1 has them: the folder with each.
    fn list(&self) -> Vec<u8> {
        let folder = self.names.iter().map(|name| string(name.as_bytes())).collect::<Vec<_>>().concat();
        let files = (0..self.files).map(|n| {
            let path = enclosed(b'l', &[&folder[..], &string(format!("{n:05}").as_bytes())].concat());
            let length = format!("6:lengthi{}e4:path", self.length);
            enclosed(b'd', &[length.as_bytes(), &path].concat())
        });
        enclosed(b'l', &files.collect::<Vec<_>>().concat())
    }

    fn info(&self, has_list: bool, has_tree: bool, rest: &[u8]) -> Vec<u8> {
        let mut info = Vec::new();
        if has_tree {
            info.extend([&b"12:meta versioni2e9:file tree"[..], &self.tree()].concat());
        }
        if has_list {
            let pieces = (self.files * self.length).div_ceil(1 << 26).max(1);
            info.extend(
                [&b"5:files"[..], &self.list(), b"6:pieces", &string(&vec![0; 20 * pieces])].concat(),
            );
        }
        let piece_length = format!("4:name1:a12:piece lengthi{}e", 1 << 26);
        // What is added is a dictionary of its own.
        enclosed(b'd', &[&info, piece_length.as_bytes(), &rest[1..rest.len() - 1]].concat())
    }
}

prop_compose! {
    fn any_torrent()(
        folder in any_folder(),
        (has_list, has_tree) in any::<(bool, bool)>(),
        more in dict(&["paymentOptions", "private", "name.utf-8"]),
        rest in dict(&["announce", "announce-list", "url-list", "comment", "btt-sig", "piece layers"]),
    ) -> Vec<u8> {
        let info = folder.info(has_list, has_tree, &more);
        enclosed(b'd', &[&b"4:info"[..], &info, &rest[1..rest.len() - 1]].concat())
    }
}

const LINK: &str = "magnet:?xt=urn:btih:d2474e86c95b19b8bcfdb92bc12c9d44667cfa36&";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_somebody_makes_a_torrent_file_of_it_costs_little(torrent in any_torrent()) {
        metainfo::metainfo(&torrent);
    }

    #[test]
    fn what_is_no_torrent_file_costs_little(bytes in value(), info in dict(&["files", "file tree", "length", "name", "pieces", "meta version"])) {
        metainfo::metainfo(&bytes);
        metainfo::metainfo(&enclosed(b'd', &[&b"4:info"[..], &info].concat()));
    }

    #[test]
    fn whatever_somebody_makes_a_link_of_it_costs_little(
        link in text::repeated(&[LINK, ""], &["a&", "=&", "&", "tr=a", "ws.1=%41", "so=", "0,", "0-9,", "%", "+", "xt=urn:btih:", "é"]),
    ) {
        magnet::magnet(&link);
    }

    #[test]
    fn whatever_somebody_makes_a_short_link_of_it_costs_little(
        link in text::repeated(&["s/EN", "s/", ""], &["A", "Zm9v", "-_", "=", "é", "s/"]),
    ) {
        magnet::short_link(&link);
    }
}
