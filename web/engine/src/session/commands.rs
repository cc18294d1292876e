//! What the page asks for.

use js_sys::Array;
use metainfo::{InfoHash, InfoHashes, Magnet, Metainfo};
use protocol::{Command, Event};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

use super::announce::MAX_OFFERS;
use super::{Session, tell, tell_with};
use crate::browser::now;
use crate::torrent::{Origin, Torrent};

impl Session {
    /// Does what the page asks.
    pub(super) fn command(&mut self, command: Command, parts: Array) {
        let anytime = matches!(
            command,
            Command::Start(_)
                | Command::Prefer(_)
                | Command::Rtc { .. }
                | Command::Watch(_)
                | Command::CancelShare(_)
        );
        if self.shelf.is_none() && !anytime {
            self.early.push((command, parts));
            return;
        }
        let asked = !matches!(command, Command::Rtc { .. });
        match command {
            Command::Start(settings) => {
                self.prefer(settings.preferences);
                self.settings = settings;
                if self.shelf.is_none() {
                    self.open_shelf();
                }
            }
            Command::AddMagnet { magnet } => match Magnet::parse(&magnet) {
                Ok(magnet) => self.added(self.listed(magnet.hashes), Origin::Magnet(magnet)),
                Err(error) => refuse(error.to_string()),
            },
            Command::AddTorrent { bytes } => match Metainfo::parse(&bytes) {
                Ok(metainfo) => {
                    self.added(self.listed(metainfo.info.hashes()), Origin::TorrentFile(metainfo))
                }
                Err(error) => refuse(error.to_string()),
            },
            Command::Share { id, files, options } => self.share(id, files, options, files_of(&parts)),
            Command::CancelShare(id) => self.cancel_share(id),
            Command::Attach(info_hash) => {
                let files = files_of(&parts);
                self.with(info_hash, |torrent, now| {
                    if let Err(error) = torrent.attach(now, files) {
                        refuse(error.to_string());
                    }
                });
            }
            Command::KeepCopy { info_hash, keep } => {
                self.with(info_hash, |torrent, now| torrent.keep_copy(now, keep));
            }
            Command::Pause(info_hash) => self.with(info_hash, Torrent::pause),
            Command::Resume(info_hash) => {
                if self.faulty.contains_key(&info_hash) {
                    self.add(info_hash, Origin::Restored);
                }
                self.with(info_hash, Torrent::resume);
            }
            Command::Remove { info_hash, delete_data } => self.remove(info_hash, delete_data),
            Command::Select { info_hash, file, priority } => {
                self.with(info_hash, |torrent, now| torrent.select(now, file, priority));
            }
            Command::Limit { info_hash, limits } => {
                self.with(info_hash, |torrent, now| torrent.limit(now, limits));
                self.tell_detail(now());
            }
            Command::Prefer(preferences) => self.prefer(preferences),
            Command::Save { info_hash, file } => self.save(info_hash, file),
            Command::ExportTorrent(info_hash) => self.export_torrent(info_hash),
            Command::Watch(watched) => {
                self.news.watched = watched;
                self.tell_detail(now());
            }
            Command::Rtc { rtc, event } => self.rtc(rtc, event, &parts),
        }
        if asked {
            self.news.happened();
            self.arm_news(now());
        }
    }

    /// What a torrent of these names is listed under, here or once it is added.
    fn listed(&self, hashes: InfoHashes) -> InfoHash {
        let known = hashes.swarms().map(|swarm| self.torrent_of(swarm));
        known.into_iter().find(|info_hash| self.torrents.contains_key(info_hash)).unwrap_or(hashes.id())
    }

    fn added(&mut self, info_hash: InfoHash, origin: Origin) {
        let known = self.torrents.contains_key(&info_hash);
        tell(&Event::Added { info_hash, known });
        // By the time its folder is open, the first offers are made.
        self.make_offers(now(), MAX_OFFERS);
        self.add(info_hash, origin);
    }

    fn save(&mut self, info_hash: InfoHash, file: u32) {
        let job = self.torrents.get(&info_hash).and_then(|entry| entry.torrent.save_file(file));
        let (Some(job), Some(shelf)) = (job, &self.shelf) else {
            refuse("This file is not complete yet.".to_owned());
            return;
        };
        let exports = shelf.exports.clone();
        self.exports += 1;
        let number = self.exports;
        spawn_local(async move {
            let name = job.name.clone();
            match job.blob(&exports, number).await {
                Ok(blob) => tell_with(&Event::Saved { info_hash, file, name }, &Array::of1(&blob)),
                Err(error) => refuse(error.to_string()),
            }
        });
    }

    fn export_torrent(&self, info_hash: InfoHash) {
        let metainfo = self.torrents.get(&info_hash).and_then(|entry| entry.torrent.metainfo());
        match metainfo {
            Some(metainfo) => tell(&Event::TorrentFile {
                name: format!("{}.torrent", metainfo.info.name()),
                bytes: metainfo.to_bytes(),
            }),
            None => refuse("The torrent's description is not here yet.".to_owned()),
        }
    }
}

fn refuse(why: String) {
    tell(&Event::Refused { why });
}

fn files_of(parts: &Array) -> Vec<File> {
    parts.iter().filter_map(|part| part.dyn_into().ok()).collect()
}
