//! A wallet of play money, for a chain on this machine whose node keeps the keys of its accounts (`cargo xtask serve
//! --demo`). It announces itself as other wallets do (EIP-6963), and asks before it sends. It is in no page that is
//! deployed.

use btt::{Amount, Chain, Networks};
use js_sys::{Object, Reflect};
use serde_json::{Value, json};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{CustomEvent, CustomEventInit};

use crate::browser::{Listener, from_js, to_js, window};
use crate::node::{Node, NodeError};

const NAME: &str = "Play money (demo)";
const RDNS: &str = "org.seedcast.play-money";
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Ccircle cx='4' cy='4' r='4' fill='%23e0a000'/%3E%3C/svg%3E";

/// Which of the node's accounts is the user's; the first gets the tips of the sample.
const ACCOUNT: usize = 1;

/// Announces the wallet whenever somebody asks for wallets, if there is a chain of play money.
pub(crate) fn announce(networks: &Networks) {
    let network = networks.networks.iter().find(|network| network.chain.is_test());
    let Some((node, chain)) =
        network.and_then(|network| Some((Node::new(network.rpc.as_ref()?), network.chain)))
    else {
        return;
    };
    let provider = provider(node, chain);
    let info = to_js(&json!({ "uuid": "seedcast-demo", "name": NAME, "icon": ICON, "rdns": RDNS }));
    let detail = Object::new();
    for (name, value) in [("info", &info), ("provider", &provider)] {
        // Setting a property of a fresh plain object cannot fail.
        let _ = Reflect::set(&detail, &name.into(), value);
    }
    let target: JsValue = window().into();
    let listener = Listener::new(
        &target,
        ["addEventListener", "removeEventListener"],
        "eip6963:requestProvider",
        move |_| {
            let init = CustomEventInit::new();
            init.set_detail(&detail);
            if let Ok(event) = CustomEvent::new_with_event_init_dict("eip6963:announceProvider", &init) {
                let _ = window().dispatch_event(&event);
            }
        },
    );
    if let Some(listener) = listener {
        listener.for_ever();
    }
}

/// An object with the methods of EIP-1193.
fn provider(node: Node, chain: Chain) -> JsValue {
    let request = Closure::<dyn Fn(JsValue) -> js_sys::Promise>::new(move |request: JsValue| {
        let (node, request) = (node.clone(), from_js(&request));
        future_to_promise(async move {
            let answer = answer(&node, chain, &request).await;
            answer.map(|answer| to_js(&answer)).map_err(|(code, message)| {
                let error = js_sys::Error::new(&message);
                let _ = Reflect::set(&error, &"code".into(), &JsValue::from(code));
                error.into()
            })
        })
    });
    let nothing = Closure::<dyn Fn()>::new(|| {}).into_js_value();
    let provider = Object::new();
    let request = request.into_js_value();
    for (name, value) in [("request", &request), ("on", &nothing), ("removeListener", &nothing)] {
        let _ = Reflect::set(&provider, &name.into(), value);
    }
    provider.into()
}

async fn answer(node: &Node, chain: Chain, request: &Value) -> Result<Value, (i32, String)> {
    let method = request.get("method").and_then(Value::as_str).unwrap_or_default();
    let params = request.get("params").cloned().unwrap_or_else(|| json!([]));
    match method {
        "eth_requestAccounts" | "eth_accounts" => {
            let accounts = node.call("eth_accounts", json!([])).await.map_err(failed)?;
            Ok(json!([accounts.get(ACCOUNT)]))
        }
        "eth_chainId" => Ok(match chain {
            Chain::Eip155(id) => format!("{id:#x}").into(),
            Chain::Tron(_) => Value::Null,
        }),
        "eth_sendTransaction" => {
            let text = |name: &str| {
                params.pointer(&format!("/0/{name}")).and_then(Value::as_str).unwrap_or_default()
            };
            let amount = Amount::from_quantity(text("value")).unwrap_or_default();
            ask(&format!("{NAME}\n\nSend {amount} BTT of play money to\n{}?", text("to")))?;
            node.call(method, params).await.map_err(failed)
        }
        "personal_sign" => {
            ask(&format!("{NAME}\n\nSign this torrent as its creator?"))?;
            node.call(method, params).await.map_err(failed)
        }
        "wallet_switchEthereumChain" => Ok(Value::Null),
        _ => Err((4200, format!("{NAME} does not know {method}."))),
    }
}

fn ask(question: &str) -> Result<(), (i32, String)> {
    let yes = window().confirm_with_message(question).unwrap_or(false);
    yes.then_some(()).ok_or_else(|| (4001, "The user said no.".to_owned()))
}

fn failed(error: NodeError) -> (i32, String) {
    match error {
        NodeError::Unreachable => (4900, "The demo's chain does not answer.".to_owned()),
        NodeError::Refused(words) => (-32603, words),
    }
}
