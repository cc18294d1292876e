//! Where the user stopped in what plays, remembered by the browser.

use metainfo::InfoHash;

use crate::browser::storage;

/// Where they are kept: a line for each file, the last one played first.
const KEY: &str = "seedcast-positions";
/// Lines that are kept.
const MOST: usize = 100;
/// Seconds from the start or the end within which playing begins at the start.
const EDGE: f64 = 10.0;

/// Where to go on, in seconds.
#[must_use]
pub(crate) fn recall(info_hash: InfoHash, file: u32) -> Option<f64> {
    let lines = storage()?.get_item(KEY).ok().flatten()?;
    position_in(&lines, &name(info_hash, file))
}

/// Remembers that the user is at `position` of `duration` seconds.
pub(crate) fn remember(info_hash: InfoHash, file: u32, position: f64, duration: f64) {
    let Some(storage) = storage() else { return };
    let lines = storage.get_item(KEY).ok().flatten().unwrap_or_default();
    let at = (position > EDGE && position < duration - EDGE).then_some(position);
    // A full storage forgets where one was.
    let _ = storage.set_item(KEY, &with_position(&lines, &name(info_hash, file), at));
}

fn name(info_hash: InfoHash, file: u32) -> String {
    format!("{info_hash}/{file} ")
}

fn position_in(lines: &str, name: &str) -> Option<f64> {
    let position = lines.lines().find_map(|line| line.strip_prefix(name))?;
    // As whole tenths: the tables by which any number is read and written are 20 kB of a visitor's download.
    let (seconds, tenths) = position.split_once('.')?;
    let (seconds, tenths) =
        (seconds.parse::<u32>().ok()?, tenths.parse::<u8>().ok().filter(|tenths| *tenths < 10)?);
    Some(f64::from(seconds) + f64::from(tenths) / 10.0)
}

fn with_position(lines: &str, name: &str, position: Option<f64>) -> String {
    let new = position.map(|position| {
        let tenths = (position * 10.0).round() as u64;
        format!("{name}{}.{}\n", tenths / 10, tenths % 10)
    });
    let others = lines.lines().filter(|line| !line.starts_with(name)).take(MOST - 1);
    new.into_iter().chain(others.map(|line| format!("{line}\n"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_place_of_each_file_is_kept() {
        let lines = with_position("", "a/0 ", Some(20.0));
        let lines = with_position(&lines, "b/0 ", Some(30.0));
        let lines = with_position(&lines, "a/0 ", Some(40.0));
        assert_eq!(lines, "a/0 40.0\nb/0 30.0\n");
        assert_eq!(position_in(&lines, "a/0 "), Some(40.0));
        assert_eq!(position_in(&lines, "c/0 "), None);
    }

    #[test]
    fn a_place_is_kept_to_the_tenth_of_a_second() {
        let lines = with_position("", "a/0 ", Some(4321.96));
        assert_eq!(lines, "a/0 4322.0\n");
        assert_eq!(position_in("a/0 12.7\n", "a/0 "), Some(12.7));
    }

    #[test]
    fn what_was_played_to_the_end_begins_anew() {
        assert_eq!(with_position("a/0 40.0\n", "a/0 ", None), "");
    }

    #[test]
    fn only_so_many_are_kept() {
        let lines =
            (0..200).fold(String::new(), |lines, n| with_position(&lines, &format!("a/{n} "), Some(20.0)));
        assert_eq!(lines.lines().count(), MOST);
        assert_eq!(position_in(&lines, "a/199 "), Some(20.0));
    }

    #[test]
    fn what_somebody_else_wrote_there_is_no_place() {
        assert_eq!(position_in("a/0 NaN\n", "a/0 "), None);
        assert_eq!(position_in("a/0\n", "a/0 "), None);
        assert_eq!(position_in("a/0 12.75\n", "a/0 "), None);
        assert_eq!(position_in("a/0 -3.0\n", "a/0 "), None);
    }
}
