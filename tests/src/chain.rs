use std::fs;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use btt::{Address, Amount, hex};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::process::Daemon;
use crate::tools;
use crate::wait::{SOON, until};

/// A chain of play money on this machine: anvil, with BTTC's number, rules and fees.
#[derive(Debug)]
pub struct Chain {
    address: String,
    accounts: Vec<String>,
    _daemon: Daemon,
}

impl Chain {
    /// The number of the chain (EIP-155): that of BTTC's test network.
    pub const ID: u64 = 1029;

    /// Starts one with ten times as many blocks as BTTC has, so that tests do not wait for certainty.
    ///
    /// # Errors
    /// If anvil is not installed or does not start.
    pub async fn start() -> Result<Self> {
        Self::launch(BLOCK_TIME).await
    }

    /// The same with a block as often as BTTC has one.
    ///
    /// # Errors
    /// As [`Chain::start`].
    pub async fn at_true_pace() -> Result<Self> {
        Self::launch(TRUE_BLOCK_TIME).await
    }

    async fn launch(block_time: Duration) -> Result<Self> {
        let mut command = Command::new(tools::anvil()?);
        command.args(["--host", "127.0.0.1", "--port", "0", "--hardfork", "berlin"]);
        command.args(["--gas-price", "9000000000000000", "--balance", "1000000000000"]);
        command.arg("--chain-id").arg(Self::ID.to_string());
        command.arg("--block-time").arg(block_time.as_secs_f64().to_string());
        let mut daemon = Daemon::spawn("anvil", command, |line| line.contains("ERROR"))?;
        let address = daemon
            .line("where it listens", SOON, |line| {
                Some(line.strip_prefix("Listening on ")?.trim().to_owned())
            })
            .await?;
        let mut chain = Self { address, accounts: Vec::new(), _daemon: daemon };
        let accounts = chain.call("eth_accounts", json!([])).await?;
        chain.accounts = serde_json::from_value(accounts)?;
        ensure!(chain.accounts.len() > 3, "anvil has too few accounts");
        Ok(chain)
    }

    /// Where it answers JSON-RPC.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// An account that has plenty, by its place; in lower case.
    #[must_use]
    pub fn account(&self, place: usize) -> &str {
        &self.accounts[place]
    }

    /// What a server's configuration says of the chain.
    #[must_use]
    pub fn network(&self) -> Value {
        json!({ "chain": format!("eip155:{}", Self::ID), "name": "BTTC test", "rpc": self.url() })
    }

