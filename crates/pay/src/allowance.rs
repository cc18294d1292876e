use std::time::Duration;

use crate::Time;

/// How many messages a peer may send yet.
#[derive(Debug, Default)]
pub(crate) struct Allowance {
    /// The second that messages are counted in.
    began: Time,
    messages: u32,
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    Read,
    /// The first one too many of its second.
    Refuse,
    Ignore,
}

impl Allowance {
    /// Messages a peer may send in a second.
    const MESSAGES: u32 = 20;

    /// One more message came.
    pub(crate) fn admit(&mut self, now: Time) -> Admission {
        if now.since(self.began) >= Duration::from_secs(1) || self.began > now {
            *self = Self { began: now, messages: 0 };
        }
        self.messages = self.messages.saturating_add(1);
        match self.messages {
            ..=Self::MESSAGES => Admission::Read,
            messages if messages == Self::MESSAGES + 1 => Admission::Refuse,
            _ => Admission::Ignore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_has_so_many_messages_and_one_refusal() {
        let mut allowance = Allowance::default();
        let admitted = |allowance: &mut Allowance, millis| {
            (0..100).map(|_| allowance.admit(Time::from_millis(millis))).collect::<Vec<_>>()
        };
        for second in [5_000, 6_000, 6_999, 7_000] {
            let expected = if second == 6_999 { (0, 0) } else { (20, 1) };
            let all = admitted(&mut allowance, second);
            let count = |what| all.iter().filter(|one| **one == what).count();
            assert_eq!((count(Admission::Read), count(Admission::Refuse)), expected);
        }
    }

    #[test]
    fn a_clock_that_goes_back_silences_nobody() {
        let mut allowance = Allowance::default();
        for seconds in [5_000, 1_400, 1_399] {
            let now = Time::from_secs(seconds);
            let read = (0..30).filter(|_| allowance.admit(now) == Admission::Read).count();
            assert_eq!(read, 20);
        }
    }
}
