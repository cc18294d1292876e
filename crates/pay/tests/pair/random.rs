//! The rules hold over random schedules.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::replay::replay;
use crate::schedule::{Dangers, expect_exact_sums, follow, pay_schedule};

fn schedules() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<[u8; 4]>(), 0..100).prop_map(|steps| steps.concat())
}

#[test]
fn row_25_schedules_that_fuzzing_starts_from_or_has_found_keep_to_the_rules() {
    replay("pay_schedule", pay_schedule);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn row_20_whatever_the_order_all_that_came_is_paid_to_the_last_unit(schedule in schedules()) {
        let mut world = follow(&schedule, Dangers::default());
        expect_exact_sums(&mut world);
    }

    #[test]
    fn row_30_whatever_becomes_of_the_price_both_reckon_with_the_same(schedule in schedules()) {
        let mut world = follow(&schedule, Dangers { prices: true, ..Dangers::default() });
        expect_exact_sums(&mut world);
    }

    #[test]
    fn row_20_whatever_may_be_spent_no_more_is(schedule in schedules()) {
        follow(&schedule, Dangers { budgets: true, ..Dangers::default() });
    }

    #[test]
    fn row_21_whoever_pays_or_does_not_is_given_what_it_is_trusted_and_no_more(schedule in schedules()) {
        follow(&schedule, Dangers { cheats: true, budgets: true, ..Dangers::default() });
    }

    #[test]
    fn row_25_whoever_ends_at_whatever_step_signs_no_slot_twice_and_no_lower_amount(schedule in schedules()) {
        follow(&schedule, Dangers { losses: true, budgets: true, ..Dangers::default() });
    }

    #[test]
    fn row_25_nor_with_cheats_about(schedule in schedules()) {
        follow(&schedule, Dangers { losses: true, cheats: true, budgets: true, prices: true });
    }
}
