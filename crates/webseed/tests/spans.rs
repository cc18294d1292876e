//! Which URL and range holds which bytes.

use metainfo::{FileSpan, Info, InfoBuilder, Metainfo, Version, merkle};
use proptest::prelude::*;
use webseed::{Address, Part};

fn single(name: &str, length: u64) -> Info {
    finish(InfoBuilder::single(name, length))
}

fn folder(name: &str, files: &[(&str, u64)]) -> Info {
    let add = |builder: InfoBuilder, (path, length): &(&str, u64)| {
        builder.file(path.split('/').map(str::to_owned).collect(), *length)
    };
    finish(files.iter().fold(InfoBuilder::new(name), add))
}

/// Of one piece.
fn finish(builder: InfoBuilder) -> Info {
    builder.version(Version::One).finish(&[[0; 20]], &[]).expect("the names are sound").0
}

fn url(address: &str, info: &Info, offset: u64) -> String {
    let address = Address::parse(address).expect("it is an address");
    address.part(info, FileSpan { offset, length: 1 }).request.expect("no file is padding").url
}

fn parts(info: &Info, mut rest: FileSpan) -> Vec<Part> {
    let address = Address::parse("https://example.org/").expect("it is an address");
    let mut parts = Vec::new();
    loop {
        let part = address.part(info, rest);
        if part.span.length == 0 {
            return parts;
        }
        rest = FileSpan { offset: part.span.end(), length: rest.length - part.span.length };
        parts.push(part);
    }
}

#[test]
fn a_single_file_is_at_the_address_or_in_the_folder_that_it_names() {
    let info = single("a film.mp4", 10);
    assert_eq!(url("https://example.org/x.mp4", &info, 0), "https://example.org/x.mp4");
    assert_eq!(url("https://example.org/films/", &info, 0), "https://example.org/films/a%20film.mp4");
}

#[test]
fn the_files_of_a_folder_are_below_its_name_with_or_without_a_slash() {
    let info = folder("talks", &[("1.txt", 5), ("more/2.txt", 5)]);
    for address in ["https://example.org/all", "https://example.org/all/"] {
        assert_eq!(url(address, &info, 4), "https://example.org/all/talks/1.txt");
        assert_eq!(url(address, &info, 5), "https://example.org/all/talks/more/2.txt");
    }
}

#[test]
fn names_are_escaped_so_that_each_stays_one_name() {
    let info = folder("50% off?", &[("#1 a+b/中 & é.txt", 5)]);
    assert_eq!(
        url("https://example.org/", &info, 0),
        "https://example.org/50%25%20off%3F/%231%20a%2Bb/%E4%B8%AD%20%26%20%C3%A9.txt"
    );
}

#[test]
fn a_query_stays_at_the_end_and_a_fragment_goes() {
    let info = folder("talks", &[("1.txt", 5)]);
    assert_eq!(
        url("https://example.org/all/?key=a/b#top", &info, 0),
        "https://example.org/all/talks/1.txt?key=a/b"
    );
    let info = single("1.txt", 5);
    assert_eq!(url("https://example.org/x?y", &info, 0), "https://example.org/x?y");
}

#[test]
fn empty_files_are_passed_over() {
    let info = folder("a", &[("0", 0), ("1", 5), ("2", 0), ("3", 0), ("4", 5), ("5", 0)]);
    let all = parts(&info, FileSpan { offset: 0, length: 10 });
    let urls: Vec<_> = all.iter().map(|part| part.request.as_ref().unwrap().url.as_str()).collect();
    assert_eq!(urls, ["https://example.org/a/1", "https://example.org/a/4"]);
}

#[test]
fn padding_is_not_asked_for() {
    let file = "d6:lengthi5e4:pathl1:aeed4:attr1:p6:lengthi11e4:pathl4:.pad2:11eed6:lengthi5e4:pathl1:bee";
    let info = format!("d5:filesl{file}e4:name1:x12:piece lengthi16e6:pieces40:{}e", "x".repeat(40));
    let info = Metainfo::parse(format!("d4:info{info}e").as_bytes()).unwrap().info;
    let all = parts(&info, FileSpan { offset: 3, length: 15 });
    let asked: Vec<_> = all.iter().map(|part| (part.span.length, part.request.is_some())).collect();
    assert_eq!(asked, [(2, true), (11, false), (2, true)]);
}

#[test]
fn padding_behind_the_last_file_of_a_hybrid_is_not_asked_for() {
    let builder = InfoBuilder::new("a").file(vec!["b".to_owned()], 5).file(vec!["c".to_owned()], 5);
    let leaves = [merkle::Hash::of_block(&[0; 5]); 2];
    let (info, _) = builder.piece_length(16_384).finish(&[[0; 20]; 2], &leaves).expect("the names are sound");
    let all = parts(&info, FileSpan { offset: 0, length: u64::MAX });
    let asked: Vec<_> = all.iter().map(|part| (part.span.length, part.request.is_some())).collect();
    assert_eq!(asked, [(5, true), (16_379, false), (5, true), (16_379, false)]);
}

#[test]
fn nothing_is_behind_the_end() {
    let info = single("a", 10);
    assert_eq!(parts(&info, FileSpan { offset: 10, length: 5 }), []);
    assert_eq!(parts(&info, FileSpan { offset: 8, length: u64::MAX })[0].span.length, 2);
}

proptest! {
    #[test]
    fn parts_tile_every_span(
        lengths in prop::collection::vec(0..50_u64, 1..10),
        offset in 0..400_u64,
        length in 0..400_u64,
    ) {
        let total: u64 = lengths.iter().sum();
        prop_assume!(total > 0);
        let mut builder = InfoBuilder::new("a");
        for (n, length) in lengths.iter().enumerate() {
            builder = builder.file(vec![n.to_string()], *length);
        }
        let info = finish(builder);
        let mut end = offset;
        for part in parts(&info, FileSpan { offset, length }) {
            let request = part.request.unwrap();
            prop_assert_eq!(part.span.offset, end);
            prop_assert_eq!(request.file.offset + request.first, part.span.offset);
            prop_assert!(part.span.end() <= request.file.end());
            prop_assert_eq!(request.range(), format!("bytes={}-{}", request.first, request.first + part.span.length - 1));
            end = part.span.end();
        }
        prop_assert_eq!(end, (offset + length).min(total).max(offset));
    }
}
