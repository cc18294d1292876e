//! What a node of the chain says of claims: as few questions as it takes.

use btt::{Account, Chain, Network, Verdict, judge, judge_receipt};
use gloo_timers::future::TimeoutFuture;
use metainfo::InfoHash;
use protocol::TipClaim;
use serde_json::{Value, json};

use crate::supporters::Finding;
use node::{Node, NodeError, as_number};

/// Milliseconds between two rounds.
const PACE: u32 = 3_000;

/// Milliseconds between two claims, so that a flood of them does not become one of questions.
const STEP: u32 = 20;

/// Looks at the claims of one round, one after the other, and tells what came of each. Ends with the first that the node
/// does not answer for.
pub(crate) async fn look(
    claims: Vec<TipClaim>,
    networks: Vec<Network>,
    payees: Vec<Account>,
    info_hash: InfoHash,
    tell: impl Fn(TipClaim, Finding),
) {
    let mut inquiry = Inquiry { payees, info_hash, head: None };
    for claim in claims {
        let network = networks.iter().find(|network| network.chain == Chain::Eip155(claim.chain));
        let node = network.and_then(|network| network.rpc.as_deref()).map(Node::new);
        let finding = inquiry
            .look(claim, node.as_ref().map(|node| async |method, params| node.call(method, params).await))
            .await;
        let is_over = finding == Finding::Unreachable;
        tell(claim, finding);
        if is_over {
            break;
        }
        TimeoutFuture::new(STEP).await;
    }
    TimeoutFuture::new(PACE).await;
}

/// What one round asks of a node. A torrent names one account of such a chain at most, so there is one node.
struct Inquiry {
    payees: Vec<Account>,
    info_hash: InfoHash,
    /// The newest block, once it was asked for.
    head: Option<u64>,
}

