//! Paths of files that the user chose: which files are meant, and which is which in a torrent.

use metainfo::portable;
use protocol::FileView;

/// Files that operating systems put into folders for themselves.
const CLUTTER: [&str; 3] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/// Whether an operating system put this file into a folder for itself. One that was chosen alone is meant.
#[must_use]
pub fn is_clutter(path: &[String]) -> bool {
    matches!(path, [_folder, .., name] if CLUTTER.contains(&name.as_str()))
}

/// The folder that holds all of these, if one does.
#[must_use]
pub fn common_folder<'a>(mut paths: impl Iterator<Item = &'a [String]>) -> Option<String> {
    let folder = |path: &'a [String]| path.first().filter(|_| path.len() > 1);
    let first = paths.next().and_then(folder)?;
    paths.all(|path| folder(path) == Some(first)).then(|| first.clone())
}

/// The path of a file within a folder: its own if it is there already, or if there is no folder.
#[must_use]
pub fn within(folder: Option<&str>, path: &[String]) -> Vec<String> {
    let is_outside = path.len() == 1 || path.first().map(String::as_str) != folder;
    folder.filter(|_| is_outside).map(str::to_owned).into_iter().chain(path.iter().cloned()).collect()
}

/// Files, each at its `path`, sorted as in a torrent of this folder: what is added to it lies between what was there.
#[must_use]
pub fn sorted_within<T>(folder: Option<&str>, files: Vec<T>, path: impl Fn(&T) -> &[String]) -> Vec<T> {
    let mut placed: Vec<_> = files.into_iter().map(|file| (within(folder, path(&file)), file)).collect();
    sort::by(&mut placed, |(a, _), (b, _)| a.cmp(b));
    placed.into_iter().map(|(_, file)| file).collect()
}

/// Where each file of a torrent is among chosen ones, by path and length; `None` if one of them is missing.
///
/// A torrent does not repeat the name of its folder in its paths, so that chosen paths have more folders in front: the
/// one with the fewest is meant. A file that is alone in both may have another name in the torrent.
#[must_use]
pub fn places_of(wanted: &[FileView], chosen: &[(&[String], u64)]) -> Option<Vec<usize>> {
    if let ([wanted], [(_, length)]) = (wanted, chosen) {
        return (wanted.size == *length).then(|| vec![0]);
    }
    // As a torrent calls them.
    let paths = portable::shareable(chosen.iter().map(|(path, _)| *path));
    // Of those that end alike, the one with the fewest folders in front is first.
    let mut ends = Vec::new();
    for (place, (path, (_, length))) in paths.iter().zip(chosen).enumerate() {
        ends.extend((0..path.len()).map(|folders| ((&path[folders..], *length), folders, place)));
    }
    sort::ascending(&mut ends);
    let find = |wanted: &FileView| {
        let path: Vec<String> = wanted.path.split('/').map(str::to_owned).collect();
        let wanted = (&path[..], wanted.size);
        let first = ends.partition_point(|(end, ..)| *end < wanted);
        ends.get(first).filter(|(end, ..)| *end == wanted).map(|(.., place)| *place)
    };
    wanted.iter().map(find).collect()
}

#[cfg(test)]
mod tests {
    use protocol::Priority;

    use super::*;

    fn path(path: &str) -> Vec<String> {
        path.split('/').map(str::to_owned).collect()
    }

    fn wanted(path: &str, size: u64) -> FileView {
        FileView { path: path.to_owned(), offset: 0, size, progress: 1.0, priority: Priority::Normal }
    }

    fn places(torrent: &[(&str, u64)], chosen: &[(&str, u64)]) -> Option<Vec<usize>> {
        let torrent: Vec<FileView> = torrent.iter().map(|(path, size)| wanted(path, *size)).collect();
        let chosen: Vec<(Vec<String>, u64)> = chosen.iter().map(|(name, size)| (path(name), *size)).collect();
        let chosen: Vec<(&[String], u64)> = chosen.iter().map(|(path, size)| (&path[..], *size)).collect();
        places_of(&torrent, &chosen)
    }

