//! Which path answers with what.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use signaling::ConnId;
use tokio::sync::{mpsc, watch};
use tracker::MAX_MESSAGE;

use crate::admission::{Admission, Full};
use crate::config::Config;
use crate::hub::Hub;
use crate::metrics::Counters;
use crate::policy;
use crate::socket::Connection;
use crate::static_files::StaticFiles;

/// What the handlers share.
#[derive(Debug)]
pub(crate) struct Server {
    config: Config,
    files: StaticFiles,
    hub: Hub,
    counters: Arc<Counters>,
    admission: Arc<Admission>,
    next_conn: AtomicU64,
    stopping: watch::Receiver<()>,
    /// Every socket's task holds one, so that the shutdown can wait for the last.
    alive: mpsc::Sender<()>,
}

impl Server {
    pub(crate) fn new(
        config: Config,
        files: StaticFiles,
        stopping: watch::Receiver<()>,
        alive: mpsc::Sender<()>,
    ) -> Self {
        let counters = Arc::new(Counters::default());
        Self {
            files,
            hub: Hub::start(config.tracker.clone(), Arc::clone(&counters)),
            counters,
            admission: Arc::new(Admission::new(&config.limits)),
            next_conn: AtomicU64::new(0),
            stopping,
            alive,
            config,
        }
    }

    /// Where the client is, as far as the server can tell.
    fn client(&self, peer: SocketAddr, headers: &HeaderMap) -> IpAddr {
        // A proxy appends the address that it saw; what stands before it is the client's own claim.
        let forwarded = headers
            .get_all(HeaderName::from_static("x-forwarded-for"))
            .iter()
            .next_back()
            .filter(|_| self.config.behind_proxy)
            .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
        forwarded.unwrap_or(peer.ip())
    }
}

/// The whole site. A WebSocket is the tracker's on any path, since trackers' URLs differ and clients use
/// them as they are.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/health", get(|| async { "ok\n" }))
        .route("/config.json", get(config))
        .route("/stats.json", get(stats))
        .route("/metrics", get(metrics))
        .fallback(file_or_socket)
        .layer(map_response(|mut response: Response| async {
            policy::apply(response.headers_mut());
            response
        }))
        .with_state(server)
}

async fn config(State(server): State<Arc<Server>>) -> Response {
    let mut response = json(server.config.page(SystemTime::now()).to_string());
    if server.config.turn.is_some() {
        // Passwords are for whoever asked, and no cache in between is.
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

async fn stats(State(server): State<Arc<Server>>) -> Response {
    match server.hub.stats().await {
        Some(stats) => json(serde_json::json!(*stats).to_string()),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

fn json(text: String) -> Response {
    ([(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")], text).into_response()
}

async fn metrics(State(server): State<Arc<Server>>) -> Response {
    match server.hub.stats().await {
        Some(stats) => {
            let page = server.counters.render(server.admission.open(), &stats);
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], page).into_response()
        }
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn file_or_socket(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    upgrade: Result<WebSocketUpgrade, axum::extract::ws::rejection::WebSocketUpgradeRejection>,
    request: Request,
) -> Response {
    if let Ok(upgrade) = upgrade {
        return socket(&server, peer, upgrade, request.headers());
    }
    let path = request.uri().path();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    if path == "/announce" {
        return (StatusCode::UPGRADE_REQUIRED, [(header::UPGRADE, "websocket")]).into_response();
    }
    server.files.respond(path, request.headers()).await
}

fn socket(
    server: &Arc<Server>,
    peer: SocketAddr,
    upgrade: WebSocketUpgrade,
    headers: &HeaderMap,
) -> Response {
    let address = server.client(peer, headers);
    let admitted = match server.admission.admit(address) {
        Ok(admitted) => admitted,
        Err(full) => {
            server.counters.connections_refused.add();
            return match full {
                Full::Server => StatusCode::SERVICE_UNAVAILABLE,
                Full::Place => StatusCode::TOO_MANY_REQUESTS,
            }
            .into_response();
        }
    };
    server.counters.connections.add();
    let alive = server.alive.clone();
    let conn = ConnId::new(server.next_conn.fetch_add(1, Ordering::Relaxed));
    let (hub, limits, counters) =
        (server.hub.clone(), server.config.limits.clone(), Arc::clone(&server.counters));
    let stopping = server.stopping.clone();
    upgrade.max_message_size(MAX_MESSAGE).max_frame_size(MAX_MESSAGE).on_upgrade(move |socket| async move {
        Connection { socket, conn, address, hub, limits, counters, stopping }.run().await;
        drop((admitted, alive));
    })
}
