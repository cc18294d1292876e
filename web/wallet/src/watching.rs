//! What becomes of a transaction that was sent.

use std::ops::ControlFlow;

use btt::{Address, CONFIRMATIONS, Transaction, hex};
use gloo_timers::future::TimeoutFuture;
use node::{Node, NodeError, as_number};
use serde_json::{Value, json};

use crate::sending::is_hash;
use crate::{Failure, Sent};

/// Milliseconds between two looks at the chain, whose blocks take two seconds.
const PACE: u32 = 2_000;

/// Blocks that are searched for what took the place of a transaction: the newest, and those from when it was sent on.
const SEARCHED: u64 = 32;

/// What the chain says of a transaction meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Carried out, with so many blocks from there on; 0 if not yet.
    Confirmations(u64),
    /// The user sped it up in the wallet: the same goes by another hash.
    Renamed(String),
    /// The chain cannot be asked just now.
    Unreachable,
}

/// Watches a transaction until it was carried out so many blocks ago, its own among them; the hash by which it was. The chain
/// is looked at every two seconds, and has lost it when it was nowhere for more than `patience` looks.
///
/// # Errors
/// [`Failure::Reverted`], [`Failure::Replaced`], [`Failure::Dropped`].
pub async fn watch(
    node: &Node,
    transaction: &Transaction,
    sent: &Sent,
    confirmations: u64,
    patience: u32,
    tell: impl Fn(Progress),
) -> Result<String, Failure> {
    let mut watched = Watched { hash: sent.hash.clone(), confirmations, patience, missing: 0 };
    let mut search = Search::default();
    loop {
        let look = look(node, transaction, sent, &watched.hash, &mut search).await;
        let look = look.unwrap_or(Look::Unreachable);
        match watched.learn(look) {
            ControlFlow::Break(outcome) => return outcome,
            ControlFlow::Continue(progress) => progress.into_iter().for_each(&tell),
        }
        TimeoutFuture::new(PACE).await;
    }
}

/// What the chain knows of a transaction at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    /// Carried out, with so many blocks from there on.
    Executed(u64),
    Reverted,
    Waiting,
    /// Another one has its number: its hash, if it does the same.
    Replaced(Option<String>),
    Missing,
    Unreachable,
}

/// A transaction, as far as looks told.
struct Watched {
    hash: String,
    /// How many are wanted.
    confirmations: u64,
    /// Looks in which it may be nowhere.
    patience: u32,
    /// Looks in which it was nowhere.
    missing: u32,
}

impl Watched {
    /// Learns from a look: what became of it, or how far it is.
    fn learn(&mut self, look: Look) -> ControlFlow<Result<String, Failure>, Option<Progress>> {
        use ControlFlow::{Break, Continue};
        match look {
            Look::Executed(blocks) if blocks >= self.confirmations => Break(Ok(self.hash.clone())),
            Look::Executed(blocks) => {
                self.missing = 0;
                Continue(Some(Progress::Confirmations(blocks)))
            }
            Look::Waiting => {
                self.missing = 0;
                Continue(Some(Progress::Confirmations(0)))
            }
            Look::Reverted => Break(Err(Failure::Reverted)),
            Look::Replaced(Some(other)) if other != self.hash => {
                self.hash.clone_from(&other);
                Continue(Some(Progress::Renamed(other)))
            }
            // A block may have come between two questions.
            Look::Replaced(_) | Look::Missing if self.missing < self.patience => {
                self.missing += 1;
                Continue(None)
            }
            Look::Replaced(None) => Break(Err(Failure::Replaced)),
            // What was not found to be another transaction may still be carried out, or was.
            Look::Replaced(Some(_)) | Look::Missing => Break(Err(Failure::Dropped)),
            Look::Unreachable => Continue(Some(Progress::Unreachable)),
        }
    }
}

