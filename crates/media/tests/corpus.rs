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

proptest! {
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
