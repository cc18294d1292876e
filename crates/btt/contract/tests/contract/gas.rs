//! Row 14: what calls cost.

use btt_contract::gas::{HEAD, costs};

/// The most that each call may cost, a little above what it does.
const LIMITS: [(&str, u64); 17] = [
    ("create the contract", 1_800_000),
    ("`open`", 97_000),
    ("`extend`: later", 37_000),
    ("`extend`: 8 slots more", 40_000),
    ("`redeem`: the first voucher of a slot", 77_000),
    ("`redeem`: 10 first ones, each", 48_000),
    ("`redeem`: a later one", 60_000),
    ("`redeem`: 10 later ones, each", 31_000),
    ("`slash`", 88_000),
    ("`withdraw`", 30_000),
    ("create the contract that shares", 580_000),
    ("`redeem` by a relay: the first of a purse", 155_000),
    ("`redeem` by a relay: the first voucher of a slot", 101_000),
    ("`redeem` by a relay: 10 first ones, each", 51_000),
    ("`redeem` by a relay: a later one", 84_000),
    ("`redeem` by a relay: 10 later ones, each", 33_000),
    ("`release`", 37_000),
];

#[test]
fn row_14_no_call_costs_more_than_its_limit() {
    let costs = costs();
    assert_eq!(costs.len(), LIMITS.len());
    for (cost, (call, limit)) in costs.into_iter().zip(LIMITS) {
        assert_eq!(cost.call, call);
        assert!(cost.gas <= limit, "{call}: {} gas, and {limit} are allowed", cost.gas);
    }
}

#[test]
fn row_14_the_documents_say_what_calls_cost() {
    let document = include_str!("../../../../../docs/pay.md");
    for line in costs().iter().map(ToString::to_string).chain([HEAD.to_owned()]) {
        assert!(
            document.contains(&line),
            "docs/pay.md has no {line}: `cargo xtask contract` prints the table"
        );
    }
}
