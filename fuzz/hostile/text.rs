//! Text as somebody would write it who wants it to cost as much as it can.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A beginning that makes sense, and then few or many of each of some parts.
pub(super) fn repeated(
    beginnings: &'static [&'static str],
    parts: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> {
    let runs = vec((select(parts), prop_oneof![1..4_usize, 1..3000_usize]), 0..8);
    (select(beginnings), runs).prop_map(|(beginning, runs)| {
        let runs = runs.into_iter().map(|(part, count)| part.repeat(count));
        format!("{beginning}{}", runs.collect::<String>()).into_bytes()
    })
}
