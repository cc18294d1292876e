//! JSON as somebody would write it who wants it to cost as much as it can.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// An object that gives some of these keys values, as they are expected or not.
pub(super) fn object(
    keys: &'static [&'static str],
    usual: &'static [&'static str],
) -> impl Strategy<Value = Vec<u8>> {
    let value = prop_oneof![1 => value(), 2 => select(usual).prop_map(str::to_owned)];
    vec((select(keys), value), 0..8).prop_map(|entries| {
        let entries: Vec<String> =
            entries.into_iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", entries.join(",")).into_bytes()
    })
}

/// One value: a few large things or many small ones, side by side or in each other.
pub(super) fn value() -> impl Strategy<Value = String> {
    let unit = || select(&["0", "\"\"", "[]", "{}", "null", "\"\\u00ff\"", "{\"sdp\":\"\"}", "1e3"][..]);
    prop_oneof![
        ".{0,3000}".prop_map(|text| format!("{text:?}")),
        (0..3000_usize).prop_map(|count| format!("\"{}\"", "\\u00ff".repeat(count))),
        (unit(), 0..3000_usize).prop_map(|(unit, count)| format!("[{}]", vec![unit; count].join(","))),
        (unit(), 0..3000_usize).prop_map(|(unit, count)| {
            let entries: Vec<String> = (0..count).map(|n| format!("\"{:020}\":{unit}", count - n)).collect();
            format!("{{{}}}", entries.join(","))
        }),
        (0..300_usize).prop_map(|depth| ["[".repeat(depth), "]".repeat(depth)].concat()),
        (0..300_usize).prop_map(|depth| ["{\"a\":".repeat(depth), "0".into(), "}".repeat(depth)].concat()),
    ]
}
