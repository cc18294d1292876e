use proptest::prelude::*;

use super::*;

/// What is found in a file, and how many bytes were read for that.
fn search(file: &[u8]) -> (Tags, u64) {
    let (mut search, mut read) = (TagSearch::new(file.len() as u64), 0);
    loop {
        let wanted = search.wants();
        assert!(wanted.end - wanted.start <= WINDOW);
        read += wanted.end - wanted.start;
        if let Some(tags) = search.take(&file[wanted.start as usize..wanted.end as usize]) {
            return (tags, read);
        }
    }
}

fn found(file: &[u8]) -> Tags {
    search(file).0
}

fn texts(tags: &Tags) -> [Option<&str>; 3] {
    [tags.title.as_deref(), tags.artist.as_deref(), tags.album.as_deref()]
}

const SONG: [Option<&str>; 3] = [Some("Song"), Some("Ida"), Some("Songs")];

fn covered<'a>(file: &'a [u8], tags: &Tags) -> Option<&'a [u8]> {
    tags.cover.clone().map(|cover| &file[cover.start as usize..cover.end as usize])
}

fn syncsafe(number: usize) -> [u8; 4] {
    [21, 14, 7, 0].map(|shift| (number >> shift) as u8 & 0x7F)
}

fn id3(version: u8, flags: u8, frames: &[(&str, u8, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, flags, content) in frames {
        body.extend(name.as_bytes());
        let size = content.len() as u32;
        match version {
            2 => body.extend(&size.to_be_bytes()[1..]),
            3 => body.extend(size.to_be_bytes()),
            _ => body.extend(syncsafe(content.len())),
        }
        if version > 2 {
            body.extend([0, *flags]);
        }
        body.extend(*content);
    }
    body.extend([0; 20]);
    [&[b'I', b'D', b'3', version, 0, flags], &syncsafe(body.len())[..], &body, b"\xFF\xFB sound"].concat()
}

#[test]
fn every_version_of_id3_is_read() {
    let new = [("TIT2", "Song"), ("TPE1", "Ida"), ("TXXX", "whatever"), ("TALB", "Songs"), ("TRCK", "3/12")];
    let old = [("TT2", "Song"), ("TP1", "Ida"), ("TAL", "Songs"), ("TRK", "3")];
    for (version, texts_in) in [(2, &old[..]), (3, &new), (4, &new)] {
        let contents: Vec<_> =
            texts_in.iter().map(|(name, text)| (name, [b"\0", text.as_bytes()].concat())).collect();
        let mut frames: Vec<(&str, u8, &[u8])> =
            contents.iter().map(|(name, text)| (**name, 0, &text[..])).collect();
        let picture = if version == 2 {
            b"\0JPG\x03front\0jpeg".to_vec()
        } else {
            b"\0image/jpeg\0\x03front\0jpeg".to_vec()
        };
        frames.push((if version == 2 { "PIC" } else { "APIC" }, 0, &picture));
        let file = id3(version, 0, &frames);
        let tags = found(&file);
        assert_eq!((texts(&tags), tags.track), (SONG, Some(3)), "{version}");
        assert_eq!(covered(&file, &tags), Some(&b"jpeg"[..]), "{version}");
    }
}

#[test]
fn texts_are_in_any_of_four_encodings() {
    for text in [
        &b"\0Gr\xFC\xDFe"[..],
        b"\x01\xFF\xFEG\0r\0\xFC\0\xDF\0e\0\0\0x\0",
        b"\x01\xFE\xFF\0G\0r\0\xFC\0\xDF\0e",
        b"\x02\0G\0r\0\xFC\0\xDF\0e",
        "\x03 Grüße \0other".as_bytes(),
    ] {
        assert_eq!(found(&id3(4, 0, &[("TIT2", 0, text)])).title.as_deref(), Some("Grüße"), "{text:?}");
    }
    for nothing in [&b""[..], b"\0", b"\0   \0x", b"\x01\xFF\xFE", b"\x01\xFF"] {
        assert_eq!(found(&id3(3, 0, &[("TPE1", 0, b"\0Ida"), ("TIT2", 0, nothing)])).title, None);
    }
}

#[test]
fn what_has_zeros_put_in_is_read_without_them_and_without_its_cover() {
    let title = b"\x01\xFF\0\xFES\0o\0n\0g\0";
    let cover = ("APIC", 2, &b"\0image/png\0\x03\0\xFF\0png"[..]);
    let tags = found(&id3(4, 0, &[("TIT2", 2, title), cover]));
    assert_eq!((tags.title.as_deref(), tags.cover), (Some("Song"), None));
    let tags = found(&id3(4, 0x80, &[("TIT2", 0, title), cover]));
    assert_eq!((tags.title.as_deref(), tags.cover), (Some("Song"), None));
    // Before version 4 a frame is said to be as long as it was before.
    let mut file = id3(3, 0, &[("TIT2", 0, b"\x01\xFF\xFES\0o\0n\0g\0"), ("TPE1", 0, b"\0Ida")]);
    file[5] = 0x80;
    let at = file.windows(2).position(|pair| pair == [0xFF, 0xFE]).unwrap();
    file.insert(at + 1, 0);
    let tags = found(&file);
    assert_eq!(texts(&tags), [Some("Song"), Some("Ida"), None]);
}

#[test]
fn what_is_compressed_or_encrypted_or_a_link_is_left() {
    for (version, flags) in [(3, 0x80), (3, 0x40), (4, 0x08), (4, 0x04)] {
        let tags = found(&id3(version, 0, &[("TIT2", flags, b"\0Song"), ("TPE1", 0, b"\0Ida")]));
        assert_eq!(texts(&tags), [None, Some("Ida"), None]);
    }
    assert_eq!(found(&id3(4, 0, &[("TIT2", 0x41, b"GLEN_\0Song")])).title.as_deref(), Some("Song"));
    assert_eq!(found(&id3(3, 0, &[("APIC", 0, b"\0-->\0\x03\0https://example.org")])).cover, None);
}

// Issue 13, C: albums. A cover of megabytes is found and not read.
#[test]
fn a_cover_is_passed_over_and_what_comes_after_it_is_read() {
    let cover = [&b"\0image/jpeg\0\x03\0"[..], &vec![7; 3_000_000]].concat();
    let file = id3(
        3,
        0,
        &[("TPE1", 0, b"\0Ida"), ("APIC", 0, &cover), ("TIT2", 0, b"\0Song"), ("TALB", 0, b"\0Songs")],
    );
    let (tags, read) = search(&file);
    assert_eq!(texts(&tags), SONG);
    assert_eq!(covered(&file, &tags).map(<[u8]>::len), Some(3_000_000));
    assert!(read <= 2 * WINDOW, "{read} bytes were read");
    let other = [
        ("APIC", 0, &b"\0\0\x00\0other"[..]),
        ("APIC", 0, b"\0\0\x03\0front"),
        ("APIC", 0, b"\0\0\x04\0back"),
    ];
    let file = id3(3, 0, &other);
    assert_eq!(covered(&file, &found(&file)), Some(&b"front"[..]), "the front is what people know");
}

fn comments(texts: &[&str]) -> Vec<u8> {
    let text = |text: &str| [&(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat();
    let all: Vec<u8> = texts.iter().flat_map(|comment| text(comment)).collect();
    [&text("a program")[..], &(texts.len() as u32).to_le_bytes(), &all].concat()
}

const COMMENTS: [&str; 6] =
    ["title=Song", "Artist=Ida", "noise", "ALBUM=Songs", "ALBUM=other", "TRACKNUMBER=3"];

#[test]
fn flac_has_comments_and_pictures_in_blocks() {
    let block = |kind: u8, body: &[u8]| [&[kind][..], &(body.len() as u32).to_be_bytes()[1..], body].concat();
    let words = |numbers: &[u32]| numbers.iter().flat_map(|number| number.to_be_bytes()).collect::<Vec<u8>>();
    let picture = |kind, png: &[u8; 3]| {
        [&words(&[kind, 9])[..], b"image/png", &words(&[5]), b"front", &words(&[1, 1, 24, 0, 3]), png]
            .concat()
    };
    let file = [
        &b"fLaC"[..],
        &block(0, &[0; 34]),
        &block(6, &picture(4, b"not")),
        &block(1, &[0; 200_000]),
        &block(4, &comments(&COMMENTS)),
        &block(0x80 | 6, &picture(3, b"png")),
        &block(4, &comments(&["TITLE=sound"])),
    ]
    .concat();
    let (tags, read) = search(&file);
    assert_eq!((texts(&tags), tags.track), (SONG, Some(3)));
    assert_eq!(covered(&file, &tags), Some(&b"png"[..]));
    assert!(read <= 2 * WINDOW, "{read} bytes were read");
}

/// A page of Ogg for each packet's piece.
fn ogg(pages: &[(u8, &[&[u8]])]) -> Vec<u8> {
    let mut file = Vec::new();
    for (serial, packets) in pages {
        let mut table = Vec::new();
        for packet in *packets {
            table.extend(vec![255; packet.len() / 255]);
            if packet.len() % 255 != 0 {
                table.push((packet.len() % 255) as u8);
            }
        }
        file.extend(b"OggS\0\0\0\0\0\0\0\0\0\0");
        file.extend([*serial, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, table.len() as u8]);
        file.extend(table);
        file.extend(packets.concat());
    }
    file
}

#[test]
fn ogg_has_comments_in_the_second_packet_whatever_lies_between_its_pages() {
    for prefix in [&b"\x03vorbis"[..], b"OpusTags"] {
        let note = "NOTE=".to_owned() + &"x".repeat(250);
        let all: Vec<&str> = [&note[..]].into_iter().chain(COMMENTS).collect();
        let packet = [prefix, &comments(&all)].concat();
        let (first, second) = packet.split_at(255);
        let file = ogg(&[
            (1, &[b"head"]),
            (2, &[b"other"]),
            (1, &[first]),
            (2, &[b"other"]),
            (1, &[second, b"sound"]),
        ]);
        let tags = found(&file);
        assert_eq!((texts(&tags), tags.track), (SONG, Some(3)));
    }
}

fn atom(name: &[u8; 4], body: &[u8]) -> Vec<u8> {
    [&(body.len() as u32 + 8).to_be_bytes()[..], name, body].concat()
}

#[test]
fn mp4_has_tags_in_its_index_before_or_after_the_media() {
    let data =
        |kind: u32, content: &[u8]| atom(b"data", &[&kind.to_be_bytes()[..], &[0; 4], content].concat());
    let list = [
        atom(b"\xA9nam", &data(1, b"Song")),
        atom(b"\xA9too", &data(1, b"a program")),
        atom(b"\xA9ART", &data(1, b"Ida")),
        atom(b"covr", &[data(13, &[7; 100_000]), data(13, b"second")].concat()),
        atom(b"\xA9alb", &data(1, b"Songs")),
        atom(b"trkn", &data(0, &[0, 0, 0, 3, 0, 12, 0, 0])),
    ]
    .concat();
    let (kind, media) = (atom(b"ftyp", b"M4A \0\0\0\0"), atom(b"mdat", &vec![0; 1_000_000]));
    for version in [&[0; 4][..], &[]] {
        let meta = atom(b"meta", &[version, &atom(b"hdlr", &[0; 25]), &atom(b"ilst", &list)].concat());
        let index = atom(b"moov", &[atom(b"trak", &[0; 300_000]), atom(b"udta", &meta)].concat());
        for file in [[&kind[..], &index, &media], [&kind, &media, &index]] {
            let file = file.concat();
            let (tags, read) = search(&file);
            assert_eq!((texts(&tags), tags.track), (SONG, Some(3)));
            assert_eq!(covered(&file, &tags).map(<[u8]>::len), Some(100_000));
            assert!(read <= 4 * WINDOW, "{read} bytes were read");
        }
    }
}

#[test]
fn other_files_say_nothing() {
    for file in [
        &b""[..],
        b"RIFF\0\0\0\0WAVE",
        b"\xFF\xFB\x90",
        b"ID3",
        b"ID3\x09\0\0\0\0\0\x20TIT2",
        b"fLaC",
        b"OggS",
    ] {
        assert_eq!(found(file), Tags::default());
    }
}

#[test]
fn only_so_much_is_kept_and_only_so_much_is_read() {
    let long = [b"\x03", "é".repeat(5000).as_bytes()].concat();
    let title = found(&id3(4, 0, &[("TIT2", 0, &long)])).title.unwrap();
    assert_eq!(title.len(), MAX_TEXT);
    let cover = id3(3, 0, &[("APIC", 0, &[&b"\0\0\x03\0"[..], &vec![0; MAX_COVER as usize + 1]].concat())]);
    assert_eq!(found(&cover).cover, None);
    let unknown = vec![0; WINDOW as usize];
    let frames = vec![("TXXX", 0, &unknown[..]); 99];
    let (_, read) = search(&id3(3, 0, &frames));
    assert_eq!(read, u64::from(MAX_READS) * WINDOW);
}

#[test]
fn track_zero_and_what_is_no_number_are_none() {
    for (text, track) in
        [("7", Some(7)), (" 07/0", Some(7)), ("0", None), ("A1", None), ("70000", None), ("", None)]
    {
        let text = [b"\0", text.as_bytes()].concat();
        assert_eq!(found(&id3(3, 0, &[("TALB", 0, b"\0x"), ("TRCK", 0, &text)])).track, track);
    }
}

/// How files begin that may have tags.
const STARTS: [&[u8]; 6] = [
    b"ID3\x02\0\0\0\0\x7F\x7F",
    b"ID3\x03\0\x80\0\0\x7F\x7F",
    b"ID3\x04\0\xC0\0\0\x7F\x7F\0\0\0\x0A",
    b"fLaC",
    b"OggS",
    b"\0\0\0\x08ftyp",
];

proptest! {
    #[test]
    fn a_search_ends_and_finds_covers_only_where_bytes_could_be(
        start in proptest::sample::select(&STARTS[..]),
        rest in proptest::collection::vec(prop_oneof![Just(0), Just(255), any::<u8>()], 0..600),
    ) {
        let file = [start, &rest].concat();
        let tags = found(&file);
        for text in texts(&tags).into_iter().flatten() {
            prop_assert!(!text.is_empty() && text.len() <= MAX_TEXT);
        }
        if let Some(cover) = tags.cover {
            prop_assert!(cover.start < cover.end && cover.end <= file.len() as u64);
        }
    }
}
