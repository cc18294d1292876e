use media::tags::{MAX_COVER, MAX_READS, MAX_TEXT, TagSearch};
use media::{IndexSearch, belong_to, charset, language, to_webvtt};

use super::cost::Cost;

/// Text is copied line by line, and without what other programs would stumble over.
const TEXT: Cost = Cost { flat: 1024, per_byte: 8 };
/// A text of a tag is made free of its padding, read as text and kept, each in a buffer that grows by doubling.
const TAG: Cost = Cost { flat: 4096, per_byte: 16 };

/// Whatever the text, it becomes one file of subtitles, which stays as it is when it is read again; and the name in its
/// first line belongs to itself.
pub(super) fn subtitles(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let vtt = TEXT.limits(text.len(), || to_webvtt(&text));
    assert!(vtt.starts_with("WEBVTT"));
    assert_eq!(to_webvtt(&vtt), vtt);
    let name = text.lines().next().unwrap_or_default();
    let tag = TEXT.limits(name.len(), || language(name));
    TEXT.limits(bytes.len(), || charset(bytes, tag.as_deref()));
    let (subtitles, video) = (format!("{name}.srt"), format!("{name}.mp4"));
    assert!(TEXT.limits(2 * name.len(), || belong_to(&subtitles, &video)));
}

/// A walk through a film comes to an end after a few steps, and never asks for bytes that are not there.
pub(super) fn mp4_index(film: &[u8]) {
    let mut search = IndexSearch::new(film.len() as u64);
    for _ in 0..100 {
        let wanted = search.wants();
        let header = film.get(wanted.start as usize..wanted.end as usize).expect("the film has these bytes");
        if (Cost { flat: 0, per_byte: 0 }).limits(0, || search.take(header)).is_some() {
            return;
        }
    }
    panic!("it goes on and on");
}

/// A search for what a sound says of itself ends after a few reads, keeps little, and points only at a cover that is in the
/// file.
pub(super) fn tags(sound: &[u8]) {
    let mut search = TagSearch::new(sound.len() as u64);
    for _ in 0..MAX_READS {
        let wanted = search.wants();
        let bytes = sound.get(wanted.start as usize..wanted.end as usize).expect("the sound has these bytes");
        let Some(tags) = TAG.limits(bytes.len(), || search.take(bytes)) else { continue };
        for text in [&tags.title, &tags.artist, &tags.album].into_iter().flatten() {
            assert!(!text.is_empty() && text.len() <= MAX_TEXT);
        }
        assert!(
            tags.cover.is_none_or(|cover| cover.start < cover.end && cover.end - cover.start <= MAX_COVER)
        );
        return;
    }
    panic!("it goes on and on");
}
