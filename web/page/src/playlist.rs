//! Which files of a torrent can be shown, and in which order.

use std::cmp::Reverse;

use media::Kind;
use media::picture::MAX_SMALL_BYTES;
use protocol::{FileView, Priority};

use crate::listing::SortKey;

/// What covers are called.
const COVERS: [&str; 6] = ["cover", "front", "folder", "albumart", "album", "poster"];

/// One file that is played or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its position among all files of the torrent.
    pub file: u32,
    /// What it is.
    pub kind: Kind,
}

/// Whether something of a torrent may be shown unasked: showing a file fetches it.
#[must_use]
pub fn is_wanted(files: &[FileView]) -> bool {
    files.iter().any(|file| file.priority != Priority::Skip || file.progress >= 1.0)
}

/// The files that are played or read, in the order in which people count. Beside videos and pictures, text is what comes along
/// with them (subtitles, notes): it is listed where there is nothing else. Pictures have a [place](pictures) of their own.
#[must_use]
pub fn playlist(files: &[FileView]) -> Vec<Item> {
    let kinds = (0..).zip(files).filter_map(|(file, view)| Some(Item { file, kind: Kind::of(&view.path)? }));
    let items: Vec<Item> = kinds.filter(|item| files[item.file as usize].size > 0).collect();
    let plays = items.iter().any(|item| item.kind.plays());
    let pictures = items.iter().any(|item| item.kind == Kind::Picture);
    let listed = |item: &Item| match item.kind {
        Kind::Video | Kind::Audio => true,
        Kind::Picture => false,
        Kind::Pdf | Kind::Text => !plays && !pictures,
    };
    let mut items: Vec<Item> = items.into_iter().filter(listed).collect();
    sort_by_path(&mut items, |item| &files[item.file as usize].path);
    items
}

/// The pictures to look at, by their positions among the files, in the order in which people count. Where something plays,
/// covers are not among them.
#[must_use]
pub fn pictures(files: &[FileView]) -> Vec<u32> {
    let plays = files.iter().any(|file| Kind::of(&file.path).is_some_and(Kind::plays));
    let is_one = |file: &FileView| {
        Kind::of(&file.path) == Some(Kind::Picture)
            && file.size > 0
            && !(plays && rank_of_cover(name_of(&file.path)).is_some())
    };
    let mut pictures: Vec<u32> =
        (0..).zip(files).filter(|(_, file)| is_one(file)).map(|(file, _)| file).collect();
    sort_by_path(&mut pictures, |picture| &files[*picture as usize].path);
    pictures
}

fn sort_by_path<'a, T>(items: &mut Vec<T>, path: impl Fn(&T) -> &'a str) {
    let mut keyed: Vec<_> = items.drain(..).map(|item| (SortKey::of(path(&item)), item)).collect();
    sort::by(&mut keyed, |(a, _), (b, _)| a.cmp(b));
    items.extend(keyed.into_iter().map(|(_, item)| item));
}

/// The picture that is the cover of what plays, by its position among the files: the one called so that lies in the same
/// folder, or in the nearest around it.
#[must_use]
pub fn cover(plays: &str, files: &[FileView]) -> Option<u32> {
    let rank = |view: &FileView| {
        let (folder, name) = view.path.rsplit_once('/').unwrap_or(("", &view.path));
        let is_around =
            folder.is_empty() || plays.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let fits =
            is_around && Kind::of(name) == Some(Kind::Picture) && (1..=MAX_SMALL_BYTES).contains(&view.size);
        Some((Reverse(folder.len()), rank_of_cover(name).filter(|_| fits)?))
    };
    let ranked = (0..).zip(files).filter_map(|(file, view)| Some((rank(view)?, file)));
    ranked.min().map(|(_, file)| file)
}

/// The name of a file without its folders.
#[must_use]
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// How surely a picture of this name is a cover, the surest first.
fn rank_of_cover(name: &str) -> Option<usize> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    COVERS.iter().position(|cover| stem.eq_ignore_ascii_case(cover))
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
        assert!(is_wanted(&skipped));
        for file in &mut skipped {
            file.priority = Priority::Skip;
        }
        assert!(!is_wanted(&skipped));
        skipped[1].progress = 1.0;
        assert!(is_wanted(&skipped));
    }

    fn listed(names: &[(&str, u64)]) -> Vec<u32> {
        playlist(&files(names)).iter().map(|item| item.file).collect()
    }

    #[test]
    fn what_comes_along_with_a_video_is_not_listed() {
        assert_eq!(listed(&[("cover.jpg", 9), ("film.mp4", 99), ("film.srt", 9), ("song.mp3", 50)]), [1, 3]);
    }

    #[test]
    fn text_is_listed_where_there_is_nothing_else() {
        assert_eq!(listed(&[("a.pdf", 9), ("b.txt", 9), ("c.zip", 9)]), [0, 1]);
        assert!(listed(&[("a.jpg", 9), ("b.txt", 9)]).is_empty());
        assert!(listed(&[("empty.txt", 0)]).is_empty());
    }

    // Issue 13, C: pictures.
    #[test]
    fn pictures_are_looked_at_in_the_order_in_which_people_count() {
        let names = [("IMG_10.jpg", 9), ("IMG_2.JPG", 9), ("cover.png", 9), ("empty.jpg", 0), ("b.txt", 9)];
        assert_eq!(pictures(&files(&names)), [2, 1, 0]);
        let with_film = [&names[..], &[("film.mp4", 99)]].concat();
        assert_eq!(pictures(&files(&with_film)), [1, 0], "a cover is no picture beside a film");
    }

    // Issue 13, C: albums.
    #[test]
    fn a_cover_is_the_nearest_picture_that_is_called_so() {
        let names = [
            ("Album/Folder.jpg", 9),
            ("Album/CD 1/1.mp3", 9),
            ("Album/CD 1/back.jpg", 9),
            ("Album/CD 2/1.mp3", 9),
            ("Album/CD 2/front.PNG", 9),
            ("Album/CD 2/cover.jpg", 9),
            ("Other/cover.jpg", 9),
            ("Album/CD/cover.jpg", 9),
        ];
        let album = files(&names);
        assert_eq!(cover("Album/CD 1/1.mp3", &album), Some(0));
        assert_eq!(cover("Album/CD 2/1.mp3", &album), Some(5));
        assert_eq!(cover("Elsewhere/1.mp3", &album), None);
        assert_eq!(cover("1.mp3", &files(&[("cover.jpg", MAX_SMALL_BYTES + 1), ("front.jpg", 9)])), Some(1));
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
