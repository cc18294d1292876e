//! Every test, as a row of steps.

mod progress;
mod report;
mod runner;
mod step;

use std::collections::BTreeSet;
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

pub(crate) use self::step::Step;

use self::progress::Progress;
use self::report::{Report, Row};
use self::runner::Runner;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// Runs `selected` steps, or all if there are none, until one fails. The last line that it prints is
/// `N passed, N failed`: tests where a step runs tests, and otherwise steps.
pub(crate) fn run(workspace: &Workspace, toolbox: &Toolbox, selected: &[Step]) -> ExitCode {
    let start = Instant::now();
    let steps = plan(selected);
    let tools: BTreeSet<Tool> = steps.iter().flat_map(|step| step.tools()).copied().collect();
    let mut report = Report::default();
    let installed = toolbox.ensure(&Vec::from_iter(tools));
    report.add(Row::of_tools(installed, start.elapsed()));
    let runner = Runner::new(workspace, toolbox);
    for lanes in stages(&steps) {
        for row in side_by_side(&runner, &lanes, report.has_failure(), steps.len()) {
            report.add(row);
        }
    }
    println!("\n{}", report.after(start.elapsed()));
    if report.has_failure() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Runs the steps of each lane one after the other, and the lanes side by side, until a step fails.
fn side_by_side(runner: &Runner<'_>, lanes: &[Vec<(usize, Step)>], has_failure: bool, of: usize) -> Vec<Row> {
    let has_failure = &AtomicBool::new(has_failure);
    let run = |lane: &[(usize, Step)]| {
        let mut rows = Vec::new();
        for (place, step) in lane {
            if has_failure.load(Ordering::SeqCst) {
                break;
            }
            let title = format!("step {place} of {of}, {}", step.name());
            eprintln!("\n==> {title}: {}", step.about());
            let start = Instant::now();
            let mut progress = Progress::of(title);
            let outcome = runner.step(*step, &mut progress);
            has_failure.fetch_or(outcome.is_err(), Ordering::SeqCst);
            rows.push(Row::of_step(*place, *step, progress, outcome, start.elapsed()));
        }
        rows
    };
    let run = &run;
    let mut rows: Vec<Row> = thread::scope(|scope| {
        let lanes: Vec<_> = lanes.iter().map(|lane| scope.spawn(move || run(lane))).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    });
    rows.sort_by_key(Row::place);
    rows
}

/// The steps with their places, in stages: first two lanes that compile into different folders, for tests and for
/// release, so that one goes on where the other has a single program to link or waits for one; then what needs both, and
/// the whole machine.
fn stages(steps: &[Step]) -> [Vec<Vec<(usize, Step)>>; 2] {
    let lane = |wanted: fn(&Step) -> bool| {
        (1..).zip(steps.iter().copied()).filter(|(_, step)| wanted(step)).collect::<Vec<_>>()
    };
    let for_release = lane(|step| matches!(step, Step::Page | Step::Tracker));
    let for_tests = lane(|step| !matches!(step, Step::Page | Step::Tracker | Step::EndToEnd));
    [vec![for_tests, for_release], vec![lane(|step| *step == Step::EndToEnd)]]
}

/// The steps to run, in order. The end-to-end tests use what the page step builds.
fn plan(selected: &[Step]) -> Vec<Step> {
    let built = selected.contains(&Step::EndToEnd);
    let wanted = |step: &Step| selected.is_empty() || selected.contains(step) || built && *step == Step::Page;
    Step::ALL.into_iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_selection_means_every_step_in_order() {
        assert_eq!(plan(&[]), Step::ALL);
    }

    #[test]
    fn selected_steps_run_in_their_own_order_and_once() {
        assert_eq!(plan(&[Step::Unit, Step::Lint, Step::Unit]), [Step::Lint, Step::Unit]);
    }

    #[test]
    fn the_end_to_end_tests_bring_the_page_that_they_open() {
        assert_eq!(plan(&[Step::EndToEnd]), [Step::Page, Step::EndToEnd]);
    }

    #[test]
    fn every_step_is_in_one_lane_and_the_end_to_end_tests_run_alone() {
        let [first, last] = stages(&Step::ALL);
        let mut side_by_side: Vec<_> = first.concat();
        side_by_side.sort();
        let all: Vec<_> = (1..).zip(Step::ALL).collect();
        assert_eq!([side_by_side, last.concat()].concat(), all);
        assert_eq!(last.concat(), [(8, Step::EndToEnd)]);
    }
}
