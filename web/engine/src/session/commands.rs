//! What the pages say and ask for.

use js_sys::Array;
use metainfo::{InfoHash, Magnet, Metainfo};
use protocol::tabs::{self, PageId};
use protocol::tips::TipsCommand;
use protocol::window::{Settings, ToEngine};
use protocol::{Command, Event, Refusal, Request};
use session::{Error, Limits};
use swarm::{Priority, Time};
use wasm_bindgen::JsCast as _;
use web_sys::File;

use super::Driver;
use super::news::Watched;
use super::pages::{Heard, reply};
use crate::browser::now;
use crate::error::refusal;
use crate::files::{Reader, UserFiles};
use crate::torrent::{Origin, Torrent};

impl Driver {
    /// A page says something.
    pub(super) fn hear(&mut self, heard: Heard, parts: Array) {
        match heard {
            Heard::Window(ToEngine::Start(settings)) => self.set_up(settings),
            Heard::Window(ToEngine::Rtc { rtc, event }) => self.rtc(rtc, event, &parts),
            Heard::Window(ToEngine::Stream(request)) => self.stream(request, &parts),
            Heard::Window(ToEngine::Purse) => self.purse_opened(&parts),
            Heard::Window(ToEngine::Request(request)) => self.request(PageId::OWNER, request, parts),
            Heard::Tab(page, tabs::ToEngine::Join) => self.joined(page),
            Heard::Tab(page, tabs::ToEngine::Request(request)) => self.request(page, request, parts),
        }
    }

    /// Does what somebody before a page asks.
    pub(super) fn request(&mut self, page: PageId, request: Request, parts: Array) {
        let anytime = matches!(
            request,
            Request::User(
                Command::Prefer(_)
                    | Command::Record
                    | Command::Watch(_)
                    | Command::CancelShare(_)
                    | Command::CancelSave(_)
            )
        );
        if self.shelf.is_none() && !anytime {
            if matches!(request, Request::User(Command::AddMagnet { .. } | Command::AddTorrent { .. })) {
                self.expect();
            }
            self.early.push((page, request, parts));
            return;
        }
        let asked = !matches!(request, Request::User(Command::Playing { .. }));
        match request {
            Request::User(command) => self.command(page, command, &parts),
            Request::Tips(command) => self.tips_command(page, command),
            Request::Purse(words) => self.page_says(words),
        }
        if asked {
            self.happened();
        }
    }

    fn set_up(&mut self, settings: Settings) {
        self.prefer(settings.preferences);
        self.session.announce_at(settings.trackers.clone());
        self.trackers = Some(settings.trackers);
        if let Some(opened) = self.opened.take() {
            self.shelf_opened(opened);
        }
    }

    /// Has offers made, and trackers reached, for a torrent that will soon be added.
    pub(super) fn expect(&mut self) {
        let now = now();
        self.session.expect(now);
        self.settle(now);
    }

    fn joined(&self, page: PageId) {
        if self.shelf.is_some() {
            reply(page, &Event::Torrents(self.views(now())));
            self.tell_storage();
        }
    }

