//! A buyer and sellers who pay and are paid, whatever becomes of streams, disks, signatures and chain meanwhile.

mod cheating_buyers;
mod cheating_sellers;
mod paying;
mod random;
#[path = "../../../../fuzz/properties/replay.rs"]
mod replay;
mod schedule;
mod world;