/// Asks for a transaction that goes by this hash now.
async fn look(
    node: &Node,
    transaction: &Transaction,
    sent: &Sent,
    hash: &str,
    search: &mut Search,
) -> Result<Look, NodeError> {
    let receipt = node.call("eth_getTransactionReceipt", json!([hash])).await?;
    if let Some(block) = receipt.get("blockNumber").and_then(as_number) {
        if receipt.get("status").and_then(Value::as_str) != Some("0x1") {
            return Ok(Look::Reverted);
        }
        let head = node.number("eth_blockNumber", json!([])).await?;
        return Ok(Look::Executed(head.saturating_add(1).saturating_sub(block)));
    }
    if !node.call("eth_getTransactionByHash", json!([hash])).await?.is_null() {
        return Ok(Look::Waiting);
    }
    let count = node.number("eth_getTransactionCount", json!([sent.from.to_string(), "latest"])).await?;
    if count <= sent.number {
        // A block that had something of its number was taken back.
        *search = Search::default();
        return Ok(Look::Missing);
    }
    let head = node.number("eth_blockNumber", json!([])).await?;
    let read = async |height: u64| node.call("eth_getBlockByNumber", json!([format!("{height:#x}"), true])).await;
    search.look(sent.block, head, read, |block| successor(block, transaction, sent.from, sent.number)).await
}

/// How far blocks were searched for what took the place of a transaction.
#[derive(Debug, Default)]
struct Search {
    /// All that are before this one, and likely to have it, were searched, and nobody takes them back.
    next: u64,
    /// The block in which it was found.
    found_in: Option<u64>,
}

impl Search {
    /// The blocks that are to be searched, most likely ones first: somebody who watches all the time finds it in one of the
    /// newest, and somebody who comes back after long near where it was sent.
    fn blocks(&self, from: u64, head: u64) -> impl Iterator<Item = u64> + use<> {
        let from = from.max(self.next);
        let newest = head.saturating_sub(SEARCHED).max(from);
        let oldest = from..newest.min(from.saturating_add(SEARCHED));
        (newest..=head).rev().chain(oldest)
    }

    /// Searches the block in which it was found, since another may have taken that one's place, or else all that are to be
    /// searched.
    async fn look(
        &mut self,
        from: u64,
        head: u64,
        read: impl AsyncFn(u64) -> Result<Value, NodeError>,
        successor: impl Fn(&Value) -> Option<Option<String>>,
    ) -> Result<Look, NodeError> {
        for height in self.found_in.into_iter().chain(self.blocks(from, head)) {
            let block = read(height).await?;
            if block.is_null() {
                // Several nodes answer for one address, and this one has not heard of that block yet.
                return Ok(Look::Unreachable);
            }
            let found = successor(&block);
            self.found_in = found.is_some().then_some(height);
            if let Some(found) = found {
                return Ok(Look::Replaced(found));
            }
        }
        self.next = self.next.max(head.saturating_add(1).saturating_sub(CONFIRMATIONS));
        // Nobody knows whether the one that has its number does the same.
        Ok(Look::Missing)
    }
}

