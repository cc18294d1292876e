use std::collections::VecDeque;
use std::time::Duration;

use fastrand::Rng;

/// What a line is like, in both directions.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// How long a packet takes there and its answer back, if neither waits for others.
    pub rtt: Duration,
    /// The share of packets that is lost underway, in each direction. Of 0.01 it is one in each hundred, at a place that
    /// is drawn: how many get lost is not a matter of luck, which a few megabytes would not even out.
    pub loss: f64,
    /// Bytes each second, those of the packets' headers among them.
    pub rate: u64,
    /// How long a packet may wait for those before it: one that would wait longer is dropped.
    pub queue: Duration,
}

/// What became of packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Packets that came to the line.
    pub packets: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Those that were lost underway.
    pub lost: u64,
    /// Those that found the queue full.
    pub dropped: u64,
}

/// One direction of a line: a queue before a bottleneck, then a way on which packets get lost.
#[derive(Debug)]
pub(super) struct Direction {
    conditions: Conditions,
    losses: Losses,
    /// When the bottleneck will have let everything through.
    free: Duration,
    /// Packets that will arrive, and when.
    underway: VecDeque<(Duration, Box<[u8]>)>,
    counts: Counts,
}

impl Direction {
    /// An empty one. All times are since a moment that the caller chooses.
    pub(super) fn new(conditions: Conditions, seed: u64) -> Self {
        Self {
            conditions,
            losses: Losses::new(conditions.loss, seed),
            free: Duration::ZERO,
            underway: VecDeque::new(),
            counts: Counts::default(),
        }
    }

    /// A packet comes to the line.
    pub(super) fn enter(&mut self, now: Duration, packet: &[u8]) {
        let Conditions { rtt, rate, queue, .. } = self.conditions;
        self.counts.packets += 1;
        self.counts.bytes += packet.len() as u64;
        let begins = self.free.max(now);
        if begins - now > queue {
            self.counts.dropped += 1;
            return;
        }
        self.free = begins + Duration::from_nanos(packet.len() as u64 * NANOS_PER_SECOND / rate);
        if self.losses.next() {
            self.counts.lost += 1;
            return;
        }
        self.underway.push_back((self.free + rtt / 2, packet.into()));
    }

    /// When the next packet arrives.
    pub(super) fn deadline(&self) -> Option<Duration> {
        self.underway.front().map(|(at, _)| *at)
    }

    /// The next packet, if it has arrived.
    pub(super) fn leave(&mut self, now: Duration) -> Option<Box<[u8]>> {
        self.underway.pop_front_if(|(at, _)| *at <= now).map(|(_, packet)| packet)
    }

    /// What became of packets so far.
    pub(super) const fn counts(&self) -> Counts {
        self.counts
    }
}

/// Which packets get lost.
#[derive(Debug)]
struct Losses {
    rng: Rng,
    /// Of so many packets one is lost; of none, if this is zero.
    span: u64,
    /// Packets so far.
    passed: u64,
    /// The place of the one of this span.
    place: u64,
}

impl Losses {
    fn new(share: f64, seed: u64) -> Self {
        let span = if share > 0.0 { (1.0 / share).round() as u64 } else { 0 };
        Self { rng: Rng::with_seed(seed), span, passed: 0, place: 0 }
    }

    /// Whether the next packet is lost.
    fn next(&mut self) -> bool {
        let Some(at) = self.passed.checked_rem(self.span) else { return false };
        if at == 0 {
            self.place = self.rng.u64(..self.span);
        }
        self.passed += 1;
        at == self.place
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    const PACKET: [u8; 1250] = [7; 1250];
    /// 100 Mbit/s: such a packet each 100 µs.
    const LINE: Conditions = Conditions {
        rtt: Duration::from_millis(20),
        loss: 0.0,
        rate: 12_500_000,
        queue: Duration::from_millis(100),
    };

    /// When each of so many packets arrives that come at once.
    fn arrivals(direction: &mut Direction, packets: u32) -> Vec<Duration> {
        for _ in 0..packets {
            direction.enter(Duration::ZERO, &PACKET);
        }
        let mut arrivals = Vec::new();
        while let Some(at) = direction.deadline() {
            assert!(direction.leave(at - Duration::from_nanos(1)).is_none());
            assert_eq!(direction.leave(at).as_deref(), Some(&PACKET[..]));
            arrivals.push(at);
        }
        arrivals
    }

    #[test]
    fn a_packet_takes_half_the_round_trip_and_its_own_length() {
        assert_eq!(arrivals(&mut Direction::new(LINE, 1), 1), [Duration::from_micros(10_100)]);
    }

    #[test]
    fn packets_leave_one_after_the_other_at_the_rate() {
        let arrivals = arrivals(&mut Direction::new(LINE, 1), 500);
        assert_eq!(arrivals.len(), 500);
        assert!(arrivals.is_sorted());
        assert_eq!(arrivals[499], Duration::from_micros(10_000 + 500 * 100));
    }

    #[test]
    fn what_would_wait_for_longer_than_the_queue_is_dropped() {
        let mut direction = Direction::new(LINE, 1);
        let arrived = arrivals(&mut direction, 3_000).len() as u64;
        assert_eq!(arrived, 1_001, "those that wait 0 to 100 ms");
        let counts = Counts { packets: 3_000, bytes: 3_000 * 1250, lost: 0, dropped: 1_999 };
        assert_eq!(direction.counts(), counts);
        direction.enter(Duration::from_secs(1), &PACKET);
        assert_eq!(direction.deadline(), Some(Duration::from_micros(1_010_100)), "it is empty by then");
    }

    #[test]
    fn a_share_of_packets_is_lost_and_the_same_with_the_same_seed() {
        let line = Conditions { loss: 0.01, queue: Duration::from_secs(60), ..LINE };
        let arrived = |seed| arrivals(&mut Direction::new(line, seed), 10_000);
        let first = arrived(1);
        assert_eq!(first.len(), 9_900);
        assert_eq!(first, arrived(1));
        assert_ne!(first, arrived(2));
    }

    #[test]
    fn what_is_lost_has_taken_its_place_on_the_line() {
        let mut direction = Direction::new(Conditions { loss: 1.0, ..LINE }, 1);
        assert_eq!(arrivals(&mut direction, 10), []);
        direction.losses = Losses::new(0.0, 1);
        direction.enter(Duration::ZERO, &PACKET);
        assert_eq!(direction.deadline(), Some(Duration::from_micros(10_000 + 11 * 100)));
    }
}
