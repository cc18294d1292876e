//! Random choice from a seed, so that a run can be repeated.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and good enough to spread load. Nothing secret
/// depends on it.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        #[expect(clippy::cast_possible_truncation, reason = "the product's upper half is below `bound`")]
        let below = ((u128::from(z) * bound as u128) >> 64) as usize;
        below
    }
}

/// Up to `wanted` different numbers below `count` (Floyd's algorithm), in time that does not depend on
/// `count`. `wanted` is the number of offers in one message, so looking each one up in a list is cheap.
pub(crate) fn sample(random: &mut Random, count: usize, wanted: usize) -> Vec<usize> {
    let mut chosen = Vec::with_capacity(wanted.min(count));
    for limit in count - wanted.min(count)..count {
        let candidate = random.below(limit + 1);
        chosen.push(if chosen.contains(&candidate) { limit } else { candidate });
    }
    chosen
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_sample_is_distinct_within_bounds_and_as_large_as_can_be(
            seed: u64, count in 0usize..50, wanted in 0usize..25
        ) {
            let mut chosen = sample(&mut Random::new(seed), count, wanted);
            prop_assert_eq!(chosen.len(), wanted.min(count));
            prop_assert!(chosen.iter().all(|&position| position < count));
            chosen.sort_unstable();
            chosen.dedup();
            prop_assert_eq!(chosen.len(), wanted.min(count));
        }
    }

    #[test]
    fn every_candidate_is_chosen_about_as_often() {
        let mut random = Random::new(7);
        let mut chosen = [0; 10];
        for _ in 0..10_000 {
            for position in sample(&mut random, chosen.len(), 3) {
                chosen[position] += 1;
            }
        }
        assert!(chosen.iter().all(|times| (2_800..3_200).contains(times)), "{chosen:?}");
    }
}
