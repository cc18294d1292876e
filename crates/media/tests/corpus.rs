//! What the fuzz targets check holds for every input that fuzzing starts from or has found, and for those that are made
//! to cost as much as they can.

#[path = "../../../fuzz/properties/cost.rs"]
mod cost;
#[path = "../../../fuzz/properties/media.rs"]
mod media;
#[path = "../../../fuzz/properties/replay.rs"]
mod replay;
#[path = "../../../fuzz/hostile/text.rs"]
mod text;

use proptest::collection::vec;
use proptest::prelude::*;
use replay::replay;

#[test]
fn any_text_becomes_one_file_of_subtitles() {
    replay("subtitles", media::subtitles);
}

#[test]
fn every_search_for_an_index_ends() {
    replay("mp4_index", media::mp4_index);
}

#[test]
fn every_search_for_tags_ends() {
    replay("tags", media::tags);
}

/// What sounds with tags are made of.
const SOUND: [&[u8]; 18] = [
    b"ID3\x02\0\0\0\0\x7F\x7F",
    b"ID3\x03\0\x80\0\0\x7F\x7F",
    b"ID3\x04\0\xC0\0\0\x7F\x7F\0\0\0\x0A",
    b"TT2\0\0\x03",
    b"TIT2\0\0\0\x05\0\0",
    b"APIC\0\0\0\x20\0\x02",
    b"\x01\xFF\xFE",
    b"fLaC",
    b"\x84\0\x01\0",
    b"\x06\0\0\x40",
    b"OggS\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x02\x08\xFF",
    b"OpusTags\0\0\0\0\xFF\xFF\0\0",
    b"\x06\0\0\0TITLE=",
    b"\0\0\0\x08ftyp",
    b"\0\0\x01\0moov",
    b"\0\0\x01\0ilst",
    b"\0\0\0\x28\xA9nam\0\0\0\x18data",
    b"\0\0\0\x01covr\0\0\0\0\0\0\0\x20",
];

proptest! {
    #[test]
    fn whatever_somebody_makes_a_sound_of_the_search_for_its_tags_ends(
        parts in vec(prop_oneof![
            proptest::sample::select(&SOUND[..]).prop_map(<[u8]>::to_vec), vec(any::<u8>(), 0..40), Just(vec![0; 70_000])], 0..40),
    ) {
        media::tags(&parts.concat());
    }

    #[test]
    fn whatever_somebody_makes_subtitles_of_it_costs_little(
        subtitles in text::repeated(
            &["", "WEBVTT", "film.de\n", "0:0,000 --> 0:0,001\n"],
            &["0:0,000-->0:0,001\n", "-->", "{\\", "}", "\n", "0:", ".", "_", "é", " ", "\u{feff}"],
        ),
    ) {
        media::subtitles(&subtitles);
    }

    #[test]
    fn whatever_somebody_makes_a_film_of_the_search_for_its_index_ends(
        boxes in vec((prop_oneof![0..40_u32, any::<u32>()], proptest::sample::select(&[b"ftyp", b"free", b"wide"][..]), 0..40_usize), 0..99),
    ) {
        let boxes = boxes.into_iter().map(|(size, kind, length)| [&size.to_be_bytes()[..], kind, &vec![0; length]].concat());
        media::mp4_index(&boxes.collect::<Vec<_>>().concat());
    }
}
