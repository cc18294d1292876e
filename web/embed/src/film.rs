//! Which file of a torrent is played, and which picture stands for it.

use media::Kind;
use metainfo::Magnet;
use protocol::FileView;

/// The first file with a beginning and an end in time, of those that the link selects, and its kind. `None` if there is
/// none.
#[must_use]
pub fn choose(magnet: &Magnet, files: &[FileView]) -> Option<(u32, Kind)> {
    let mut files = (0_u32..).zip(files).zip(magnet.selection(files.len())).filter(|(_, chosen)| *chosen);
    files
        .find_map(|((position, file), _)| Some((position, Kind::of(&file.path).filter(|kind| kind.plays())?)))
}

/// Bytes above which a picture is no poster: it is to be there before the film.
pub const MAX_POSTER: u64 = 2 << 20;

/// Names of posters, best first, where none has the name of its film.
const POSTERS: [&str; 5] = ["poster", "cover", "folder", "front", "thumbnail"];

/// What names of pictures end in that every browser shows.
const PICTURES: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// The picture that stands for a film, as `film.jpg` or `cover.png` beside it. `None` if none does.
#[must_use]
pub fn poster(film: &str, files: &[FileView]) -> Option<u32> {
    let (folder, name) = split(film);
    let rank = |file: &FileView| {
        let (place, picture) = split(&file.path);
        let fits = place == folder
            && (1..=MAX_POSTER).contains(&file.size)
            && picture.rsplit_once('.').is_some_and(|(_, ending)| PICTURES.contains(&ending));
        let (name, picture) = (stem(name), stem(picture));
        let named = |word: &str| picture.eq_ignore_ascii_case(word);
        let rank = if picture == name {
            Some(0)
        } else {
            POSTERS.iter().position(|word| named(word)).map(|rank| rank + 1)
        };
        rank.filter(|_| fits)
    };
    let ranked = (0_u32..).zip(files).filter_map(|(position, file)| Some((rank(file)?, position)));
    ranked.min().map(|(_, position)| position)
}

fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

fn stem(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

#[cfg(test)]
mod tests {
    use metainfo::InfoHash;
    use protocol::Priority;

    use super::*;

    fn files(paths: &[&str]) -> Vec<FileView> {
        let file = |path: &&str| FileView {
            path: (*path).to_owned(),
            offset: 0,
            size: 1,
            progress: 0.0,
            priority: Priority::Normal,
        };
        paths.iter().map(file).collect()
    }

    fn magnet(select_only: Option<u32>) -> Magnet {
        let select_only = select_only.map(|file| vec![file..=file]);
        Magnet { select_only, ..Magnet::new(InfoHash::from_bytes([7; 20])) }
    }

    // Issue 13, C: a default poster.
    #[test]
    fn a_film_has_the_picture_beside_it_that_has_its_name_or_that_of_a_poster() {
        let poster = |paths: &[&str]| poster(paths[0], &files(paths));
        assert_eq!(poster(&["film.mp4", "Cover.jpg", "poster.png", "film.webp"]), Some(3));
        assert_eq!(poster(&["film.mp4", "Cover.jpg", "poster.png"]), Some(2));
        assert_eq!(poster(&["a/film.mp4", "cover.jpg", "b/film.jpg", "a/cover.jpg"]), Some(3));
        for none in ["film.txt", "holiday.jpg", "cover.svg", "film.mp4.jpg.zip"] {
            assert_eq!(poster(&["film.mp4", none]), None, "{none}");
        }
        let mut large = files(&["film.mp4", "film.jpg"]);
        for (size, position) in [(0, None), (MAX_POSTER, Some(1)), (MAX_POSTER + 1, None)] {
            large[1].size = size;
            assert_eq!(super::poster("film.mp4", &large), position, "{size}");
        }
    }

    #[test]
    fn the_first_file_that_plays_is_played() {
        assert_eq!(
            choose(&magnet(None), &files(&["cover.jpg", "a.nfo", "b.webm", "c.mp4"]))
                .map(|(position, _)| position),
            Some(2)
        );
    }

    #[test]
    fn a_link_may_name_the_file() {
        let files = files(&["a.mp4", "b.mp4", "read me.txt"]);
        assert_eq!(choose(&magnet(Some(1)), &files).map(|(position, _)| position), Some(1));
        assert_eq!(choose(&magnet(Some(2)), &files), None, "it does not play");
        assert_eq!(choose(&magnet(Some(9)), &files), None, "there is no such file");
    }
}
