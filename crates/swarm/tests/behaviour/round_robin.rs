use swarm::{Choice, ChokingFactory, ChokingPolicy, PeerKey, Round};

/// Serves in turns of one round each.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoundRobin {
    /// Who was served last.
    last: Option<PeerKey>,
}

impl ChokingPolicy for RoundRobin {
    fn choose(&mut self, Round { slots, mut candidates, .. }: Round) -> Choice {
        // Those behind the last one come first.
        candidates.sort_by_key(|peer| (Some(peer.key) <= self.last, peer.key));
        candidates.truncate(slots);
        let served: Vec<_> = candidates.iter().map(|peer| peer.key).collect();
        self.last = served.last().copied().or(self.last);
        Choice { served, places: slots }
    }
}

impl ChokingFactory for RoundRobin {
    fn build(&self, _seed: u64) -> Box<dyn ChokingPolicy> {
        Box::new(self.clone())
    }
}
