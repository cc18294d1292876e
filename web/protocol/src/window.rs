//! What the window that owns the engine does for it, as workers cannot: it holds the peer connections, and hands on what
//! media elements read.

use serde::{Deserialize, Serialize};

use crate::stream::StreamRequest;
use crate::{Event, Preferences, RelayFault, Request};

/// What the window tells the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ToEngine {
    /// The first message. What is said to the engine while its program is being loaded waits for it.
    Start(Settings),
    /// What became of a peer connection. Parts: as [`RtcEvent`] says.
    Rtc {
        /// Which connection.
        rtc: RtcId,
        /// What happened.
        event: RtcEvent,
    },
    /// A media element reads a file, complete or not. Parts: one `MessagePort`, on which the answer goes out as
    /// [`stream`](crate::stream) says.
    Stream(StreamRequest),
    /// Somebody who uses this window asks for something. Parts: as [`Command`](crate::Command) says.
    Request(Request),
    /// The purse that [`FromEngine::Purse`] asked for. Parts: one `MessagePort` to it.
    Purse,
}

/// What the engine tells the window. It has events to lend, and the window takes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum FromEngine<E = Event> {
    /// The engine has started. Sent once, and first, so that windows of other versions know by it.
    Ready,
    /// What is to be done with a peer connection.
    Rtc {
        /// Which connection.
        rtc: RtcId,
        /// What to do.
        command: RtcCommand,
    },
    /// Somebody wants to speak with the purse: it is to be started, and its port handed over by [`ToEngine::Purse`].
    Purse,
    /// Something to show. Parts: as [`Event`] says.
    Event(E),
}

/// How this deployment is set up, from `/config.json`, and what the user prefers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// WebSocket URLs of the trackers that new torrents announce to.
    pub trackers: Vec<String>,
    /// What the user wants.
    pub preferences: Preferences,
}

/// Names one `RTCPeerConnection`; minted by the engine, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RtcId(pub u32);

/// What the window must do with a peer connection. Workers have no `RTCPeerConnection`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum RtcCommand {
    /// Make a connection with one data channel; answer with its channel at once, then with an offer.
    Offer {
        /// Through a relay alone: the offer names no other address.
        relay_only: bool,
    },
    /// Make a connection that answers this offer; answer with an answer, then with the channel that arrives.
    Accept {
        /// The other side's offer.
        sdp: String,
        /// Through a relay alone: the answer names no other address.
        relay_only: bool,
    },
    /// The other side answered the offer of this connection.
    Complete {
        /// The other side's answer.
        sdp: String,
    },
    /// Close this connection and forget it.
    Drop,
}

/// What became of a peer connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum RtcEvent {
    /// Its data channel. Parts: one `RTCDataChannel`, or a `MessagePort` to the window's relay of one.
    Channel,
    /// Its offer, complete with candidates.
    Offer {
        /// To send to a peer.
        sdp: String,
    },
    /// Its answer, complete with candidates.
    Answer {
        /// To send to the peer that offered.
        sdp: String,
    },
    /// It failed or closed; the window has forgotten it.
    Gone,
    /// The browser refuses to make peer connections at all.
    Blocked,
    /// It was to go through a relay, and there is none; the window has forgotten it.
    NoRelay(RelayFault),
}
