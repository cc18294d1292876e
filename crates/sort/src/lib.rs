//! Sorting, compiled once for all types.
//!
//! The sorts of `std` are compiled anew for each type and each comparison: 2 to 3 kB of WebAssembly every time, which
//! every visitor downloads. Here positions are merged, whatever stands at them, and then the values move there. What is
//! compiled for a type is its comparison and one exchange. The cost is a call that cannot be inlined for each comparison,
//! and eight bytes for each value while they are sorted.
//!
//! ```
//! let mut names = ["carol", "al", "bob"];
//! sort::by_key(&mut names, |name| name.len());
//! assert_eq!(names, ["al", "bob", "carol"]);
//! ```

use std::cmp::Ordering;
use std::mem;

/// Sorts in ascending order.
pub fn ascending<T: Ord>(values: &mut [T]) {
    by(values, T::cmp);
}

/// Sorts by a key. Values with the same key stay in the order in which they are.
pub fn by_key<T, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K) {
    by(values, |one, other| key(one).cmp(&key(other)));
}

/// Sorts as `compare` says, which is a total order. Values that are equal in it stay in the order in which they are.
pub fn by<T>(values: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut sources = sources(values.len(), &|one, other| compare(&values[one], &values[other]));
    gather(&mut sources, &mut |one, other| values.swap(one, other));
}

/// For each place, which of `count` values belongs there. Merges runs of one, then of two, of four and so on.
fn sources(count: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<u32> {
    let places = u32::try_from(count)
        .expect("a browser's memory holds no 2^32 values, and nothing else here is longer");
    let mut sorted: Vec<u32> = (0..places).collect();
    let mut merged = sorted.clone();
    let mut run = 1;
    while run < count {
        for start in (0..count).step_by(2 * run) {
            let both = start..count.min(start + 2 * run);
            merge(&sorted[both.clone()], run, &mut merged[both], compare);
        }
        mem::swap(&mut sorted, &mut merged);
        run *= 2;
    }
    sorted
}

/// Merges two runs that lie one after the other, the first of which is `run` long.
fn merge(runs: &[u32], run: usize, merged: &mut [u32], compare: &dyn Fn(usize, usize) -> Ordering) {
    let in_order = |one: usize, other: usize| compare(runs[one] as usize, runs[other] as usize).is_le();
    if runs.len() <= run || in_order(run - 1, run) {
        merged.copy_from_slice(runs);
        return;
    }
    let (mut first, mut second) = (0, run);
    for place in merged {
        let next = if second == runs.len() || first < run && in_order(first, second) {
            &mut first
        } else {
            &mut second
        };
        *place = runs[*next];
        *next += 1;
    }
}

/// Brings to each place the value that stands at its source, by at most one exchange for each place.
fn gather(sources: &mut [u32], swap: &mut dyn FnMut(usize, usize)) {
    for first in 0..sources.len() {
        // Values change places in circles. A place that has its value is its own source from then on.
        let mut place = first;
        loop {
            let source = mem::replace(&mut sources[place], place as u32) as usize;
            if source == first {
                break;
            }
            swap(place, source);
            place = source;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn values_come_out_as_std_sorts_them(values: Vec<(u8, u8)>) {
            let (mut ours, mut theirs) = (values.clone(), values);
            ascending(&mut ours);
            theirs.sort();
            prop_assert_eq!(&ours, &theirs);
        }

        #[test]
        fn values_of_one_key_keep_their_order(keys in prop::collection::vec(0u8..5, 0..100)) {
            let mut ours: Vec<(usize, u8)> = keys.into_iter().enumerate().collect();
            let mut theirs = ours.clone();
            by_key(&mut ours, |(_, key)| *key);
            theirs.sort_by_key(|(_, key)| *key);
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn each_value_moves_at_most_once_to_its_place() {
        for count in [0, 1, 2, 1_000_u32] {
            // One circle through all places, and the values the other way round.
            for mut sources in
                [(0..count).map(|at| (at + 1) % count).collect(), (0..count).rev().collect::<Vec<_>>()]
            {
                let swaps = Cell::new(0);
                gather(&mut sources, &mut |_, _| swaps.set(swaps.get() + 1));
                assert!(swaps.get() <= count, "{} exchanges of {count} values", swaps.get());
            }
        }
    }

    #[test]
    fn no_order_of_values_is_slow() {
        let orders: [fn(u32) -> u32; 4] =
            [|at| 1_024 - at, |at| at % 2, u32::reverse_bits, |at| at.wrapping_mul(0x9E37_79B9)];
        for order in orders {
            let compared = Cell::new(0);
            by(&mut (0..1_024).map(order).collect::<Vec<_>>(), |one, other| {
                compared.set(compared.get() + 1);
                one.cmp(other)
            });
            assert!(compared.get() <= 11 * 1_024, "{} comparisons", compared.get());
        }
    }

    #[test]
    fn sorted_values_are_compared_once_each() {
        let compared = Cell::new(0);
        by(&mut (0..1_000).collect::<Vec<_>>(), |one, other| {
            compared.set(compared.get() + 1);
            one.cmp(other)
        });
        assert!(compared.get() < 1_001, "{} comparisons", compared.get());
    }
}
