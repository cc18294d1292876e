use btt::Address;
use revm::context::result::{ExecutionResult, Output};
use revm::context::{BlockEnv, CfgEnv, TxEnv};
use revm::database::{CacheDB, InMemoryDB};
use revm::primitives::hardfork::SpecId;
use revm::primitives::{Bytes, Log, TxKind, U256};
use revm::state::AccountInfo;
use revm::{Context, ExecuteCommitEvm as _, MainBuilder as _, MainContext as _};

use crate::words::{Words, keccak, selector};

/// A chain of this process: an EVM with the rules of Berlin, as BTTC's, without fees.
#[derive(Clone, Debug)]
pub struct Chain {
    accounts: InMemoryDB,
    /// The number of the chain (EIP-155).
    id: u64,
    /// Unix time in seconds.
    now: u64,
}

/// What a transaction did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What it used.
    pub gas: u64,
    /// What the function returned.
    pub output: Vec<u8>,
    /// What it told the world.
    pub events: Vec<Event>,
    /// The contract that it created.
    pub created: Option<Address>,
}

/// Something that a contract told the world.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The hash of its signature, and what it can be found by.
    pub topics: Vec<[u8; 32]>,
    /// The rest of it.
    pub data: Vec<u8>,
}

impl Event {
    /// The event of this signature, found by the `indexed` words, with the `rest`.
    #[must_use]
    pub fn new(signature: &str, indexed: Words, rest: Words) -> Self {
        let indexed = indexed.into_bytes();
        let (indexed, _) = indexed.as_chunks::<32>();
        let topics = [keccak(signature.as_bytes())].into_iter().chain(indexed.iter().copied()).collect();
        Self { topics, data: rest.into_bytes() }
    }
}

/// Why a transaction did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An error of the contract, by its name there.
    Named(&'static str),
    /// Anything else, such as calling what is not there.
    Other,
}

impl Refusal {
    /// What a call that was reverted returned.
    fn of(output: &[u8]) -> Self {
        let named = ERRORS.iter().find(|name| selector(&format!("{name}()")) == output);
        named.map_or(Self::Other, |name| Self::Named(name))
    }
}

/// The errors of `BttPay.sol`, none of which has arguments.
const ERRORS: [&str; 8] =
    ["BadArgs", "Exists", "Expired", "NotExpired", "NotOwner", "BadSig", "Nothing", "PayFailed"];

/// BTTC's test network.
const ID: u64 = 1029;

/// When a chain begins: some time in 2026.
const START: u64 = 1_790_000_000;

/// The most that a transaction may use here, which is what a block of BTTC holds.
const GAS_LIMIT: u64 = 30_000_000;

impl Default for Chain {
    fn default() -> Self {
        Self { accounts: CacheDB::default(), id: ID, now: START }
    }
}

impl Chain {
    /// Its number (EIP-155).
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The time, in seconds (Unix).
    #[must_use]
    pub fn now(&self) -> u64 {
        self.now
    }

    /// Lets time pass, in seconds.
    pub fn advance(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// Makes it the branch of a fork that got a number of its own.
    pub fn fork(&mut self, id: u64) {
        self.id = id;
    }

    /// What an account has, in the smallest unit.
    ///
    /// # Panics
    /// If it has more coins than there are.
    #[must_use]
    pub fn balance(&mut self, account: Address) -> u128 {
        let account = self.accounts.load_account(account.as_bytes().into()).map(|account| account.info());
        let balance = account.ok().flatten().unwrap_or_default().balance;
        balance.try_into().expect("all coins there are fit 128 bits")
    }

    /// Gives an account coins out of nothing.
    pub fn give(&mut self, account: Address, amount: u128) {
        let balance = self.balance(account) + amount;
        let info = AccountInfo { balance: U256::from(balance), ..self.info(account) };
        self.accounts.insert_account_info(account.as_bytes().into(), info);
    }

    /// Writes into a contract's storage, so many words behind a place.
    pub fn store(&mut self, contract: Address, place: [u8; 32], behind: u64, word: [u8; 32]) {
        let [place, word] = [place, word].map(U256::from_be_bytes);
        let place = place + U256::from(behind);
        let Ok(()) = self.accounts.insert_account_storage(contract.as_bytes().into(), place, word);
    }

    /// Creates a contract.
    ///
    /// # Errors
    /// If its constructor refuses.
    pub fn create(&mut self, from: Address, code: Vec<u8>) -> Result<Receipt, Refusal> {
        self.transact(from, TxKind::Create, 0, code)
    }

    /// Calls a contract, or sends coins to whomever.
    ///
    /// # Errors
    /// If it refuses.
    pub fn send(
        &mut self,
        from: Address,
        to: Address,
        value: u128,
        data: Vec<u8>,
    ) -> Result<Receipt, Refusal> {
        self.transact(from, TxKind::Call(to.as_bytes().into()), value, data)
    }

    /// Asks a contract, and changes nothing.
    ///
    /// # Errors
    /// If it refuses.
    pub fn ask(&self, to: Address, data: Vec<u8>) -> Result<Vec<u8>, Refusal> {
        let anybody = Address::from_bytes([0x77; 20]);
        Ok(self.clone().send(anybody, to, 0, data)?.output)
    }

    fn info(&mut self, account: Address) -> AccountInfo {
        let account = self.accounts.load_account(account.as_bytes().into()).map(|account| account.info());
        account.ok().flatten().unwrap_or_default()
    }

    fn transact(
        &mut self,
        from: Address,
        kind: TxKind,
        value: u128,
        data: Vec<u8>,
    ) -> Result<Receipt, Refusal> {
        let nonce = self.info(from).nonce;
        let transaction = TxEnv {
            caller: from.as_bytes().into(),
            gas_limit: GAS_LIMIT,
            kind,
            value: U256::from(value),
            data: Bytes::from(data),
            nonce,
            chain_id: Some(self.id),
            ..TxEnv::default()
        };
        let block = BlockEnv { timestamp: U256::from(self.now), ..BlockEnv::default() };
        let rules = CfgEnv::new_with_spec(SpecId::BERLIN).with_chain_id(self.id);
        let context = Context::mainnet().with_db(&mut self.accounts).with_cfg(rules).with_block(block);
        // Which is refused before it runs only if somebody sends more than they have.
        let result = context.build_mainnet().transact_commit(transaction).map_err(|_error| Refusal::Other)?;
        let gas = result.tx_gas_used();
        match result {
            ExecutionResult::Success { logs, output, .. } => {
                let created = match &output {
                    Output::Create(_, created) => created.map(|address| Address::from_bytes(address.into())),
                    Output::Call(_) => None,
                };
                let events = logs.into_iter().map(event).collect();
                Ok(Receipt { gas, output: output.into_data().into(), events, created })
            }
            ExecutionResult::Revert { output, .. } => Err(Refusal::of(&output)),
            ExecutionResult::Halt { .. } => Err(Refusal::Other),
        }
    }
}

fn event(log: Log) -> Event {
    let topics = log.data.topics().iter().map(|topic| topic.0).collect();
    Event { topics, data: log.data.data.to_vec() }
}
