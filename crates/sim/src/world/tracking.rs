//! The tracker: the real index, behind connections that take their time.

use std::time::Duration;

use session::rendezvous::{SocketAct, SocketEvent};
use signaling::{ConnId, Index};
use tracker::{Request, Response};

use super::{Event, World};

impl World {
    /// A node does something with its connection to the tracker.
    pub(super) fn socket(&mut self, number: usize, act: SocketAct) {
        let at = self.now + TO_TRACKER;
        let node = &mut self.nodes[number];
        match act {
            SocketAct::Open => {
                self.last_conn += 1;
                let conn = ConnId::new(self.last_conn);
                node.conn = Some(conn);
                self.conns.insert(conn, number);
                self.schedule(at + TO_TRACKER, Event::Dialled { conn });
            }
            SocketAct::Send(text) => {
                let request = Request::parse(&text).expect("what a session sends is a request");
                if let Some(conn) = node.conn {
                    self.schedule(at, Event::Ask { conn, request: Box::new(request) });
                }
            }
            SocketAct::Close => {
                if let Some(conn) = node.conn.take() {
                    self.schedule(at, Event::Undialled { conn });
                }
            }
        }
    }

    /// A connection to the tracker opens, if it is there.
    pub(super) fn dialled(&mut self, conn: ConnId) {
        if let Some(number) = self.owner(conn) {
            let event = if self.tracker_up { SocketEvent::Opened } else { SocketEvent::Closed };
            self.tell(number, |session, now| session.socket(now, TRACKER, event));
        }
    }

    /// The tracker learns that a connection ended.
    pub(super) fn undialled(&mut self, conn: ConnId) {
        self.conns.remove(&conn);
        self.tracker.closed(conn);
    }

    /// A message reaches the tracker.
    pub(super) fn ask(&mut self, conn: ConnId, request: Request) {
        if !self.tracker_up || !self.conns.contains_key(&conn) {
            return;
        }
        let mut responses = Vec::new();
        self.tracker.handle(self.since_epoch(), conn, request, &mut responses);
        for (conn, response) in responses {
            self.schedule(self.now + TO_TRACKER, Event::Tell { conn, response: Box::new(response) });
        }
    }

    /// A message of the tracker reaches a peer.
    pub(super) fn tracker_says(&mut self, conn: ConnId, response: &Response) {
        if let Some(number) = self.owner(conn) {
            let event = SocketEvent::Text(response.to_json());
            self.tell(number, |session, now| session.socket(now, TRACKER, event));
        }
    }

    /// The tracker is gone, with all that it knew.
    pub(super) fn tracker_fails(&mut self) {
        self.tracker_up = false;
        self.tracker = Index::new(signaling::Config::default(), self.rng.u64(..));
        self.conns.clear();
        for number in 0..self.nodes.len() {
            if self.nodes[number].conn.take().is_some() {
                self.tell(number, |session, now| session.socket(now, TRACKER, SocketEvent::Closed));
            }
        }
    }

    /// The node whose connection to the tracker this is, if it still is.
    fn owner(&self, conn: ConnId) -> Option<usize> {
        let number = *self.conns.get(&conn)?;
        (self.nodes[number].conn == Some(conn)).then_some(number)
    }
}

/// Where the tracker is.
pub(crate) const TRACKER: &str = "wss://tracker";
/// How long a message to or from the tracker takes.
const TO_TRACKER: Duration = Duration::from_millis(40);
