//! Speaks HTTP on connections.

use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use crate::accept::{Accepted, Client};
use crate::config::Limits;
use crate::metrics::Counters;
use crate::tls::Tls;
use crate::transport::Transport;

/// What every connection needs.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) site: Router,
    /// What turns connections into `https:`, unless a proxy does.
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    /// Changes, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
    /// Every connection holds one, so that the shutdown can wait for the last.
    pub(crate) alive: mpsc::Sender<()>,
}

impl Http {
    /// Serves whoever is accepted, until nobody is any more. What they do never leaves this thread.
    pub(crate) async fn serve(self, mut accepted: mpsc::UnboundedReceiver<Accepted>) {
        while let Some(Accepted { stream, client }) = accepted.recv().await {
            if let Ok(stream) = TcpStream::from_std(stream) {
                let stream = Transport::new(stream, &self.limits, Arc::clone(&self.counters));
                tokio::spawn(self.clone().receive(stream, client));
            }
        }
    }

    /// Serves one client, by TLS if there is a certificate.
    async fn receive(mut self, stream: Transport, client: Client) {
        let Some(tls) = self.tls.take() else { return self.converse(stream, client).await };
        // A client that does not get through has nothing to be told, and one that takes its time may not take forever.
        let secured = tokio::select! {
            secured = tokio::time::timeout(self.limits.header_timeout, tls.accept(stream)) => secured,
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
        client: Client,
    ) {
        let site = TowerToHyperService::new(self.site);
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(client.clone());
            site.call(request)
        });
        let mut connection = pin!(
            http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(self.limits.header_timeout)
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
