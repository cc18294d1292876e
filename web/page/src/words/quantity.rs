//! Numbers the way people say them. A no-break space holds a number and its unit together.

use std::time::Duration;

/// A number of bytes: `0 B`, `512 B`, `1.4 MB`, `23 GB`. Decimal units, as download folders and shops use.
#[must_use]
pub fn size(bytes: u64) -> String {
    scaled(bytes, ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
}

/// The length of a piece. Nearly all are powers of two, which only binary units show as round numbers.
#[must_use]
pub fn piece_length(bytes: u32) -> String {
    match bytes {
        bytes if bytes % (1 << 20) == 0 => format!("{}\u{a0}MiB", bytes >> 20),
        bytes if bytes % (1 << 10) == 0 => format!("{}\u{a0}KiB", bytes >> 10),
        bytes => size(u64::from(bytes)),
    }
}

/// Bytes per second. Less than a kilobyte counts as nothing: it flickers and says nothing.
#[must_use]
pub fn rate(bytes_per_second: u64) -> String {
    if bytes_per_second < 1000 { "0\u{a0}kB/s".to_owned() } else { format!("{}/s", size(bytes_per_second)) }
}

/// A share between 0 and 1 in percent, and 100 % only when nothing is missing.
#[must_use]
pub fn percent(share: f32) -> String {
    // A cast saturates, and turns what is no number into 0.
    let whole = (f64::from(share) * 100.0) as u8;
    format!("{}\u{a0}%", whole.min(100))
}

/// What is still to be waited, rounded as people round it.
#[must_use]
pub fn time_left(left: Duration) -> String {
    let seconds = left.as_secs();
    let about = |count: u64, one: &str, many: &str| match count {
        0 | 1 => format!("about {one}"),
        count => format!("about {count} {many}"),
    };
    match seconds {
        0..10 => "a few seconds".to_owned(),
        10..50 => format!("about {} seconds", (seconds + 5) / 10 * 10),
        50..3_000 => about((seconds + 30) / 60, "a minute", "minutes"),
        3_000..79_200 => about((seconds + 1_800) / 3_600, "an hour", "hours"),
        79_200..604_800 => about((seconds + 43_200) / 86_400, "a day", "days"),
        _ => "more than a week".to_owned(),
    }
}

/// How many of something, with its noun: `1 file`, `3 files`.
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// A whole number with its digits in groups of three: `12,345`.
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What was given for each byte received, or for each byte of the torrent where none was received.
#[must_use]
pub fn ratio(uploaded: u64, downloaded: u64, size: u64) -> String {
    let base = if downloaded == 0 { size } else { downloaded };
    let hundredths = rounded(u128::from(uploaded) * 100, u128::from(base.max(1)));
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// A share between 0 and 1 for attributes that programs read; `1` only when nothing is missing.
#[must_use]
pub fn fraction(share: f32) -> String {
    // A cast saturates, and turns what is no number into 0.
    match (f64::from(share) * 10_000.0) as u32 {
        0 => "0".to_owned(),
        10_000.. => "1".to_owned(),
        digits => format!("0.{digits:04}"),
    }
}

/// At most three digits and the largest unit that leaves a whole part. Integers throughout: writing floats takes
/// kilobytes of program.
fn scaled<const N: usize>(number: u64, units: [&str; N]) -> String {
    let number = u128::from(number);
    let mut one = 1;
    let mut unit = 0;
    // 999.5 would be written as 1000.
    while number * 2 >= one * 1_999 && unit + 1 < N {
        one *= 1_000;
        unit += 1;
    }
    let tenths = rounded(number * 10, one);
    if unit > 0 && tenths < 100 {
        format!("{}.{}\u{a0}{}", tenths / 10, tenths % 10, units[unit])
    } else {
        format!("{}\u{a0}{}", rounded(number, one), units[unit])
    }
}

fn rounded(number: u128, by: u128) -> u128 {
    (number + by / 2) / by
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
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(12_345, "file", "files"), "12,345 files");
    }

    #[test]
    fn a_ratio_without_a_download_is_measured_by_the_torrent() {
        assert_eq!(ratio(50, 100, 200), "0.50");
        assert_eq!(ratio(50, 0, 200), "0.25");
        assert_eq!(ratio(0, 0, 0), "0.00");
    }
}