    #[test]
    fn files_are_known_again_in_whatever_order() {
        let torrent = [("b.txt", 2), ("a/c.txt", 3)];
        assert_eq!(places(&torrent, &[("trip/a/c.txt", 3), ("trip/b.txt", 2)]), Some(vec![1, 0]));
        assert_eq!(places(&torrent, &[("trip/a/c.txt", 3), ("trip/b.txt", 4)]), None, "another length");
        assert_eq!(places(&torrent, &[("trip/c.txt", 3), ("trip/b.txt", 2)]), None, "another folder");
        assert_eq!(places(&torrent, &[("trip/a/c.txt", 3), ("trip/xb.txt", 2)]), None, "another name");
    }

    #[test]
    fn of_two_that_end_alike_the_one_with_fewer_folders_is_meant() {
        let chosen = [("trip/a/x.txt", 1), ("trip/x.txt", 1), ("trip/y.txt", 1)];
        assert_eq!(places(&[("x.txt", 1), ("y.txt", 1)], &chosen), Some(vec![1, 2]));
        assert_eq!(places(&[("a/x.txt", 1), ("x.txt", 1)], &chosen), Some(vec![0, 1]));
    }

    #[test]
    fn a_file_that_is_shared_under_another_name_is_known_again() {
        assert_eq!(places(&[("Our trip.mp4", 9)], &[("VID_0001.mp4", 9)]), Some(vec![0]));
        assert_eq!(places(&[("Our trip.mp4", 9)], &[("VID_0001.mp4", 8)]), None);
    }

    // Issue 13, A3.
    #[test]
    fn a_file_whose_name_no_torrent_may_have_is_known_again() {
        let chosen = [("odd/a\\b.txt", 1), ("odd/.../c", 2), ("odd/con.txt", 3)];
        let torrent = [("a_b.txt", 1), ("_/c", 2), ("con.txt", 3)];
        assert_eq!(places(&torrent, &chosen), Some(vec![0, 1, 2]));
    }

    // Issue 13, C: add files to a share.
    #[test]
    fn what_is_added_to_a_folder_goes_into_it() {
        let folder = |paths: &[&str]| {
            let paths: Vec<Vec<String>> = paths.iter().map(|own| path(own)).collect();
            common_folder(paths.iter().map(|path| &**path))
        };
        assert_eq!(folder(&["trip/a.txt", "trip/b/c.txt"]), Some("trip".to_owned()));
        assert_eq!(folder(&["trip/a.txt", "b.txt"]), None);
        assert_eq!(folder(&["trip/a.txt", "trip"]), None);
        assert_eq!(folder(&["a.txt"]), None);
        assert_eq!(folder(&[]), None);
        assert_eq!(within(Some("trip"), &path("c.txt")), path("trip/c.txt"));
        assert_eq!(within(Some("trip"), &path("trip/c.txt")), path("trip/c.txt"));
        assert_eq!(within(Some("trip"), &path("more/c.txt")), path("trip/more/c.txt"));
        assert_eq!(within(Some("trip"), &path("trip")), path("trip/trip"), "a file called like its folder");
        assert_eq!(within(None, &path("c.txt")), path("c.txt"));
    }

    #[test]
    fn what_is_added_to_a_folder_is_sorted_among_what_was_there() {
        let sorted = |folder| {
            let files = ["c.txt", "trip/a.txt", "trip/d.txt"].map(path).to_vec();
            sorted_within(folder, files, |path| path)
        };
        assert_eq!(sorted(Some("trip")), ["trip/a.txt", "c.txt", "trip/d.txt"].map(path));
        assert_eq!(sorted(None), ["c.txt", "trip/a.txt", "trip/d.txt"].map(path));
    }

    #[test]
    fn ten_thousand_files_are_known_again() {
        let names: Vec<String> = (0..10_000).map(|n| format!("d{}/f{n}", n % 20)).collect();
        let torrent: Vec<(&str, u64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let folder: Vec<String> = names.iter().rev().map(|name| format!("many/{name}")).collect();
        let chosen: Vec<(&str, u64)> = folder.iter().map(|name| (name.as_str(), 1)).collect();
        assert_eq!(places(&torrent, &chosen), Some((0..10_000).rev().collect()));
    }

    #[test]
    fn what_systems_leave_in_folders_is_not_meant() {
        assert!(is_clutter(&path("trip/.DS_Store")) && is_clutter(&path("trip/a/Thumbs.db")));
        assert!(!is_clutter(&path("desktop.ini")) && !is_clutter(&path("trip/.hidden")));
    }
}
