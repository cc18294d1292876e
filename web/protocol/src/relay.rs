//! The relay of a data channel that cannot be transferred to the engine worker.
//!
//! The page then keeps the channel and gives the engine a `MessagePort` in its place. These values cross it:
//!
//! | Value | From | Meaning |
//! |---|---|---|
//! | [`OPEN`] | page | the channel is open; sent once, before any bytes |
//! | `ArrayBuffer` (transferred) | page | a message that the channel received |
//! | number | page | how many bytes the channel has handed to the network since it opened |
//! | [`CLOSE`] | page | the channel closed; the last value |
//! | `ArrayBuffer` (transferred) | engine | a message for the channel to send |
//! | [`CLOSE`] | engine | close the channel; the last value |
//!
//! What the engine posted, less the last number it was told, is what is buffered. The page tells the number
//! whenever less than [`LOW_WATER`] bytes are left in the channel's buffer.

/// The string that says that the channel is open.
pub const OPEN: &str = "open";

/// The string that closes the channel, or says that it closed.
pub const CLOSE: &str = "close";

/// Bytes left in the channel's buffer below which the page reports progress.
pub const LOW_WATER: u32 = 64 * 1024;
