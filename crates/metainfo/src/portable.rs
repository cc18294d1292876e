//! What files are called where they leave the program.
//!
//! A torrent's own paths stay as they are: they are part of its hash, and `Info` has refused those that
//! lead out of a folder. But a sound path may still be one that some system cannot create, or means something else by.

use crate::path::{check_name, is_device};
use crate::visible::is_invisible;

/// Paths under which these files can lie in one folder on any system, in the same order: a name that some system
/// refuses or changes is repaired, and no two are the same in lower case, which `lower` turns text into. Browsers know
/// the lower case of every script; bringing it along takes 12 kB of tables.
#[must_use]
pub fn paths<'a>(
    files: impl IntoIterator<Item = &'a [String]>,
    lower: impl Fn(&str) -> String,
) -> Vec<Vec<String>> {
    apart(files, name, lower)
}

/// Paths under which a torrent may have these files, in the same order: a name that no torrent may have, such as `...` or
/// `a\b`, is repaired as for [`paths`], and the others stay, unless that makes a folder of a file's name.
#[must_use]
pub fn shareable<'a>(files: impl IntoIterator<Item = &'a [String]>) -> Vec<Vec<String>> {
    apart(files, shareable_name, str::to_owned)
}

/// The name, or the nearest that a torrent may have.
#[must_use]
pub fn shareable_name(given: &str) -> String {
    if check_name(given).is_ok() { given.to_owned() } else { name(given) }
}

/// The paths with their names repaired, and numbered where they would be the same in lower case.
fn apart<'a>(
    files: impl IntoIterator<Item = &'a [String]>,
    repair: impl Fn(&str) -> String,
    lower: impl Fn(&str) -> String,
) -> Vec<Vec<String>> {
    let repaired = |path: &'a [String]| (path, path.iter().map(|name| repair(name)).collect());
    let (given, mut portable): (Vec<_>, Vec<Vec<String>>) = files.into_iter().map(repaired).unzip();
    let key = |path: &Vec<String>| lower(&path.join("/"));
    // Of those that are the same, one that was not repaired comes first.
    let mut keys: Vec<(String, bool, usize)> =
        portable.iter().enumerate().map(|(file, path)| (key(path), path != given[file], file)).collect();
    sort::ascending(&mut keys);
    let is_folder = |key: &str| {
        let within = format!("{key}/");
        let place = keys.partition_point(|(other, ..)| *other < within);
        keys.get(place).is_some_and(|(other, ..)| other.starts_with(&within))
    };
    let is_file = |key: &str| keys.binary_search_by(|(other, ..)| (**other).cmp(key)).is_ok();
    for run in keys.chunk_by(|(one, ..), (other, ..)| one == other) {
        // The first keeps its name, unless that is a folder's.
        let kept = if is_folder(&run[0].0) { 0 } else { 1 };
        let mut number = 1;
        for (.., file) in &run[kept..] {
            let path = &mut portable[*file];
            let Some(former) = path.pop() else { continue };
            loop {
                number += 1;
                path.push(numbered(&former, number));
                // Those that were numbered differ if they differed before: the number stands in the same place.
                let key = key(path);
                if !is_file(&key) && !is_folder(&key) {
                    break;
                }
                path.pop();
            }
        }
    }
    portable
}

/// The nearest name that can be created on any system.
#[must_use]
pub fn name(given: &str) -> String {
    let visible = given.chars().filter(|character| !is_invisible(*character));
    let sound: String =
        visible.map(|character| if is_special(character) { '_' } else { character }).collect();
    // Windows leaves dots and spaces at the end out, and so may find another file.
    let mut sound = shortened(sound.trim_start().trim_end_matches(is_dropped));
    if sound.is_empty() || is_device(&sound) {
        sound.insert(0, '_');
    }
    sound
}

/// `name (2).txt` for `name.txt`.
#[must_use]
pub fn numbered(name: &str, number: u32) -> String {
    let (stem, ending) = split_ending(name);
    format!("{stem} ({number}){ending}")
}

/// A name of at most [`MAX_LENGTH`] bytes, with the same ending.
fn shortened(name: &str) -> String {
    if name.len() <= MAX_LENGTH {
        return name.to_owned();
    }
    let (stem, ending) = split_ending(name);
    let ending = if ending.len() <= MAX_ENDING { ending } else { "" };
    let stem = &stem[..stem.floor_char_boundary(MAX_LENGTH - ending.len())];
    format!("{}{ending}", stem.trim_end_matches(is_dropped))
}

/// A name before its last dot, and from there on.
fn split_ending(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        None | Some(0) => (name, ""),
        Some(dot) => name.split_at(dot),
    }
}

fn is_dropped(character: char) -> bool {
    character == '.' || character.is_whitespace()
}

/// Whether some system gives it a meaning of its own within names.
fn is_special(character: char) -> bool {
    character.is_control() || matches!(character, '"' | '*' | '/' | ':' | '<' | '>' | '?' | '\\' | '|')
}

/// Most file systems stop at 255 bytes; a number and another ending may still be added.
const MAX_LENGTH: usize = 230;

