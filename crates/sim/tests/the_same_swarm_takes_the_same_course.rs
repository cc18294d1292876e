//! Nothing but the scenario decides what happens.

use sim::{Scenario, simulate};

fn trace(scenario: &Scenario) -> u64 {
    simulate(scenario).expect("the numbers make a torrent").trace
}

#[test]
fn twice() {
    for seed in 0..5 {
        let scenario = Scenario::random(seed, None);
        assert_eq!(trace(&scenario), trace(&scenario), "seed {seed}");
    }
}

#[test]
fn whatever_the_order_in_which_its_peers_are_named() {
    for seed in 0..5 {
        let scenario = Scenario::random(seed, None);
        let mut turned = scenario.clone();
        turned.groups.reverse();
        assert_eq!(trace(&scenario), trace(&turned), "seed {seed}");
    }
}

#[test]
fn read_from_a_file() {
    let scenario = Scenario::random(3, None);
    let read = Scenario::parse(&scenario.to_json()).expect("a scenario that was just written");
    assert_eq!(trace(&scenario), trace(&read));
}

#[test]
fn but_not_with_another_seed() {
    let scenario = Scenario::random(4, None);
    let other = Scenario { seed: 5, ..scenario.clone() };
    assert_ne!(trace(&scenario), trace(&other));
}

/// `web/engine/tests/trace.rs` expects the same of them in a browser.
#[test]
fn on_every_platform() {
    let traces = [0, 1, 2].map(|seed| format!("{:x}\n", trace(&Scenario::random(seed, None))));
    assert_eq!(traces.concat(), include_str!("traces.txt"));
}
