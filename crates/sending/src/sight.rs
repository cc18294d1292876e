use btt::{Address, Amount};

/// What a chain says of a transaction that is under way, all after the same look at the number of the newest block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The newest block.
    pub head: u64,
    /// How many transactions the account had sent before the receipt was asked for, so far as they are in blocks.
    pub nonce: u64,
    /// What a gas costs now.
    pub price: Amount,
    /// That of the transaction that is in a block, if any is.
    pub receipt: Option<Receipt>,
}

/// What a transaction that is in a block did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Which.
    pub hash: [u8; 32],
    /// The number of the block.
    pub block: u64,
    /// Whether it was not reverted.
    pub succeeded: bool,
    /// What it used.
    pub gas: u64,
    /// What contracts told of it.
    pub logs: Vec<Log>,
}

/// What a contract told the world in a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Which contract.
    pub address: Address,
    /// The hash of what it is called, and what it can be found by.
    pub topics: Vec<[u8; 32]>,
    /// The rest of it.
    pub data: Vec<u8>,
}
