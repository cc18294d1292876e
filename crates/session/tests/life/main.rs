//! The life of a torrent: from a link, a torrent file, a share or what an earlier visit left, to its removal, on a disk
//! that can be full and can die between any two writes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod copying;
mod crashes;
mod disk;
mod exposure;
mod folder;
mod full_storage;
mod limits;
mod many;
mod origins;
mod payments;
mod program;
mod rechecking;
mod removal;
mod sealed;
mod streams;
mod visit;
mod web_seeds;
