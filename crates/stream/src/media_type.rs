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
    let mut ending = [0; 8];
    let given = name.rsplit_once('.').map_or("", |(_, ending)| ending).as_bytes();
    let ending = match ending.get_mut(..given.len()) {
        Some(place) => {
            place.copy_from_slice(given);
            place.make_ascii_lowercase();
            &*place
        }
        None => b"",
    };
    let shown = |name| MediaType { name, is_shown: true };
    match ending {
        b"mp4" | b"m4v" => shown("video/mp4"),
        b"mov" | b"qt" => shown("video/quicktime"),
        b"webm" => shown("video/webm"),
        b"mkv" => shown("video/x-matroska"),
        b"ogv" => shown("video/ogg"),
        b"avi" => shown("video/x-msvideo"),
        b"mpg" | b"mpeg" => shown("video/mpeg"),
        b"ts" | b"m2ts" | b"mts" => shown("video/mp2t"),
        b"wmv" => shown("video/x-ms-wmv"),
        b"flv" => shown("video/x-flv"),
        b"3gp" => shown("video/3gpp"),
        b"mp3" => shown("audio/mpeg"),
        b"m4a" | b"m4b" => shown("audio/mp4"),
        b"aac" => shown("audio/aac"),
        b"ogg" | b"oga" | b"opus" => shown("audio/ogg"),
        b"weba" => shown("audio/webm"),
        b"wav" => shown("audio/wav"),
        b"flac" => shown("audio/flac"),
        b"jpg" | b"jpeg" => shown("image/jpeg"),
        b"png" => shown("image/png"),
        b"gif" => shown("image/gif"),
        b"webp" => shown("image/webp"),
        b"avif" => shown("image/avif"),
        b"bmp" => shown("image/bmp"),
        b"ico" => shown("image/vnd.microsoft.icon"),
        b"pdf" => shown("application/pdf"),
        b"vtt" => shown("text/vtt; charset=utf-8"),
        _ if Kind::of(name) == Some(Kind::Text) => shown("text/plain; charset=utf-8"),
        _ => MediaType { name: "application/octet-stream", is_shown: false },
    }
}
