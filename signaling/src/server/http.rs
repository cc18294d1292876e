//! Accepts connections and speaks HTTP on them.

use std::io;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::admission::{Admission, Admitted};
use crate::config::Limits;
use crate::metrics::Counters;
use crate::tls::Tls;
use crate::transport::Transport;

/// Connections that may wait to be accepted: after a restart everybody comes at once.
const BACKLOG: i32 = 4096;

/// Bytes that the kernel keeps for a client and has not sent. What is on its way comes on top, so that far clients are
/// served as fast as near ones.
#[cfg(any(target_os = "android", target_os = "linux"))]
const MAX_UNSENT: u32 = 32 * 1024;

/// Time until the next attempt, when there is no file descriptor for who wants to connect.
const DESCRIPTOR_RETRY: Duration = Duration::from_secs(1);

/// Time between two lines in the log that say so.
const DESCRIPTOR_REMINDER: Duration = Duration::from_secs(60);

/// A client's connection, as handlers of its requests see it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// The client, or the proxy in front of it.
    pub(crate) address: SocketAddr,
    /// To be kept for as long as the connection is used.
    pub(crate) admitted: Arc<Admitted>,
}

/// What every connection needs.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    pub(crate) site: Router,
    /// What turns connections into `https:`, unless a proxy does.
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) limits: Limits,
    pub(crate) behind_proxy: bool,
    pub(crate) admission: Arc<Admission>,
    pub(crate) counters: Arc<Counters>,
    /// Changes, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
    /// Every connection holds one, so that the shutdown can wait for the last.
    pub(crate) alive: mpsc::Sender<()>,
}

/// Takes a port. Accepted connections inherit what is set here.
pub(crate) fn listen(address: SocketAddr, limits: &Limits) -> io::Result<StdListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // As most programs do, so that a restart need not wait for connections of the last run to be forgotten.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    // A tracker's frames are small and wait for nothing.
    socket.set_tcp_nodelay(true)?;
    #[cfg(any(target_os = "android", target_os = "linux"))]
    {
        socket.set_tcp_notsent_lowat(MAX_UNSENT)?;
        // Who is gone, or reads nothing, costs the kernel nothing either after this, even if we have closed long ago.
        socket.set_tcp_user_timeout(Some(limits.send_timeout))?;
    }
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

impl Http {
    /// Serves whoever connects, until the server stops.
    pub(crate) async fn serve(mut self, listener: TcpListener) {
        let mut reminded: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stopping.changed() => return,
            };
            match accepted {
                Ok((stream, address)) => self.admit(stream, address),
                Err(error) if is_out_of_descriptors(&error) => {
                    self.counters.out_of_descriptors.add();
                    if reminded.is_none_or(|at| at.elapsed() >= DESCRIPTOR_REMINDER) {
                        reminded = Some(Instant::now());
                        eprintln!(
                            "seedcast-signaling: new clients have to wait, all file descriptors are in use: {error}"
                        );
                    }
                    sleep(DESCRIPTOR_RETRY).await;
                }
                // The client has gone already.
                Err(_) => {}
            }
        }
    }

    /// Serves a client that there is room for. Any other is let go without a word: it may not even speak our protocol.
    fn admit(&self, stream: TcpStream, address: SocketAddr) {
        let client = (!self.behind_proxy).then(|| address.ip());
        match self.admission.admit(client) {
            Ok(admitted) => {
                let client = Client { address, admitted: Arc::new(admitted) };
                let stream = Transport::new(stream, &self.limits, Arc::clone(&self.counters));
                tokio::spawn(self.clone().receive(stream, client));
            }
            Err(_) => self.counters.connections_refused.add(),
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

/// Whether the limit of this process, or of the whole system, is reached.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}
