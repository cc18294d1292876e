//! The tables in `docs/` name tests that exist, and that name what they are there for in turn.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn every_complaint_has_a_test_that_names_it_or_a_reason() {
    let sources = sources();
    let mut faults = Vec::new();
    for [_complaint, reported, tests] in table("docs/pains.md") {
        let numbers: Vec<&str> =
            reported.split(", ").filter_map(|issue| Some(issue.split_once('#')?.1)).collect();
        assert!(!numbers.is_empty(), "{reported} has no number");
        for name in named(&tests) {
            match source_of(&sources, name) {
                None => faults.push(format!("there is no test {name}")),
                Some(source) if !numbers.iter().any(|number| names(source, &format!("#{number}"))) => {
                    faults.push(format!("nothing beside {name} names {reported}"));
                }
                Some(_) => {}
            }
        }
        if named(&tests).count() == 0 && !tests.starts_with("None: ") {
            faults.push(format!("{reported} has neither a test nor a reason"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Issue 12, 7.
#[test]
fn every_row_of_the_payments_matrix_has_tests_and_every_such_test_is_in_its_row() {
    let sources = sources();
    let rows = table("docs/payments-matrix.md");
    let mut faults = Vec::new();
    for [row, _what_holds, tests] in &rows {
        assert!(named(tests).count() > 0, "row {row} has no test");
        for name in named(tests) {
            if is_prefix(name) {
                let exists = sources.iter().any(|source| source.contains(&format!("fn {name}")));
                if !exists || name != format!("row_{row:0>2}_") {
                    faults.push(format!("no test begins with {name}, or not for row {row}"));
                }
                continue;
            }
            let comment = source_of(&sources, name).map(|source| comment_of(source, name));
            if !comment.is_some_and(|comment| names(&comment, &format!("Payments, row {row}"))) {
                faults.push(format!("no test {name} names row {row}"));
            }
        }
    }
    let by_comment = |tests| named(tests).filter(|name| !is_prefix(name)).count();
    let in_table: usize = rows.iter().map(|[_, _, tests]| by_comment(tests)).sum();
    let lines = sources.iter().flat_map(|source| source.lines()).map(str::trim_start);
    let in_sources = lines.filter(|line| line.starts_with("/// Payments, row ")).count();
    if in_table != in_sources {
        faults.push(format!("{in_sources} tests name a row, and rows name {in_table}"));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The rows of a document's tables, without their headings.
fn table(document: &str) -> Vec<[String; 3]> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let cells = |line: &str| Some(line.strip_prefix("| ")?.strip_suffix(" |")?.to_owned());
    let rows = text.lines().filter_map(cells).filter(|row| !row.ends_with("| Tests"));
    rows.map(|row| {
        let columns: Vec<String> = row.split(" | ").map(str::to_owned).collect();
        columns.try_into().unwrap_or_else(|row| panic!("{row:?} has other columns"))
    })
    .collect()
}

/// The tests in the last column of a table.
fn named(tests: &str) -> impl Iterator<Item = &str> {
    tests.split('`').skip(1).step_by(2).filter(|name| !name.contains(' '))
}

/// Whether it stands for all tests whose names begin so.
fn is_prefix(name: &str) -> bool {
    name.ends_with('_')
}

fn source_of<'a>(sources: &'a [String], test: &str) -> Option<&'a String> {
    sources.iter().find(|source| source.contains(&format!("fn {test}(")))
}

/// What stands above a test, up to the next line that is empty or code.
fn comment_of(source: &str, test: &str) -> String {
    let (above, _) = source.split_once(&format!("fn {test}(")).unwrap();
    let lines = above.rsplit('\n').map(str::trim_start).skip(1);
    lines.take_while(|line| line.starts_with("///") || line.starts_with('#')).collect()
}

/// Whether a text has a name that ends with a number, and goes on with no further digit.
fn names(text: &str, name: &str) -> bool {
    let followed =
        |(at, name): (usize, &str)| text[at + name.len()..].starts_with(|next: char| next.is_ascii_digit());
    text.match_indices(name).any(|found| !followed(found))
}

fn sources() -> Vec<String> {
    let mut sources = Vec::new();
    for folder in ["crates", "web", "signaling", "tests"] {
        collect(&root().join(folder), &mut sources);
    }
    sources
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
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
