//! What stands in front of a program that others ask to do something on a chain: how often one place may ask, how long what it
//! says may be, and which sites' pages may ask (CORS).

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::timeout;

use crate::accept::{self, Acceptor, Client};
use crate::admission::Admission;
use crate::config::Limits;
use crate::http::Http;
use crate::metrics::Counters;
use crate::place::forwarded;
use crate::quota::Quota;
use crate::{GRACE, Signals, new_runtime};

/// The door of one program.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) origins: Vec<String>,
    pub(crate) behind_proxy: bool,
    pub(crate) quota: Quota,
    /// Bytes that a request may have.
    pub(crate) max_body: usize,
    pub(crate) started: Instant,
}

/// How long somebody may take to say what they want.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Connections at a time.
const MAX_CONNECTIONS: usize = 1000;

impl Door {
    /// What a request says, if its place may ask for something; else what it is answered. What cannot be read is refused by
    /// this code.
    pub(crate) async fn hear<T>(
        &self,
        client: &Client,
        request: Request,
        code: &str,
        read: impl FnOnce(&[u8]) -> Result<T, String>,
    ) -> Result<T, Response> {
        let address = self.address(client.address.ip(), request.headers());
        if !self.quota.take(address, self.started.elapsed()) {
            return Err(refuse(
                StatusCode::TOO_MANY_REQUESTS,
                "too-often",
                "That is too often: try again in a minute.",
            ));
        }
        let Ok(body) = timeout(BODY_TIMEOUT, to_bytes(request.into_body(), self.max_body)).await else {
            return Err(refuse(StatusCode::REQUEST_TIMEOUT, "too-slow", "That takes too long."));
        };
        let Ok(body) = body else {
            return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "too-long", "That is too long."));
        };
        read(&body).map_err(|why| refuse(StatusCode::BAD_REQUEST, code, &why))
    }

    /// Where the client is, as far as that can be told.
    fn address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let header = headers.get_all(HeaderName::from_static("x-forwarded-for")).iter().next_back();
        let header = header.filter(|_| self.behind_proxy).and_then(|value| value.to_str().ok());
        header.and_then(forwarded).unwrap_or(peer)
    }
}

/// A site behind its door. It also says that it is there.
pub(crate) fn behind(door: Arc<Door>, site: Router) -> Router {
    site.route("/health", get(|| async { "ok\n" })).layer(from_fn_with_state(door, for_other_sites))
}

/// Lets pages of the sites that are named ask.
async fn for_other_sites(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let is_named =
        |origin: &HeaderValue| door.origins.iter().any(|named| named.as_bytes() == origin.as_bytes());
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

/// Says why not: by a code for programs, and a sentence.
pub(crate) fn refuse(status: StatusCode, code: &str, why: &str) -> Response {
    answer(status, &json!({ "code": code, "error": why }))
}

/// Answers with JSON.
pub(crate) fn answer(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, Body::from(value.to_string())).into_response()
}

/// Serves a site and does its work, until the process is told to end. Wherever the work is then, all that it goes on from has
/// to be on disk.
pub(crate) fn serve(
    listen: SocketAddr,
    behind_proxy: bool,
    does: &str,
    site: Router,
    worker: Arc<impl Worker>,
) -> anyhow::Result<()> {
    let limits = Limits { max_connections: MAX_CONNECTIONS, ..Limits::default() };
    let listener = accept::listen(listen, &limits).with_context(|| format!("cannot listen on {listen}"))?;
    println!("listening on http://{}\n{does}", listener.local_addr()?);
    let (stop, stopping) = watch::channel(());
    let (alive, mut connections) = mpsc::channel(1);
    let counters = Arc::new(Counters::default());
    let admission = Arc::new(Admission::new(&limits));
    let http =
        Http { site, tls: None, limits, counters: Arc::clone(&counters), stopping: stopping.clone(), alive };
    new_runtime()?.block_on(async {
        let mut signals = Signals::catch()?;
        let listener = TcpListener::from_std(listener)?;
        let (accepts, accepted) = mpsc::unbounded_channel();
        tokio::spawn(http.serve(accepted));
        tokio::spawn(
            Acceptor { admission, behind_proxy, counters, stopping, workers: vec![accepts] }.run(listener),
        );
        tokio::spawn(work(worker));
        loop {
            tokio::select! {
                _ = signals.interrupt.recv() => break,
                _ = signals.terminate.recv() => break,
                _ = signals.hangup.recv() => {}
            }
        }
        drop(stop);
        let drained = async { while connections.recv().await.is_some() {} };
        drop(timeout(GRACE, drained).await);
        Ok(())
    })
}

/// A program that does one step of its work after the other.
pub(crate) trait Worker: Send + Sync + 'static {
    /// What complaints call it.
    const NAME: &'static str;

    /// How long it waits after a step, and what ends that.
    fn pause(&self) -> (Duration, &Notify);

    /// Does one step.
    fn step(&self) -> impl Future<Output = anyhow::Result<()>> + Send;
}

/// Works until the process ends.
async fn work<W: Worker>(worker: Arc<W>) {
    let complaint = Complaint::of(W::NAME);
    loop {
        complaint.note(worker.step().await);
        let (pause, news) = worker.pause();
        let _ = timeout(pause, news.notified()).await;
    }
}

/// Says what hinders work that is done again and again: once, and not each time for as long as a node is down.
#[derive(Debug)]
struct Complaint {
    who: &'static str,
    last: Mutex<String>,
}

impl Complaint {
    /// Of whom.
    fn of(who: &'static str) -> Self {
        Self { who, last: Mutex::default() }
    }

    /// What came of it this time.
    fn note(&self, done: anyhow::Result<()>) {
        let problem = done.err().map(|error| format!("{error:#}")).unwrap_or_default();
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if problem != *last {
            match problem.is_empty() {
                true => eprintln!("seedcast-signaling: {} goes on", self.who),
                false => eprintln!("seedcast-signaling: {problem}"),
            }
            *last = problem;
        }
    }
}
