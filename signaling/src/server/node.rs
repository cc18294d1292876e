//! A node of the chain, by JSON-RPC.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Uri, header};
use btt::{Address, Amount, hex};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use pay::abi::Call;
use pay::seller::SlotStatus;
use pay::{Deployment, SlotId};
use sending::{Log, Receipt, Sight, Signed};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// Where it is, and how it is known to be itself.
pub(crate) struct Node {
    host: String,
    port: u16,
    path: String,
    tls: Option<TlsConnector>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node says no.
    Refused(String),
    /// It does not answer as nodes do, or not at all.
    Silent(anyhow::Error),
}

/// How long a node may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The longest answer: a receipt of a transaction with forty vouchers has 40 KiB.
const MAX_ANSWER: usize = 1024 * 1024;

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is behind it may be a password.
        write!(f, "Node({}:{})", self.host, self.port)
    }
}

impl From<Failure> for anyhow::Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(why) => anyhow::anyhow!("the node says: {why}"),
            Failure::Silent(error) => error.context("the node does not answer"),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Silent(error)
    }
}

type Answer<T> = Result<T, Failure>;

impl Node {
    /// The node at an `https:` or `http:` URL.
    pub(crate) fn new(url: &str, authorities: &Path) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().context("network.rpc is no URL")?;
        let host = uri.host().context("network.rpc has no host")?.to_owned();
        let is_secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        let tls = is_secure.then(|| connector(authorities)).transpose()?;
        Ok(Self { host, port, path, tls })
    }

    /// Whether it is on this chain and knows this contract, and is not a node of another.
    pub(crate) async fn check(&self, deployment: &Deployment) -> anyhow::Result<()> {
        let chain = self.number("eth_chainId", json!([])).await?;
        anyhow::ensure!(chain == deployment.chain, "the node is on the chain {chain}");
        let separator = hex::decode("f698da25").unwrap_or_default();
        let separator = self.view(deployment.contract, &separator).await?;
        anyhow::ensure!(
            separator == deployment.domain_separator(),
            "there is no BttPay at {}",
            deployment.contract
        );
        Ok(())
    }

    /// What the contract says of a slot.
    pub(crate) async fn status(&self, contract: Address, slot: SlotId) -> Answer<Option<SlotStatus>> {
        let (status, _balance) = self.standing(contract, slot).await?;
        Ok(Some(status).filter(|status| *status != SlotStatus::ABSENT))
    }

    /// The same, [`SlotStatus::ABSENT`] of a session that there never was, and what the contract still holds of the session.
    pub(crate) async fn standing(&self, contract: Address, slot: SlotId) -> Answer<(SlotStatus, Amount)> {
        let answer = self.view(contract, &Call::Status(slot).encode()).await?;
        let status = SlotStatus::parse(slot, &answer).map_err(|error| Failure::Silent(error.into()))?;
        let balance = answer.get(5 * 32 + 16..6 * 32).and_then(|units| units.try_into().ok());
        let balance = balance.map(u128::from_be_bytes).ok_or_else(|| unlike_a_node("eth_call"))?;
        Ok((status, Amount::from_units(balance)))
    }

    /// What a gas costs.
    pub(crate) async fn price(&self) -> Answer<Amount> {
        self.amount("eth_gasPrice", json!([])).await
    }

    /// What an account has.
    pub(crate) async fn balance(&self, account: Address) -> Answer<Amount> {
        self.amount("eth_getBalance", json!([text(account), "latest"])).await
    }

    /// How many transactions of an account are in blocks.
    pub(crate) async fn nonce(&self, account: Address) -> Answer<u64> {
        self.number("eth_getTransactionCount", json!([text(account), "latest"])).await
    }

    /// The newest block.
    async fn head(&self) -> Answer<u64> {
        self.number("eth_blockNumber", json!([])).await
    }

    /// What a transaction would return, as an amount.
    pub(crate) async fn simulate(&self, from: Address, to: Address, data: &[u8]) -> Answer<Amount> {
        let call = json!({ "from": text(from), "to": text(to), "data": hex::prefixed(data) });
        let returned = self.bytes("eth_call", json!([call, "latest"])).await?;
        let word: [u8; 32] = returned.try_into().map_err(|_length| unlike_a_node("eth_call"))?;
        let (zeros, units) = word.split_at(16);
        let units = units.try_into().ok().filter(|_| zeros.iter().all(|byte| *byte == 0));
        let units = units.map(u128::from_be_bytes).ok_or_else(|| unlike_a_node("eth_call"))?;
        Ok(Amount::from_units(units))
    }

    /// What a transaction that carries so much would use.
    pub(crate) async fn estimate(
        &self,
        from: Address,
        to: Address,
        value: Amount,
        data: &[u8],
    ) -> Answer<u64> {
        let value = value.to_quantity();
        let call = json!({ "from": text(from), "to": text(to), "value": value, "data": hex::prefixed(data) });
        self.number("eth_estimateGas", json!([call])).await
    }

    /// Sends the newest of what may have been sent of a transaction, and says what the chain has of all that.
    pub(crate) async fn watch(&self, account: Address, signed: &[Signed], price: Amount) -> Answer<Sight> {
        if let Some(newest) = signed.last() {
            self.send(newest).await?;
        }
        let nonce = self.nonce(account).await?;
        let mut receipt = None;
        for signed in signed {
            receipt = receipt.or(self.receipt(signed.hash).await?);
        }
        let head = self.head().await?;
        Ok(Sight { head, nonce, price, receipt })
    }

    /// Sends a transaction. That it is known, or its number used, is no news to whoever sends it again.
    async fn send(&self, signed: &Signed) -> Answer<()> {
        match self.ask("eth_sendRawTransaction", json!([hex::prefixed(&signed.bytes)])).await {
            Ok(_) | Err(Failure::Refused(_)) => Ok(()),
            Err(silent) => Err(silent),
        }
    }

    /// What a transaction did, if it is in a block.
    async fn receipt(&self, hash: [u8; 32]) -> Answer<Option<Receipt>> {
        let receipt = self.ask("eth_getTransactionReceipt", json!([hex::prefixed(&hash)])).await?;
        if receipt.is_null() {
            return Ok(None);
        }
        let number =
            |field: &str| quantity(&receipt[field]).and_then(|units| u64::try_from(units.units()).ok());
        let read = || {
            Some(Receipt {
                hash,
                block: number("blockNumber")?,
                succeeded: number("status")? == 1,
                gas: number("gasUsed")?,
                logs: receipt["logs"].as_array()?.iter().filter_map(log).collect(),
            })
        };
        read().map(Some).ok_or_else(|| unlike_a_node("eth_getTransactionReceipt"))
    }

    pub(crate) async fn view(&self, to: Address, data: &[u8]) -> Answer<Vec<u8>> {
        self.bytes("eth_call", json!([{ "to": text(to), "data": hex::prefixed(data) }, "latest"])).await
    }

    async fn bytes(&self, method: &str, params: Value) -> Answer<Vec<u8>> {
        let answer = self.ask(method, params).await?;
        let bytes = answer.as_str().and_then(|text| hex::decode(text.strip_prefix("0x")?));
        bytes.ok_or_else(|| unlike_a_node(method))
    }

    async fn amount(&self, method: &str, params: Value) -> Answer<Amount> {
        quantity(&self.ask(method, params).await?).ok_or_else(|| unlike_a_node(method))
    }

    async fn number(&self, method: &str, params: Value) -> Answer<u64> {
        let amount = self.amount(method, params).await?;
        u64::try_from(amount.units()).map_err(|_overflow| unlike_a_node(method))
    }

    async fn ask(&self, method: &str, params: Value) -> Answer<Value> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = timeout(PATIENCE, self.post(body.to_string())).await;
        let answer = answer.map_err(|_elapsed| Failure::Silent(anyhow::anyhow!("it takes too long")))??;
        let mut answer: Value = serde_json::from_slice(&answer).map_err(|_error| unlike_a_node(method))?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            return Err(Failure::Refused(error["message"].as_str().unwrap_or("no").to_owned()));
        }
        answer.get_mut("result").map(Value::take).ok_or_else(|| unlike_a_node(method))
    }

    async fn post(&self, body: String) -> anyhow::Result<Vec<u8>> {
        let host = self.host.trim_matches(['[', ']']);
        let stream = TcpStream::connect((host, self.port)).await?;
        match &self.tls {
            Some(tls) => {
                let name = ServerName::try_from(host.to_owned())?;
                self.post_over(tls.connect(name, stream).await?, body).await
            }
            None => self.post_over(stream, body).await,
        }
    }

    async fn post_over(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        body: String,
    ) -> anyhow::Result<Vec<u8>> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let request = Request::post(&self.path)
            .header(header::HOST, format!("{}:{}", self.host, self.port))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))?;
        let response = sender.send_request(request).await?;
        let body = to_bytes(Body::new(response.into_body()), MAX_ANSWER).await;
        connection.abort();
        Ok(body?.to_vec())
    }
}

fn connector(authorities: &Path) -> anyhow::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    let certificates = CertificateDer::pem_file_iter(authorities)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot read the certificates in {}", authorities.display()))?;
    // Some that are old are of no use to anybody.
    let (used, _) = roots.add_parsable_certificates(certificates);
    anyhow::ensure!(used > 0, "{} has no certificate", authorities.display());
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

fn unlike_a_node(method: &str) -> Failure {
    Failure::Silent(anyhow::anyhow!("what it answers to {method} makes no sense"))
}

fn text(address: Address) -> String {
    hex::prefixed(address.as_bytes())
}

fn quantity(value: &Value) -> Option<Amount> {
    Amount::from_quantity(value.as_str()?).ok()
}

fn log(log: &Value) -> Option<Log> {
    let topics = log["topics"].as_array()?.iter();
    Some(Log {
        address: hex::decode_prefixed(log["address"].as_str()?).map(Address::from_bytes)?,
        topics: topics.map(|topic| hex::decode_prefixed(topic.as_str()?)).collect::<Option<_>>()?,
        data: hex::decode(log["data"].as_str()?.strip_prefix("0x")?)?,
    })
}
