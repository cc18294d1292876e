//! What holds in every swarm.

use btt::Amount;

use crate::market::BIND_BY;
use crate::{Balance, Conduct, Outcome, Report, Scenario};

impl Report {
    /// The rules that this run of `scenario` broke, in words. There should be none:
    ///
    /// - no engine did what is a [`Fault`](crate::Fault);
    /// - every byte that arrived was counted once, and nothing was downloaded twice but what was lost;
    /// - all who download are complete, free riders too, if there is a seed;
    /// - who sent corrupt data is banned, and nobody else;
    /// - nobody who sells has given more on credit than it trusts, nor lost more to those who pay two from one slot or have no
    ///   deposit than what may be on a slot that is not bound;
    /// - nobody is paid who gives nothing;
    /// - nobody who pays has paid for more that did not turn out right than it trusts, nor more than it signed.
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
            let Balance { redeemed, unpaid, lost, overpaid, spent, taken_from_deposit, .. } = peer.balance;
            rule(unpaid == 0, "gives more on credit than it trusts");
            rule(
                lost <= Amount::from_btt(BIND_BY).units(),
                "loses more than what may be on a slot that is not bound",
            );
            rule(overpaid == 0, "pays for more junk than it trusts");
            let gives = !matches!(peer.conduct, Conduct::Boaster | Conduct::Staller);
            rule(gives || redeemed == 0, "gives nothing and is paid");
            rule(taken_from_deposit <= spent, "loses more than it signed");
            let banned = self.peers.iter().any(|other| other.banned.contains(&number));
            rule(banned || peer.lies < CERTAINLY, "sends corrupt data and is not banned");
        }
        let sum =
            |part: fn(&Balance) -> u128| self.peers.iter().map(|peer| part(&peer.balance)).sum::<u128>();
        let (redeemed, taken) = (sum(|balance| balance.redeemed), sum(|balance| balance.taken_from_deposit));
        if redeemed != taken {
            broken.push(format!("the chain paid {redeemed} and took {taken} from deposits"));
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