    /// Asks the chain.
    ///
    /// # Errors
    /// If it does not answer, or says no.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut answer = post(&self.address, "/", &body).await?;
        ensure!(answer.get("error").is_none(), "anvil on {method}: {answer}");
        Ok(answer.get_mut("result").map(Value::take).unwrap_or_default())
    }

    /// What an account has, in the smallest unit.
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn balance(&self, account: &str) -> Result<u128> {
        let balance = self.call("eth_getBalance", json!([account, "latest"])).await?;
        let digits = balance.as_str().and_then(|text| text.strip_prefix("0x")).context("a quantity")?;
        Ok(u128::from_str_radix(digits, 16)?)
    }

    /// What a transaction has cost, in the smallest unit.
    ///
    /// # Errors
    /// As [`Chain::call`], and if it was not carried out.
    pub async fn fee(&self, hash: &str) -> Result<u128> {
        let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await?;
        let number = |name: &str| anyhow::Ok(Amount::from_quantity(text(&receipt[name])?)?.units());
        Ok(number("gasUsed")? * number("effectiveGasPrice")?)
    }

    /// The time that the newest block says, in seconds (Unix).
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn now(&self) -> Result<u64> {
        let block = self.call("eth_getBlockByNumber", json!(["latest", false])).await?;
        Ok(u64::try_from(Amount::from_quantity(text(&block["timestamp"])?)?.units())?)
    }

    /// Lets time pass, in seconds.
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn advance(&self, seconds: u64) -> Result<()> {
        self.call("evm_increaseTime", json!([seconds])).await?;
        self.mine(1).await
    }

    /// Sends a transaction of one of the chain's accounts, to nobody if it creates a contract, and waits until it is in a
    /// block.
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn transact(
        &self,
        from: &str,
        to: Option<Address>,
        value: Amount,
        data: &[u8],
    ) -> Result<Receipt> {
        let mut transaction =
            json!({ "from": from, "value": value.to_quantity(), "data": hex::prefixed(data), "gas": GAS });
        // By the rules of Berlin there is no other price.
        transaction["gasPrice"] = self.call("eth_gasPrice", json!([])).await?;
        if let Some(to) = to {
            transaction["to"] = json!(hex::prefixed(to.as_bytes()));
        }
        let hash = self.call("eth_sendTransaction", json!([transaction])).await?;
        let receipt = until("a receipt", SOON, async || {
            let receipt = self.call("eth_getTransactionReceipt", json!([hash])).await?;
            Ok(Some(receipt).filter(Value::is_object))
        })
        .await?;
        Ok(Receipt {
            succeeded: receipt["status"] == "0x1",
            created: receipt["contractAddress"].as_str().and_then(|address| address.parse().ok()),
        })
    }

    /// Creates the contract of payments by the byte, and says where it is.
    ///
    /// # Errors
    /// If it is not compiled, and as [`Chain::call`].
    pub async fn create_contract(&self) -> Result<Address> {
        self.create("BttPay", &[]).await
    }

    /// Creates the contract that shares what it redeems from that one, and says where it is.
    ///
    /// # Errors
    /// If it is not compiled, and as [`Chain::call`].
    pub async fn create_split(&self, contract: Address) -> Result<Address> {
        self.create("BttSplit", &[&[0; 12], contract.as_bytes().as_slice()].concat()).await
    }

    async fn create(&self, name: &str, arguments: &[u8]) -> Result<Address> {
        let artefact = fs::read_to_string(tools::contract()?.join(format!("{name}.json")))?;
        let artefact: Value = serde_json::from_str(&artefact)?;
        let code = text(&artefact["bytecode"])?.strip_prefix("0x").and_then(hex::decode);
        let code = [code.with_context(|| format!("{name} has no code"))?, arguments.to_vec()].concat();
        let receipt = self.transact(self.account(0), None, Amount::default(), &code).await?;
        receipt.created.with_context(|| format!("{name} was not created"))
    }

    /// Makes blocks at once, the first of them with whatever waits.
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn mine(&self, blocks: u64) -> Result<()> {
        self.call("anvil_mine", json!([format!("{blocks:#x}")])).await?;
        Ok(())
    }

    /// Makes no more blocks but those that a test [mines](Self::mine).
    ///
    /// # Errors
    /// As [`Chain::call`].
    pub async fn stop(&self) -> Result<()> {
        self.call("evm_setIntervalMining", json!([0])).await?;
        Ok(())
    }
}

/// What a chain did with a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whether it did what was asked for.
    pub succeeded: bool,
    /// The contract that it created.
    pub created: Option<Address>,
}

/// What a server on this machine answers to JSON, as JSON.
pub(crate) async fn post(address: &str, path: &str, body: &Value) -> Result<Value> {
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    ask(address, &format!("{head}{body}")).await
}

/// What it answers to a question, likewise.
pub(crate) async fn get(address: &str, path: &str) -> Result<Value> {
    ask(address, &format!("GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")).await
}

async fn ask(address: &str, request: &str) -> Result<Value> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    let answer = String::from_utf8(answer)?;
    let (_, body) = answer.split_once("\r\n\r\n").context("the answer has no body")?;
    serde_json::from_str(body).with_context(|| format!("{answer} is no JSON"))
}

fn text(value: &Value) -> Result<&str> {
    value.as_str().with_context(|| format!("{value} is no text"))
}

/// Time between two blocks.
const BLOCK_TIME: Duration = Duration::from_millis(200);

/// The most that a transaction may use, more than any does.
const GAS: &str = "0x300000";

/// That of BTTC.
const TRUE_BLOCK_TIME: Duration = Duration::from_secs(2);
