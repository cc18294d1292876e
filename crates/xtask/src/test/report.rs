use std::fmt;
use std::time::Duration;

use super::progress::{Progress, Times};
use crate::error::Error;
use crate::tally::Tally;
use crate::watch::spoken;

/// What is printed at the end: a row for each step, the slowest tests, what failed, and the sum in the last line.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
    /// How long getting the tools took, which is no test.
    tools: Duration,
    times: Times,
    failure: Option<String>,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    tally: Tally,
    passed: bool,
    time: Duration,
}

impl Report {
    /// Adds how long it took until all tools were there.
    pub(super) fn add_tools(&mut self, time: Duration) {
        self.tools = time;
    }

    /// Adds what came out of a step, and the tests that were counted in it.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        progress: Progress,
        outcome: Result<(), Error>,
        time: Duration,
    ) {
        self.rows.push(Row { name, tally: progress.tally, passed: outcome.is_ok(), time });
        self.times.append(progress.times);
        if let Err(error) = outcome {
            self.failure = Some(format!("{name} failed: {error}"));
        }
    }

    /// Whether a step failed.
    pub(super) fn has_failure(&self) -> bool {
        self.failure.is_some()
    }

    /// The sum of all tests, and of the steps that are one test in themselves.
    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for Row { tally, passed, .. } in &self.rows {
            total += match (tally, passed) {
                (Tally { passed: 0, failed: 0 }, true) => Tally { passed: 1, failed: 0 },
                // The step failed outside of its tests, say in the compiler.
                (Tally { passed, failed: 0 }, false) => Tally { passed: *passed, failed: 1 },
                _ => *tally,
            };
        }
        total
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.tools > Duration::ZERO {
            writeln!(f, "{:<16} {:>12}", "tools", spoken(self.tools))?;
        }
        for Row { name, tally, passed, time } in &self.rows {
            let verdict = if *passed { "ok" } else { "FAILED" };
            write!(f, "{name:<8} {verdict:<7} {:>12}", spoken(*time))?;
            match tally.passed + tally.failed {
                0 => writeln!(f)?,
                tests => writeln!(f, " {tests:>6} tests")?,
            }
        }
        let time = self.tools + self.rows.iter().map(|row| row.time).sum::<Duration>();
        writeln!(f, "{:<16} {:>12}\n", "total", spoken(time))?;
        let slowest = self.times.slowest(SLOWEST);
        if !slowest.is_empty() {
            writeln!(f, "the slowest tests")?;
            for (name, time) in slowest {
                writeln!(f, "{:>7.1} s  {name}", time.as_secs_f64())?;
            }
            writeln!(f)?;
        }
        if let Some(failure) = &self.failure {
            writeln!(f, "{failure}\n")?;
        }
        let Tally { passed, failed } = self.total();
        write!(f, "{passed} passed, {failed} failed")
    }
}

/// How many tests are named for their time.
const SLOWEST: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::Listener;

    fn report(rows: impl IntoIterator<Item = (Tally, bool)>) -> Report {
        let mut report = Report::default();
        for (tally, passed) in rows {
            let outcome = if passed { Ok(()) } else { Err(Error::Usage("It is broken.".to_owned())) };
            let mut progress = Progress::default();
            progress.tally = tally;
            report.add("step", progress, outcome, Duration::from_secs(75));
        }
        report
    }

    #[test]
    fn a_step_without_tests_counts_as_one_and_others_as_their_tests() {
        let report = report([(Tally::default(), true), (Tally { passed: 40, failed: 0 }, true)]);
        assert_eq!(report.total(), Tally { passed: 41, failed: 0 });
    }

    #[test]
    fn a_step_that_fails_without_a_failed_test_counts_as_one() {
        let report = report([(Tally { passed: 3, failed: 0 }, false)]);
        assert_eq!(report.total(), Tally { passed: 3, failed: 1 });
    }

    #[test]
    fn failed_tests_are_not_counted_again_as_a_failed_step() {
        let report = report([(Tally { passed: 3, failed: 2 }, false)]);
        assert_eq!(report.total(), Tally { passed: 3, failed: 2 });
    }

    #[test]
    fn the_sum_is_the_last_line_and_the_reason_stands_before_it() {
        let report = report([(Tally { passed: 3, failed: 0 }, true), (Tally::default(), false)]);
        assert!(report.has_failure());
        let text = report.to_string();
        let (_rows, end) = text.split_once("total").expect("there is a total");
        assert!(end.contains("2 min 30 s") && end.contains("step failed: It is broken."), "{text}");
        assert!(end.ends_with("\n3 passed, 1 failed"), "{text}");
    }

    #[test]
    fn the_ten_slowest_tests_are_named_with_their_times() {
        let mut progress = Progress::default();
        for seconds in 1..=12 {
            progress.hear(&format!("PASS [  {seconds}.040s] e2e test_{seconds}"));
        }
        let mut report = Report::default();
        report.add("e2e", progress, Ok(()), Duration::ZERO);
        let text = report.to_string();
        assert!(text.contains("   12.0 s  e2e test_12\n   11.0 s  e2e test_11\n"), "{text}");
        assert!(text.contains("test_3\n") && !text.contains("test_2\n"), "{text}");
    }

    #[test]
    fn the_time_for_the_tools_is_part_of_the_sum() {
        let mut report = Report::default();
        report.add_tools(Duration::from_secs(540));
        report.add("lint", Progress::default(), Ok(()), Duration::from_secs(60));
        assert!(report.to_string().contains("10 min 00 s"), "{report}");
    }
}
