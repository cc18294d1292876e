//! What others may ask of a relay, and hand in.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use btt::Address;
use relay::Offer;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::{Shared, now};
use crate::accept::Client;
use crate::place::forwarded;
use crate::quota::Quota;

/// Vouchers at a time, and the bytes that they may have.
const MAX_OFFERS: usize = 40;
const MAX_BODY: usize = 32 * 1024;

/// Requests with vouchers that one place may send at once, and per second.
const BURST: u32 = 20;
const PER_SECOND: f64 = 0.2;

/// Those that the node is asked for at a time.
const AT_ONCE: usize = 8;

/// How long somebody may take to say what they have.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Site {
    shared: Arc<Shared>,
    quota: Quota,
    asking: Semaphore,
    started: Instant,
}

/// What is handed in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offers {
    /// Whose purse it is.
    owner: Address,
    vouchers: Vec<Offer>,
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let (quota, asking) = (Quota::new(PER_SECOND, BURST), Semaphore::new(AT_ONCE));
    let site = Arc::new(Site { shared, quota, asking, started: Instant::now() });
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/relay", get(terms).post(take))
        .route("/relay/{owner}", get(terms_for))
        .layer(from_fn_with_state(Arc::clone(&site), for_other_sites))
        .with_state(site)
}

/// What it redeems and for how much.
async fn terms(State(site): State<Arc<Site>>) -> Response {
    answer(StatusCode::OK, &site.shared.terms())
}

/// The same with the purse of an owner, which vouchers have to be signed to.
async fn terms_for(State(site): State<Arc<Site>>, Path(owner): Path<String>) -> Response {
    let owner: Address = match owner.parse() {
        Ok(owner) => owner,
        Err(error) => return refuse(StatusCode::BAD_REQUEST, &error.to_string()),
    };
    let mut terms = site.shared.terms();
    terms["payee"] = json!(site.shared.state().relay.purse(owner));
    answer(StatusCode::OK, &terms)
}

/// Takes vouchers, and says of each why not, if so.
async fn take(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let address = site.address(client.address.ip(), request.headers());
    if !site.quota.take(address, site.started.elapsed()) {
        return refuse(StatusCode::TOO_MANY_REQUESTS, "That is too often: try again in a minute.");
    }
    let Ok(body) = timeout(BODY_TIMEOUT, to_bytes(request.into_body(), MAX_BODY)).await else {
        return refuse(StatusCode::REQUEST_TIMEOUT, "That takes too long.");
    };
    let Ok(body) = body else {
        return refuse(StatusCode::PAYLOAD_TOO_LARGE, "That is too long: 40 vouchers are taken at a time.");
    };
    let offers = match read(&body) {
        Ok(offers) => offers,
        Err(why) => return refuse(StatusCode::BAD_REQUEST, &why),
    };
    let Ok(_asking) = site.asking.try_acquire() else {
        return refuse(StatusCode::SERVICE_UNAVAILABLE, "Others are asking: try again.");
    };
    let mut answers = Vec::new();
    for offer in offers.vouchers {
        match site.shared.take(offers.owner, offer).await {
            Ok(refusal) => answers.push(refusal),
            Err(error) => {
                eprintln!("seedcast-signaling: a voucher cannot be taken: {error:#}");
                return refuse(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The chain cannot be asked: try again later.",
                );
            }
        }
    }
    answer(StatusCode::OK, &json!({ "refused": answers }))
}

impl Shared {
    fn terms(&self) -> Value {
        let state = self.state();
        let relay::Config { deployment, split, share, .. } = state.relay.config();
        json!({
            "chain": deployment.chain,
            "contract": deployment.contract,
            "split": split.address,
            "share": share,
        })
    }

    /// Takes a voucher, once it is on disk, or says why not.
    async fn take(&self, owner: Address, offer: Offer) -> anyhow::Result<Option<String>> {
        let checked = self.state().relay.check(owner, &offer);
        if let Err(refusal) = checked {
            return Ok(Some(refusal.to_string()));
        }
        let status = self.node.status(self.config.contract, offer.slot()).await?;
        let mut state = self.state();
        if let Err(refusal) = state.relay.admit(now(), owner, offer, status.as_ref()) {
            return Ok(Some(refusal.to_string()));
        }
        state.is_dirty = true;
        state.save()?;
        self.news.notify_one();
        Ok(None)
    }
}

impl Site {
    /// Where the client is, as far as that can be told.
    fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let header = headers.get_all(HeaderName::from_static("x-forwarded-for")).iter().next_back();
        let forwarded = header.filter(|_| self.shared.config.behind_proxy);
        forwarded.and_then(forwarded_to).unwrap_or(peer)
    }
}

fn forwarded_to(value: &HeaderValue) -> Option<IpAddr> {
    forwarded(value.to_str().ok()?)
}

fn read(body: &[u8]) -> Result<Offers, String> {
    let offers: Offers =
        serde_json::from_slice(body).map_err(|error| format!("That is no list of vouchers: {error}."))?;
    if offers.vouchers.len() > MAX_OFFERS {
        return Err(format!("That is too much: {MAX_OFFERS} vouchers are taken at a time."));
    }
    Ok(offers)
}

/// Lets pages of the sites that are named ask and hand in (CORS).
async fn for_other_sites(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_named = |origin: &HeaderValue| {
        site.shared.config.origins.iter().any(|named| named.as_bytes() == origin.as_bytes())
    };
    let origin = origin.filter(is_named);
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::NO_CONTENT.into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(origin) = origin {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
    }
    response
}

fn refuse(status: StatusCode, why: &str) -> Response {
    answer(status, &json!({ "error": why }))
}

fn answer(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(value.to_string())).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_44_what_is_no_list_of_vouchers_is_refused() {
        let voucher = json!({
            "buyer": format!("0x{}", "11".repeat(20)),
            "key": format!("0x{}", "22".repeat(20)),
            "slot": 7,
            "cumulative": "1000000000000000000",
            "signature": format!("0x{}", "33".repeat(64)),
        });
        let list = |vouchers: &[Value]| {
            json!({ "owner": format!("0x{}", "44".repeat(20)), "vouchers": vouchers }).to_string()
        };
        assert_eq!(read(list(std::slice::from_ref(&voucher)).as_bytes()).unwrap().vouchers.len(), 1);
        assert!(list(&vec![voucher.clone(); MAX_OFFERS]).len() < MAX_BODY);
        assert!(read(list(&vec![voucher.clone(); MAX_OFFERS + 1]).as_bytes()).is_err());
        for (field, value) in [
            ("buyer", json!("0x11")),
            ("slot", json!(-1)),
            ("slot", json!(1_u64 << 32)),
            ("cumulative", json!(1000)),
            ("cumulative", json!("1e18")),
            ("signature", json!("0x33")),
            ("payee", json!("0x")),
        ] {
            let mut voucher = voucher.clone();
            voucher[field] = value;
            assert!(read(list(&[voucher]).as_bytes()).is_err(), "{field}");
        }
        assert!(read(b"[]").is_err());
        assert!(read("[".repeat(30_000).as_bytes()).is_err());
    }
}
