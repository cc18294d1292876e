//! The engine against scripted peers and against itself, in virtual time.

mod disk;
mod network;
mod solo;

mod a_magnet_becomes_a_torrent;
mod cancel_in_endgame;
mod corrupt_block_bans_the_sender;
mod honest_peers_are_never_blamed;
mod hostile_bytes_close_the_peer;
mod metadata_from_two_peers;
mod one_block_from_two_senders;
mod pause_stops_all_traffic;
mod resumes_from_a_bitfield;
mod seeder_leaves_midway;
mod two_peers_share_a_file;
mod unchoked_without_waiting;
