//! Which files of a torrent can be shown, and in which order.

use media::Kind;
use protocol::{FileView, Priority};

use crate::listing::paths;

/// One file that can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its position among all files of the torrent.
    pub file: u32,
    /// What it is.
    pub kind: Kind,
}

/// The files that can be shown, in the order in which people count. Beside videos, text is what comes along with them (subtitles, notes),
/// and pictures are covers: only the kinds that the torrent seems to be for are listed. None are where nothing is wanted:
/// showing a file fetches it.
#[must_use]
pub fn playlist(files: &[FileView]) -> Vec<Item> {
    if files.iter().all(|file| file.priority == Priority::Skip && file.progress < 1.0) {
        return Vec::new();
    }
    let kinds = (0..).zip(files).filter_map(|(file, view)| Some(Item { file, kind: Kind::of(&view.path)? }));
    let items: Vec<Item> = kinds.filter(|item| files[item.file as usize].size > 0).collect();
    let plays = items.iter().any(|item| item.kind.plays());
    let pictures = items.iter().any(|item| item.kind == Kind::Picture);
    let listed = |item: &Item| match item.kind {
        Kind::Video | Kind::Audio => true,
        Kind::Picture => !plays,
        Kind::Pdf | Kind::Text => !plays && !pictures,
    };
    let mut items: Vec<Item> = items.into_iter().filter(listed).collect();
    sort::by(&mut items, |a, b| paths(&files[a.file as usize].path, &files[b.file as usize].path));
    items
}

/// Where to begin: with the longest video, else with the first file.
#[must_use]
pub fn first(items: &[Item], files: &[FileView]) -> Option<usize> {
    let size = |item: &Item| files.get(item.file as usize).map_or(0, |file| file.size);
    let videos = items.iter().enumerate().filter(|(_, item)| item.kind == Kind::Video);
    let longest = videos.max_by_key(|(_, item)| size(item)).map(|(place, _)| place);
    longest.or((!items.is_empty()).then_some(0))
}

/// The subtitles that came with a video, by their position among the files.
#[must_use]
pub fn subtitles_of(video: &str, files: &[FileView]) -> Vec<u32> {
    let fits = |file: &FileView| file.size <= media::MAX_SUBTITLES && media::belong_to(&file.path, video);
    (0..).zip(files).filter(|(_, file)| fits(file)).map(|(position, _)| position).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[(&str, u64)]) -> Vec<FileView> {
        let file = |(path, size): &(&str, u64)| FileView {
            path: (*path).to_owned(),
            offset: 0,
            size: *size,
            progress: 0.0,
            priority: Priority::Normal,
        };
        names.iter().map(file).collect()
    }

    #[test]
    fn where_nothing_is_wanted_nothing_is_shown_but_what_is_here() {
        let mut skipped = files(&[("film.mp4", 99), ("song.mp3", 50)]);
        for file in &mut skipped {
            file.priority = Priority::Skip;
        }
        assert_eq!(playlist(&skipped), []);
        skipped[1].progress = 1.0;
        assert_eq!(playlist(&skipped).len(), 2);
    }

    fn listed(names: &[(&str, u64)]) -> Vec<u32> {
        playlist(&files(names)).iter().map(|item| item.file).collect()
    }

    #[test]
    fn what_comes_along_with_a_video_is_not_listed() {
        assert_eq!(listed(&[("cover.jpg", 9), ("film.mp4", 99), ("film.srt", 9), ("song.mp3", 50)]), [1, 3]);
    }

    #[test]
    fn pictures_and_text_are_listed_where_nothing_plays() {
        assert_eq!(listed(&[("a.jpg", 9), ("b.txt", 9), ("c.zip", 9)]), [0]);
        assert_eq!(listed(&[("a.pdf", 9), ("b.txt", 9), ("c.zip", 9)]), [0, 1]);
        assert!(listed(&[("empty.txt", 0)]).is_empty());
    }

    // Issue 13, B: natural order.
    #[test]
    fn the_second_comes_before_the_tenth() {
        let files = [("Song 10.mp3", 9), ("Song 2.mp3", 9), ("B/1.mp3", 9), ("A/10.mp3", 9), ("A/9.mp3", 9)];
        assert_eq!(listed(&files), [4, 3, 2, 1, 0]);
    }

    #[test]
    fn the_longest_video_comes_first() {
        let files = files(&[("a theme.mp3", 500), ("trailer.mp4", 10), ("film.mp4", 99)]);
        assert_eq!(first(&playlist(&files), &files), Some(1));
        assert_eq!(first(&[], &files), None);
    }

    #[test]
    fn subtitles_are_found_by_the_name_of_their_video() {
        let files = files(&[("film.mp4", 99), ("film.de.srt", 9), ("film.vtt", 9), ("other.srt", 9)]);
        assert_eq!(subtitles_of("film.mp4", &files), [1, 2]);
    }
}