    fn command(&mut self, page: PageId, command: Command, parts: &Array) {
        match command {
            Command::AddMagnet { magnet, metadata_only } => match Magnet::parse(&magnet) {
                Ok(magnet) => {
                    let listed = self.session.listed(magnet.hashes);
                    self.added(page, listed, Origin::Magnet { magnet: magnet.clone(), metadata_only });
                    self.look_up(listed, &magnet);
                }
                Err(error) => refuse(page, Refusal::Torrent(error)),
            },
            Command::AddPaused(magnet) => match Magnet::parse(&magnet) {
                Ok(magnet) => self.add(self.session.listed(magnet.hashes), Origin::Noted(magnet)),
                Err(error) => refuse(page, Refusal::Torrent(error)),
            },
            Command::AddTorrent { bytes } => match Metainfo::parse(&bytes) {
                Ok(metainfo) => {
                    let listed = self.session.listed(metainfo.info.hashes());
                    self.added(page, listed, Origin::TorrentFile(metainfo));
                }
                Err(error) => refuse(page, Refusal::Torrent(error)),
            },
            Command::Share { id, files, options } => self.share(id, files, options, files_of(parts)),
            Command::CancelShare(id) => self.cancel_share(id),
            Command::Attach(info_hash) => {
                let files = files_of(parts);
                self.with(info_hash, |torrent, now| {
                    if let Err(error) = attach(torrent, now, files) {
                        refuse(page, refusal(error));
                    }
                });
            }
            Command::KeepCopy { info_hash, keep } => {
                let keeps = self.keeps();
                self.with(info_hash, |torrent, now| torrent.keep_copy(now, keep && keeps));
            }
            Command::Pause(info_hash) => self.with(info_hash, |torrent, now| torrent.pause(now)),
            Command::Resume(info_hash) => {
                self.session.retry(info_hash);
                self.settle(now());
                self.with(info_hash, |torrent, now| torrent.resume(now));
                // One that was only noted down has not asked for its description.
                self.look_up_unknown(info_hash);
            }
            Command::Recheck(info_hash) => self.with(info_hash, |torrent, now| torrent.recheck(now)),
            Command::Remove { info_hash, delete_data } => self.remove(info_hash, delete_data),
            Command::Select { info_hash, file, priority } => {
                let priority = match priority {
                    protocol::Priority::Skip => Priority::Skip,
                    protocol::Priority::Low => Priority::Low,
                    protocol::Priority::Normal => Priority::Normal,
                    protocol::Priority::High => Priority::High,
                };
                self.with(info_hash, |torrent, now| torrent.select(now, file, priority));
            }
            Command::Limit { info_hash, limits: protocol::Limits { down, up } } => {
                let limits = Limits { down, up };
                self.with(info_hash, |torrent, now| torrent.limit(now, limits));
                self.tell_detail(now());
            }
            Command::Expose { info_hash, exposure: protocol::Exposure { relay_only, servers } } => {
                let exposure = session::Exposure { relay_only, servers };
                self.with(info_hash, |torrent, now| torrent.expose(now, exposure));
                self.look_up_unknown(info_hash);
                self.tell_detail(now());
            }
            Command::Prefer(preferences) => self.prefer(preferences),
            Command::Record => self.record(),
            Command::Save { info_hash, file } => self.save(page, info_hash, file),
            Command::SaveAll { id, info_hash, form } => self.save_all(page, id, info_hash, form),
            Command::CancelSave(id) => self.cancel_save(id),
            Command::ExportTorrent(info_hash) => self.export_torrent(page, info_hash),
            Command::Watch(watched) => {
                self.news.watched.remove(&page);
                if let Some(info_hash) = watched {
                    self.news.watched.insert(page, Watched { info_hash, knows_tips: false });
                }
                self.tell_detail(now());
            }
            Command::Describe(info_hash) => {
                if let Some(detail) = self.detail(now(), info_hash) {
                    reply(page, &detail);
                }
            }
            Command::Playing { info_hash, file, bytes_per_second } => {
                self.with(info_hash, |torrent, _| torrent.playing(file, bytes_per_second));
            }
        }
    }

    fn tips_command(&mut self, page: PageId, command: TipsCommand) {
        match command {
            TipsCommand::Checked { info_hash, genuine, refused } => {
                let mut new = Vec::new();
                self.with(info_hash, |torrent, now| new = torrent.tips_checked(now, genuine, refused));
                self.tell_of_tips(info_hash, &new, Some(page));
            }
            TipsCommand::Forget { info_hash, claims } => {
                self.with(info_hash, |torrent, now| torrent.forget_tips(now, claims));
            }
            TipsCommand::Endorse { info_hash, endorsement } => {
                self.with(info_hash, |torrent, _| {
                    if let Err(error) = torrent.endorse(endorsement) {
                        refuse(page, refusal(error));
                    }
                });
                self.tell_detail(now());
            }
        }
    }

    /// Fetches the torrent files that the link of a torrent names of which nothing else is known.
    fn look_up_unknown(&mut self, info_hash: InfoHash) {
        let unknown = self.session.torrent(info_hash).filter(|torrent| torrent.info().is_none());
        if let Some(link) = unknown.map(|torrent| torrent.link(&[])) {
            self.look_up(info_hash, &link);
        }
    }

    fn added(&mut self, page: PageId, info_hash: InfoHash, origin: Origin) {
        let known = self.session.torrent(info_hash).is_some();
        reply(page, &Event::Added { info_hash, known });
        self.add(info_hash, origin);
    }

    /// Adds a torrent, or to what is known of one.
    pub(super) fn add(&mut self, info_hash: InfoHash, origin: Origin) {
        let now = now();
        self.session.add(now, info_hash, origin);
        self.settle(now);
    }

    fn export_torrent(&self, page: PageId, info_hash: InfoHash) {
        let metainfo = self.session.torrent(info_hash).and_then(Torrent::metainfo);
        match metainfo {
            Some(metainfo) => reply(
                page,
                &Event::TorrentFile {
                    name: format!("{}.torrent", metainfo.info.name()),
                    bytes: metainfo.to_bytes(),
                },
            ),
            None => refuse(page, Refusal::Undescribed),
        }
    }
}

pub(super) fn refuse(page: PageId, why: Refusal) {
    reply(page, &Event::Refused { why });
}

/// Has a torrent served from these files of the user's.
fn attach(torrent: &mut Torrent, now: Time, files: Vec<File>) -> Result<(), Error> {
    let files = Reader::new(UserFiles::of(torrent.contents(), files)?)?;
    torrent.attach(now, files);
    Ok(())
}

fn files_of(parts: &Array) -> Vec<File> {
    parts.iter().filter_map(|part| part.dyn_into().ok()).collect()
}
