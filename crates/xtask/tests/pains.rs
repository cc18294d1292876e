//! `docs/pains.md` names tests that exist, and that name the complaint in turn.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

#[test]
fn every_complaint_has_a_test_that_names_it_or_a_reason() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut sources = Vec::new();
    for folder in ["crates", "web", "signaling", "tests"] {
        collect(&root.join(folder), &mut sources);
    }
    let pains = fs::read_to_string(root.join("docs/pains.md")).unwrap();
    let rows = pains.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split(" | ").collect()).collect();
    let rows = rows.iter().filter(|row| row[0] != "Complaint");
    let mut faults = Vec::new();
    for row in rows {
        let [_complaint, reported, tests] = row[..] else { panic!("{row:?} has other columns") };
        let numbers: Vec<&str> =
            reported.split(", ").filter_map(|issue| Some(issue.split_once('#')?.1)).collect();
        assert!(!numbers.is_empty(), "{reported} has no number");
        let named = tests.split('`').skip(1).step_by(2).filter(|name| !name.contains(' '));
        for name in named.clone() {
            let defined = |source: &&String| source.contains(&format!("fn {name}("));
            match sources.iter().find(defined) {
                None => faults.push(format!("there is no test {name}")),
                Some(source) if !numbers.iter().any(|number| names(source, number)) => {
                    faults.push(format!("nothing beside {name} names {reported}"));
                }
                Some(_) => {}
            }
        }
        if named.count() == 0 && !tests.starts_with("None: ") {
            faults.push(format!("{reported} has neither a test nor a reason"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Whether a source names the issue of this number.
fn names(source: &str, number: &str) -> bool {
    source
        .match_indices(&format!("#{number}"))
        .any(|(at, issue)| !source[at + issue.len()..].starts_with(|next: char| next.is_ascii_digit()))
}

fn collect(folder: &Path, sources: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push(fs::read_to_string(&path).unwrap());
        }
    }
}
