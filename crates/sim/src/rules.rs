//! What holds in every swarm.

use crate::{Conduct, Outcome, Report, Scenario};

impl Report {
    /// The rules that this run of `scenario` broke, in words. There should be none:
    ///
    /// - no engine did what is a [`Fault`](crate::Fault);
    /// - every byte that arrived was counted once, and nothing was downloaded twice but what was lost;
    /// - all who download are complete, free riders too, if there is a seed;
    /// - who sent corrupt data is banned, and nobody else;
    /// - nobody who sells has given more on credit than it trusts when all is over.
    #[must_use]
    pub fn broken_rules(&self, scenario: &Scenario) -> Vec<String> {
        let mut broken: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        let has_seed = self.peers.iter().any(|peer| peer.conduct == Conduct::Seed);
        let may_lose = scenario.groups.iter().any(|group| group.churn.is_some() || group.killed.is_some());
        for (number, peer) in self.peers.iter().enumerate() {
            let mut rule = |holds: bool, words: &str| {
                if !holds {
                    broken.push(format!("{:?} {number} {words}: {peer:?}", peer.conduct));
                }
            };
            rule(peer.received == peer.downloaded + peer.wasted, "counts bytes twice or never");
            if peer.conduct.downloads() {
                rule(peer.complete || peer.killed || !has_seed, "is not complete");
                let needed = if peer.complete { scenario.size() } else { 0 };
                rule(peer.downloaded >= needed, "is complete with too few bytes");
                rule(peer.downloaded == needed || may_lose || !peer.complete, "downloads more than there is");
            }
            rule(peer.banned.iter().all(|other| self.may_be_banned(*other)), "bans who did nothing");
            rule(peer.balance.beyond_credit == 0, "gives more on credit than it trusts");
            let banned = self.peers.iter().any(|other| other.banned.contains(&number));
            rule(banned || peer.lies < CERTAINLY, "sends corrupt data and is not banned");
        }
        broken
    }

    fn may_be_banned(&self, number: usize) -> bool {
        self.peers
            .get(number)
            .is_some_and(|Outcome { conduct, lies, .. }| *lies > 0 || *conduct == Conduct::Forger)
    }
}

/// Corrupt blocks by which a peer must have been found out. Fewer may be on their way, or have been mixed with
/// the blocks of others into pieces that raise no more than suspicion.
const CERTAINLY: u64 = 100;
