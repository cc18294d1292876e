//! What a process of the generator is told, and what it reports: one line of JSON each.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

/// The clients of one process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Crew {
    /// The tracker's.
    pub(crate) address: SocketAddr,
    pub(crate) peers: usize,
    /// The number of the first, which no other process may use.
    pub(crate) first_peer: u64,
    /// They are in as many swarms, in turn.
    pub(crate) swarms: u64,
    /// The number of the first swarm.
    pub(crate) first_swarm: u64,
    /// Offers in each announce.
    pub(crate) offers: u8,
    /// Bytes of a session description.
    pub(crate) sdp: usize,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// Connect all: [`Report::Done`] says how many are.
    Open,
    /// Announce all once, without offers: [`Report::Done`] says how many had a reply.
    Join,
    /// Announce in turn, so often a second, or as often as the tracker replies if that is 0: [`Report::Done`] when the
    /// time is over, and [`Report::Figures`] when every reply and answer is there, or none has come for the `patience`,
    /// in seconds.
    Announce { rate: u32, seconds: u32, patience: u32 },
    /// Announce all once, and read nothing any more: [`Report::Done`].
    Mute,
    /// Connect and announce all anew, at once: [`Report::Returned`].
    ComeBack,
    /// Wait until the server has closed all connections: [`Report::Done`] says how many had a close frame.
    WatchTheEnd,
}

/// What came of an order.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    Done { clients: usize },
    Figures(Figures),
    Returned { seconds: Vec<f64> },
}

/// What was measured of announces.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Time in which they were sent.
    pub(crate) seconds: f64,
    pub(crate) announces: u64,
    pub(crate) replies: u64,
    /// Offers sent.
    pub(crate) offers: u64,
    /// Refusals and what is none of the protocol's messages.
    pub(crate) refusals: u64,
    /// Close frames.
    pub(crate) closed: u64,
    /// Clients that are connected at the end.
    pub(crate) connected: u64,
    /// From an announce to its reply, in microseconds.
    pub(crate) reply_micros: Vec<u32>,
    /// From an offer to its answer.
    pub(crate) answer_micros: Vec<u32>,
}

impl Figures {
    /// Adds what another process has measured at the same time.
    pub(crate) fn add_beside(&mut self, other: Self) {
        let (seconds, connected) = (self.seconds.max(other.seconds), self.connected + other.connected);
        self.add(other);
        (self.seconds, self.connected) = (seconds, connected);
    }

    /// Adds what the same process has measured afterwards.
    pub(crate) fn add_later(&mut self, other: Self) {
        let (seconds, connected) = (self.seconds + other.seconds, other.connected);
        self.add(other);
        (self.seconds, self.connected) = (seconds, connected);
    }

    fn add(&mut self, other: Self) {
        self.announces += other.announces;
        self.replies += other.replies;
        self.offers += other.offers;
        self.refusals += other.refusals;
        self.closed += other.closed;
        self.reply_micros.extend(other.reply_micros);
        self.answer_micros.extend(other.answer_micros);
    }

    /// Milliseconds within which this share of the replies came.
    pub(crate) fn reply_ms(&self, share: f64) -> f64 {
        quantile(&self.reply_micros, share)
    }

    /// Milliseconds within which this share of the answers came.
    pub(crate) fn answer_ms(&self, share: f64) -> f64 {
        quantile(&self.answer_micros, share)
    }

    /// Announces without a reply.
    pub(crate) fn lost(&self) -> u64 {
        self.announces - self.replies
    }
}

fn quantile(micros: &[u32], share: f64) -> f64 {
    let mut sorted = micros.to_vec();
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let Some(index) = rank.max(1).checked_sub(1).filter(|&index| index < sorted.len()) else {
        return f64::NAN;
    };
    let (_, &mut micros, _) = sorted.select_nth_unstable(index);
    f64::from(micros) / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values_by_its_rank() {
        let hundred: Vec<u32> = (1..=100).rev().map(|value| value * 1000).collect();
        assert_eq!((quantile(&hundred, 0.5), quantile(&hundred, 0.99)), (50.0, 99.0));
        assert_eq!((quantile(&[7000], 0.5), quantile(&[7000], 0.99)), (7.0, 7.0));
        assert!(quantile(&[], 0.5).is_nan());
    }
}
