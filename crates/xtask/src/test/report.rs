use std::fmt;
use std::mem;
use std::time::Duration;

use super::Step;
use super::progress::{Progress, Times};
use crate::error::Error;
use crate::tally::Tally;
use crate::watch::spoken;

/// What is printed at the end: a row for each step, the slowest tests, what failed, and the sum in the last line.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<Row>,
    times: Times,
    failure: Option<String>,
    /// How long all of it took, which is less than the steps where some ran side by side.
    time: Duration,
}

/// What came out of a step, or of getting the tools.
#[derive(Debug)]
pub(super) struct Row {
    /// That of the step, from 1; 0 for the tools.
    place: usize,
    name: &'static str,
    progress: Progress,
    outcome: Result<(), Error>,
    time: Duration,
}

impl Row {
    /// What came out of getting the tools.
    pub(super) fn of_tools(outcome: Result<(), Error>, time: Duration) -> Self {
        Self { place: 0, name: "tools", progress: Progress::default(), outcome, time }
    }

    /// What came out of a step, and the tests that were counted in it.
    pub(super) fn of_step(
        place: usize,
        step: Step,
        progress: Progress,
        outcome: Result<(), Error>,
        time: Duration,
    ) -> Self {
        Self { place, name: step.name(), progress, outcome, time }
    }

    /// Where it stands in the report.
    pub(super) fn place(&self) -> usize {
        self.place
    }
}

impl Report {
    /// Adds a row, after those before it.
    pub(super) fn add(&mut self, mut row: Row) {
        self.times.append(mem::take(&mut row.progress.times));
        if let Err(error) = &row.outcome {
            let failure = format!("{} failed: {error}", row.name);
            self.failure.get_or_insert(failure);
        }
        self.rows.push(row);
    }

    /// The same once all is done, which took so long.
    pub(super) fn after(&mut self, time: Duration) -> &Self {
        self.time = time;
        self
    }

    /// Whether a step failed.
    pub(super) fn has_failure(&self) -> bool {
        self.failure.is_some()
    }

    /// The sum of all tests, and of the steps that are one test in themselves.
    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for Row { place, progress: Progress { tally, .. }, outcome, .. } in &self.rows {
            total += match (tally, outcome.is_ok()) {
                // That the tools are there is no test.
                _ if *place == 0 && outcome.is_ok() => Tally::default(),
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
        for Row { name, progress: Progress { tally, .. }, outcome, time, .. } in &self.rows {
            let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
            write!(f, "{name:<8} {verdict:<7} {:>12}", spoken(*time))?;
            match tally.passed + tally.failed {
                0 => writeln!(f)?,
                tests => writeln!(f, " {tests:>6} tests")?,
            }
        }
        writeln!(f, "{:<16} {:>12}\n", "total", spoken(self.time))?;
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

    fn row(tally: Tally, passed: bool) -> Row {
        let outcome = if passed { Ok(()) } else { Err(Error::Usage("It is broken.".to_owned())) };
        let mut progress = Progress::default();
        progress.tally = tally;
        Row::of_step(1, Step::Lint, progress, outcome, Duration::from_secs(75))
    }

    fn report(rows: impl IntoIterator<Item = (Tally, bool)>) -> Report {
        let mut report = Report::default();
        report.add(Row::of_tools(Ok(()), Duration::ZERO));
        for (tally, passed) in rows {
            report.add(row(tally, passed));
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
        let mut report = report([(Tally { passed: 3, failed: 0 }, true), (Tally::default(), false)]);
        assert!(report.has_failure());
        report.after(Duration::from_secs(150));
        let text = report.to_string();
        let (_rows, end) = text.split_once("total").expect("there is a total");
        assert!(end.contains("2 min 30 s") && end.contains("lint failed: It is broken."), "{text}");
        assert!(end.ends_with("\n3 passed, 1 failed"), "{text}");
    }

    #[test]
    fn the_ten_slowest_tests_are_named_with_their_times() {
        let mut progress = Progress::default();
        for seconds in 1..=12 {
            progress.hear(&format!("PASS [  {seconds}.040s] e2e test_{seconds}"));
        }
        let mut report = Report::default();
        report.add(Row::of_step(8, Step::EndToEnd, progress, Ok(()), Duration::ZERO));
        let text = report.to_string();
        assert!(text.contains("   12.0 s  e2e test_12\n   11.0 s  e2e test_11\n"), "{text}");
        assert!(text.contains("test_3\n") && !text.contains("test_2\n"), "{text}");
    }

    #[test]
    fn tools_that_are_missing_are_a_failure_and_no_test() {
        let mut report = Report::default();
        report.add(Row::of_tools(Err(Error::Usage("No network.".to_owned())), Duration::ZERO));
        assert_eq!(report.total(), Tally { passed: 0, failed: 1 });
        assert!(report.to_string().contains("tools failed: No network."), "{report}");
    }
}
