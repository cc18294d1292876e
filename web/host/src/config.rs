//! How this deployment is set up: `/config.json`.

use std::time::Duration;

use js_sys::{Array, Date, JSON, Promise};
use wasm_bindgen::prelude::*;
use web_sys::Response;

use crate::browser::{self, method, property, window};
use crate::early;
use crate::gathering::Awaited;

/// Where visitors are told what others see of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FirstVisit {
    /// On the page.
    Page,
    /// In players on other people's pages, too.
    Everywhere,
}

/// The settings of a deployment.
#[derive(Clone, Debug)]
pub struct Config {
    /// WebSocket URLs of trackers; never empty.
    pub trackers: Vec<String>,
    /// Networks for tips, as JSON; none if the deployment has none.
    pub tips: Option<String>,
    /// Where visitors are told what others see of them, before anything is connected for the first time.
    pub first_visit: Option<FirstVisit>,
    /// What `RTCPeerConnection` takes as `iceServers`.
    pub ice_servers: Array,
    /// When to read the settings again, in milliseconds since 1970: in good time before passwords in them expire.
    pub(crate) renew_at: f64,
    /// How long the deployment took to answer, unless the browser does not tell.
    pub(crate) round_trip: Option<Duration>,
}

impl Config {
    /// Reads the settings. A deployment without any uses its own tracker and no ICE servers.
    pub async fn fetch() -> Self {
        let asked = early::settings().unwrap_or_else(ask);
        read(asked).await.unwrap_or_else(|_unreachable| Self::of(&JsValue::UNDEFINED, None))
    }

    /// Reads them again; `None` if the deployment cannot be reached.
    pub(crate) async fn fetch_again() -> Option<Self> {
        read(ask()).await.ok()
    }

    fn of(config: &JsValue, round_trip: Option<Duration>) -> Self {
        let list = |name: &str| property(config, name).and_then(|list| list.dyn_into::<Array>().ok());
        let mut trackers: Vec<String> =
            list("trackers").unwrap_or_default().iter().filter_map(|url| url.as_string()).collect();
        if trackers.is_empty() {
            trackers.push(own_tracker());
        }
        let ttl = property(config, "ice_ttl").and_then(|seconds| seconds.as_f64());
        let renew_at = ttl.map_or(f64::INFINITY, |seconds| Date::now() + seconds * 1000.0 / 2.0);
        let tips = property(config, "tips").and_then(|tips| JSON::stringify(&tips).ok()?.as_string());
        let first_visit = property(config, "first_visit").and_then(|place| match &*place.as_string()? {
            "everywhere" => Some(FirstVisit::Everywhere),
            _ => Some(FirstVisit::Page),
        });
        let ice_servers = list("ice_servers").unwrap_or_default();
        Self { trackers, tips, first_visit, ice_servers, renew_at, round_trip }
    }
}

impl Config {
    /// The addresses of the ICE servers.
    pub(crate) fn ice_urls(&self) -> Vec<String> {
        let urls = self.ice_servers.iter().filter_map(|server| property(&server, "urls"));
        let urls = urls.flat_map(|urls| if urls.is_array() { Array::from(&urls) } else { Array::of1(&urls) });
        urls.filter_map(|url| url.as_string()).collect()
    }

    /// Whether people can be met through a relay.
    #[must_use]
    pub fn has_relay(&self) -> bool {
        Awaited::of_urls(self.ice_urls()).relayed
    }

    /// The first EVM chain among the networks for tips, as CAIP-2 names it.
    #[must_use]
    pub fn usual_chain(&self) -> Option<String> {
        let networks = self.networks();
        let chains = networks.iter().filter_map(|network| property(&network, "chain")?.as_string());
        chains.into_iter().find(|chain| chain.starts_with("eip155:"))
    }

    /// Whether one of the networks for tips names a contract by which people pay each other.
    #[must_use]
    pub fn has_payments(&self) -> bool {
        self.networks().iter().any(|network| property(&network, "pay").is_some())
    }

    fn networks(&self) -> Array {
        let tips = self.tips.as_ref().and_then(|tips| JSON::parse(tips).ok());
        let networks = tips.and_then(|tips| property(&tips, "networks")?.dyn_into().ok());
        networks.unwrap_or_default()
    }
}

fn ask() -> Promise {
    window().fetch_with_str("config.json")
}

async fn read(asked: Promise) -> Result<Config, JsValue> {
    let response: Response = asked.await?.dyn_into()?;
    let text = response.text()?.await?.as_string().unwrap_or_default();
    Ok(Config::of(&JSON::parse(&text)?, round_trip(&response.url())))
}

/// How long the server of this address took to answer the last request for it (Resource Timing). Nobody knows if the answer
/// came from a cache, or browsers have not noted it yet.
fn round_trip(address: &str) -> Option<Duration> {
    let performance = property(&window(), "performance")?;
    let requests = method(&performance, "getEntriesByName")?.call1(&performance, &address.into()).ok()?;
    let last = requests.dyn_into::<Array>().ok()?.pop();
    let at = |moment| property(&last, moment)?.as_f64();
    let taken = Duration::try_from_secs_f64((at("responseStart")? - at("requestStart")?) / 1000.0).ok()?;
    (at("transferSize")? > 0.0 && taken > Duration::ZERO).then_some(taken)
}

/// The tracker beside this page: `http` becomes `ws`, `https` becomes `wss`.
fn own_tracker() -> String {
    let address = browser::address();
    let folder = address.rfind('/').map_or(address.as_str(), |end| &address[..end]);
    format!("ws{}/announce", folder.strip_prefix("http").unwrap_or(folder))
}
