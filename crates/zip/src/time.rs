/// Date and time of an archive's files as zip has them: whole pairs of seconds from 1980 to 2107 (APPNOTE 4.4.6). They
/// know no time zone; these are in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time {
    pub(crate) date: u16,
    pub(crate) time: u16,
}

impl Time {
    /// The earliest that there is: 1 January 1980.
    pub const EARLIEST: Self = Self { date: 1 << 5 | 1, time: 0 };

    /// The latest that there is: the end of 2107.
    pub const LATEST: Self = Self { date: 127 << 9 | 12 << 5 | 31, time: 23 << 11 | 59 << 5 | 29 };

    /// So many seconds after the beginning of 1970, or the nearest that there is.
    #[must_use]
    pub fn of_unix(seconds: i64) -> Self {
        let Ok(seconds) = u64::try_from(seconds.saturating_sub(FROM_1980)) else { return Self::EARLIEST };
        let (mut days, second) = (seconds / DAY, seconds % DAY);
        let mut year = 0;
        while days >= days_of(year) {
            days -= days_of(year);
            year += 1;
            if year > 127 {
                return Self::LATEST;
            }
        }
        let mut month = 0;
        while days >= days_of_month(year, month) {
            days -= days_of_month(year, month);
            month += 1;
        }
        Self {
            date: (year << 9 | (month + 1) << 5 | (days + 1)) as u16,
            time: ((second / 3600) << 11 | (second / 60 % 60) << 5 | (second % 60 / 2)) as u16,
        }
    }
}

fn days_of(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        1 => 28 + u64::from(is_leap(year)),
        3 | 5 | 8 | 10 => 30,
        _ => 31,
    }
}

/// `year` counts from 1980, which is one; 2100 is none.
fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && year != 120
}

/// Seconds from 1970 to 1980.
const FROM_1980: i64 = 315_532_800;

const DAY: u64 = 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    /// Year, month, day, hour, minute, second.
    fn read(Time { date, time }: Time) -> [u16; 6] {
        [1980 + (date >> 9), date >> 5 & 15, date & 31, time >> 11, time >> 5 & 63, (time & 31) * 2]
    }

    #[test]
    fn times_are_those_of_the_calendar() {
        for (unix, expected) in [
            (315_532_800, [1980, 1, 1, 0, 0, 0]),
            (951_782_399, [2000, 2, 28, 23, 59, 58]),
            (951_782_400, [2000, 2, 29, 0, 0, 0]),
            (1_735_689_599, [2024, 12, 31, 23, 59, 58]),
            (1_735_689_600, [2025, 1, 1, 0, 0, 0]),
            (4_107_542_400, [2100, 3, 1, 0, 0, 0]),
            (4_354_819_198, [2107, 12, 31, 23, 59, 58]),
        ] {
            assert_eq!(read(Time::of_unix(unix)), expected, "{unix}");
        }
    }

    #[test]
    fn what_is_out_of_range_becomes_the_nearest() {
        for unix in [i64::MIN, -1, 0, 315_532_799] {
            assert_eq!(Time::of_unix(unix), Time::EARLIEST);
        }
        for unix in [4_354_819_200, i64::MAX] {
            assert_eq!(Time::of_unix(unix), Time::LATEST);
        }
    }
}
