use metainfo::BLOCK_LENGTH;

/// Bytes of the torrent for so many bytes of content, counted up to the end of the last file.
///
/// Padmé (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PETS 2019): the
/// length has no more significant bits than the length of its own length; at least 64 KiB, and whole blocks of 16 KiB.
/// So a length says little. Content of 64 KiB or more, in whole blocks, becomes longer by at most a 32nd (3.1 %). `None` if it
/// is more than a `u64` counts.
#[must_use]
pub const fn padded_length(content: u64) -> Option<u64> {
    let least = if content > MIN_LENGTH { content } else { MIN_LENGTH };
    let exponent = least.ilog2();
    let significant = exponent.ilog2() + 1;
    let unit = 1 << (exponent - significant);
    match least.checked_next_multiple_of(unit) {
        Some(length) => length.checked_next_multiple_of(BLOCK_LENGTH as u64),
        None => None,
    }
}

const MIN_LENGTH: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    /// Every padded length from 64 KiB to 10 GB, with the least content that has it.
    fn steps() -> impl Iterator<Item = (u64, u64)> {
        let length = |content| padded_length(content).unwrap();
        let next = move |(_, before): &(u64, u64)| Some((before + 1, length(before + 1)));
        std::iter::successors(Some((0, length(0))), next)
            .take_while(|(content, _)| *content <= 10_000_000_000)
    }

    #[test]
    fn small_contents_are_all_of_one_length() {
        for content in [0, 1, 65_535, 65_536] {
            assert_eq!(padded_length(content), Some(65_536));
        }
        assert_eq!(padded_length(65_537), Some(81_920));
        assert_eq!(padded_length(1_000_000), Some(1_015_808));
        // 2^20 has 21 bits, of which the first 6 count.
        assert_eq!(padded_length((1 << 20) + 1), Some((1 << 20) + (1 << 15)));
    }

    #[test]
    fn padding_costs_at_most_a_32nd_from_64_kib_to_10_gb() {
        for (least, length) in steps().skip(1) {
            // In whole blocks, of which files begin with one each in any case.
            let content = least.next_multiple_of(BLOCK_LENGTH.into());
            assert!((length - content) * 32 <= content, "{least} bytes become {length}");
        }
    }

    #[test]
    fn few_lengths_are_told_apart() {
        let lengths = steps().count();
        let blocks = 10_000_000_000 / u64::from(BLOCK_LENGTH);
        assert_eq!((lengths, blocks), (520, 610_351));
    }

    #[test]
    fn a_padded_length_stays_and_is_never_less() {
        for (content, length) in steps() {
            assert!(length >= content && length % u64::from(BLOCK_LENGTH) == 0);
            assert_eq!(padded_length(length), Some(length));
        }
        assert_eq!(padded_length(u64::MAX), None);
        assert_eq!(padded_length(u64::MAX - (1 << 60)), Some(0xf000_0000_0000_0000));
    }
}
