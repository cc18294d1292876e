//! Whether somebody who says that they tipped did.

use metainfo::InfoHash;
use serde_json::Value;

use crate::{Account, Address, Amount, Chain, Memo, Note, hex};

/// Blocks, its own among them, after which a transaction counts as certain.
pub const CONFIRMATIONS: u64 = 12;

/// A tip that the chain confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// Who paid.
    pub from: Address,
    /// How much.
    pub amount: Amount,
    /// What they said.
    pub note: Note,
    /// Hash of the transaction.
    pub transaction: [u8; 32],
    /// The block that it is in.
    pub block: u64,
}

/// What the chain says of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is a tip.
    Genuine(Tip),
    /// It is on its way, or its block is too young.
    Unconfirmed,
    /// The chain, as far as its node tells, has no such transaction.
    Unknown,
    /// What the node says makes no sense.
    Nonsense,
    /// It is no tip for this torrent.
    Forged(Forgery),
}

/// Why a claim is no tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Forgery {
    /// The money went to somebody whom the torrent does not name.
    #[error("The transaction pays somebody else.")]
    WrongPayee,
    /// It is for another torrent.
    #[error("The transaction is a tip for another torrent.")]
    WrongTorrent,
    /// It was executed without success.
    #[error("The transaction failed.")]
    Failed,
    /// Its data are not those of a tip.
    #[error("The transaction is no tip.")]
    NotATip,
    /// It pays nothing.
    #[error("The transaction pays nothing.")]
    Nothing,
}

/// Judges the claim that `hash` is a tip for `info_hash` to one of the accounts, by what a node of the chain answers to
/// `eth_getTransactionByHash`, `eth_getTransactionReceipt` and `eth_blockNumber`.
#[must_use]
pub fn judge(
    hash: [u8; 32],
    accounts: &[Account],
    chain: Chain,
    info_hash: InfoHash,
    transaction: &Value,
    receipt: &Value,
    head: u64,
) -> Verdict {
    if transaction.is_null() {
        return Verdict::Unknown;
    }
    // Parts of the answer are believed only where they agree with the question and each other.
    let Some(sent) = Transaction::read(transaction).filter(|sent| sent.hash == hash) else {
        return Verdict::Nonsense;
    };
    let forged = match sent.forgery(accounts, chain, info_hash) {
        Ok(note) => {
            let (true, Some(block)) = (!receipt.is_null(), sent.block) else { return Verdict::Unconfirmed };
            let Some(executed) = Execution::read(receipt).filter(|executed| {
                (executed.hash, executed.block, executed.from, executed.to)
                    == (hash, block, sent.from, sent.to)
            }) else {
                return Verdict::Nonsense;
            };
            if !executed.succeeded {
                Forgery::Failed
            } else if head.saturating_add(1).saturating_sub(block) < CONFIRMATIONS {
                return Verdict::Unconfirmed;
            } else {
                let Transaction { from, amount, .. } = sent;
                return Verdict::Genuine(Tip { from, amount, note, transaction: hash, block });
            }
        }
        Err(forgery) => forgery,
    };
    Verdict::Forged(forged)
}

struct Transaction {
    hash: [u8; 32],
    from: Address,
    to: Option<Address>,
    amount: Amount,
    data: Vec<u8>,
    block: Option<u64>,
}

impl Transaction {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        Some(Self {
            hash: hex::decode_prefixed(text("hash")?)?,
            from: address(value, "from")?,
            to: address(value, "to"),
            amount: Amount::from_quantity(text("value")?).ok()?,
            data: hex::decode(text("input")?.strip_prefix("0x")?)?,
            block: text("blockNumber").and_then(number),
        })
    }

    fn forgery(&self, accounts: &[Account], chain: Chain, info_hash: InfoHash) -> Result<Note, Forgery> {
        let is_named = |address| accounts.contains(&Account { chain, address });
        if !self.to.is_some_and(is_named) {
            return Err(Forgery::WrongPayee);
        }
        let memo = Memo::decode(&self.data).map_err(|_error| Forgery::NotATip)?;
        if memo.info_hash != info_hash {
            return Err(Forgery::WrongTorrent);
        }
        if self.amount.is_zero() { Err(Forgery::Nothing) } else { Ok(memo.note) }
    }
}

struct Execution {
    hash: [u8; 32],
    from: Address,
    to: Option<Address>,
    block: u64,
    succeeded: bool,
}

impl Execution {
    fn read(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name)?.as_str();
        let succeeded = match text("status")? {
            "0x1" => true,
            "0x0" => false,
            _ => return None,
        };
        Some(Self {
            hash: hex::decode_prefixed(text("transactionHash")?)?,
            from: address(value, "from")?,
            to: address(value, "to"),
            block: number(text("blockNumber")?)?,
            succeeded,
        })
    }
}

fn address(value: &Value, name: &str) -> Option<Address> {
    hex::decode_prefixed(value.get(name)?.as_str()?).map(Address::from_bytes)
}

fn number(text: &str) -> Option<u64> {
    u64::from_str_radix(text.strip_prefix("0x")?, 16).ok()
}
