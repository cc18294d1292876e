//! Which names and paths a torrent may give its files.
//!
//! A torrent is written by a stranger and its names end up in file systems, so a name that could leave the
//! download's folder is refused rather than repaired: two programs that repair differently store the same torrent
//! differently. A name that only some system cannot create, or means something else by, is as good as any: files are
//! stored without theirs, and where they leave the program, [`portable`](crate::portable) sees to it.

use std::fmt::Write as _;

use crate::error::{NameFault, excerpt};
use crate::{Error, MAX_FILES};

/// Names in one path, the file's own included.
pub const MAX_PATH_DEPTH: usize = 64;

/// Bytes in one name. File systems stop at 255 characters, which are up to three bytes each in UTF-8; escaped
/// bytes of old encodings are as long.
pub const MAX_NAME_LENGTH: usize = 1024;

/// Bytes that the paths of all files may take for each byte of `info`, beside [`SPARE_PATHS`].
///
/// A tree of version 2 writes a folder once, however many files lie in it, and each of them has its whole path: without
/// a limit 300 kB become 600 MB. In proportion to `info` because that is what it costs a stranger to have us read it.
/// A file takes 70 bytes of a tree and more, so that paths of several hundred bytes on average have room. Where a list
/// of version 1 writes each path out, in hybrids too, they never take more.
pub const MAX_PATH_SHARE: usize = 8;

/// Bytes that paths may take however small the torrent is: a dozen of the longest that systems have.
pub const SPARE_PATHS: usize = 64 << 10;

/// Reads a name as UTF-8, whatever its bytes.
///
/// Old torrents have names in the encoding of their author's system and do not say which. Bytes that are
/// not UTF-8 become `%XX`, so that names that differ stay different.
pub(crate) fn decode_name(bytes: &[u8]) -> String {
    if let Ok(name) = std::str::from_utf8(bytes) {
        return name.to_owned();
    }
    let mut name = String::with_capacity(bytes.len() * 2);
    for chunk in bytes.utf8_chunks() {
        // In Shift JIS, Big5 and GBK a backslash is often the second half of a character.
        name.push_str(&chunk.valid().replace('\\', "%5C"));
        for byte in chunk.invalid() {
            // Writing to a string cannot fail.
            let _ = write!(name, "%{byte:02X}");
        }
    }
    name
}

/// Refuses a name that is unsafe or impossible on some system.
pub(crate) fn check_name(name: &str) -> Result<(), Error> {
    match fault_of(name) {
        Some(fault) => Err(Error::Name { name: excerpt(name), fault }),
        None => Ok(()),
    }
}

/// Refuses files that no torrent may have: of which the torrent's own name or one of the paths is unsafe, which cannot
/// all exist side by side, or which are too many.
///
/// For lists of files that are not in `info`. A path has at least one name, and that of an only file in no folder is
/// the torrent's own.
///
/// # Errors
///
/// [`Error::Name`], [`Error::Invalid`] for a path without names, [`Error::PathTooDeep`], [`Error::TooManyFiles`],
/// [`Error::DuplicatePath`] or [`Error::FileIsFolder`].
pub fn check_files<'a>(
    name: &str,
    paths: impl ExactSizeIterator<Item = &'a [String]> + Clone,
) -> Result<(), Error> {
    check_name(name)?;
    if paths.len() > MAX_FILES {
        return Err(Error::TooManyFiles);
    }
    paths.clone().try_for_each(check_path)?;
    check_paths(paths)
}

/// Refuses a path that is unsafe or impossible on some system by itself.
pub(crate) fn check_path(path: &[String]) -> Result<(), Error> {
    if path.is_empty() {
        return Err(Error::Invalid("path".into()));
    }
    if path.len() > MAX_PATH_DEPTH {
        return Err(Error::PathTooDeep);
    }
    path.iter().try_for_each(|name| check_name(name))
}

/// What is left for the paths of a torrent's files.
#[derive(Debug)]
pub(crate) struct PathRoom(usize);

impl PathRoom {
    /// For a torrent whose `info` has so many bytes.
    pub(crate) const fn new(info_length: usize) -> Self {
        Self(SPARE_PATHS + MAX_PATH_SHARE * info_length)
    }

    /// Takes what one more path needs, before it is made.
    pub(crate) fn take(&mut self, path: &[String]) -> Result<(), Error> {
        let needed = path.iter().map(|name| name.len() + NAME_COST).sum();
        self.0 = self.0.checked_sub(needed).ok_or(Error::PathsTooLong)?;
        Ok(())
    }
}

/// What a name in a path takes beside its text, as 32-bit and 64-bit machines have it in the middle. No more than
/// [`MAX_PATH_SHARE`] times the two bytes by which bencode tells its length.
const NAME_COST: usize = 16;

/// Refuses paths that cannot all exist side by side: duplicates, and files that are also folders.
pub(crate) fn check_paths<'a>(paths: impl Iterator<Item = &'a [String]>) -> Result<(), Error> {
    let mut paths: Vec<_> = paths.collect();
    sort::ascending(&mut paths);
    // Compared name by name, everything below a folder sorts right behind the folder itself.
    for pair in paths.windows(2) {
        let [before, after] = [pair[0], pair[1]];
        if before == after {
            return Err(Error::DuplicatePath(excerpt(&after.join("/"))));
        }
        if after.starts_with(before) {
            return Err(Error::FileIsFolder(excerpt(&before.join("/"))));
        }
    }
    Ok(())
}

