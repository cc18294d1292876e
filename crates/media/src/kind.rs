//! Kinds of media.

/// What a browser does with a file, going by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Played with a picture.
    Video,
    /// Played without one.
    Audio,
    /// Shown whole. Drawings (SVG) are not: they are programs, and only saved.
    Picture,
    /// Shown by the browser's own reader.
    Pdf,
    /// Read.
    Text,
}

impl Kind {
    /// The kind of the file at `path`, if a browser can show it at all. A video that no browser can play is a video
    /// too: whether this browser can is known only when it has tried.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        let (_, extension) = path.rsplit_once('.')?;
        let is_of =
            |extensions: &str| extensions.split(' ').any(|known| known.eq_ignore_ascii_case(extension));
        EXTENSIONS.into_iter().find(|(_, extensions)| is_of(extensions)).map(|(kind, _)| kind)
    }

    /// Whether it has a beginning and an end in time.
    #[must_use]
    pub fn plays(self) -> bool {
        matches!(self, Self::Video | Self::Audio)
    }
}

const EXTENSIONS: [(Kind, &str); 5] = [
    (Kind::Video, "mp4 m4v mov webm mkv ogv avi wmv flv mpg mpeg ts 3gp"),
    (Kind::Audio, "mp3 m4a aac flac ogg oga opus wav weba wma"),
    (Kind::Picture, "jpg jpeg png gif webp avif bmp ico"),
    (Kind::Pdf, "pdf"),
    (Kind::Text, "txt md nfo log csv json xml html htm css js rs py c h sh toml yml yaml cue m3u srt vtt"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_extension_tells_whatever_its_case() {
        assert_eq!(Kind::of("Trip/Day 1.MP4"), Some(Kind::Video));
        assert_eq!(Kind::of("song.mp4.mp3"), Some(Kind::Audio));
        assert_eq!(Kind::of("mp4"), None);
        assert_eq!(Kind::of("archive.zip"), None);
    }
}
