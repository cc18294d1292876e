//! What waits for a client to read it.
//!
//! Nobody waits for the slowest: past half of what may wait, a client gets no more offers of others, and is not read
//! from either, so that its own requests cannot fill the rest; past all of it, it gets no more answers. A client that
//! reads nothing at all is its [`Transport`](crate::transport::Transport)'s business.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tracker::Response;

/// Bytes of session descriptions that may wait, whatever their number.
const MAX_WAITING_BYTES: usize = 128 * 1024;

/// What a client's connection is to do.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// To be sent.
    Response(Response),
    /// The client is to be pinged. The connection says [`Hub::alive`](crate::hub::Hub::alive) when it hears from it,
    /// or ends.
    Probe,
    /// The server stops.
    Goodbye,
}

/// One client's queue, filled by everybody's tasks and emptied by its own.
#[derive(Debug)]
pub(crate) struct Outbox {
    max: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    queue: VecDeque<Outgoing>,
    bytes: usize,
    reader: Option<Waker>,
}

impl Outbox {
    /// For about `max` responses.
    pub(crate) fn new(max: usize) -> Self {
        Self { max, waiting: Mutex::default() }
    }

    /// Adds to the queue, unless it is too full for this. Says whether it did.
    pub(crate) fn put(&self, outgoing: Outgoing) -> bool {
        let mut waiting = self.lock();
        let has_room = match &outgoing {
            Outgoing::Response(Response::Offer { .. }) => {
                !waiting.exceeds(self.max / 2, MAX_WAITING_BYTES / 2)
            }
            Outgoing::Response(Response::Answer { .. }) => !waiting.exceeds(self.max, MAX_WAITING_BYTES),
            // Replies come one for each request that is read, probes and goodbyes one at a time, and that a torrent is denied
            // once for each peer that the client is.
            Outgoing::Response(_) | Outgoing::Probe | Outgoing::Goodbye => true,
        };
        if !has_room {
            return false;
        }
        waiting.bytes += weight(&outgoing);
        waiting.queue.push_back(outgoing);
        let reader = waiting.reader.take();
        drop(waiting);
        if let Some(reader) = reader {
            reader.wake();
        }
        true
    }

    /// Whether the client has to read before it is read from.
    pub(crate) fn is_more_than_half_full(&self) -> bool {
        self.lock().exceeds(self.max / 2, MAX_WAITING_BYTES / 2)
    }

    /// Takes the first in the queue, when there is one.
    pub(crate) async fn next(&self) -> Outgoing {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// Takes the first in the queue, if there is one.
    pub(crate) fn try_next(&self) -> Option<Outgoing> {
        self.lock().pop()
    }

    fn poll_next(&self, cx: &Context<'_>) -> Poll<Outgoing> {
        let mut waiting = self.lock();
        match waiting.pop() {
            Some(outgoing) => Poll::Ready(outgoing),
            None => {
                waiting.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn exceeds(&self, count: usize, bytes: usize) -> bool {
        self.queue.len() > count || self.bytes > bytes
    }

    fn pop(&mut self) -> Option<Outgoing> {
        let outgoing = self.queue.pop_front()?;
        self.bytes -= weight(&outgoing);
        if self.queue.is_empty() {
            // Most connections are idle most of the time, and there are many.
            self.queue = VecDeque::new();
        }
        Some(outgoing)
    }
}

/// What is long in a message, in bytes.
fn weight(outgoing: &Outgoing) -> usize {
    match outgoing {
        Outgoing::Response(Response::Offer { sdp, .. } | Response::Answer { sdp, .. }) => sdp.len(),
        Outgoing::Response(Response::Scrape { files, .. }) => files.len() * 100,
        Outgoing::Response(Response::Announce { .. } | Response::Failure { .. })
        | Outgoing::Probe
        | Outgoing::Goodbye => 0,
    }
}

#[cfg(test)]
mod tests {
    use metainfo::InfoHash;
    use tracker::OfferId;
    use wire::PeerId;

    use super::*;

    const INFO_HASH: InfoHash = InfoHash::from_bytes([1; 20]);
    const PEER_ID: PeerId = PeerId::from_bytes([2; 20]);
    const OFFER_ID: OfferId = OfferId::from_bytes([3; 20]);

    fn offer(length: usize) -> Outgoing {
        let sdp = "s".repeat(length);
        Outgoing::Response(Response::Offer {
            info_hash: INFO_HASH,
            peer_id: PEER_ID,
            offer_id: OFFER_ID,
            sdp,
        })
    }

    fn answer(length: usize) -> Outgoing {
        let sdp = "s".repeat(length);
        Outgoing::Response(Response::Answer {
            info_hash: INFO_HASH,
            peer_id: PEER_ID,
            offer_id: OFFER_ID,
            sdp,
        })
    }

    fn reply() -> Outgoing {
        let (info_hash, interval, warning) = (INFO_HASH, 120, None);
        Outgoing::Response(Response::Announce { info_hash, complete: 0, incomplete: 1, interval, warning })
    }

    fn taken(outbox: &Outbox, outgoing: impl Fn() -> Outgoing) -> usize {
        (0..1000).filter(|_| outbox.put(outgoing())).count()
    }

    // Issue 11, A5.
    #[test]
    fn offers_fill_half_and_answers_the_rest_and_replies_always_fit() {
        let outbox = Outbox::new(8);
        assert_eq!(taken(&outbox, || offer(1)), 5);
        assert!(outbox.is_more_than_half_full());
        assert_eq!(taken(&outbox, || answer(1)), 4);
        assert_eq!(taken(&outbox, reply), 1000);
    }

    // Issue 11, B: 10,000 that never read, sent offers of 12 KB.
    #[test]
    fn long_descriptions_fill_it_sooner() {
        let outbox = Outbox::new(256);
        assert_eq!(taken(&outbox, || offer(16 * 1024)), 5);
        assert_eq!(taken(&outbox, || answer(16 * 1024)), 4);
    }

    #[test]
    fn who_reads_makes_room() {
        let outbox = Outbox::new(8);
        taken(&outbox, || offer(100_000));
        assert!(outbox.is_more_than_half_full());
        while outbox.try_next().is_some() {}
        assert!(!outbox.is_more_than_half_full());
        assert!(outbox.put(offer(1)));
    }
}
