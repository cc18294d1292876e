//! The page in real browsers, as people use it, alone, with each other and with other programs.
//!
//! One program: what it stands on is linked once. Every test has its own process with cargo-nextest, and otherwise a thread.

mod accessibility;
mod albums;
mod background;
mod console;
mod contract;
mod debug;
mod demo;
mod dropping;
mod embedding;
mod exchange;
mod faults;
mod files;
mod finished;
mod hosting;
mod installed;
mod languages;
mod libtorrent;
mod many;
mod newcomer;
mod page;
mod payments;
mod payments_proof;
mod payments_swarm;
mod payments_wallet;
mod pictures;
mod player;
mod relay;
mod saving;
mod settings;
mod share;
mod sponsor;
mod sponsored;
mod storage;
mod streaming;
mod swarm;
mod tabs;
mod tip_claims;
mod tip_forgeries;
mod tip_tron;
mod tip_trust;
mod tips;
mod torrent_files;
mod web_seeds;
mod webtorrent;
