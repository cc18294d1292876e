//! Whether somebody who says that they tipped did.

use metainfo::InfoHash;
use serde_json::Value;

use crate::{Account, Address, Amount, Chain, Memo, Note, hex};

/// Blocks, its own among them, after which a transaction counts as certain.
pub const CONFIRMATIONS: u64 = 12;

/// A tip that the chain confirms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tip {
    /// On which chain.
    pub chain: Chain,
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
    /// What the node says makes no sense, or contradicts itself. That is no fault of who claims.
    Nonsense,
    /// It is no tip for this torrent.
    Forged(Forgery),
}

/// Why a claim is no tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Forgery {
    /// It was signed for another chain, or the chain's coin is not BTT.
    #[error("The transaction belongs to another chain.")]
    WrongChain,
    /// The money went to somebody whom the torrent does not name.
    #[error("The transaction pays somebody else.")]
    WrongPayee,
    /// Somebody whom the torrent names paid it: to themselves, as far as anybody can tell.
    #[error("The transaction was sent by those whom it pays.")]
    OwnPocket,
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
    let note = match sent.note(accounts, chain, info_hash) {
        Ok(note) => note,
        Err(forgery) => return Verdict::Forged(forgery),
    };
    let (false, Some(block)) = (receipt.is_null(), sent.block) else { return Verdict::Unconfirmed };
    let Some(executed) = Execution::read(receipt)
        .filter(|executed| (executed.hash, executed.from, executed.to) == (hash, sent.from, sent.to))
    else {
        return Verdict::Nonsense;
    };
    // It may have moved to another block between the two questions, and what it did there may be undone with the block.
    if executed.block != block || !is_certain(block, head) {
        return Verdict::Unconfirmed;
    }
    if !executed.succeeded {
        return Verdict::Forged(Forgery::Failed);
    }
    let Transaction { from, amount, .. } = sent;
    Verdict::Genuine(Tip { chain, from, amount, note, transaction: hash, block: block.number })
}

/// Judges the same by the receipt alone, as far as that goes: a transaction that was made up has none, and one that pays
/// somebody else says so. `None` if it takes the transaction to tell.
#[must_use]
pub fn judge_receipt(
    hash: [u8; 32],
    accounts: &[Account],
    chain: Chain,
    receipt: &Value,
    head: u64,
) -> Option<Verdict> {
    if receipt.is_null() {
        return Some(Verdict::Unknown);
    }
    let Some(executed) = Execution::read(receipt).filter(|executed| executed.hash == hash) else {
        return Some(Verdict::Nonsense);
    };
    // Both are part of what the hash is of: no other block changes them.
    if let Err(forgery) = check_parties(executed.from, executed.to, accounts, chain) {
        return Some(Verdict::Forged(forgery));
    }
    if !is_certain(executed.block, head) {
        return Some(Verdict::Unconfirmed);
    }
    (!executed.succeeded).then_some(Verdict::Forged(Forgery::Failed))
}

/// Whether the torrent names the one who is paid, and not the one who pays.
fn check_parties(
    from: Address,
    to: Option<Address>,
    accounts: &[Account],
    chain: Chain,
) -> Result<(), Forgery> {
    let is_named = |address| accounts.contains(&Account { chain, address });
    if !to.is_some_and(is_named) {
        return Err(Forgery::WrongPayee);
    }
    if accounts.iter().any(|account| account.address == from) { Err(Forgery::OwnPocket) } else { Ok(()) }
}

fn is_certain(block: Block, head: u64) -> bool {
    head.saturating_add(1).saturating_sub(block.number) >= CONFIRMATIONS
}

struct Transaction {
    hash: [u8; 32],
    from: Address,
    to: Option<Address>,
    amount: Amount,
    data: Vec<u8>,
    /// Transactions from before EIP-155 name none.
    chain: Option<u64>,
    block: Option<Block>,
}

impl Transaction {
    fn read(value: &Value) -> Option<Self> {
        Some(Self {
            hash: bytes(value, "hash")?,
            from: address(value, "from")?,
            to: optional(value, "to", address)?,
            amount: Amount::from_quantity(text(value, "value")?).ok()?,
            data: hex::decode(text(value, "input")?.strip_prefix("0x")?)?,
            chain: optional(value, "chainId", number)?,
            block: optional(value, "blockNumber", |value, _| Block::read(value))?,
        })
    }

    fn note(&self, accounts: &[Account], chain: Chain, info_hash: InfoHash) -> Result<Note, Forgery> {
        // On TRON BTT is a token, and what a transaction carries as its value is another coin.
        let Chain::Eip155(id) = chain else { return Err(Forgery::WrongChain) };
        if self.chain.is_some_and(|other| other != id) {
            return Err(Forgery::WrongChain);
        }
        check_parties(self.from, self.to, accounts, chain)?;
        let memo = Memo::decode(&self.data).map_err(|_error| Forgery::NotATip)?;
        if memo.info_hash != info_hash {
            return Err(Forgery::WrongTorrent);
        }
        if self.amount.is_zero() { Err(Forgery::Nothing) } else { Ok(memo.note) }
    }
}

/// Which block a transaction is in.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Block {
    number: u64,
    hash: [u8; 32],
}

impl Block {
    fn read(value: &Value) -> Option<Self> {
        Some(Self { number: number(value, "blockNumber")?, hash: bytes(value, "blockHash")? })
    }
}

struct Execution {
    hash: [u8; 32],
    from: Address,
    to: Option<Address>,
    block: Block,
    succeeded: bool,
}

impl Execution {
    fn read(value: &Value) -> Option<Self> {
        let succeeded = match number(value, "status")? {
            0 => false,
            1 => true,
            _ => return None,
        };
        Some(Self {
            hash: bytes(value, "transactionHash")?,
            from: address(value, "from")?,
            to: optional(value, "to", address)?,
            block: Block::read(value)?,
            succeeded,
        })
    }
}

/// A field that may be null or missing, but not malformed.
fn optional<T>(value: &Value, name: &str, read: impl Fn(&Value, &str) -> Option<T>) -> Option<Option<T>> {
    match value.get(name) {
        None | Some(Value::Null) => Some(None),
        Some(_) => read(value, name).map(Some),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn bytes<const N: usize>(value: &Value, name: &str) -> Option<[u8; N]> {
    hex::decode_prefixed(text(value, name)?)
}

fn address(value: &Value, name: &str) -> Option<Address> {
    bytes(value, name).map(Address::from_bytes)
}

fn number(value: &Value, name: &str) -> Option<u64> {
    Amount::from_quantity(text(value, name)?).ok()?.units().try_into().ok()
}
