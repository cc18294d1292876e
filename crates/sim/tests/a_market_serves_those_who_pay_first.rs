//! A market serves those who pay first, and nobody worse.
// Issue 15: "who pays nothing finishes within 1.1 times of the time without a market, who pays is faster in the order of the
// bids". `sim market 100` plays a hundred seeds of it, and shows how far that is so.

use std::fs;
use std::path::Path;

use sim::{Comparison, Money, Scenario};

#[test]
fn row_31_who_pays_is_faster_and_who_pays_nothing_as_fast_as_ever() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/market.json");
    let scenario =
        Scenario::parse(&fs::read_to_string(file).expect("there is such a swarm")).expect("it can be read");
    let comparison = Comparison::play(&scenario, 0..2).expect("its numbers make a torrent");
    assert_eq!(comparison.broken_rules(), [""; 0]);
    assert!(comparison.paid_and_unpaid_bytes().0 > 0);
    let of = |which: &dyn Fn(Money) -> bool| comparison.completion_of(which).expect("all are complete");
    let [free, as_ever] = of(&Money::is_free);
    assert!(free * 10 <= as_ever * 11, "{free:?} instead of {as_ever:?}");
    for price in [40_000, 80_000] {
        let [paying, without] = of(&|money| money.pays_up_to(price));
        assert!(
            paying < free && paying * 10 <= without * 9,
            "{paying:?} instead of {without:?}, and {free:?}"
        );
    }
}
