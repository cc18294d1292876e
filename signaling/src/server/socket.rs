//! One client's WebSocket, from its first frame to its close frame.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket, close_code};
use futures_util::SinkExt as _;
use signaling::ConnId;
use tokio::time::{Instant, sleep_until, timeout};
use tracker::{Request, Response};

use crate::bucket::Bucket;
use crate::config::Limits;
use crate::hub::Hub;
use crate::metrics::Counters;
use crate::outbox::{Outbox, Outgoing};

/// Bytes of what waits that are sent at once, or one message more: about three relayed offers. The buffer keeps the size
/// that it ever had, for each client.
const BATCH: usize = 3 * 1024;

/// How long a client may take to answer a close frame, or to take ours in answer to its own. The connection is kept
/// until then, because closing it with unread frames would reset it, and the reason would be lost.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A client's connection and all that its task needs.
pub(crate) struct Connection {
    pub(crate) socket: WebSocket,
    pub(crate) conn: ConnId,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) hub: Arc<Hub>,
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
}

impl Connection {
    /// Serves the client until either side is done.
    pub(crate) async fn run(mut self) {
        let ended = self.converse().await;
        self.hub.close(self.conn);
        let farewell = async {
            match ended {
                End::Gone => {}
                // The reply to its close frame waits to be sent.
                End::Closed => drop(self.socket.flush().await),
                End::Close(code, reason) => {
                    let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
                    if self.socket.send(close).await.is_ok() {
                        while let Some(Ok(_)) = self.socket.recv().await {}
                    }
                }
            }
        };
        drop(timeout(CLOSE_TIMEOUT, farewell).await);
    }

    async fn converse(&mut self) -> End {
        let started = Instant::now();
        let mut bucket = Bucket::new(self.limits.messages_per_second, self.limits.message_burst);
        let mut reads_from = started;
        let mut heard = started;
        let mut probed_until = None;
        let mut pings_at = started + self.limits.ping_interval;
        let mut alarm = pin!(sleep_until(pings_at));
        loop {
            let now = Instant::now();
            let waits_until = Some(reads_from).filter(|&from| from > now);
            let reads = waits_until.is_none() && !self.outbox.is_more_than_half_full();
            let due = [probed_until, waits_until].into_iter().flatten().fold(pings_at, Instant::min);
            if alarm.deadline() != due {
                alarm.as_mut().reset(due);
            }
            tokio::select! {
                // In this order: who was heard of in time is not gone, however busy the server is.
                biased;
                // Not reading is what slows a client down: the transport passes it on.
                frame = self.socket.recv(), if reads => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => Some(text),
                        Some(Ok(Message::Binary(bytes))) => match bytes.try_into() {
                            Ok(text) => Some(text),
                            Err(_) => return End::Close(close_code::INVALID, "requests are text"),
                        },
                        Some(Ok(Message::Ping(_))) => {
                            // The pong would wait for the next read, and that may have to wait.
                            if self.socket.flush().await.is_err() {
                                return End::Gone;
                            }
                            None
                        }
                        Some(Ok(Message::Pong(_))) => None,
                        Some(Ok(Message::Close(_))) => return End::Closed,
                        None => return End::Gone,
                        Some(Err(_)) => return End::Close(close_code::PROTOCOL, "a frame is broken or too long"),
                    };
                    heard = Instant::now();
                    // A ping costs a pong, and a pong that nobody asked for as much as a ping.
                    let wait = bucket.take(1, heard - started);
                    if !wait.is_zero() {
                        self.counters.throttled.add();
                    }
                    reads_from = heard + wait;
                    if let Some(text) = text {
                        self.receive(&text);
                    }
                    if probed_until.take().is_some() {
                        self.hub.alive(self.conn);
                    }
                }
                outgoing = self.outbox.next() => match self.send(outgoing).await {
                    Ok(Sent::Responses) => {}
                    // Until then nothing is read of a client that sends too much, nor its answer.
                    Ok(Sent::Probe) => probed_until = Some(reads_from.max(now) + self.limits.probe_timeout),
                    Err(end) => return end,
                },
                () = alarm.as_mut() => {
                    let now = Instant::now();
                    if probed_until.is_some_and(|until| until <= now) {
                        return End::Gone;
                    }
                    if pings_at <= now {
                        if heard.elapsed() >= 3 * self.limits.ping_interval {
                            return End::Gone;
                        }
                        pings_at = now + self.limits.ping_interval;
                        if self.socket.send(Message::Ping(Bytes::new())).await.is_err() {
                            return End::Gone;
                        }
                    }
                }
            }
        }
    }

    fn receive(&self, text: &str) {
        match Request::parse(text) {
            Ok(request) => self.hub.request(self.conn, request),
            Err(error) => {
                self.counters.invalid_requests.add();
                self.outbox.put(Outgoing::Response(Response::refusal(text, &error)));
            }
        }
    }

    /// Sends this, and what waits behind it while that is little.
    async fn send(&mut self, first: Outgoing) -> Result<Sent, End> {
        let mut sent = Sent::Responses;
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(outgoing) = next {
            let message = match outgoing {
                Outgoing::Response(response) => Message::text(response.to_json()),
                Outgoing::Probe => {
                    sent = Sent::Probe;
                    Message::Ping(Bytes::new())
                }
                Outgoing::Goodbye => return Err(End::Close(close_code::AWAY, "the tracker is restarting")),
            };
            if let Message::Text(text) = &message {
                bytes += text.len();
            }
            self.socket.feed(message).await?;
            next = if bytes < BATCH { self.outbox.try_next() } else { None };
        }
        self.socket.flush().await?;
        Ok(sent)
    }
}

/// What a batch held.
enum Sent {
    /// Responses alone.
    Responses,
    /// A probe among them.
    Probe,
}

/// How a conversation ends.
enum End {
    /// The client left without a word, or cannot be reached.
    Gone,
    /// The client said goodbye.
    Closed,
    /// The server has had enough, and says why.
    Close(CloseCode, &'static str),
}

impl From<axum::Error> for End {
    fn from(_: axum::Error) -> Self {
        Self::Gone
    }
}
