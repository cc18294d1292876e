//! The real server, over real sockets on loopback.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking, in its own lines or in those it calls")]

mod about;
mod denied;
mod files;
mod limits;
mod notices;
mod process;
mod succession;
mod tls;
mod tracker;
