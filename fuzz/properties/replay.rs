use std::fs;
use std::path::Path;

/// Checks a property of every input that the fuzz target of this name starts from, or once failed with.
#[expect(clippy::disallowed_methods, reason = "the rule is for the crates, not for their tests")]
#[track_caller]
pub(super) fn replay(target: &str, property: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs: Vec<_> = fs::read_dir(&corpus)
        .unwrap_or_else(|error| panic!("{} cannot be listed: {error}", corpus.display()))
        .map(|entry| entry.expect("the corpus can be read").path())
        .collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "{} is empty", corpus.display());
    for input in inputs {
        println!("{}", input.display());
        property(&fs::read(&input).expect("the corpus can be read"));
    }
}
