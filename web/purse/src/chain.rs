//! What nodes of the chain say: of slots as they were so many blocks ago that nothing changes it any more, and of gas.
//!
//! A node is asked what chain it is of before anything it says is believed. Where the deployment names two, only what both say
//! is believed, of the same block.

use std::cell::Cell;

use btt::{Address, Amount, CONFIRMATIONS, hex};
use node::Node;
use pay::SlotId;
use pay::abi::Call;
use pay::seller::SlotStatus;
use serde_json::{Value, json};

use crate::browser::now;

/// The nodes of the deployment's chain.
#[derive(Debug)]
pub struct Chain {
    id: u64,
    contract: Address,
    /// Each with whether it has said that it is of this chain.
    nodes: Vec<(Node, Cell<bool>)>,
    /// The last block that all of them have, and when they said so.
    head: Cell<Option<(pay::Time, u64)>>,
}

/// As of when the chain is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AsOf {
    /// As many blocks ago as nobody takes back.
    Settled,
    /// Now.
    Latest,
}

/// What the chain says of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Said {
    /// Of the session and the slot; [`SlotStatus::ABSENT`] of one that there is not.
    pub status: SlotStatus,
    /// Whether the contract holds nothing of the session any more: it was given back, or there never was any.
    pub is_empty: bool,
    /// What of the session is lost by signing one slot to two, and is not yet.
    pub bond: Amount,
}

impl Chain {
    /// The chain with this id, where these nodes answer and this contract is.
    pub fn new<'a>(id: u64, contract: Address, rpcs: impl Iterator<Item = &'a str>) -> Self {
        let nodes = rpcs.map(|rpc| (Node::new(rpc), Cell::new(false))).collect();
        Self { id, contract, nodes, head: Cell::new(None) }
    }

    /// Whether all nodes answer, and are of this chain.
    pub async fn is_there(&self) -> bool {
        self.head().await.is_some()
    }

    /// Whether several nodes have to say the same before it is believed.
    pub const fn is_agreed(&self) -> bool {
        self.nodes.len() > 1
    }

    /// What the nodes say of a slot; `None` if they cannot be asked, disagree, or say what makes no sense.
    pub async fn said(&self, slot: SlotId, as_of: AsOf) -> Option<Said> {
        let head = self.head().await?;
        let block = match as_of {
            AsOf::Settled => json!(format!("{:#x}", head.saturating_sub(CONFIRMATIONS))),
            AsOf::Latest => json!("latest"),
        };
        let data = hex::prefixed(&Call::Status(slot).encode());
        let call = json!([{ "to": self.contract.to_string(), "data": data }, block]);
        let mut said = None;
        for (node, is_of_chain) in &self.nodes {
            let Ok(answer) = node.call("eth_call", call.clone()).await else {
                is_of_chain.set(false);
                return None;
            };
            let answer = parse(slot, &answer)?;
            if said.is_some_and(|before| before != answer) {
                return None;
            }
            said = Some(answer);
        }
        said
    }

    /// What a unit of gas costs, by the first node.
    pub async fn gas_price(&self) -> Option<Amount> {
        let (node, _) = self.nodes.first()?;
        node.gas_price().await.ok()
    }

    /// The last block that all of them have.
    async fn head(&self) -> Option<u64> {
        let asked = now();
        // A clock that was set back makes no block new.
        if let Some((at, head)) =
            self.head.get().filter(|(at, _)| asked >= *at && asked.since(*at).as_secs() < 1)
        {
            debug_assert!(at <= asked);
            return Some(head);
        }
        let mut head: Option<u64> = None;
        for (node, is_of_chain) in &self.nodes {
            if !is_of_chain.get() {
                is_of_chain.set(node.number("eth_chainId", json!([])).await == Ok(self.id));
            }
            let number = match is_of_chain.get() {
                true => node.number("eth_blockNumber", json!([])).await.ok(),
                false => None,
            };
            let Some(number) = number else {
                // It may be another one by the time it answers again.
                is_of_chain.set(false);
                return None;
            };
            head = Some(head.map_or(number, |head| head.min(number)));
        }
        self.head.set(head.map(|head| (asked, head)));
        head
    }
}

/// Reads what a node answers to [`Call::Status`].
fn parse(slot: SlotId, answer: &Value) -> Option<Said> {
    let bytes = hex::decode(answer.as_str()?.strip_prefix("0x")?)?;
    let status = SlotStatus::parse(slot, &bytes).ok()?;
    // Balance and bond: what is locked up yet.
    let locked = bytes.get(5 * 32..7 * 32)?;
    let bond = Amount::from_units(u128::from_be_bytes(*locked.last_chunk()?));
    Some(Said { status, is_empty: locked.iter().all(|byte| *byte == 0), bond })
}

#[cfg(test)]
mod tests {
    use pay::SessionId;

    use super::*;

    const OWNER: Address = Address::from_bytes([2; 20]);
    const KEY: Address = Address::from_bytes([3; 20]);

    fn slot() -> SlotId {
        SlotId { session: SessionId::of(OWNER, KEY), slot: 1 }
    }

    /// The words of an answer: owner, expiry, slots, key, what is in a slot, balance, bond, payee, what was paid.
    fn answer(balance: u8, bond: u8) -> Vec<u8> {
        let mut words = vec![[0; 32]; 9];
        words[0][12..].copy_from_slice(OWNER.as_bytes());
        words[3][12..].copy_from_slice(KEY.as_bytes());
        for (word, number) in [(1, 9), (2, 8), (4, 100), (5, balance), (6, bond)] {
            words[word][31] = number;
        }
        words.concat()
    }

    fn read(bytes: &[u8]) -> Option<Said> {
        parse(slot(), &json!(hex::prefixed(bytes)))
    }

    #[test]
    fn row_33_an_answer_is_read_to_the_last_bit_or_counts_as_none() {
        let said = read(&answer(200, 1)).unwrap();
        assert_eq!((said.status.slots, said.status.slot_cap.units(), said.is_empty), (8, 100, false));
        assert_eq!(said.bond, Amount::from_units(1));
        assert!(!read(&answer(0, 1)).unwrap().is_empty && read(&answer(0, 0)).unwrap().is_empty);
        assert_eq!(read(&[0; 9 * 32]).map(|said| said.status), Some(SlotStatus::ABSENT));
        for nonsense in [json!("0x"), json!("0x00"), json!(null), json!(7), json!("nonsense")] {
            assert_eq!(parse(slot(), &nonsense), None, "{nonsense}");
        }
        let other = SlotId { session: SessionId::from_bytes([9; 32]), slot: 1 };
        assert_eq!(parse(other, &json!(hex::prefixed(&answer(1, 1)))), None, "of another session");
        assert_eq!(read(&[&answer(1, 1)[..], &[0; 32]].concat()), None, "longer");
    }
}
