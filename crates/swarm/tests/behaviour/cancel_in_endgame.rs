use crate::solo::{Said, Solo, block};

#[test]
fn the_last_blocks_are_asked_of_two_and_cancelled_at_the_slower() {
    let mut solo = Solo::leech(1);
    let (slow, fast) = (solo.join_seed(), solo.join_seed());
    assert_eq!(solo.requests(slow), [block(0, 0), block(0, 1)]);
    assert_eq!(solo.requests(fast), [block(0, 1), block(0, 0)], "from the slower one's far end");

    solo.give(fast, block(0, 1));
    assert_eq!(solo.heard(slow), [Said::Cancel(block(0, 1))]);
    solo.give(fast, block(0, 0));
    assert_eq!(solo.completed, 1);
}

#[test]
fn a_block_that_comes_in_spite_of_its_cancel_is_forgiven() {
    let mut solo = Solo::leech(1);
    let (slow, fast) = (solo.join_seed(), solo.join_seed());
    solo.give(fast, block(0, 1));
    solo.give(slow, block(0, 1));
    assert_eq!(solo.parting(slow), None);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (16_384, 16_384));
}
