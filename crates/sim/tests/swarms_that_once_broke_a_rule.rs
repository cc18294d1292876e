//! Swarms in which an engine once did what it should not, as simple as they could be made.

use sim::{Scenario, simulate};

#[track_caller]
fn check(json: &str) {
    let scenario = Scenario::parse(json).expect("a scenario");
    let report = simulate(&scenario).expect("the numbers make a torrent");
    assert_eq!(report.broken_rules(&scenario), [""; 0]);
}

/// It was slow and gave nobody a whole piece in one go, so that it was only ever under suspicion.
#[test]
fn a_slow_peer_that_lies_is_banned() {
    check(
        r#"{
            "seed": 0, "pieces": 32, "piece_length": 262144, "limit_s": 1800,
            "groups": [
                { "conduct": "seed", "count": 1, "line": { "up": 333333, "down": 1000000, "delay_ms": 15 } },
                { "conduct": "leech", "count": 40, "line": { "up": 12500, "down": 1000000, "delay_ms": 15 } },
                { "conduct": "corrupter", "count": 1, "line": { "up": 12500, "down": 1000000, "delay_ms": 15 } }
            ]
        }"#,
    );
}

/// Two others were waited for, and each was a reason to ask.
#[test]
fn a_peer_is_asked_once_for_a_block_that_two_others_owe() {
    check(
        r#"{
            "seed": 1, "pieces": 26, "piece_length": 131072, "limit_s": 600,
            "groups": [
                { "conduct": "seed", "count": 1, "line": { "up": 783291, "down": 4699741, "delay_ms": 132 } },
                { "conduct": "leech", "count": 9, "line": { "up": 300491, "down": 300491, "delay_ms": 45 } }
            ]
        }"#,
    );
}
