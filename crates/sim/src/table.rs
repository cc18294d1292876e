//! The scenario files, and what came of each.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use sim::{Report, Scenario, simulate};

/// Plays every scenario file and prints a row for each. With `json`, the last line is one object.
pub(crate) fn print(json: bool) -> Result<(), String> {
    let mut rows = Vec::new();
    let mut missed = Vec::new();
    println!(
        "| Swarm | p50 | p95 | bound | p95 / bound | first block | from the first seed | wasted | playback waits |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (name, scenario) in scenarios()? {
        let report = simulate(&scenario).map_err(|error| format!("{name}: {error}"))?;
        let row = Row::new(&name, &scenario, &report);
        println!("{}", row.markdown(&scenario));
        missed.extend(report.missed(&scenario).into_iter().map(|words| format!("{name}: {words}")));
        rows.push(row);
    }
    if json {
        println!("{}", serde_json::to_string(&Rows { scenarios: rows }).map_err(|error| error.to_string())?);
    }
    if missed.is_empty() { Ok(()) } else { Err(missed.join("\n")) }
}

/// Plays one scenario file and prints its row, or the rules that it breaks.
pub(crate) fn play(path: &str) -> Result<(), String> {
    let scenario = read(Path::new(path))?;
    let report = simulate(&scenario).map_err(|error| error.to_string())?;
    println!("{}", Row::new(path, &scenario, &report).markdown(&scenario));
    let broken = report.broken_rules(&scenario);
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n")) }
}

/// Plays one scenario file and prints what the peer with this number noted, as a report.
pub(crate) fn journal(path: &str, peer: &str) -> Result<(), String> {
    let peer = peer.parse().map_err(|error| format!("{peer} is not the number of a peer: {error}"))?;
    let (_, noted) = sim::record(&read(Path::new(path))?, peer).map_err(|error| error.to_string())?;
    print!("{noted}");
    Ok(())
}

/// Reads a report, says what it tells, and plays a swarm that is like it.
pub(crate) fn replay(path: &str) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let noted = journal::Report::parse(&text).map_err(|error| format!("{path}: {error}"))?;
    println!("{} entries, {} before them are gone", noted.entries.len(), noted.dropped);
    let scenario = Scenario::recorded(&noted).map_err(|error| format!("{path}: {error}"))?;
    println!("{}", scenario.to_json());
    let report = simulate(&scenario).map_err(|error| error.to_string())?;
    println!("{}", Row::new(path, &scenario, &report).markdown(&scenario));
    Ok(())
}

/// The scenarios of the repository and their names, by name.
fn scenarios() -> Result<Vec<(String, Scenario)>, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let unreadable = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut scenarios = Vec::new();
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        scenarios.push((name, read(&path)?));
    }
    scenarios.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(scenarios)
}

pub(crate) fn read(path: &Path) -> Result<Scenario, String> {
    let json = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Scenario::parse(&json).map_err(|error| format!("{}: {error}", path.display()))
}

#[derive(Serialize)]
struct Rows {
    scenarios: Vec<Row>,
}

/// What came of a scenario. A time that never came is missing.
#[derive(Serialize)]
struct Row {
    name: String,
    p50_s: Option<f64>,
    p95_s: Option<f64>,
    bound_s: f64,
    first_block_s: Option<f64>,
    first_seed_ratio: f64,
    duplicate_ratio: f64,
    /// How long playback waited, on average of those who play.
    stalled_s: Option<f64>,
}

impl Row {
    fn new(name: &str, scenario: &Scenario, report: &Report) -> Self {
        let (received, wasted) = report.received_and_wasted();
        let seconds = |time: Duration| time.as_millis() as f64 / 1000.0;
        Self {
            name: name.to_owned(),
            p50_s: report.completion(50).map(seconds),
            p95_s: report.completion(95).map(seconds),
            bound_s: seconds(scenario.bound()),
            first_block_s: report.first_block(50).map(seconds),
            first_seed_ratio: report.first_seed_sent() as f64 / received.max(1) as f64,
            duplicate_ratio: wasted as f64 / received.max(1) as f64,
            stalled_s: report.stalled().map(seconds),
        }
    }

    fn markdown(&self, scenario: &Scenario) -> String {
        let seconds =
            |time: Option<f64>| time.map_or_else(|| "never".to_owned(), |time| format!("{time:.1} s"));
        let ratio = self.p95_s.map_or_else(|| "never".to_owned(), |p95| format!("{:.2}", p95 / self.bound_s));
        format!(
            "| **{}**: {} | {} | {} | {} | {ratio} | {} | {:.1} % | {:.2} % | {} |",
            self.name,
            scenario.about,
            seconds(self.p50_s),
            seconds(self.p95_s),
            seconds(Some(self.bound_s)),
            seconds(self.first_block_s),
            self.first_seed_ratio * 100.0,
            self.duplicate_ratio * 100.0,
            self.stalled_s.map_or_else(String::new, |stalled| format!("{stalled:.1} s")),
        )
    }
}
