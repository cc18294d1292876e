//! The relay of a data channel, for browsers that cannot transfer one into a worker.
//!
//! [`RtcEvent::Channel`](crate::window::RtcEvent::Channel) then carries a `MessagePort`. The page keeps the
//! `RTCDataChannel` and passes everything on, unchanged and in order, in both directions:
//!
//! | From | Value | Meaning |
//! |---|---|---|
//! | page | string `"open"` | the channel is open; nothing may be sent before. Posted at once if it already is |
//! | page | `ArrayBuffer`, transferred | one message that arrived |
//! | page | number | how many bytes of the engine's have left the page since the channel opened: all that were passed to `send` less `bufferedAmount` |
//! | page | string `"close"` | the channel is closed; the last value on the port |
//! | engine | `ArrayBuffer`, transferred | one message to send |
//! | engine | string `"close"` | close the channel; the last value on the port |
//!
//! The page posts the number whenever `bufferedAmount` is at or below [`LOW_WATER`] after a `send`, and on every
//! `bufferedamountlow`. It sets the channel's `bufferedAmountLowThreshold` to [`LOW_WATER`] and its
//! `binaryType` to `arraybuffer`. Counting all bytes since the beginning leaves no doubt about messages that
//! are between the two threads when a number is posted.

/// Posted by the page when the channel is open.
pub const OPEN: &str = "open";

/// Posted by either side: the channel is, or shall be, closed.
pub const CLOSE: &str = "close";

/// Bytes in a channel's buffer at which it asks for more.
pub const LOW_WATER: u32 = 128 * 1024;
