//! The engine against scripted peers and against itself, in virtual time.

mod disk;
mod network;
mod solo;

mod a_magnet_becomes_a_torrent;
mod two_peers_share_a_file;