fn fault_of(name: &str) -> Option<NameFault> {
    if name.is_empty() {
        Some(NameFault::Empty)
    } else if name.len() > MAX_NAME_LENGTH {
        Some(NameFault::TooLong)
    } else if name.contains('\0') {
        Some(NameFault::ZeroByte)
    } else if name.contains(['/', '\\']) {
        Some(NameFault::Separator)
    } else if name.trim_end_matches(['.', ' ']).is_empty() {
        Some(NameFault::Dots)
    } else {
        None
    }
}

/// Whether Windows opens a device by this name, whatever its case and extension.
pub(crate) fn is_device(name: &str) -> bool {
    let stem = name.split(['.', ':']).next().unwrap_or_default().trim_end_matches(' ');
    if ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"]
        .iter()
        .any(|device| stem.eq_ignore_ascii_case(device))
    {
        return true;
    }
    stem.split_at_checked(3).is_some_and(|(kind, port)| {
        (kind.eq_ignore_ascii_case("COM") || kind.eq_ignore_ascii_case("LPT"))
            && matches!(port, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split('/').map(str::to_owned).collect()
    }

    fn check(paths: &[&str]) -> Result<(), Error> {
        let paths: Vec<_> = paths.iter().map(|text| path(text)).collect();
        check_paths(paths.iter().map(|path| &path[..]))
    }

    /// Issue 11, A2.2: also those that Windows has another meaning for, such as `aux.c`.
    #[test]
    fn names_in_any_script_are_allowed() {
        for name in [
            "a",
            "Leaves of Grass.epub",
            "Ünïcödé",
            "日本語.txt",
            "كتاب",
            "🦀",
            ".hidden",
            "...and more",
            "Vol. 1.",
            "aux.c",
            "a: b.txt",
            "NUL",
            "C:",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        for name in ["", ".", "..", "...", ".. ", " ", "a/b", "/etc", "..\\x", "\\\\server", "C:\\x", "a\0b"]
        {
            assert!(matches!(check_name(name), Err(Error::Name { .. })), "{name:?}");
        }
    }

    #[test]
    fn devices_are_known_whatever_their_case_and_extension() {
        for name in
            ["CON", "nul", "Aux.txt", "prn.tar.gz", "COM1", "com9.log", "LPT1 .x", "COM²", "NUL:x", "conin$"]
        {
            assert!(is_device(name), "{name}");
        }
        for name in ["CONTENTS", "COM", "COM10", "com0", "null", "x.con", "auxiliary.c", "LPTX"] {
            assert!(!is_device(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_too_long_is_refused_with_a_short_message() {
        let error = check_name(&"é".repeat(1 << 20)).unwrap_err();
        assert!(error.to_string().len() < 300);
    }

    #[test]
    fn names_in_another_encoding_stay_readable_and_different() {
        assert_eq!(decode_name(b"caf\xe9.txt"), "caf%E9.txt");
        // Shift JIS: the second byte of the katakana "so" is a backslash.
        assert_eq!(decode_name(b"\x83\x5c.txt"), "%83%5C.txt");
        assert_ne!(decode_name(b"\x82\xa0"), decode_name(b"\x82\xa2"));
    }

    #[test]
    fn equal_paths_are_duplicates() {
        assert_eq!(check(&["a/b", "c", "a/b"]), Err(Error::DuplicatePath("a/b".to_owned())));
    }

    #[test]
    fn a_file_in_a_folders_place_is_refused_in_either_order() {
        let error = Err(Error::FileIsFolder("a".to_owned()));
        assert_eq!(check(&["a", "a-b", "a/b/c"]), error);
        assert_eq!(check(&["a/b/c", "a b", "a"]), error);
    }

    #[test]
    fn names_that_differ_only_in_case_are_two_files() {
        assert_eq!(check(&["README", "readme"]), Ok(()));
    }

    proptest! {
        #[test]
        fn neighbours_are_enough_to_find_every_clash(texts in prop::collection::vec("[ab](/[ab]){0,3}", 0..8)) {
            let paths: Vec<_> = texts.iter().map(|text| path(text)).collect();
            let clash = (0..paths.len())
                .any(|a| (0..paths.len()).any(|b| a != b && paths[b].starts_with(&paths[a])));
            prop_assert_eq!(check_paths(paths.iter().map(|path| &path[..])).is_err(), clash);
        }

        #[test]
        fn a_path_that_is_written_out_has_room(names in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..9), 1..9)) {
            let written: usize = names.iter().map(|name| name.len() + 2).sum();
            let path: Vec<_> = names.iter().map(|name| decode_name(name)).collect();
            prop_assert_eq!(PathRoom(MAX_PATH_SHARE * written).take(&path), Ok(()));
        }

        #[test]
        fn decoding_never_fails_and_keeps_utf8(bytes: Vec<u8>, text: String) {
            decode_name(&bytes);
            prop_assert_eq!(decode_name(text.as_bytes()), text);
        }
    }
}
