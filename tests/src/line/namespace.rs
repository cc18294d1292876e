use std::env;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::{fmt, io};

use anyhow::{Context as _, Result};
use rustix::process::geteuid;
use rustix::thread::{UnshareFlags, unshare_unsafe};
use tokio::io::copy_bidirectional;
use tokio::task::{JoinHandle, JoinSet};

use super::tun::ip;

/// A network of its own on this machine, with a loopback and nothing else.
///
/// It is that of one thread, which runs what is to happen there: sockets and programs that it makes stay there. The
/// network is gone with the last of all these.
pub struct Namespace {
    jobs: Sender<Job>,
    passages: Mutex<Vec<JoinHandle<()>>>,
}

type Job = Box<dyn FnOnce() + Send>;

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Namespace")
    }
}

impl Namespace {
    /// Makes one.
    ///
    /// # Errors
    /// If this user or this machine may not have any.
    pub(super) fn new() -> Result<Self> {
        let (jobs, work) = mpsc::channel::<Job>();
        thread::Builder::new()
            .name("namespace".to_owned())
            .spawn(move || work.into_iter().for_each(|job| job()))?;
        let namespace = Self { jobs, passages: Mutex::default() };
        namespace.run(leave_network)?.context(
            "this user may have no network namespace on this machine: a line needs root, or a kernel that lets others \
             have namespaces (see user_namespaces(7))",
        )?;
        namespace.run(|| ip(&["link", "set", "lo", "up"]))??;
        Ok(namespace)
    }

    /// Runs `job` there.
    ///
    /// # Errors
    /// If a job before it panicked.
    pub(crate) fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (answer, answered) = mpsc::sync_channel(1);
        // Who no longer waits for the answer does not want it.
        let job = Box::new(move || drop(answer.send(job())));
        self.jobs.send(job).ok().context("a namespace is gone")?;
        answered.recv().context("a namespace is gone")
    }

    /// Lets the server of `url`, which listens on this machine's loopback, be reached there by the same URL.
    ///
    /// # Errors
    /// If the URL has no address, or its port is taken there.
    pub fn reach(&self, url: &str) -> Result<()> {
        let server = url.split('/').nth(2).and_then(|authority| authority.parse::<SocketAddr>().ok());
        let server = server.with_context(|| format!("{url} has no address"))?;
        let listener = self.run(move || TcpListener::bind(server))??;
        self.pass(listener, move || TcpStream::connect(server))
    }

    /// An address of this machine's loopback by which the server on `port` of the loopback there is reached.
    ///
    /// # Errors
    /// If no port is free.
    pub(crate) fn door(self: &Arc<Self>, port: u16) -> Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let inside = Arc::downgrade(self);
        self.pass(listener, move || {
            let inside = inside.upgrade().ok_or(io::ErrorKind::NotConnected)?;
            inside.run(move || TcpStream::connect((Ipv4Addr::LOCALHOST, port))).map_err(io::Error::other)?
        })?;
        Ok(address)
    }

    /// Connects whoever comes to `listener` by `connect`, which does not wait: nothing is nearer than a loopback.
    fn pass(
        &self,
        listener: TcpListener,
        connect: impl Fn() -> io::Result<TcpStream> + Send + 'static,
    ) -> Result<()> {
        listener.set_nonblocking(true)?;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let passage = tokio::spawn(async move {
            // Connections end with the passage: each holds a socket, and with it the network that it is in.
            let mut connections = JoinSet::new();
            while let Ok((mut near, _)) = listener.accept().await {
                // Those that are over need not be remembered.
                while connections.try_join_next().is_some() {}
                // A server that is not there closes the connection, as it would have refused it.
                let Ok(far) = connect() else { continue };
                if far.set_nonblocking(true).is_err() {
                    continue;
                }
                let Ok(mut far) = tokio::net::TcpStream::from_std(far) else { continue };
                // Who breaks a connection off does so on both sides.
                connections.spawn(async move { copy_bidirectional(&mut near, &mut far).await });
            }
        });
        self.passages.lock().unwrap_or_else(PoisonError::into_inner).push(passage);
        Ok(())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        for passage in self.passages.get_mut().unwrap_or_else(PoisonError::into_inner) {
            passage.abort();
        }
    }
}

/// Gives this thread a network of its own.
fn leave_network() -> rustix::io::Result<()> {
    #[expect(unsafe_code, reason = "the call is unsafe for the sake of another flag")]
    // SAFETY: `NEWNET` changes only which network this thread's later sockets are in; file descriptors stay
    // shared.
    unsafe {
        unshare_unsafe(UnshareFlags::NEWNET)
    }
}

/// Starts this program anew as root of a user namespace of its own, which may have network namespaces, unless it runs
/// as root.
///
/// # Errors
/// If it cannot be started anew.
pub fn become_root() -> Result<()> {
    if geteuid().is_root() {
        return Ok(());
    }
    let mut anew = Command::new("unshare");
    anew.args(["--user", "--map-root-user"]).arg(env::current_exe()?).args(env::args_os().skip(1));
    Err(anew.exec()).context("`unshare` of util-linux cannot be started")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net;
    use tokio::time::timeout;

    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn whoever_came_by_a_passage_is_disconnected_when_the_network_goes() -> Result<()> {
        // Not left by any thread, which takes rights: passages are the same.
        let (jobs, _work) = mpsc::channel();
        let namespace = Namespace { jobs, passages: Mutex::default() };
        let server = net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (inside, outside) = (server.local_addr()?, door.local_addr()?);
        namespace.pass(door, move || TcpStream::connect(inside))?;
        let mut near = net::TcpStream::connect(outside).await?;
        let (mut far, _) = timeout(SOON, server.accept()).await??;
        near.write_all(b"a").await?;
        assert_eq!(timeout(SOON, far.read_u8()).await??, b'a');

        drop(namespace);
        let end = timeout(SOON, near.read(&mut [0])).await.context("it is still connected")?;
        assert!(matches!(end, Ok(0) | Err(_)));
        Ok(())
    }
}
