//! Which path answers with what.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tokio::sync::mpsc;
use tracker::MAX_MESSAGE;

use crate::about;
use crate::accept::Client;
use crate::admission::Admission;
use crate::config::Config;
use crate::hub::Hub;
use crate::metrics::Counters;
use crate::notices::Desk;
use crate::place::forwarded;
use crate::policy;
use crate::quota::Quota;
use crate::socket::Connection;
use crate::static_files::StaticFiles;

/// Bytes of a WebSocket that are read at a time. The buffer stays with the connection, idle or not; an announce with
/// five offers fits. With 4 KiB it takes two reads and a tenth more time, with 8 KiB a connection has 2 KiB more.
const READ_BUFFER: usize = 6 * 1024;

/// Passwords for TURN servers that one place may have at once, say a class that opens the page together, and per second.
const RELAY_BURST: u32 = 100;
const RELAYS_PER_SECOND: f64 = 0.2;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Server {
    config: Config,
    files: StaticFiles,
    hub: Arc<Hub>,
    counters: Arc<Counters>,
    admission: Arc<Admission>,
    relays: Quota,
    started: Instant,
    /// Every socket's task holds one, so that the shutdown can wait for the last.
    alive: mpsc::Sender<()>,
}

impl Server {
    pub(crate) fn new(
        config: Config,
        files: StaticFiles,
        hub: Arc<Hub>,
        counters: Arc<Counters>,
        admission: Arc<Admission>,
        alive: mpsc::Sender<()>,
    ) -> Self {
        let relays = Quota::new(RELAYS_PER_SECOND, RELAY_BURST);
        Self { config, files, hub, counters, admission, relays, started: Instant::now(), alive }
    }

    /// Where the client is, as far as the server can tell.
    pub(crate) fn address(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        let header = headers.get_all(HeaderName::from_static("x-forwarded-for")).iter().next_back();
        let forwarded =
            header.filter(|_| self.config.behind_proxy).and_then(|value| forwarded(value.to_str().ok()?));
        forwarded.unwrap_or(peer.ip())
    }
}

/// The whole site. A WebSocket is the tracker's on any path, since trackers' URLs differ and clients use
/// them as they are.
pub(crate) fn router(server: Arc<Server>, desk: Option<Desk>) -> Router {
    let of_notices = desk.map(|desk| desk.routes(Arc::clone(&server))).unwrap_or_default();
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/config.json", get(config))
        .route("/stats.json", get(stats))
        .route("/metrics", get(metrics))
        .route("/about", get(about_site))
        .fallback(file_or_socket)
        .with_state(server)
        .merge(of_notices)
        .layer(map_response(|mut response: Response| async {
            policy::apply(response.headers_mut());
            response
        }))
}

async fn config(
    State(server): State<Arc<Server>>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
) -> Response {
    if server.config.turn.is_none() {
        return json(server.config.page(SystemTime::now(), false).to_string());
    }
    let address = server.address(client.address, &headers);
    let may_relay = server.relays.take(address, server.started.elapsed());
    let mut response = json(server.config.page(SystemTime::now(), may_relay).to_string());
    // Passwords are for whoever asked, and no cache in between is.
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn stats(State(server): State<Arc<Server>>) -> Response {
    json(serde_json::json!(server.hub.stats()).to_string())
}

/// Answers with JSON that may be different the next time.
pub(crate) fn json(text: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text.into())
        .into_response()
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    let page = server.counters.render(server.admission.total(), &server.hub.stats());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
}

async fn about_site(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    about::page(&headers, &server.config)
}

async fn file_or_socket(
    State(server): State<Arc<Server>>,
    Extension(client): Extension<Client>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return socket(&server, client, upgrade, request.headers());
    }
    let path = request.uri().path();
    if request.method() == Method::POST && path == "/share" {
        // What is shared with an installed page is for its service worker, and never for us. One whose worker is gone
        // gets the page instead.
        return (StatusCode::SEE_OTHER, [(header::LOCATION, "./")]).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    if path == "/announce" {
        return (StatusCode::UPGRADE_REQUIRED, [(header::UPGRADE, "websocket")]).into_response();
    }
    server.files.respond(path, request.headers()).await
}

fn socket(server: &Arc<Server>, client: Client, upgrade: WebSocketUpgrade, headers: &HeaderMap) -> Response {
    let address = server.address(client.address, headers);
    // Without a proxy the connection was counted where it comes from when it was accepted.
    let resident = server.config.behind_proxy.then(|| server.admission.admit_from(address)).transpose();
    let Ok(resident) = resident else {
        server.counters.connections_refused.add();
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    };
    server.counters.connections.add();
    let server = Arc::clone(server);
    let upgrade = upgrade.read_buffer_size(READ_BUFFER);
    upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(move |socket| async move {
        let alive = server.alive.clone();
        let (conn, outbox) = server.hub.open(address);
        let (hub, limits, counters) =
            (Arc::clone(&server.hub), server.config.limits.clone(), Arc::clone(&server.counters));
        Connection { socket, conn, outbox, hub, limits, counters }.run().await;
        drop((client.admitted, resident, alive));
    })
}
