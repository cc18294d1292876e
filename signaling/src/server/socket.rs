//! One client's WebSocket, from its first frame to its close frame.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseCode, CloseFrame, Message, WebSocket, close_code};
use signaling::ConnId;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};
use tracker::{Request, Response};

use crate::bucket::Bucket;
use crate::config::Limits;
use crate::hub::{Hub, Outgoing};
use crate::metrics::Counters;

/// How long a client may take to accept a frame.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it may take to answer a close frame. The connection is kept until then, because closing it with
/// unread frames would reset it, and the reason would be lost.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// A client's connection and all that its task needs.
pub(crate) struct Connection {
    pub(crate) socket: WebSocket,
    pub(crate) conn: ConnId,
    pub(crate) address: IpAddr,
    pub(crate) hub: Hub,
    pub(crate) limits: Limits,
    pub(crate) counters: Arc<Counters>,
    /// Changes, or ends, when the server stops.
    pub(crate) stopping: watch::Receiver<()>,
}

impl Connection {
    /// Serves the client until either side is done.
    pub(crate) async fn run(mut self) {
        let (sender, mut outbox) = mpsc::channel(self.limits.max_waiting_responses);
        self.hub.open(self.conn, self.address, sender).await;
        let ended = self.converse(&mut outbox).await;
        self.hub.close(self.conn).await;
        if let End::Close(code, reason) = ended {
            let close = Message::Close(Some(CloseFrame { code, reason: reason.into() }));
            if self.send(close).await.is_ok() {
                let farewell = async { while let Some(Ok(_)) = self.socket.recv().await {} };
                drop(timeout(CLOSE_TIMEOUT, farewell).await);
            }
        }
    }

    async fn converse(&mut self, outbox: &mut mpsc::Receiver<Outgoing>) -> End {
        let started = Instant::now();
        let mut bucket = Bucket::new(self.limits.messages_per_second, self.limits.message_burst);
        let mut reads_from = started;
        let mut heard = started;
        let mut probed_until = None;
        let mut ping = interval(self.limits.ping_interval);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        ping.tick().await;
        loop {
            let now = Instant::now();
            let sent = tokio::select! {
                // In this order: who was heard of in time is not gone, however busy the server is.
                biased;
                // Not reading is what slows a client down: the transport passes it on.
                frame = self.socket.recv(), if reads_from <= now => {
                    let text = match frame {
                        Some(Ok(Message::Text(text))) => Some(text),
                        Some(Ok(Message::Binary(bytes))) => match bytes.try_into() {
                            Ok(text) => Some(text),
                            Err(_) => return End::Close(close_code::INVALID, "requests are text"),
                        },
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
                        Some(Ok(Message::Close(_))) | None => return End::Gone,
                        Some(Err(_)) => return End::Close(close_code::PROTOCOL, "a frame is broken or too long"),
                    };
                    heard = Instant::now();
                    let received = match text {
                        Some(text) => {
                            let wait = bucket.take(heard - started);
                            if !wait.is_zero() {
                                self.counters.throttled.add();
                            }
                            reads_from = heard + wait;
                            self.receive(&text).await
                        }
                        None => Ok(()),
                    };
                    if probed_until.take().is_some() {
                        self.hub.alive(self.conn).await;
                    }
                    received
                }
                outgoing = outbox.recv() => match outgoing {
                    Some(Outgoing::Response(response)) => self.send(Message::text(response.to_json())).await,
                    Some(Outgoing::Probe) => {
                        // Until then nothing is read of a client that sends too much, nor its answer.
                        probed_until = Some(reads_from.max(now) + self.limits.probe_timeout);
                        self.send(Message::Ping(axum::body::Bytes::new())).await
                    }
                    None => return End::Close(close_code::POLICY, "responses were not read"),
                },
                () = sleep_until(probed_until.unwrap_or(now)), if probed_until.is_some() => return End::Gone,
                () = sleep_until(reads_from), if reads_from > now => Ok(()),
                _ = ping.tick() => {
                    if heard.elapsed() >= 3 * self.limits.ping_interval {
                        return End::Gone;
                    }
                    self.send(Message::Ping(axum::body::Bytes::new())).await
                }
                _ = self.stopping.changed() => {
                    return End::Close(close_code::AWAY, "the tracker is restarting");
                }
            };
            if sent.is_err() {
                return End::Gone;
            }
        }
    }

    async fn receive(&mut self, text: &str) -> Result<(), Lost> {
        match Request::parse(text) {
            Ok(request) => {
                self.hub.request(self.conn, request).await;
                Ok(())
            }
            Err(error) => {
                self.counters.invalid_requests.add();
                self.send(Message::text(Response::refusal(text, &error).to_json())).await
            }
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), Lost> {
        match timeout(SEND_TIMEOUT, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Lost),
        }
    }
}

/// The client can no longer be reached.
struct Lost;

/// How a conversation ends.
enum End {
    /// The client left, or cannot be reached.
    Gone,
    /// The server has had enough, and says why.
    Close(CloseCode, &'static str),
}
