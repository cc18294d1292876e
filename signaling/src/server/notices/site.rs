//! What there is of notices on the web.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Extension, Router};

use super::Desk;
use crate::accept::Client;
use crate::routes::{Server, json};

#[derive(Debug)]
struct Site {
    desk: Desk,
    server: Arc<Server>,
}

/// The paths of a server that takes notices.
pub(super) fn router(desk: Desk, server: Arc<Server>) -> Router {
    Router::new()
        .route("/notice", get(form).post(take))
        .route("/notice/{id}", get(status))
        .route("/transparency.json", get(transparency))
        .with_state(Arc::new(Site { desk, server }))
}

async fn form(headers: HeaderMap) -> Response {
    Desk::form(&headers)
}

async fn take(
    State(site): State<Arc<Site>>,
    Extension(client): Extension<Client>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    site.desk.take(site.server.address(client.address, &head.headers), &head.headers, body).await
}

async fn status(State(site): State<Arc<Site>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    site.desk.status(&headers, id).await
}

async fn transparency(State(site): State<Arc<Site>>) -> Response {
    match site.desk.log().await {
        Ok(log) => json(log),
        Err(error) => {
            eprintln!("seedcast-signaling: {error:#}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}
