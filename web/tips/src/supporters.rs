//! Who has tipped: what peers claim, once the chain confirms it.

use btt::{Account, Chain, Network, Tip, Verdict, judge};
use gloo_timers::future::TimeoutFuture;
use metainfo::InfoHash;
use protocol::TipClaim;
use serde_json::{Value, json};

use crate::node::{Node, NodeError};

/// Claims that are looked at in one visit: a node is asked three questions for each.
const MOST: usize = 500;

/// How often a claim is looked at that the chain does not know, or not for certain.
const TRIES: u32 = 20;

/// Milliseconds between two rounds.
const PACE: u32 = 3_000;

/// Milliseconds between two claims, so that a flood of them does not become one of questions.
const STEP: u32 = 20;

/// What is to be looked at, and what came of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Supporters {
    /// Claims, and how often each was looked at.
    waiting: Vec<(TipClaim, u32)>,
    settled: Vec<TipClaim>,
    /// The tips that are certain; largest first.
    pub(crate) tips: Vec<Tip>,
}

/// What came of looking at a claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finding {
    Genuine(Tip),
    Refused,
    /// To be looked at again.
    Later,
}

impl Supporters {
    /// Takes claims; whether there is anything new among them.
    pub(crate) fn claim(&mut self, claims: &[TipClaim]) -> bool {
        let before = self.waiting.len();
        for claim in claims {
            let known = self.settled.contains(claim) || self.waiting.iter().any(|(other, _)| other == claim);
            if !known && self.waiting.len() + self.settled.len() < MOST {
                self.waiting.push((*claim, 0));
            }
        }
        self.waiting.len() > before
    }

    /// The claims to look at in this round.
    pub(crate) fn round(&self) -> Vec<TipClaim> {
        self.waiting.iter().map(|(claim, _)| *claim).collect()
    }

    /// Takes what came of a claim; whether it is settled by that, and genuine.
    pub(crate) fn settle(&mut self, claim: TipClaim, finding: Finding) -> Option<bool> {
        let place = self.waiting.iter().position(|(other, _)| *other == claim)?;
        let genuine = match finding {
            Finding::Later => {
                let tries = &mut self.waiting[place].1;
                *tries += 1;
                if *tries >= TRIES {
                    // Nobody is to blame: the chain may be slow, or its node out of touch.
                    self.waiting.remove(place);
                    self.settled.push(claim);
                }
                return None;
            }
            Finding::Refused => false,
            Finding::Genuine(tip) => {
                let place = self.tips.partition_point(|other| other.amount >= tip.amount);
                self.tips.insert(place, tip);
                true
            }
        };
        self.waiting.remove(place);
        self.settled.push(claim);
        Some(genuine)
    }
}

/// Looks at claims, one after the other, and tells what came of each.
pub(crate) async fn look(
    claims: Vec<TipClaim>,
    networks: Vec<Network>,
    payees: Vec<Account>,
    info_hash: InfoHash,
    tell: impl Fn(TipClaim, Finding),
) {
    for claim in claims {
        let network = networks.iter().find(|network| network.chain == Chain::Eip155(claim.chain));
        let finding =
            match network.and_then(|network| Some((network.chain, Node::new(network.rpc.as_ref()?)))) {
                Some((chain, node)) => one(claim, chain, &node, &payees, info_hash).await,
                // Another deployment may ask the chain, or this one another day: it says nothing against the claim.
                None => Finding::Later,
            };
        tell(claim, finding);
        TimeoutFuture::new(STEP).await;
    }
    TimeoutFuture::new(PACE).await;
}

async fn one(claim: TipClaim, chain: Chain, node: &Node, payees: &[Account], info_hash: InfoHash) -> Finding {
    let Ok([transaction, receipt, head]) = evidence(node, claim).await else { return Finding::Later };
    let Some(head) = crate::node::as_number(&head) else { return Finding::Later };
    match judge(claim.transaction, payees, chain, info_hash, &transaction, &receipt, head) {
        Verdict::Genuine(tip) => Finding::Genuine(tip),
        Verdict::Forged(_) => Finding::Refused,
        _ => Finding::Later,
    }
}

async fn evidence(node: &Node, claim: TipClaim) -> Result<[Value; 3], NodeError> {
    let hash = transaction_hash(claim);
    let transaction = node.call("eth_getTransactionByHash", json!([hash])).await?;
    let receipt = node.call("eth_getTransactionReceipt", json!([hash])).await?;
    Ok([transaction, receipt, node.call("eth_blockNumber", json!([])).await?])
}

/// As the chain writes it.
fn transaction_hash(claim: TipClaim) -> String {
    btt::hex::prefixed(&claim.transaction)
}

/// The claim of a transaction on a chain, unless it is no hash.
pub(crate) fn claim_of(chain: Chain, transaction: &str) -> Option<TipClaim> {
    let Chain::Eip155(chain) = chain else { return None };
    Some(TipClaim { chain, transaction: btt::hex::decode_prefixed(transaction)? })
}

#[cfg(test)]
mod tests {
    use btt::{Address, Amount, Note};

    use super::*;

    fn claim(n: u8) -> TipClaim {
        TipClaim { chain: 1029, transaction: [n; 32] }
    }

    fn tip(n: u8, btt: u64) -> Tip {
        let (from, note) = (Address::from_bytes([n; 20]), Note::default());
        Tip { from, amount: Amount::from_btt(btt), note, transaction: [n; 32], block: 1 }
    }

    #[test]
    fn a_claim_is_looked_at_once_however_often_it_is_made() {
        let mut supporters = Supporters::default();
        assert!(supporters.claim(&[claim(1), claim(1)]));
        assert!(!supporters.claim(&[claim(1)]));
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), Some(true));
        assert!(!supporters.claim(&[claim(1)]), "a replay");
        assert_eq!(supporters.settle(claim(1), Finding::Genuine(tip(1, 5))), None);
        assert_eq!(supporters.tips.len(), 1);
    }

    #[test]
    fn what_is_refused_is_never_shown() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        assert_eq!(supporters.settle(claim(1), Finding::Refused), Some(false));
        assert!(supporters.tips.is_empty() && supporters.round().is_empty());
    }

    #[test]
    fn what_the_chain_does_not_know_is_given_up_in_the_end() {
        let mut supporters = Supporters::default();
        supporters.claim(&[claim(1)]);
        for _ in 0..TRIES {
            assert_eq!(supporters.round(), [claim(1)]);
            assert_eq!(supporters.settle(claim(1), Finding::Later), None, "nobody is to blame");
        }
        assert!(supporters.round().is_empty());
    }

    #[test]
    fn a_flood_has_an_end() {
        let mut supporters = Supporters::default();
        for n in 0..2_000_u64 {
            supporters.claim(&[TipClaim { chain: n, transaction: [0; 32] }]);
        }
        assert_eq!(supporters.round().len(), MOST);
    }

    #[test]
    fn the_largest_tip_comes_first() {
        let mut supporters = Supporters::default();
        for (n, btt) in [(1, 5), (2, 9), (3, 7)] {
            supporters.claim(&[claim(n)]);
            supporters.settle(claim(n), Finding::Genuine(tip(n, btt)));
        }
        let order: Vec<u8> = supporters.tips.iter().map(|tip| tip.transaction[0]).collect();
        assert_eq!(order, [2, 3, 1]);
    }
}