/// Bytes behind the last dot, that included, which are taken for an ending worth keeping.
const MAX_ENDING: usize = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn portable(files: &[&str]) -> Vec<String> {
        let files: Vec<Vec<String>> =
            files.iter().map(|path| path.split('/').map(str::to_owned).collect()).collect();
        paths(files.iter().map(|path| &path[..]), str::to_lowercase)
            .iter()
            .map(|path| path.join("/"))
            .collect()
    }

    #[test]
    fn names_that_every_system_can_create_stay() {
        for given in
            ["a", "Ünïcödé.txt", "日本語", "كتاب.pdf", "👩\u{200d}🚀", ".hidden", "...x", "a b", "Vol. 1.zip"]
        {
            assert_eq!(name(given), given);
        }
    }

    #[test]
    fn names_that_windows_refuses_or_changes_are_repaired() {
        for (given, expected) in [
            ("Vol. 1.", "Vol. 1"),
            ("name . ", "name"),
            ("a:b", "a_b"),
            ("what?.txt", "what_.txt"),
            ("<a|b>*\"c\"", "_a_b___c_"),
            ("a\\b", "a_b"),
            ("line\nbreak\u{7f}", "line_break_"),
            (" leading", "leading"),
            ("NUL.", "_NUL"),
            ("CON\u{200e}", "_CON"),
            (". .", "_"),
        ] {
            assert_eq!(name(given), expected, "{given:?}");
        }
    }

    #[test]
    fn a_name_cannot_be_written_backwards() {
        assert_eq!(name("holiday\u{202e}gpj.exe"), "holidaygpj.exe");
    }

    #[test]
    fn a_name_that_is_too_long_keeps_its_ending() {
        let short = name(&format!("{}.epub", "é".repeat(300)));
        assert!(short.ends_with("é.epub"));
        assert!(short.len() <= MAX_LENGTH);
    }

    #[test]
    fn names_that_differ_only_in_case_are_numbered() {
        assert_eq!(
            portable(&["README", "readme", "x/a.txt", "x/A.txt", "X/a.TXT"]),
            ["README", "readme (2)", "x/a.txt", "x/A (2).txt", "X/a (3).TXT"]
        );
    }

    #[test]
    fn names_that_become_the_same_are_numbered_past_those_that_are_taken() {
        assert_eq!(portable(&["a?", "a:", "a_ (2)", "a*"]), ["a_", "a_ (3)", "a_ (2)", "a_ (4)"]);
    }

    // Issue 13, A3.
    #[test]
    fn files_of_any_name_can_be_shared() {
        let shared = |files: &[&str]| -> Vec<String> {
            let files: Vec<Vec<String>> =
                files.iter().map(|path| path.split('/').map(str::to_owned).collect()).collect();
            shareable(files.iter().map(|path| &path[..])).iter().map(|path| path.join("/")).collect()
        };
        // Whoever downloads them gets names that their system can create.
        let odd_but_sound = ["con.txt", "README", "readme", "x?/a: b.", "holiday\u{202e}gpj.exe"];
        assert_eq!(shared(&odd_but_sound), odd_but_sound);
        assert_eq!(
            shared(&["a\\b.txt", "a_b.txt", "...", "a\\b/..", "_", "a/.../b"]),
            ["a_b (2).txt", "a_b.txt", "_ (2)", "a_b/_", "_", "a/_/b"]
        );
    }

    #[test]
    fn a_file_gives_way_to_a_folder_of_its_name() {
        assert_eq!(portable(&["Docs", "docs/x", "docs./y"]), ["Docs (2)", "docs/x", "docs/y"]);
    }

    proptest! {
        #[test]
        fn whatever_files_are_called_a_torrent_can_have_them(
            files in prop::collection::btree_set(prop::collection::vec("[a.\\\\ _]{1,3}", 1..4), 1..8)
        ) {
            // A system has no file in the place of a folder.
            let files: Vec<Vec<String>> = files.iter().filter(|path| {
                !files.iter().any(|other| other.len() > path.len() && other.starts_with(path))
            }).cloned().collect();
            let folder = shareable(files.iter().map(|path| &path[..])).into_iter().fold(crate::InfoBuilder::new("a"), |folder, path| folder.file(path, 1));
            prop_assert!(folder.files().is_ok(), "{:?}", folder.files());
        }

        #[test]
        fn every_name_becomes_one_that_stays(given: String) {
            let once = name(&given);
            prop_assert_eq!(check_name(&once), Ok(()));
            prop_assert_eq!(name(&once), once);
        }

        #[test]
        fn no_two_files_are_the_same_and_none_is_a_folder(
            files in prop::collection::vec("[aA?:]( \\([23]\\))?(/[aA.]( \\(2\\))?){0,2}", 0..12)
        ) {
            let files: Vec<&str> = files.iter().map(String::as_str).collect();
            let keys: Vec<String> = portable(&files).iter().map(|path| path.to_lowercase()).collect();
            for (place, key) in keys.iter().enumerate() {
                prop_assert!(!keys[..place].contains(key), "{} is there twice", key);
                let folder = format!("{key}/");
                prop_assert!(!keys.iter().any(|other| other.starts_with(&folder)), "{} is a folder", key);
            }
        }
    }
}