/// The transaction of a block that has this number of the account's: its hash, if it does the same.
fn successor(block: &Value, transaction: &Transaction, from: Address, number: u64) -> Option<Option<String>> {
    let transactions = block.get("transactions").and_then(Value::as_array)?;
    transactions.iter().find_map(|other| {
        let text = |name| other.get(name).and_then(Value::as_str).unwrap_or_default();
        let same = |name, value: &str| text(name).eq_ignore_ascii_case(value);
        let is_of_number = other.get("nonce").and_then(as_number) == Some(number);
        (is_of_number && same("from", &from.to_string())).then(|| {
            let does_the_same = same("to", &transaction.to.to_string())
                && same("value", &transaction.value.to_quantity())
                && same("input", &hex::prefixed(&transaction.data));
            Some(text("hash").to_ascii_lowercase()).filter(|hash| does_the_same && is_hash(hash))
        })
    })
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use btt::Amount;

    use super::*;

    const FROM: Address = Address::from_bytes([0xab; 20]);

    const PATIENCE: u32 = 5;

    fn hash(byte: u8) -> String {
        hex::prefixed(&[byte; 32])
    }

    fn watched() -> Watched {
        Watched { hash: hash(1), confirmations: 3, patience: PATIENCE, missing: 0 }
    }

    fn goes_on(watched: &mut Watched, look: Look, progress: Option<Progress>) {
        assert_eq!(watched.learn(look), ControlFlow::Continue(progress));
    }

    fn ends(watched: &mut Watched, look: Look, outcome: Result<String, Failure>) {
        assert_eq!(watched.learn(look), ControlFlow::Break(outcome));
    }

    #[test]
    fn a_transaction_is_certain_after_as_many_blocks_as_are_wanted() {
        let mut watched = watched();
        goes_on(&mut watched, Look::Waiting, Some(Progress::Confirmations(0)));
        goes_on(&mut watched, Look::Executed(2), Some(Progress::Confirmations(2)));
        goes_on(&mut watched, Look::Unreachable, Some(Progress::Unreachable));
        ends(&mut watched, Look::Executed(3), Ok(hash(1)));
    }

    /// Payments, row 36.
    #[test]
    fn a_transaction_that_the_chain_refuses_is_told() {
        ends(&mut watched(), Look::Reverted, Err(Failure::Reverted));
    }

    /// Payments, row 32.
    #[test]
    fn what_does_the_same_in_its_place_is_followed_and_anything_else_told() {
        let mut sped_up = watched();
        goes_on(&mut sped_up, Look::Replaced(Some(hash(2))), Some(Progress::Renamed(hash(2))));
        goes_on(&mut sped_up, Look::Replaced(Some(hash(2))), None);
        ends(&mut sped_up, Look::Executed(3), Ok(hash(2)));
        let mut cancelled = watched();
        for _ in 0..PATIENCE {
            goes_on(&mut cancelled, Look::Replaced(None), None);
        }
        ends(&mut cancelled, Look::Replaced(None), Err(Failure::Replaced));
    }

    /// Payments, row 32.
    #[test]
    fn a_successor_that_is_not_found_or_does_the_same_makes_no_second_try_harmless() {
        let last = |look: Look| {
            let mut watched = Watched { missing: PATIENCE, ..watched() };
            let ControlFlow::Break(Err(failure)) = watched.learn(look) else { panic!("it goes on") };
            failure
        };
        for look in [Look::Missing, Look::Replaced(Some(hash(1)))] {
            let failure = last(look);
            assert_eq!((failure.is_harmless(), failure), (false, Failure::Dropped));
        }
        let failure = last(Look::Replaced(None));
        assert_eq!((failure.is_harmless(), failure), (true, Failure::Replaced));
    }

    /// Payments, row 32.
    #[test]
    fn what_is_nowhere_for_long_is_dropped_unless_it_comes_back_before() {
        let mut watched = watched();
        for _ in 0..PATIENCE {
            goes_on(&mut watched, Look::Missing, None);
        }
        goes_on(&mut watched, Look::Waiting, Some(Progress::Confirmations(0)));
        for _ in 0..PATIENCE {
            goes_on(&mut watched, Look::Missing, None);
        }
        // Nobody was asked, so nobody has forgotten it.
        goes_on(&mut watched, Look::Unreachable, Some(Progress::Unreachable));
        ends(&mut watched, Look::Missing, Err(Failure::Dropped));
        let mut patient = Watched { patience: 2 * PATIENCE, ..self::watched() };
        for _ in 0..2 * PATIENCE {
            goes_on(&mut patient, Look::Missing, None);
        }
        ends(&mut patient, Look::Missing, Err(Failure::Dropped));
    }

    #[test]
    fn the_newest_blocks_are_searched_and_those_from_when_it_was_sent() {
        let all = |from, head| Search::default().blocks(from, head).collect::<Vec<_>>();
        assert_eq!(all(40, 42), [42, 41, 40]);
        assert_eq!(all(40, 39), [0; 0], "by a node that is behind");
        assert_eq!(all(0, 0), [0]);
        // Each of them once, also where both parts touch.
        for head in [40 + SEARCHED, 41 + SEARCHED, 40 + 2 * SEARCHED] {
            let mut blocks = all(40, head);
            assert_eq!(blocks[0], head);
            blocks.sort_unstable();
            assert_eq!(blocks, (40..=head).collect::<Vec<_>>());
        }
        let far = all(40, 10_000);
        let bound = usize::try_from(2 * SEARCHED + 1).unwrap();
        assert_eq!((far.len(), far[0], far.last()), (bound, 10_000, Some(&(39 + SEARCHED))));
        assert!(all(u64::MAX, u64::MAX).len() == 1);
    }

    #[test]
    fn blocks_that_were_searched_are_not_searched_again() {
        let search = Search { next: 101, found_in: None };
        let all = |head| search.blocks(40, head).collect::<Vec<_>>();
        assert_eq!((all(100), all(90)), (vec![], vec![]), "none is new, or the node is behind");
        assert_eq!(all(103), [103, 102, 101]);
        assert_eq!(Search { next: 30, found_in: None }.blocks(40, 41).collect::<Vec<_>>(), [41, 40]);
    }

    /// A chain up to `head` of which a node has no block from `behind` on, and in which block `there` has a successor that does
    /// the same: what a search says of a transaction that was sent at block 40, and which blocks it read.
    fn searched(search: &mut Search, head: u64, behind: u64, there: u64) -> (Look, Vec<u64>) {
        let read = RefCell::new(Vec::new());
        let block = async |height: u64| {
            read.borrow_mut().push(height);
            Ok(if height < behind { json!(height) } else { json!(null) })
        };
        let successor = |block: &Value| (*block == json!(there)).then(|| Some(hash(2)));
        let look = pin!(search.look(40, head, block, successor));
        let Poll::Ready(look) = look.poll(&mut Context::from_waker(Waker::noop())) else {
            panic!("it waits")
        };
        (look.unwrap(), read.take())
    }

    const NEVER: u64 = u64::MAX;

    /// Payments, row 32.
    #[test]
    fn a_block_that_a_node_has_not_heard_of_is_read_again() {
        let mut search = Search::default();
        assert_eq!(searched(&mut search, 41, 41, 41), (Look::Unreachable, vec![41]));
        assert_eq!(searched(&mut search, 41, NEVER, 41), (Look::Replaced(Some(hash(2))), vec![41]));
        // Nor does it count as one without it once it was found there.
        assert_eq!(searched(&mut search, 41, 41, 41), (Look::Unreachable, vec![41]));
        assert_eq!(searched(&mut search, 41, NEVER, 41).0, Look::Replaced(Some(hash(2))));
    }

    /// Payments, row 32.
    #[test]
    fn blocks_that_may_be_taken_back_are_searched_again() {
        let mut search = Search::default();
        let newest = |head: u64, count: u64| (head + 1 - count..=head).rev().collect::<Vec<_>>();
        assert_eq!(searched(&mut search, 60, NEVER, NEVER), (Look::Missing, newest(60, 21)));
        assert_eq!(searched(&mut search, 60, NEVER, NEVER), (Look::Missing, newest(60, CONFIRMATIONS)));
        assert_eq!(searched(&mut search, 61, NEVER, 55), (Look::Replaced(Some(hash(2))), newest(61, 7)));
        // It is in another block now.
        let again = [vec![55], newest(61, 3)].concat();
        assert_eq!(searched(&mut search, 61, NEVER, 59), (Look::Replaced(Some(hash(2))), again));
        assert_eq!(searched(&mut search, 61, NEVER, 59).1, [59]);
    }

    /// Payments, row 32.
    #[test]
    fn only_what_has_its_number_and_does_the_same_is_its_successor() {
        let transaction = Transaction {
            to: Address::from_bytes([0xcd; 20]),
            value: Amount::from_units(255),
            data: vec![7],
        };
        let same = json!({
            "hash": hash(2).to_uppercase().replacen('X', "x", 1),
            "from": format!("0x{}", "ab".repeat(20)),
            "to": format!("0x{}", "cd".repeat(20)),
            "nonce": "0x5",
            "value": "0xff",
            "input": "0x07",
        });
        let found = |change: &dyn Fn(&mut Value)| {
            let mut other = same.clone();
            change(&mut other);
            successor(&json!({ "transactions": [other] }), &transaction, FROM, 5)
        };
        assert_eq!(found(&|_| {}), Some(Some(hash(2))));
        for (name, value) in [("to", "0x00"), ("value", "0xfe"), ("input", "0x"), ("hash", "0x12")] {
            assert_eq!(found(&|other| other[name] = value.into()), Some(None), "{name}");
        }
        for (name, value) in [("from", "0x00"), ("nonce", "0x6")] {
            assert_eq!(found(&|other| other[name] = value.into()), None, "{name}");
        }
        for nonsense in [json!(null), json!({ "transactions": 7 }), json!({ "transactions": [null, 7, []] })]
        {
            assert_eq!(successor(&nonsense, &transaction, FROM, 5), None);
        }
    }
}
