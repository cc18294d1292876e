//! What a browser may take a file for.

use media::Kind;

/// How a file is handed to the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// The `Content-Type`.
    pub name: &'static str,
    /// Whether the browser may show it; anything else is only saved.
    pub is_shown: bool,
}

/// The type of a file, by the ending of its name.
///
/// A torrent's files are written by strangers, and served from our own origin. So only types in which nothing can run
/// are on this list: pages and scripts are text, and drawings that may hold scripts (SVG) are only saved.
#[must_use]
pub fn media_type(name: &str) -> MediaType {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_of = |endings: &str| endings.split(' ').any(|known| known.eq_ignore_ascii_case(ending));
    let shown = |name| MediaType { name, is_shown: true };
    match SHOWN.iter().find(|(endings, _)| is_of(endings)) {
        Some(&(_, name)) => shown(name),
        None if Kind::of(name) == Some(Kind::Text) => shown("text/plain; charset=utf-8"),
        None => MediaType { name: "application/octet-stream", is_shown: false },
    }
}

/// What browsers show but for plain text: endings of names, and the type of files that have one of them.
const SHOWN: [(&str, &str); 27] = [
    ("mp4 m4v", "video/mp4"),
    ("mov qt", "video/quicktime"),
    ("webm", "video/webm"),
    ("mkv", "video/x-matroska"),
    ("ogv", "video/ogg"),
    ("avi", "video/x-msvideo"),
    ("mpg mpeg", "video/mpeg"),
    ("ts m2ts mts", "video/mp2t"),
    ("wmv", "video/x-ms-wmv"),
    ("flv", "video/x-flv"),
    ("3gp", "video/3gpp"),
    ("mp3", "audio/mpeg"),
    ("m4a m4b", "audio/mp4"),
    ("aac", "audio/aac"),
    ("ogg oga opus", "audio/ogg"),
    ("weba", "audio/webm"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("jpg jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("ico", "image/vnd.microsoft.icon"),
    ("pdf", "application/pdf"),
    ("vtt", "text/vtt; charset=utf-8"),
];
