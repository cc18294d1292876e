//! What hangs at the pointer while something is dragged over the page, as far as browsers tell before it is dropped: no
//! names, and types only of files whose endings the system knows.

/// What would be dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dragged {
    /// Files or folders.
    Files,
    /// Torrent files and nothing else.
    TorrentFiles,
    /// One file of subtitles.
    Subtitles,
    /// Text, which may be a link.
    Text,
}

impl Dragged {
    /// From the kind and type of each item, as `DataTransferItem` has them; nothing that the page takes if `None`.
    #[must_use]
    pub fn of<'a>(items: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let (mut files, mut torrents, mut subtitles, mut texts) = (0, 0, 0, 0);
        for (kind, media_type) in items {
            files += u32::from(kind == "file");
            match media_type {
                "application/x-bittorrent" => torrents += 1,
                "application/x-subrip" | "text/vtt" => subtitles += 1,
                "text/plain" | "text/uri-list" if kind != "file" => texts += 1,
                _ => {}
            }
        }
        match files {
            0 => (texts > 0).then_some(Self::Text),
            _ if torrents == files => Some(Self::TorrentFiles),
            1 if subtitles == 1 => Some(Self::Subtitles),
            _ => Some(Self::Files),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Issue 13, B: dropping says what will happen.
    #[test]
    fn what_is_dragged_is_told_by_what_browsers_tell_of_it() {
        let torrent = ("file", "application/x-bittorrent");
        assert_eq!(Dragged::of([torrent, torrent]), Some(Dragged::TorrentFiles));
        assert_eq!(Dragged::of([torrent, ("file", "")]), Some(Dragged::Files), "a folder has no type");
        assert_eq!(Dragged::of([("file", "text/vtt")]), Some(Dragged::Subtitles));
        assert_eq!(Dragged::of([("file", "text/vtt"), ("file", "text/vtt")]), Some(Dragged::Files));
        assert_eq!(Dragged::of([("file", "text/plain")]), Some(Dragged::Files));
        assert_eq!(
            Dragged::of([("file", "image/png"), ("string", "text/uri-list")]),
            Some(Dragged::Files),
            "a picture of another page comes with its address"
        );
        assert_eq!(Dragged::of([("string", "text/html"), ("string", "text/plain")]), Some(Dragged::Text));
        assert_eq!(Dragged::of([("string", "application/x-color")]), None);
        assert_eq!(Dragged::of([]), None);
    }
}
