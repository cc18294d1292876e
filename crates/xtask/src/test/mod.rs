//! Every test, as a row of steps.

mod progress;
mod report;
mod runner;
mod step;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) use self::step::Step;

use self::progress::Progress;
use self::report::Report;
use self::runner::Runner;
use crate::tools::{Tool, Toolbox};
use crate::workspace::Workspace;

/// Runs `selected` steps, or all if there are none, up to the first that fails. The last line that it prints is
/// `N passed, N failed`: tests where a step runs tests, and otherwise steps.
pub(crate) fn run(workspace: &Workspace, toolbox: &Toolbox, selected: &[Step]) -> ExitCode {
    let steps = plan(selected);
    let tools: BTreeSet<Tool> = steps.iter().flat_map(|step| step.tools()).copied().collect();
    let mut report = Report::default();
    let start = Instant::now();
    if let Err(error) = toolbox.ensure(&Vec::from_iter(tools)) {
        report.add("tools", Progress::default(), Err(error), start.elapsed());
    } else {
        report.add_tools(start.elapsed());
    }
    let runner = Runner::new(workspace, toolbox);
    for (place, step) in (1..).zip(&steps) {
        if report.has_failure() {
            break;
        }
        let place = format!("step {place} of {}, {}", steps.len(), step.name());
        eprintln!("\n==> {place}: {}", step.about());
        let start = Instant::now();
        let mut progress = Progress::of(place);
        let outcome = runner.step(*step, &mut progress);
        report.add(step.name(), progress, outcome, start.elapsed());
    }
    println!("\n{report}");
    if report.has_failure() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
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
}
