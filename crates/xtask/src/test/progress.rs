//! How far a run of tests is, and how long each of them took.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::tally::{Tally, without_colour};
use crate::watch::Listener;

/// Counts the tests of a step by what their runners print.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// Which step it is.
    place: String,
    pub(super) tally: Tally,
    pub(super) times: Times,
    /// Tests of the runs so far, and those that ended.
    announced: u32,
    ended: u32,
}

impl Progress {
    /// That of a step which has run no test yet; `place` says which.
    pub(super) fn of(place: String) -> Self {
        Self { place, ..Self::default() }
    }
}

impl Listener for Progress {
    fn hear(&mut self, line: &str) {
        let line = without_colour(line);
        self.tally += Tally::of_line(&line).unwrap_or_default();
        self.announced += announced(&line).unwrap_or_default();
        if let Some((name, time)) = timed(&line) {
            self.ended += u32::from(self.times.add(name, time));
        } else if is_end_of_untimed(&line) {
            self.ended += 1;
        }
    }

    fn status(&self) -> String {
        let Self { place, announced, ended, .. } = self;
        match announced {
            0 => format!("{place}: before its tests"),
            _ if ended < announced => format!("{place}: {ended} of {announced} tests done"),
            _ => format!("{place}: after {ended} tests"),
        }
    }
}

/// How long tests took, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Times(BTreeMap<String, Duration>);

impl Times {
    /// Notes a test; whether it is a new one. A failed test is told of again at the end.
    fn add(&mut self, name: &str, time: Duration) -> bool {
        self.0.insert(name.to_owned(), time).is_none()
    }

    /// Takes up those of another step.
    pub(super) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// The slowest `count` tests, the slowest first.
    pub(super) fn slowest(&self, count: usize) -> Vec<(&str, Duration)> {
        let mut tests: Vec<_> = self.0.iter().map(|(name, time)| (name.as_str(), *time)).collect();
        tests.sort_by_key(|(_, time)| Reverse(*time));
        tests.truncate(count);
        tests
    }
}

/// How many tests a runner says that it begins: `Starting 143 tests across 2 binaries` of nextest, `running 5 tests` of
/// libtest.
fn announced(line: &str) -> Option<u32> {
    let line = line.trim();
    let rest = line.strip_prefix("Starting ").or_else(|| line.strip_prefix("running "))?;
    let (count, what) = rest.split_once(' ')?;
    if what.starts_with("test") { count.parse().ok() } else { None }
}

/// A test that nextest says has ended, with the time that it took: `PASS [   0.004s] (  1/982) wire::codec a_test`.
fn timed(line: &str) -> Option<(&str, Duration)> {
    let (verdict, rest) = line.trim_start().split_once(" [")?;
    if !["PASS", "FAIL", "TIMEOUT", "LEAK", "SIGKILL", "SIGABRT", "SIGSEGV"].contains(&verdict.trim_end()) {
        return None;
    }
    let (time, name) = rest.split_once("s] ")?;
    let name = name.trim_start();
    let name = match name.strip_prefix('(').and_then(|name| name.split_once(") ")) {
        Some((_counter, name)) => name,
        None => name,
    };
    Some((name, Duration::try_from_secs_f64(time.trim().parse().ok()?).ok()?))
}

/// Whether libtest says that a test has ended, which it does without a time: `test a_test ... ok`.
fn is_end_of_untimed(line: &str) -> bool {
    line.strip_prefix("test ").is_some_and(|rest| rest.ends_with(" ok") || rest.ends_with(" FAILED"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> Progress {
        let mut progress = Progress::of("step 4 of 8, unit".to_owned());
        for line in lines {
            progress.hear(line);
        }
        progress
    }

    #[test]
    fn it_is_told_how_many_tests_of_nextest_are_done() {
        let progress = heard(&[
            "    Starting 3 tests across 2 binaries (1 test skipped)",
            "        PASS [   0.004s] (1/3) wire::codec messages::a",
            "        FAIL [  12.500s] (2/3) wire::codec messages::b",
        ]);
        assert_eq!(progress.status(), "step 4 of 8, unit: 2 of 3 tests done");
        let slowest = progress.times.slowest(1);
        assert_eq!(slowest, [("wire::codec messages::b", Duration::from_millis(12_500))]);
    }

    #[test]
    fn it_is_told_how_many_tests_of_libtest_are_done() {
        let progress = heard(&["running 2 tests", "test a ... ok"]);
        assert_eq!(progress.status(), "step 4 of 8, unit: 1 of 2 tests done");
        assert_eq!(progress.times.slowest(10), []);
    }

    #[test]
    fn a_test_that_is_told_of_twice_counts_once() {
        let line = "\u{1b}[31;1m        FAIL\u{1b}[0m [   1.000s] (1/2) wire messages::b";
        let progress = heard(&["Starting 2 tests across 1 binary", line, line]);
        assert_eq!(progress.status(), "step 4 of 8, unit: 1 of 2 tests done");
    }

    #[test]
    fn before_tests_run_and_after_them_there_is_something_to_say_as_well() {
        assert_eq!(heard(&["   Compiling wire"]).status(), "step 4 of 8, unit: before its tests");
        let done = heard(&["running 1 test", "test a ... ok", "   Doc-tests wire"]);
        assert_eq!(done.status(), "step 4 of 8, unit: after 1 tests");
    }
}
