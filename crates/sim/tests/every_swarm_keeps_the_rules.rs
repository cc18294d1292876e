//! Two hundred random swarms. `cargo xtask sim` plays more, and makes one that breaks a rule simpler.

use std::ops::Range;

use sim::{Scenario, simulate};

#[track_caller]
fn check(seeds: Range<u64>) {
    for seed in seeds {
        let scenario = Scenario::random(seed, None);
        let report = simulate(&scenario).expect("the numbers make a torrent");
        let broken = report.broken_rules(&scenario);
        assert!(broken.is_empty(), "seed {seed}: {}", broken.join("\n"));
    }
}

#[test]
fn seeds_from_0() {
    check(0..50);
}

#[test]
fn seeds_from_50() {
    check(50..100);
}

#[test]
fn seeds_from_100() {
    check(100..150);
}

#[test]
fn seeds_from_150() {
    check(150..200);
}