impl Inquiry {
    /// The receipt comes first: what was made up has none, and most of what is no tip here says so in it.
    async fn look(
        &mut self,
        claim: TipClaim,
        ask: Option<impl AsyncFn(&'static str, Value) -> Result<Value, NodeError>>,
    ) -> Finding {
        let (chain, hash) = (Chain::Eip155(claim.chain), claim.transaction);
        if !self.payees.iter().any(|payee| payee.chain == chain) {
            return Finding::Refused;
        }
        // Another deployment may ask the chain, or this one another day: it says nothing against the claim.
        let Some(ask) = ask else { return Finding::Unknown };
        let name = json!([btt::hex::prefixed(&hash)]);
        let Ok(receipt) = ask("eth_getTransactionReceipt", name.clone()).await else {
            return Finding::Unreachable;
        };
        if receipt.is_null() {
            return Finding::Unknown;
        }
        if self.head.is_none() {
            self.head = ask("eth_blockNumber", json!([])).await.ok().as_ref().and_then(as_number);
        }
        let Some(head) = self.head else { return Finding::Unreachable };
        if let Some(verdict) = judge_receipt(hash, &self.payees, chain, &receipt, head) {
            return finding(verdict);
        }
        let Ok(transaction) = ask("eth_getTransactionByHash", name).await else {
            return Finding::Unreachable;
        };
        finding(judge(hash, &self.payees, chain, self.info_hash, &transaction, &receipt, head))
    }
}

/// What to make of a verdict once there is a receipt.
fn finding(verdict: Verdict) -> Finding {
    match verdict {
        Verdict::Genuine(tip) => Finding::Genuine(tip),
        Verdict::Forged(_) => Finding::Refused,
        // A node that has the receipt and not the transaction, or contradicts itself, may have more luck later.
        Verdict::Unconfirmed | Verdict::Unknown | Verdict::Nonsense => Finding::Young,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use btt::{Memo, Note};

    use super::*;

    const PAYEE: &str = "0x1234000000000000000000000000000000005678";

    fn info_hash() -> InfoHash {
        InfoHash::from_bytes([7; 20])
    }

    fn inquiry() -> Inquiry {
        let payee = format!("eip155:1029:{PAYEE}").parse().unwrap();
        Inquiry { payees: vec![payee], info_hash: info_hash(), head: None }
    }

    fn claim(n: u8) -> TipClaim {
        TipClaim { chain: 1029, transaction: [n; 32] }
    }

    /// A chain of 100 blocks with one tip in it, and how a node answers for it; `None` if it does not.
    struct Fake {
        to: &'static str,
        memo: InfoHash,
        block: &'static str,
        answers: bool,
        asked: RefCell<Vec<&'static str>>,
    }

    impl Default for Fake {
        fn default() -> Self {
            Self { to: PAYEE, memo: info_hash(), block: "0x10", answers: true, asked: RefCell::default() }
        }
    }

    impl Fake {
        fn answer(&self, method: &'static str, params: &Value) -> Result<Value, NodeError> {
            self.asked.borrow_mut().push(method);
            if !self.answers {
                return Err(NodeError::Unreachable);
            }
            let hash = btt::hex::prefixed(&[1; 32]);
            if method == "eth_blockNumber" {
                return Ok("0x64".into());
            }
            if params[0] != hash {
                return Ok(Value::Null);
            }
            let memo = Memo { info_hash: self.memo, note: Note::default() };
            Ok(json!({
                "hash": hash, "transactionHash": hash, "status": "0x1", "value": "0x5",
                "from": "0x70997970c51812dc3a010c7d01b50e0d17dc79c8", "to": self.to,
                "blockNumber": self.block, "blockHash": btt::hex::prefixed(&[2; 32]),
                "input": btt::hex::prefixed(&memo.encode()),
            }))
        }

        /// What is found, and how many questions that takes.
        fn look(&self, inquiry: &mut Inquiry, claim: TipClaim) -> (Finding, usize) {
            let before = self.asked.borrow().len();
            let ask = async |method, params: Value| self.answer(method, &params);
            let finding =
                match pin!(inquiry.look(claim, Some(ask))).poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(finding) => finding,
                    Poll::Pending => panic!("it answers at once"),
                };
            (finding, self.asked.borrow().len() - before)
        }
    }

    #[test]
    fn what_was_made_up_costs_one_call() {
        // Issue 11, A11: about 20.
        let fake = Fake::default();
        let mut inquiry = inquiry();
        for n in 2..100 {
            assert_eq!(fake.look(&mut inquiry, claim(n)), (Finding::Unknown, 1));
        }
    }

    #[test]
    fn a_tip_costs_two_calls_and_one_for_the_whole_round() {
        let fake = Fake::default();
        let mut inquiry = inquiry();
        let (finding, calls) = fake.look(&mut inquiry, claim(1));
        assert!(matches!(finding, Finding::Genuine(tip) if tip.block == 16));
        assert_eq!(calls, 3);
        assert_eq!(fake.look(&mut inquiry, claim(1)).1, 2);
    }

    #[test]
    fn what_pays_somebody_else_or_is_young_costs_one_call() {
        let payee = "0x1234000000000000000000000000000000005679";
        for (fake, finding) in [
            (Fake { to: payee, ..Fake::default() }, Finding::Refused),
            (Fake { block: "0x60", ..Fake::default() }, Finding::Young),
        ] {
            let mut inquiry = Inquiry { head: Some(100), ..inquiry() };
            assert_eq!(fake.look(&mut inquiry, claim(1)), (finding, 1));
        }
        let fake = Fake { memo: InfoHash::from_bytes([8; 20]), ..Fake::default() };
        assert_eq!(fake.look(&mut inquiry(), claim(1)), (Finding::Refused, 3), "a tip for another torrent");
    }

    #[test]
    fn a_chain_on_which_the_torrent_names_nobody_is_not_asked() {
        let fake = Fake::default();
        let elsewhere = TipClaim { chain: 199, ..claim(1) };
        assert_eq!(fake.look(&mut inquiry(), elsewhere), (Finding::Refused, 0));
    }

    #[test]
    fn a_node_that_does_not_answer_is_asked_once() {
        let fake = Fake { answers: false, ..Fake::default() };
        assert_eq!(fake.look(&mut inquiry(), claim(1)), (Finding::Unreachable, 1));
    }
}
