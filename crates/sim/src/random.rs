//! Swarms that chance makes up, and how to make a swarm simpler.

use std::num::{NonZeroU32, NonZeroU64};

use fastrand::Rng;

use crate::{Churn, Conduct, Expectation, Group, Line, Scenario};

impl Scenario {
    /// The swarm that this seed stands for: up to 40 peers, or as many as `peers` says, of which up to a fifth
    /// lie. There is always a seed, and a tracker in the end, so that all can complete.
    #[must_use]
    pub fn random(seed: u64, peers: Option<u32>) -> Self {
        let mut rng = Rng::with_seed(seed);
        let peers = peers.unwrap_or_else(|| rng.u32(2..=40));
        let piece_length = 16_384 << rng.u32(..=4);
        let lengths = 1 << 18..=1 << 22;
        let pieces = rng.u32(lengths) / piece_length + 1;
        let mut groups = vec![group(&mut rng, Conduct::Seed, 1)];
        let liars = rng.u32(..=peers / 5);
        let mut left = liars;
        for conduct in [Conduct::Corrupter, Conduct::Boaster, Conduct::Staller, Conduct::Forger] {
            let count = rng.u32(..=left);
            left -= count;
            groups.push(group(&mut rng, conduct, count));
        }
        let honest = (peers - liars + left).saturating_sub(1).max(1);
        let riders = rng.u32(..=honest / 3);
        groups.push(group(&mut rng, Conduct::FreeRider, riders));
        let kinds = rng.u32(1..=3);
        for kind in 0..kinds {
            let count = (honest - riders) / kinds + u32::from(kind == 0) * ((honest - riders) % kinds);
            groups.push(group(&mut rng, Conduct::Leech, count));
        }
        groups.retain(|group| group.count > 0);
        let outage = |rng: &mut Rng| {
            let from = rng.u32(1..60);
            vec![(from, from + rng.u32(1..200))]
        };
        Self {
            about: format!("The swarm of seed {seed}"),
            seed,
            pieces: NonZeroU32::MIN.saturating_add(pieces - 1),
            piece_length,
            groups,
            outages: if rng.u32(..4) == 0 { outage(&mut rng) } else { Vec::new() },
            refused_percent: rng.u32(..4) / 3 * rng.u32(..30),
            doubled_percent: 0,
            breaks_s: rng.u32(..4) / 3 * rng.u32(20..300),
            limit_s: 6 * 3600,
            expect: Expectation::default(),
            hybrid: rng.u32(..4) == 0,
            super_seed: true,
            market: true,
        }
    }

    /// Swarms that have a little less of something, for whoever looks for the simplest that shows a fault.
    #[must_use]
    pub fn simpler(&self) -> Vec<Self> {
        let mut simpler = Vec::new();
        let mut with = |change: &dyn Fn(&mut Self)| {
            let mut scenario = self.clone();
            change(&mut scenario);
            if scenario != *self && !scenario.groups.is_empty() {
                simpler.push(scenario);
            }
        };
        for n in 0..self.groups.len() {
            with(&|scenario| {
                scenario.groups.remove(n);
            });
        }
        for n in 0..self.groups.len() {
            with(&|scenario| scenario.groups[n].count = scenario.groups[n].count.div_ceil(2));
            with(&|scenario| scenario.groups[n].count = (scenario.groups[n].count - 1).max(1));
            with(&|scenario| scenario.groups[n].churn = None);
            with(&|scenario| scenario.groups[n].lingers_s = None);
            with(&|scenario| scenario.groups[n].plays = None);
            with(&|scenario| scenario.groups[n].joins_s = (0, 0));
            with(&|scenario| scenario.groups[n].line.jitter_ms = 0);
            with(&|scenario| scenario.groups[n].line = self.groups[0].line);
        }
        for fewer in [self.pieces.get() / 2, self.pieces.get() - 1] {
            with(&|scenario| scenario.pieces = NonZeroU32::new(fewer).unwrap_or(self.pieces));
        }
        with(&|scenario| scenario.outages.clear());
        with(&|scenario| scenario.refused_percent = 0);
        with(&|scenario| scenario.breaks_s = 0);
        with(&|scenario| scenario.hybrid = false);
        simpler
    }
}

fn group(rng: &mut Rng, conduct: Conduct, count: u32) -> Group {
    let up = rng.u64(20_000..1_000_000);
    let first = rng.u32(..20);
    let churns = conduct != Conduct::Seed && rng.u32(..3) == 0;
    Group {
        count,
        conduct,
        line: Line {
            up: NonZeroU64::MIN.saturating_add(up),
            down: NonZeroU64::MIN.saturating_add(up * rng.u64(1..8)),
            delay_ms: rng.u32(1..150),
            jitter_ms: rng.u32(..50),
        },
        joins_s: if conduct == Conduct::Seed { (0, 0) } else { (first, first + rng.u32(..60)) },
        churn: churns.then(|| Churn { stays_s: rng.u32(20..200), away_s: rng.u32(5..100) }),
        plays: (rng.u32(..4) == 0).then(|| NonZeroU64::MIN.saturating_add(rng.u64(..up))),
        needs_end: false,
        seeks: None,
        killed: None,
        lingers_s: (conduct.downloads() && rng.bool()).then(|| rng.u32(..100)),
        money: None,
    }
}
