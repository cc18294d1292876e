//! What viewers' browsers may ask of a sponsor.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use btt::Address;
use serde::Deserialize;
use serde_json::json;
use sponsor::{Answer, MAX_TICKET, Refusal};

use super::Shared;
use crate::accept::Client;
use crate::door::{self, Door, answer, refuse};
use crate::own_account::now;
use crate::quota::Quota;

/// Bytes of a request.
const MAX_BODY: usize = 1024;

/// Requests that one place may send at once, and per second.
const BURST: u32 = 10;
const PER_SECOND: f64 = 0.2;

#[derive(Debug)]
struct Site {
    shared: Arc<Shared>,
    door: Arc<Door>,
}

/// What a viewer hands in.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wish {
    ticket: String,
    /// The address of the key that its browser made.
    key: Address,
}

pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let door = shared.config.program.door(Quota::new(PER_SECOND, BURST), MAX_BODY);
    let site = Arc::new(Site { shared, door: Arc::clone(&door) });
    door::behind(door, Router::new().route("/sponsor", get(terms).post(sponsor)).with_state(site))
}

/// What there is for a viewer.
async fn terms(State(site): State<Arc<Site>>) -> Response {
    let state = site.shared.state();
    let sponsor::Config { deployment, slots, slot_cap, lasts, .. } = state.sponsor.config();
    let terms = json!({
        "chain": deployment.chain,
        "contract": deployment.contract,
        "owner": state.sponsor.owner(),
        "slots": slots,
        "slot_cap": slot_cap,
        "lasts": lasts,
        "highest": site.shared.config.highest,
    });
    drop(state);
    answer(StatusCode::OK, &terms)
}

/// Has a session opened for a viewer.
async fn sponsor(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let wish = match site.door.hear(&client, request, "request", read).await {
        Ok(wish) => wish,
        Err(refusal) => return refusal,
    };
    match site.shared.admit(&wish) {
        Ok(Ok(told)) => answer(StatusCode::OK, &json!(told)),
        Ok(Err(refusal)) => refuse(status_of(refusal), refusal.code(), &refusal.to_string()),
        Err(error) => {
            eprintln!("seedcast-signaling: a viewer cannot be noted: {error:#}");
            let refusal = Refusal::Deaf;
            refuse(StatusCode::SERVICE_UNAVAILABLE, refusal.code(), "Nothing can be noted now.")
        }
    }
}

impl Shared {
    /// Notes a viewer, on disk, and what it is told.
    fn admit(&self, wish: &Wish) -> anyhow::Result<Result<Answer, Refusal>> {
        let now = now();
        let ticket = match self.secret.check(&wish.ticket) {
            Ok(ticket) => ticket,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut state = self.state();
        let told = state.sponsor.admit(now, &ticket, wish.key);
        state.is_dirty |= told.is_ok();
        state.save()?;
        self.news.notify_one();
        Ok(told)
    }
}

fn read(body: &[u8]) -> Result<Wish, String> {
    let wish: Wish = serde_json::from_slice(body)
        .map_err(|error| format!("That is no ticket with the address of a key: {error}."))?;
    if wish.ticket.len() > MAX_TICKET { Err("A ticket is not so long.".to_owned()) } else { Ok(wish) }
}

const fn status_of(refusal: Refusal) -> StatusCode {
    match refusal {
        Refusal::Ticket | Refusal::Late => StatusCode::FORBIDDEN,
        Refusal::Deaf => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::CONFLICT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn row_49_what_is_no_ticket_with_a_key_is_refused() {
        let key = format!("0x{}", "11".repeat(20));
        let good = json!({ "ticket": "1.a", "key": key }).to_string();
        assert_eq!(read(good.as_bytes()).unwrap().ticket, "1.a");
        for bad in [
            json!([]),
            json!({ "ticket": "1.a" }),
            json!({ "ticket": 1, "key": key }),
            json!({ "ticket": "1.a", "key": "0x11" }),
            json!({ "ticket": "1.a", "key": key, "more": 1 }),
            json!({ "ticket": "a".repeat(MAX_TICKET + 1), "key": key }),
        ] {
            assert!(read(bad.to_string().as_bytes()).is_err(), "{bad}");
        }
        assert!(read(&[b'['; MAX_BODY]).is_err());
    }
}
