//! What the fuzz target checks holds for every input that fuzzing starts from or has found, and for those that are made
//! to cost as much as they can.

#[path = "../../../fuzz/hostile/bencode.rs"]
mod bencode;
#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/seal.rs"]
mod properties;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;

use bencode::{dict, enclosed, string, value};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use replay::replay;

#[test]
fn the_corpus_of_sealed_lists_holds() {
    replay("sealed_list", properties::sealed_list);
}

#[test]
fn a_list_of_as_many_files_as_there_may_be_costs_as_much_for_each_byte() {
    let files: String = (0..metainfo::MAX_FILES).map(|n| format!("ll5:{n:05}ei1ee")).collect();
    let list = format!("d5:filesl{files}e4:name1:a1:vi1ee");
    assert_eq!(seal::List::parse(list.as_bytes(), 1 << 40).unwrap().files().len(), metainfo::MAX_FILES);
    properties::sealed_list(list.as_bytes());
}

/// A file as a list has it.
fn file(names: &[String], length: i64, modified: bool) -> Vec<u8> {
    let path: Vec<u8> = names.iter().flat_map(|name| string(name.as_bytes())).collect();
    let rest = format!("i{length}e{}", if modified { "i7e" } else { "" });
    enclosed(b'l', &[enclosed(b'l', &path), rest.into_bytes()].concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_somebody_makes_a_list_of_it_costs_little(
        paths in vec((vec("[a-z]{1,3}", 1..70), -1..40_000_i64, any::<bool>()), 0..40),
        unit in select(&["ll1:aei0ee", "llei0ee", "le", "de", "1:a", "ll0:ei1ee"][..]),
        count in 0..3000_usize,
        rest in dict(&["note", "pad", "name", "v", "files"]),
    ) {
        let files = paths.iter().map(|(names, length, modified)| file(names, *length, *modified));
        let files = enclosed(b'l', &files.collect::<Vec<_>>().concat());
        let many = enclosed(b'l', unit.repeat(count).as_bytes());
        for files in [files, many] {
            let list = [&b"5:files"[..], &files, b"4:name1:a1:vi1e", &rest[1..rest.len() - 1]].concat();
            properties::sealed_list(&enclosed(b'd', &list));
        }
    }

    #[test]
    fn whatever_somebody_seals_a_torrent_with_it_costs_little(
        seal in dict(&["v", "s", "c", "m"]), other in value(), length in 0..4000_usize,
    ) {
        let info = "4:name1:a12:piece lengthi65536e6:lengthi65536e6:pieces20:xxxxxxxxxxxxxxxxxxxx7:sc-seal";
        let whole = [&b"1:vi1e1:s"[..], &string(&[7; 16]), b"1:c", &string(&[7; 32]), b"1:m", &string(&vec![7; length])].concat();
        for seal in [seal, other, enclosed(b'd', &whole)] {
            properties::sealed_list(&enclosed(b'd', &[info.as_bytes(), &seal].concat()));
        }
    }
}
