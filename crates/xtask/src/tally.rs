//! Counting tests by what test runners print.

use std::ops::AddAssign;

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
}

impl Tally {
    /// The counts in one line of output, if it is a summary of libtest, nextest or Node's runner.
    pub(crate) fn of_line(line: &str) -> Option<Self> {
        let line = without_colour(line);
        let line = line.trim_end();
        of_libtest(line).or_else(|| of_nextest(line)).or_else(|| of_node(line))
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// `test result: ok. 5 passed; 0 failed; 0 ignored; …`, but not the indented ones that nextest quotes.
fn of_libtest(line: &str) -> Option<Tally> {
    let (_verdict, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    Some(sum(counts.split(';')))
}

/// `Summary [   0.1s] 7 tests run: 5 passed (1 slow), 1 failed, 1 timed out, 2 skipped`
fn of_nextest(line: &str) -> Option<Tally> {
    let (_run, counts) = line.trim_start().strip_prefix("Summary [")?.split_once("run: ")?;
    Some(sum(counts.split(',')))
}

/// `ℹ pass 5`, or `# pass 5` where the output is no terminal.
fn of_node(line: &str) -> Option<Tally> {
    let (verdict, count) = line.strip_prefix(['ℹ', '#'])?.trim_start().split_once(' ')?;
    let count = count.parse().ok()?;
    match verdict {
        "pass" => Some(Tally { passed: count, failed: 0 }),
        "fail" | "cancelled" => Some(Tally { passed: 0, failed: count }),
        _ => None,
    }
}

/// Counts such as `1 failed` and `2 timed out`.
fn sum<'a>(counts: impl Iterator<Item = &'a str>) -> Tally {
    let mut tally = Tally::default();
    for (count, verdict) in counts.filter_map(|count| count.trim().split_once(' ')) {
        let Ok(count) = count.parse::<u32>() else { continue };
        match verdict.split(" (").next() {
            Some("passed") => tally.passed += count,
            Some("failed" | "exec failed" | "timed out") => tally.failed += count,
            _ => {}
        }
    }
    tally
}

/// `line` without the escape sequences that colour it.
pub(crate) fn without_colour(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let plain = parts.next().unwrap_or_default().to_owned();
    parts.fold(plain, |plain, part| plain + part.split_once('m').map_or(part, |(_colour, text)| text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u32, failed: u32) -> Option<Tally> {
        Some(Tally { passed, failed })
    }

    #[test]
    fn the_summary_of_libtest_is_counted() {
        let line = "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s";
        assert_eq!(Tally::of_line(line), tally(5, 2));
    }

    #[test]
    fn the_summary_of_a_failed_test_that_nextest_quotes_is_not_counted() {
        assert_eq!(Tally::of_line("    test result: FAILED. 0 passed; 1 failed; 0 ignored"), None);
    }

    #[test]
    fn the_summary_of_nextest_is_counted_with_every_way_to_fail() {
        let line = "     Summary [   0.123s] 9/12 tests run: 5 passed (1 slow), 2 failed, 1 exec failed, 1 timed out, 2 skipped";
        assert_eq!(Tally::of_line(line), tally(5, 4));
        assert_eq!(Tally::of_line("Summary [   0.1s] 1 test run: 1 passed, 0 skipped"), tally(1, 0));
    }

    #[test]
    fn the_summary_of_node_is_counted_in_two_lines() {
        assert_eq!(Tally::of_line("# pass 7"), tally(7, 0));
        assert_eq!(Tally::of_line("ℹ fail 3"), tally(0, 3));
        assert_eq!(Tally::of_line("# duration_ms 1200"), None);
    }

    #[test]
    fn colours_do_not_hide_a_summary() {
        let line = "\u{1b}[32;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m3\u{1b}[0m tests run: \u{1b}[1m3\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        assert_eq!(Tally::of_line(line), tally(3, 0));
    }

    #[test]
    fn other_output_counts_nothing() {
        for line in ["", "test picker::prefers_rare_pieces ... ok", "running 5 tests", "5 passed"] {
            assert_eq!(Tally::of_line(line), None, "{line}");
        }
    }
}
