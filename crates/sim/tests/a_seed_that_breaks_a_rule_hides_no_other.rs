//! One seed that breaks a rule is told, and does not hide what others show.

use sim::{Comparison, Money, Scenario};

/// By chance some who download are too far from the seed to be complete in time.
const SWARM: &str = r#"{
    "pieces": 16, "piece_length": 65536, "refused_percent": 40, "limit_s": 90,
    "groups": [
        { "conduct": "seed", "count": 1, "line": { "up": 20000, "down": 1000000, "delay_ms": 15 } },
        { "conduct": "leech", "count": 6, "line": { "up": 20000, "down": 1000000, "delay_ms": 15, "jitter_ms": 5 } }
    ]
}"#;

#[test]
fn a_seed_that_breaks_a_rule_is_named_and_left_out() {
    let comparison = Comparison::play(&Scenario::parse(SWARM).expect("a scenario"), 0..3);
    let comparison = comparison.expect("its numbers make a torrent");
    assert_eq!(comparison.clean_seeds(), 2);
    assert!(comparison.completion_of(Money::is_free).is_some());
    let broken = comparison.broken_rules();
    assert!(broken.iter().any(|rule| rule.starts_with("seed 0 with payments: Leech")), "{broken:?}");
    assert!(broken.iter().any(|rule| rule.starts_with("seed 0 without: Leech")), "{broken:?}");
    assert!(broken.iter().all(|rule| rule.starts_with("seed 0 ")), "{broken:?}");
}
