//! What the session asks for, carried out.

use metainfo::InfoHash;
use session::{Break, Output, TorrentOutput};
use swarm::{Input, Time};
use wire::encode_piece_header;

use super::Driver;
use super::links::{Gathered, Peer};
use crate::browser;
use crate::link::Link;
use crate::torrent::CheckJob;
use crate::web_seed::FetchJob;

impl Driver {
    pub(super) fn carry_out(&mut self, now: Time, output: Output<Link>) {
        match output {
            Output::Torrent { torrent, asked } => self.carry_out_for(now, torrent, asked),
            Output::Meet(task) => self.carry_out_meeting(now, task),
            Output::Connected { peer, opened, .. } => {
                let opened = Peer::new(opened);
                self.session.writable(now, peer, opened.most());
                self.peers.insert(peer, opened);
                self.news.happened();
            }
            Output::Open { torrent, suspect } => self.open_folder(torrent, suspect),
            Output::Delete { torrent } => self.delete_folder(torrent),
            Output::Listed { torrent } => {
                // A torrent that cannot be listed is one that cannot be opened.
                let _ = self.view(now, torrent);
                if let Some(torrent) = self.session.torrent_mut(torrent) {
                    torrent.opened();
                }
                if let Some(magnet) = self.linked.remove(&torrent) {
                    self.look_up(torrent, &magnet);
                }
                self.news.happened();
            }
        }
    }

    fn carry_out_for(&mut self, now: Time, info_hash: InfoHash, asked: TorrentOutput) {
        let Some(torrent) = self.session.torrent_mut(info_hash) else {
            return self.carry_out_without(asked);
        };
        match asked {
            TorrentOutput::Engine(output) => self.carry_out_for_engine(now, info_hash, output),
            TorrentOutput::Copy { piece } => {
                let copied = torrent.copy(piece);
                torrent.copied(browser::now(), piece, copied);
            }
            TorrentOutput::Check(pieces) => {
                if let Some((job, cancel)) = CheckJob::new(torrent, pieces) {
                    self.checking.insert(info_hash, cancel);
                    self.run_check(info_hash, job);
                }
                self.news.happened();
            }
            TorrentOutput::Fetch { web_seed, address, span } => {
                let info = torrent.info().cloned();
                if let Some(job) = info.and_then(|info| FetchJob::new(address, info, span)) {
                    self.fetching.insert((info_hash, web_seed), job.abort());
                    self.run_fetch(info_hash, web_seed, job);
                }
                self.news.happened();
            }
            TorrentOutput::Stream { stream, span, stored } => {
                self.send_chunk(now, info_hash, (stream, span, stored));
            }
            TorrentOutput::Metadata => self.news.happened(),
            TorrentOutput::Begin { .. } | TorrentOutput::End { .. } => self.carry_out_without(asked),
        }
    }

    /// Does what takes no torrent.
    fn carry_out_without(&mut self, asked: TorrentOutput) {
        match asked {
            TorrentOutput::Begin { stream, head } => {
                if let Some(outlet) = self.outlets.get(&stream) {
                    outlet.begin(&head);
                }
            }
            TorrentOutput::End { stream, broken } => {
                let Some(outlet) = self.outlets.remove(&stream) else { return };
                match broken {
                    None => outlet.end(),
                    Some(Break::TooMany) => outlet.fail("Too many players read this torrent at once."),
                    Some(Break::Removed) => outlet.fail("This torrent was removed."),
                    Some(Break::Stopped) => outlet.fail("This download has stopped."),
                    Some(Break::Paused) => outlet.fail("This download is paused."),
                }
            }
            _ => {}
        }
    }

    fn carry_out_for_engine(&mut self, now: Time, info_hash: InfoHash, output: swarm::Output) {
        use swarm::Output as Asked;
        let Some(torrent) = self.session.torrent_mut(info_hash) else { return };
        match output {
            Asked::Send { peer, bytes } => self.gather(peer, |out, _| {
                out.extend_from_slice(&bytes);
                Gathered::Messages
            }),
            Asked::Upload { peer, block } => self.gather(peer, |out, session| {
                out.extend_from_slice(&encode_piece_header(block));
                let start = out.len();
                out.resize(start + block.length as usize, 0);
                let torrent = session.torrent_mut(info_hash);
                let read = torrent.is_some_and(|torrent| torrent.upload(now, block, &mut out[start..]));
                if read { Gathered::Block } else { Gathered::Nothing }
            }),
            Asked::Hash { piece } => {
                let check = torrent.verify(piece);
                torrent.hashed(now, piece, check);
            }
            Asked::Store { piece } => {
                let written = torrent.write(piece);
                torrent.stored(now, piece, written);
            }
            Asked::Leaves { piece } => {
                let leaves = torrent.hash_leaves(now, piece);
                torrent.handle(now, Input::Leaves { piece, leaves: &leaves });
            }
            Asked::Abort { web_seed, .. } => {
                self.fetching.remove(&(info_hash, web_seed));
            }
            Asked::Tips(claims) => {
                self.tell_of_tips(info_hash, &claims, None);
                self.news.happened();
            }
            Asked::Payments(notice) => self.tell_purse(info_hash, notice),
            Asked::Close { .. } | Asked::Completed => self.news.happened(),
            _ => {}
        }
    }
}
