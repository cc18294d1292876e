use std::time::Duration;

use crate::Time;

/// How fast a peer gives while it serves us.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Speed {
    /// Since when it serves us or was measured last, and how many bytes there were by then.
    since: Option<(Time, u64)>,
    /// Bytes each second: half of it what was measured last, half what was known before.
    known: Option<u64>,
}

impl Speed {
    /// How long a peer has to serve us before anything is known, and is measured at once.
    const SPAN: Duration = Duration::from_secs(10);

    /// So many bytes came by now, and the peer serves us, or does not. That nothing comes says something only of whoever is
    /// `paid`: nobody else need have been asked for anything.
    pub(super) fn note(&mut self, now: Time, taken: u64, served: bool, paid: bool) {
        let span = self.since.map(|(since, before)| (now.since(since), taken.saturating_sub(before)));
        match span.filter(|(time, _)| *time >= Self::SPAN) {
            Some((time, bytes)) => {
                let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                let speed = bytes.saturating_mul(1000) / millis.max(1);
                if bytes > 0 || paid {
                    self.known = Some(self.known.map_or(speed, |known| known.midpoint(speed)));
                }
                self.since = served.then_some((now, taken));
            }
            None if served => self.since = self.since.or(Some((now, taken))),
            None => self.since = None,
        }
    }

    /// Bytes each second, if the peer has served us for long enough.
    pub(super) const fn known(&self) -> Option<u64> {
        self.known
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_is_that_of_the_time_that_a_peer_serves_us() {
        let mut speed = Speed::default();
        let mut note = |second, taken, served| {
            speed.note(Time::from_secs(second), taken, served, second >= 900);
            speed.known()
        };
        assert_eq!(note(0, 500, false), None);
        assert_eq!(note(100, 500, true), None);
        assert_eq!(note(109, 9_500, true), None);
        assert_eq!(note(110, 10_500, true), Some(1_000));
        assert_eq!(note(120, 40_500, false), Some(2_000), "half of it is what was known");
        assert_eq!(note(500, 40_500, true), Some(2_000), "it did not serve us");
        assert_eq!(note(505, 90_500, false), Some(2_000), "for too short a time");
        assert_eq!(note(600, 90_500, true), Some(2_000));
        assert_eq!(note(610, 90_500, true), Some(2_000), "nothing was asked of it, perhaps");
        assert_eq!(note(900, 90_500, true), Some(1_000), "it is paid and gives nothing");
    }
}
