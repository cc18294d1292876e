/// How far a seller trusts: bytes that it serves beyond what was paid for. Little at first, not more than everybody gets
/// for nothing anyway, and an eighth of what was paid already, up to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Credit {
    /// Bytes at first, `W0`.
    pub first: u64,
    /// Bytes at most, `Wmax`.
    pub most: u64,
}

impl Credit {
    /// One part in so many of what was paid is trusted in turn.
    const PAID_SHARE: u64 = 8;

    /// Bytes that may be unpaid when so many are paid for, `W(paid)`. It grows by an eighth with each round trip.
    #[must_use]
    pub const fn window(self, paid: u64) -> u64 {
        let grown = self.first.saturating_add(paid / Self::PAID_SHARE);
        if grown < self.most { grown } else { self.most }
    }
}

impl Default for Credit {
    /// 64 KiB at first, 4 MiB at most.
    fn default() -> Self {
        Self { first: 64 << 10, most: 4 << 20 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_22_credit_grows_with_what_was_paid_up_to_its_limit() {
        let credit = Credit::default();
        assert_eq!(credit.window(0), 64 << 10);
        assert_eq!(credit.window(8 << 20), (1 << 20) + (64 << 10));
        assert_eq!(credit.window(1 << 30), 4 << 20);
        assert_eq!(credit.window(u64::MAX), 4 << 20);
        // Paying at every half of the window, credit is full after so many round trips.
        let (mut paid, mut trips) = (0, 0);
        while credit.window(paid) < credit.most {
            paid += credit.window(paid) / 2;
            trips += 1;
        }
        assert_eq!(trips, 69);
    }
}
