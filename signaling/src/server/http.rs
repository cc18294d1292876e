//! Accepts connections and speaks HTTP on them.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use crate::tls::Tls;

/// What every connection needs.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) site: Router,
    /// What turns connections into `https:`, unless a proxy does.
    pub(crate) tls: Option<Arc<Tls>>,
    /// How long a client may take to send the headers of a request.
    pub(crate) header_timeout: Duration,
    /// Changes, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
    /// Every connection holds one, so that the shutdown can wait for the last.
    pub(crate) alive: mpsc::Sender<()>,
}

impl Http {
    /// Serves whoever connects, until the server stops.
    pub(crate) async fn serve(mut self, mut listener: TcpListener) {
        loop {
            tokio::select! {
                (stream, client) = Listener::accept(&mut listener) => {
                    tokio::spawn(self.clone().receive(stream, client));
                }
                _ = self.stopping.changed() => return,
            }
        }
    }

    /// Serves one client, by TLS if there is a certificate.
    async fn receive(mut self, stream: TcpStream, client: SocketAddr) {
        // A tracker's frames are small and wait for nothing.
        drop(stream.set_nodelay(true));
        let Some(tls) = self.tls.take() else { return self.converse(stream, client).await };
        // A client that does not get through has nothing to be told, and one that takes its time may not take forever.
        let secured = tokio::select! {
            secured = tokio::time::timeout(self.header_timeout, tls.accept(stream)) => secured,
            _ = self.stopping.changed() => return,
        };
        if let Ok(Ok(stream)) = secured {
            self.converse(stream, client).await;
        }
    }

    /// Serves one client until either side is done, or the connection has become a WebSocket.
    async fn converse(
        mut self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        client: SocketAddr,
    ) {
        let site = TowerToHyperService::new(self.site);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(client));
            site.call(request)
        });
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.header_timeout)
                .serve_connection(TokioIo::new(stream), service)
                .with_upgrades()
        );
        // How it ends is the client's business.
        tokio::select! {
            served = connection.as_mut() => drop(served),
            _ = self.stopping.changed() => {
                connection.as_mut().graceful_shutdown();
                drop(connection.await);
            }
        }
        drop(self.alive);
    }
}
