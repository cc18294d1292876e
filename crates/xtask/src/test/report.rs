use std::fmt;
use std::time::Duration;

use crate::error::Error;
use crate::tally::Tally;

/// What is printed at the end: a row for each step, what failed, and the sum in the last line.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
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
    /// Adds what came out of a step, and the tests that were counted in it.
    pub(super) fn add(
        &mut self,
        name: &'static str,
        tally: Tally,
        outcome: Result<(), Error>,
        time: Duration,
    ) {
        self.rows.push(Row { name, tally, passed: outcome.is_ok(), time });
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
        for Row { name, tally, passed, time } in &self.rows {
            let verdict = if *passed { "ok" } else { "FAILED" };
            write!(f, "{name:<8} {verdict:<7} {:>12}", spoken(*time))?;
            match tally.passed + tally.failed {
                0 => writeln!(f)?,
                tests => writeln!(f, " {tests:>6} tests")?,
            }
        }
        let time = self.rows.iter().map(|row| row.time).sum();
        writeln!(f, "{:<16} {:>12}\n", "total", spoken(time))?;
        if let Some(failure) = &self.failure {
            writeln!(f, "{failure}\n")?;
        }
        let Tally { passed, failed } = self.total();
        write!(f, "{passed} passed, {failed} failed")
    }
}

fn spoken(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(rows: impl IntoIterator<Item = (Tally, bool)>) -> Report {
        let mut report = Report::default();
        for (tally, passed) in rows {
            let outcome = if passed { Ok(()) } else { Err(Error::Usage("It is broken.".to_owned())) };
            report.add("step", tally, outcome, Duration::from_secs(75));
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
}
