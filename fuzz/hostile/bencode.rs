//! Bencode as somebody would write it who wants it to cost as much as it can.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A dictionary that gives some of these keys, and perhaps the same again, values that they do not expect.
pub(super) fn dict(keys: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    vec((select(keys), value()), 0..6).prop_map(|entries| {
        let entries = entries.into_iter().flat_map(|(key, value)| [string(key.as_bytes()), value]);
        enclosed(b'd', &entries.collect::<Vec<_>>().concat())
    })
}

/// One value: a few large things or many small ones, side by side or in each other.
pub(super) fn value() -> impl Strategy<Value = Vec<u8>> {
    let unit = || select(&["le", "de", "0:", "1:a", "2:\u{e9}", "i0e", "l0:e", "l1:ae", "d0:dee"][..]);
    prop_oneof![
        any::<i64>().prop_map(|number| format!("i{number}e").into_bytes()),
        vec(any::<u8>(), 0..3000).prop_map(|bytes| string(&bytes)),
        (unit(), 0..3000_usize).prop_map(|(unit, count)| enclosed(b'l', unit.repeat(count).as_bytes())),
        (unit(), 0..3000_usize).prop_map(|(unit, count)| {
            let entries: String = (0..count).map(|n| format!("{}:{n}{unit}", n.to_string().len())).collect();
            enclosed(b'd', entries.as_bytes())
        }),
        (unit(), 0..3000_usize)
            .prop_map(|(unit, count)| enclosed(b'd', format!("1:a{unit}").repeat(count).as_bytes())),
        (0..70_usize).prop_map(|depth| ["l".repeat(depth), "e".repeat(depth)].concat().into_bytes()),
        (0..70_usize)
            .prop_map(|depth| ["d1:a".repeat(depth), "de".into(), "e".repeat(depth)].concat().into_bytes()),
    ]
}

/// A byte string.
pub(super) fn string(bytes: &[u8]) -> Vec<u8> {
    [bytes.len().to_string().as_bytes(), b":", bytes].concat()
}

/// A list (`l`) or dictionary (`d`) of what is encoded already.
pub(super) fn enclosed(kind: u8, content: &[u8]) -> Vec<u8> {
    [&[kind], content, b"e"].concat()
}
