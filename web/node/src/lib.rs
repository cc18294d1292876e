//! Questions to a chain, by JSON-RPC over HTTP.
//!
//! The address of the node comes from the deployment's configuration and from nowhere else. Windows and workers ask alike.

use btt::Amount;
use js_sys::{Object, Promise, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, RequestInit, Response};

/// Milliseconds after which a node counts as unreachable.
const PATIENCE: u32 = 10_000;

/// Characters of an answer: a block full of transactions has some hundred thousand.
const MAX_ANSWER: usize = 8 << 20;

#[wasm_bindgen]
extern "C" {
    fn fetch(url: &str, request: &RequestInit) -> Promise;
}

/// Where a chain can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node(String);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NodeError {
    /// Nobody answers, or nothing that makes sense.
    Unreachable,
    /// The node says no: its words.
    Refused(String),
}

impl Node {
    /// The node at this address.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.to_owned())
    }

    /// Asks one question.
    ///
    /// # Errors
    /// [`NodeError`].
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, NodeError> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = self.post(&body.to_string()).await.map_err(|_error| NodeError::Unreachable)?;
        if answer.len() > MAX_ANSWER {
            return Err(NodeError::Unreachable);
        }
        let mut answer: Value = serde_json::from_str(&answer).map_err(|_error| NodeError::Unreachable)?;
        if let Some(error) = answer.get("error").filter(|error| !error.is_null()) {
            let words = error.get("message").and_then(Value::as_str).unwrap_or_default();
            return Err(NodeError::Refused(words.chars().take(200).collect()));
        }
        answer.get_mut("result").map(Value::take).ok_or(NodeError::Unreachable)
    }

    /// The same for an answer that is a number.
    ///
    /// # Errors
    /// [`NodeError`], also if it is none.
    pub async fn number(&self, method: &str, params: Value) -> Result<u64, NodeError> {
        let answer = self.call(method, params).await?;
        as_number(&answer).ok_or(NodeError::Unreachable)
    }

    /// The same for an answer that is an amount.
    ///
    /// # Errors
    /// [`NodeError`], also if it is none.
    pub async fn amount(&self, method: &str, params: Value) -> Result<Amount, NodeError> {
        let answer = self.call(method, params).await?;
        let amount = answer.as_str().and_then(|quantity| Amount::from_quantity(quantity).ok());
        amount.ok_or(NodeError::Unreachable)
    }

    /// What a unit of gas costs now.
    ///
    /// # Errors
    /// [`NodeError`].
    pub fn gas_price(&self) -> impl Future<Output = Result<Amount, NodeError>> {
        self.amount("eth_gasPrice", json!([]))
    }

    async fn post(&self, body: &str) -> Result<String, JsValue> {
        let request = RequestInit::new();
        request.set_method("POST");
        request.set_body(&JsValue::from_str(body));
        let headers = Object::new();
        Reflect::set(&headers, &"content-type".into(), &"application/json".into())?;
        request.set_headers(&headers);
        request.set_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE)));
        let response: Response = JsFuture::from(fetch(&self.0, &request)).await?.dyn_into()?;
        Ok(JsFuture::from(response.text()?).await?.as_string().unwrap_or_default())
    }
}

/// A quantity of JSON-RPC (EIP-1474) that fits.
#[must_use]
pub fn as_number(value: &Value) -> Option<u64> {
    u64::from_str_radix(value.as_str()?.strip_prefix("0x")?, 16).ok()
}
