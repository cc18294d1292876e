//! The engine against scripted peers and against itself, in virtual time.

mod disk;
mod network;
mod solo;

mod a_magnet_becomes_a_torrent;
mod a_sole_seed_shows_little;
mod cancel_in_endgame;
mod choked_means_no_requests;
mod connections_are_of_use;
mod corrupt_block_bans_the_sender;
mod deadlines_come_first;
mod few_pieces_are_open;
mod files_have_priorities;
mod honest_peers_are_never_blamed;
mod hostile_bytes_close_the_peer;
mod leaves_are_served;
mod leaves_tell_who_lied;
mod limits_hold;
mod metadata_from_two_peers;
mod neighbours_introduce_each_other;
mod news_goes_to_those_who_lack_it;
mod offers_are_relayed_with_care;
mod one_block_from_two_senders;
mod only_selected_pieces_are_fetched;
mod pause_stops_all_traffic;
mod resumes_from_a_bitfield;
mod seeder_leaves_midway;
mod silent_peers_are_let_go;
mod slow_peers_lose_their_requests;
mod two_connections_of_one_peer;
mod two_peers_share_a_file;
mod unchoked_without_waiting;
mod uploads_wait_for_room;
mod version_two;
mod web_seeds_give_what_peers_do_not;
mod whatever_web_seeds_do;
