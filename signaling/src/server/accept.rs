//! Accepts connections, and hands them round to those who serve them.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep};

use crate::admission::{Admission, Admitted};
use crate::config::Limits;
use crate::metrics::Counters;

/// Connections that may wait to be accepted: after a restart everybody comes at once.
const BACKLOG: i32 = 4096;

/// Bytes that the kernel keeps for a client and has not sent. What is on its way comes on top, so that far clients are
/// served as fast as near ones.
#[cfg(any(target_os = "android", target_os = "linux"))]
const MAX_UNSENT: u32 = 64 * 1024;

/// Time until the next attempt, when there is no file descriptor or memory for who wants to connect.
const RETRY: Duration = Duration::from_secs(1);

/// Time between two lines in the log that say so.
const REMINDER: Duration = Duration::from_secs(60);

/// A connection, for the thread that is to serve it.
#[derive(Debug)]
pub(crate) struct Accepted {
    pub(crate) stream: StdStream,
    pub(crate) client: Client,
}

/// A client's connection, as handlers of its requests see it.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// The client, or the proxy in front of it.
    pub(crate) address: SocketAddr,
    /// To be kept for as long as the connection is used.
    pub(crate) admitted: Arc<Admitted>,
}

/// Who lets clients in.
#[derive(Debug)]
pub(crate) struct Acceptor {
    pub(crate) admission: Arc<Admission>,
    pub(crate) behind_proxy: bool,
    pub(crate) counters: Arc<Counters>,
    /// Changes, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
    /// Those who serve them, in turn.
    pub(crate) workers: Vec<mpsc::UnboundedSender<Accepted>>,
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

impl Acceptor {
    /// Lets clients in, until the server stops.
    pub(crate) async fn run(mut self, listener: TcpListener) {
        let mut reminded: Option<Instant> = None;
        let workers = std::mem::take(&mut self.workers);
        let mut turns = workers.iter().cycle();
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                _ = self.stopping.changed() => return,
            };
            match accepted {
                Ok((stream, address)) => {
                    if let Some((accepted, worker)) = self.admit(stream, address).zip(turns.next()) {
                        // It ends only with the process.
                        drop(worker.send(accepted));
                    }
                }
                // The client has gone already.
                Err(error)
                    if matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset) => {}
                Err(error) => {
                    if is_out_of_descriptors(&error) {
                        self.counters.out_of_descriptors.add();
                    }
                    if reminded.is_none_or(|at| at.elapsed() >= REMINDER) {
                        reminded = Some(Instant::now());
                        eprintln!("seedcast-signaling: new clients have to wait: {error}");
                    }
                    sleep(RETRY).await;
                }
            }
        }
    }

    /// Lets a client in, if there is room. Any other is let go without a word: it may not even speak our protocol.
    fn admit(&self, stream: TcpStream, address: SocketAddr) -> Option<Accepted> {
        let client = (!self.behind_proxy).then(|| address.ip());
        let Ok(admitted) = self.admission.admit(client) else {
            self.counters.connections_refused.add();
            return None;
        };
        let client = Client { address, admitted: Arc::new(admitted) };
        Some(Accepted { stream: stream.into_std().ok()?, client })
    }
}

/// Whether the limit of this process, or of the whole system, is reached.
fn is_out_of_descriptors(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE))
}
