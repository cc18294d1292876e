//! Which file of a torrent is played.

use media::Kind;
use metainfo::Magnet;
use protocol::FileView;

/// The first file with a beginning and an end in time, of those that the link selects. `None` if there is none.
#[must_use]
pub fn choose(magnet: &Magnet, files: &[FileView]) -> Option<u32> {
    let plays = |file: &FileView| Kind::of(&file.path).is_some_and(Kind::plays);
    let mut files = (0_u32..).zip(files).zip(magnet.selection(files.len()));
    files.find(|((_, file), chosen)| *chosen && plays(file)).map(|((position, _), _)| position)
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

    #[test]
    fn the_first_file_that_plays_is_played() {
        assert_eq!(choose(&magnet(None), &files(&["cover.jpg", "a.nfo", "b.webm", "c.mp4"])), Some(2));
    }

    #[test]
    fn a_link_may_name_the_file() {
        let files = files(&["a.mp4", "b.mp4", "read me.txt"]);
        assert_eq!(choose(&magnet(Some(1)), &files), Some(1));
        assert_eq!(choose(&magnet(Some(2)), &files), None, "it does not play");
        assert_eq!(choose(&magnet(Some(9)), &files), None, "there is no such file");
    }
}
