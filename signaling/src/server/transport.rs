//! A client's connection, below TLS and HTTP: it ends when the client takes nothing of what it is sent, and is read no
//! faster than a client may send.
//!
//! Both are done here and not where messages are, because here nothing gets past: neither a download that is not read
//! nor an endless row of empty fragments is ever a message.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};

use crate::bucket::Bucket;
use crate::config::Limits;
use crate::metrics::Counters;

/// Bytes that a client may send for each message that it may: an announce with ten offers takes as many or less.
const BYTES_PER_MESSAGE: u32 = 8 * 1024;

/// One accepted connection.
#[derive(Debug)]
pub(crate) struct Transport {
    stream: TcpStream,
    opened: Instant,
    /// Bytes that may be read.
    bucket: Bucket,
    /// Passes when there are some again.
    pause: Option<Pin<Box<Sleep>>>,
    send_timeout: Duration,
    /// Passes when the client has taken nothing for too long.
    stalled: Option<Pin<Box<Sleep>>>,
    counters: Arc<Counters>,
}

impl Transport {
    pub(crate) fn new(stream: TcpStream, limits: &Limits, counters: Arc<Counters>) -> Self {
        let rate = limits.messages_per_second * f64::from(BYTES_PER_MESSAGE);
        Self {
            stream,
            opened: Instant::now(),
            bucket: Bucket::new(rate, limits.message_burst.saturating_mul(BYTES_PER_MESSAGE)),
            pause: None,
            send_timeout: limits.send_timeout,
            stalled: None,
            counters,
        }
    }

    /// Notes whether the client has taken something, and gives up on it if that was too long ago.
    fn progress<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let send_timeout = self.send_timeout;
        let stalled = self.stalled.get_or_insert_with(|| Box::pin(sleep(send_timeout)));
        ready!(stalled.as_mut().poll(cx));
        self.counters.slow_clients.add();
        // What was not read is not worth the kernel's memory any longer either.
        drop(self.stream.set_zero_linger());
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Transport {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if let Some(pause) = &mut this.pause {
            ready!(pause.as_mut().poll(cx));
            this.pause = None;
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut this.stream).poll_read(cx, buffer))?;
        let read = buffer.filled().len() - before;
        let wait = this.bucket.take(read, this.opened.elapsed());
        if !wait.is_zero() {
            this.counters.throttled.add();
            this.pause = Some(Box::pin(sleep(wait)));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Transport {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.progress(written, cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.progress(written, cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
