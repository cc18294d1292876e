//! Which bytes a request gets, and with which headers.

use std::ops::Range;

use proptest::prelude::*;
use stream::{Address, Head, Part, Request, Resource, media_type, part};

const TAG: &str = "\"0123-0\"";

fn get(range: Option<&str>) -> Head {
    ask("GET", range, None, "film.mp4")
}

fn ask(method: &str, range: Option<&str>, if_range: Option<&str>, name: &str) -> Head {
    Request { method, range, if_range }.answer(Resource { name, size: 1000, tag: TAG })
}

fn header<'a>(head: &'a Head, name: &str) -> Option<&'a str> {
    head.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
}

fn bytes(range: &str) -> Option<Range<u64>> {
    match part(Some(range), 1000) {
        Part::Bytes(bytes) => Some(bytes),
        Part::All | Part::Beyond => None,
    }
}

#[test]
fn the_first_the_rest_and_the_last_bytes_can_be_asked_for() {
    assert_eq!(bytes("bytes=0-99"), Some(0..100));
    assert_eq!(bytes("bytes=990-2000"), Some(990..1000));
    assert_eq!(bytes("bytes=300-"), Some(300..1000));
    assert_eq!(bytes("bytes=-100"), Some(900..1000));
    assert_eq!(bytes("bytes=-5000"), Some(0..1000));
    assert_eq!(bytes("Bytes= 7-7 "), Some(7..8));
    assert_eq!(bytes("bytes=0-99999999999999999999999"), Some(0..1000));
}

#[test]
fn bytes_that_are_not_there_are_refused_with_the_size() {
    for range in ["bytes=1000-", "bytes=1000-1001", "bytes=-0", "bytes=99999999999999999999999-"] {
        let head = get(Some(range));
        assert_eq!((head.status, header(&head, "Content-Range")), (416, Some("bytes */1000")), "{range}");
        assert_eq!((head.body.clone(), header(&head, "Content-Length")), (0..0, Some("0")), "{range}");
    }
}

#[test]
fn what_makes_no_sense_and_several_ranges_get_the_whole_file() {
    for range in
        ["bytes=-", "bytes=5-4", "bytes=a-b", "bytes 0-5", "lines=0-5", "bytes=0-1,5-6", "bytes=--5", ""]
    {
        assert_eq!(get(Some(range)), get(None), "{range}");
    }
    let head = get(None);
    assert_eq!(
        (head.status, head.body.clone(), header(&head, "Content-Length")),
        (200, 0..1000, Some("1000"))
    );
    assert_eq!((header(&head, "Accept-Ranges"), header(&head, "ETag")), (Some("bytes"), Some(TAG)));
}

#[test]
fn a_part_says_where_it_belongs() {
    let head = get(Some("bytes=10-19"));
    assert_eq!((head.status, head.body.clone()), (206, 10..20));
    assert_eq!(header(&head, "Content-Range"), Some("bytes 10-19/1000"));
    assert_eq!(header(&head, "Content-Length"), Some("10"));
}

#[test]
fn a_range_counts_only_in_the_version_that_the_client_knows() {
    let status = |tag| ask("GET", Some("bytes=10-19"), Some(tag), "film.mp4").status;
    assert_eq!(status(TAG), 206);
    assert_eq!(status("\"0123-1\""), 200);
    assert_eq!(status("W/\"0123-0\""), 200);
    assert_eq!(status("Sat, 21 Nov 2026 07:28:00 GMT"), 200);
}

#[test]
fn head_has_the_headers_of_the_whole_file_and_no_bytes() {
    let head = ask("HEAD", Some("bytes=10-19"), None, "film.mp4");
    assert_eq!((head.status, head.headers, head.body), (200, get(None).headers, 0..0));
}

#[test]
fn a_file_can_be_read_and_nothing_else() {
    let head = ask("PUT", None, None, "film.mp4");
    assert_eq!((head.status, header(&head, "Allow"), head.body.clone()), (405, Some("GET, HEAD"), 0..0));
}

#[test]
fn nothing_that_could_run_is_shown() {
    for name in ["drawing.svg", "x.xhtml", "x.swf", "x.mht", "app.mjs", "mp4", "no ending"] {
        let head = ask("GET", None, None, name);
        assert_eq!(header(&head, "Content-Type"), Some("application/octet-stream"), "{name}");
        assert_eq!(header(&head, "Content-Disposition"), Some("attachment"), "{name}");
    }
    for name in ["page.html", "app.js", "feed.xml", "data.JSON", "notes.md"] {
        assert_eq!(media_type(name).name, "text/plain; charset=utf-8", "{name}");
    }
}

#[test]
fn every_file_is_kept_from_running() {
    for name in ["film.MP4", "page.html", "notes.txt", "picture.jpeg"] {
        let head = ask("GET", None, None, name);
        assert_eq!(header(&head, "X-Content-Type-Options"), Some("nosniff"), "{name}");
        let policy = header(&head, "Content-Security-Policy").unwrap();
        assert!(policy.starts_with("sandbox; default-src 'none';"), "{name}: {policy}");
    }
    let head = ask("GET", None, None, "paper.pdf");
    let policy = header(&head, "Content-Security-Policy").unwrap();
    assert!(policy.starts_with("default-src 'none';") && !policy.contains("script-src"), "{policy}");
}

#[test]
fn an_address_is_an_info_hash_and_a_path_below_it() {
    let hash = "0123456789abcdef0123456789ABCDEF01234567";
    let parse = |path: &str| Address::parse(&format!("{hash}/{path}")).map(|address| address.path);
    assert_eq!(parse("a%20b/%E6%97%A5%2F%25.mp4"), Some(vec!["a b".to_owned(), "日/%.mp4".to_owned()]));
    assert_eq!(parse("a+b&c"), Some(vec!["a+b&c".to_owned()]));
    for path in ["%", "a%2", "a%zz", "%ff"] {
        assert_eq!(parse(path), None, "{path}");
    }
    for address in
        ["", "/", hash, "0123/film.mp4", &format!("{hash}0/a"), &format!("{hash}/{}", "a".repeat(1 << 17))]
    {
        assert_eq!(Address::parse(address), None);
    }
}

proptest! {
    #[test]
    fn every_answer_fits_the_file(range in "(bytes=)?[0-9]{0,21}-?[0-9]{0,21}", size: u64) {
        let request = Request { method: "GET", range: Some(&range), if_range: None };
        let head = request.answer(Resource { name: "a.mp4", size, tag: TAG });
        prop_assert!(head.body.start <= head.body.end);
        let length = head.body.end - head.body.start;
        prop_assert_eq!(header(&head, "Content-Length"), Some(&*length.to_string()));
        prop_assert!(head.body.end <= size);
        match head.status {
            200 => prop_assert_eq!(head.body, 0..size),
            206 => prop_assert!(length > 0),
            status => prop_assert_eq!((status, length), (416, 0)),
        }
    }

    #[test]
    fn an_encoded_path_is_read_as_it_was(path in prop::collection::vec(".{1,8}", 1..4)) {
        let encode = |segment: &String| segment.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
        let encoded: Vec<_> = path.iter().map(encode).collect();
        let address = Address::parse(&format!("{}/{}", "00".repeat(20), encoded.join("/")));
        prop_assert_eq!(address.map(|address| address.path), Some(path));
    }
}
