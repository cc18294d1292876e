//! Numbers the way people say them. A no-break space holds a number and its unit together.

use std::time::Duration;

use language::number;

use super::{FEW_SECONDS, OVER_A_WEEK};

/// A number of bytes: `0 B`, `512 B`, `1.4 MB`, `23 GB`. Decimal units, as download folders and shops use.
pub(crate) fn size(bytes: u64) -> String {
    scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// The length of a piece. Nearly all are powers of two, which only binary units show as round numbers.
pub(crate) fn piece_length(bytes: u32) -> String {
    binary_size(bytes.into())
}

/// The same in binary units, if it is a round number of them.
pub(crate) fn binary_size(bytes: u64) -> String {
    match bytes {
        bytes if bytes.is_multiple_of(1 << 20) => with_unit(&number::whole(bytes >> 20), "MiB"),
        bytes if bytes.is_multiple_of(1 << 10) => with_unit(&number::whole(bytes >> 10), "KiB"),
        bytes => size(bytes),
    }
}

/// Bytes per second. Less than a kilobyte counts as nothing: it flickers and says nothing.
pub(crate) fn rate(bytes_per_second: u64) -> String {
    if bytes_per_second < 1000 { with_unit("0", "kB/s") } else { format!("{}/s", size(bytes_per_second)) }
}

/// A share between 0 and 1 in percent, and 100 % only when nothing is missing.
pub(crate) fn percent(share: f32) -> String {
    // A cast saturates, and turns what is no number into 0.
    let whole = (f64::from(share) * 100.0) as u8;
    super::percent_of(&number::whole(whole.min(100).into()))
}

/// What is still to be waited, rounded as people round it.
pub(crate) fn time_left(left: Duration) -> String {
    let seconds = left.as_secs();
    match seconds {
        0..10 => FEW_SECONDS.into(),
        10..50 => super::about_seconds((seconds + 5) / 10 * 10),
        50..3_000 => super::about_minutes((seconds + 30) / 60),
        3_000..79_200 => super::about_hours((seconds + 1_800) / 3_600),
        79_200..604_800 => super::about_days((seconds + 43_200) / 86_400),
        _ => OVER_A_WEEK.into(),
    }
}

/// What was given for each byte received, or for each byte of the torrent where none was received.
pub(crate) fn ratio(uploaded: u64, downloaded: u64, size: u64) -> String {
    let base = if downloaded == 0 { size } else { downloaded };
    number::hundredths(uploaded as f64 / base.max(1) as f64)
}

/// A share between 0 and 1 for attributes that programs read; `1` only when nothing is missing.
pub(crate) fn fraction(share: f32) -> String {
    // A cast saturates, and turns what is no number into 0.
    match (f64::from(share) * 10_000.0) as u32 {
        0 => "0".to_owned(),
        10_000.. => "1".to_owned(),
        digits => format!("0.{digits:04}"),
    }
}

/// At most three digits and the largest unit that leaves a whole part.
fn scaled<const N: usize>(bytes: u64, units: [&str; N]) -> String {
    let bytes = u128::from(bytes);
    let mut one = 1;
    let mut unit = 0;
    // 999.5 would be written as 1000.
    while bytes * 2 >= one * 1_999 && unit + 1 < N {
        one *= 1_000;
        unit += 1;
    }
    let tenths = rounded(bytes * 10, one) as u64;
    let written = if unit > 0 && tenths < 100 {
        number::tenths(tenths as f64 / 10.0)
    } else {
        number::whole(rounded(bytes, one) as u64)
    };
    with_unit(&written, units[unit])
}

fn rounded(number: u128, by: u128) -> u128 {
    (number + by / 2) / by
}

/// The symbols of units are the same everywhere.
fn with_unit(number: &str, unit: &str) -> String {
    format!("{number}\u{a0}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(seconds: u64) -> String {
        time_left(Duration::from_secs(seconds))
    }

    #[test]
    fn sizes_have_at_most_three_digits() {
        let said: Vec<String> =
            [0, 512, 999, 1_000, 1_449, 9_960, 999_499, 999_500, 23_400_000_000].map(size).into();
        assert_eq!(
            said,
            [
                "0\u{a0}B",
                "512\u{a0}B",
                "999\u{a0}B",
                "1.0\u{a0}kB",
                "1.4\u{a0}kB",
                "10\u{a0}kB",
                "999\u{a0}kB",
                "1.0\u{a0}MB",
                "23\u{a0}GB"
            ]
        );
        assert_eq!(size(u64::MAX), "18\u{a0}EB");
    }

    #[test]
    fn the_length_of_a_piece_is_a_round_number() {
        assert_eq!(
            [16 << 10, 3 << 20, 100_000].map(piece_length),
            ["16\u{a0}KiB", "3\u{a0}MiB", "100\u{a0}kB"]
        );
    }

    #[test]
    fn a_trickle_of_bytes_is_no_speed() {
        assert_eq!(rate(700), "0\u{a0}kB/s");
        assert_eq!(rate(1_200_000), "1.2\u{a0}MB/s");
    }

    #[test]
    fn a_hundred_percent_means_everything() {
        assert_eq!(percent(0.9999), "99\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.0), "0\u{a0}%");
        assert_eq!(percent(f32::NAN), "0\u{a0}%");
    }

    #[test]
    fn programs_read_one_only_when_nothing_is_missing() {
        assert_eq!([0.0, 0.25, 0.99999, 1.0, f32::NAN].map(fraction), ["0", "0.2500", "0.9999", "1", "0"]);
    }

    #[test]
    fn time_is_rounded_as_people_round_it() {
        assert_eq!(left(3), "a few seconds");
        assert_eq!(left(27), "about 30 seconds");
        assert_eq!(left(60), "about a minute");
        assert_eq!(left(130), "about 2 minutes");
        assert_eq!(left(3_500), "about an hour");
        assert_eq!(left(9_000), "about 3 hours");
        assert_eq!(left(90_000), "about a day");
        assert_eq!(left(3_000_000), "more than a week");
    }

    #[test]
    fn one_file_is_not_one_files() {
        assert_eq!(crate::words::files_counted(1), "1 file");
        assert_eq!(crate::words::files_counted(12_345), "12,345 files");
    }

    #[test]
    fn a_ratio_without_a_download_is_measured_by_the_torrent() {
        assert_eq!(ratio(50, 100, 200), "0.50");
        assert_eq!(ratio(50, 0, 200), "0.25");
        assert_eq!(ratio(0, 0, 0), "0.00");
    }
}
