//! Where a torrent comes from, and what each such thing adds to what is known of it.

use metainfo::{Info, Magnet, Metainfo, PieceIndex, PieceLayers, SealKey};
use swarm::{Input, Time};
use wire::Bitfield;

use super::copy::Copying;
use super::sealed::Sealed;
use super::{Problem, Torrent};
use crate::{Listing, Storage, UserFiles};

/// What is known of a torrent when it is added.
#[derive(Debug)]
pub enum Origin<U> {
    /// It was here at the last visit.
    Restored,
    /// The user gave a link, and may want no more than the description of what it names.
    Magnet {
        /// The link.
        magnet: Magnet,
        /// Only the description is wanted.
        metadata_only: bool,
    },
    /// The user has this link from elsewhere, and says later when it is to begin. Nothing changes what is here.
    Noted(Magnet),
    /// The user gave a torrent file.
    TorrentFile(Metainfo),
    /// A server that the link names has the torrent file.
    LookedUp(Metainfo),
    /// The user shares files.
    Files {
        /// What they are.
        metainfo: Metainfo,
        /// The files.
        files: U,
        /// They are to be copied into storage.
        keep_copy: bool,
        /// What opens them, if they are sealed.
        key: Option<SealKey>,
    },
}

impl<U> Origin<U> {
    /// Whether it says that the torrent is private.
    pub(crate) fn is_private(&self) -> bool {
        match self {
            Self::TorrentFile(metainfo) | Self::LookedUp(metainfo) | Self::Files { metainfo, .. } => {
                metainfo.info.private()
            }
            Self::Restored | Self::Magnet { .. } | Self::Noted(_) => false,
        }
    }
}

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Takes what a further link, torrent file or share adds to what is known.
    pub fn add_again(&mut self, now: Time, origin: Origin<U>) {
        let unknown = self.metainfo.is_none();
        let files = matches!(origin, Origin::Files { .. });
        let before = self.record.metadata_only;
        let problem = self.problem.take();
        let unlocked = self.adopt(now, origin);
        if self.record.metadata_only != before
            && let Some(selection) = self.selection()
        {
            self.handle(now, Input::Select(selection));
        }
        if files || unlocked || (unknown && self.metainfo.is_some()) {
            self.start(now, self.doubtful());
        } else {
            self.problem = self.problem.take().or(problem);
            if !self.active() {
                self.handle(now, Input::Pause);
            }
        }
        self.add_web_seeds(now);
        self.save(now);
    }

    /// Serves from these files of the user's from now on, once they are known to be the right ones.
    pub fn attach(&mut self, now: Time, files: U) {
        let Some(pieces) = self.info().map(|info| info.geometry().pieces()) else { return };
        if self.complete() {
            return;
        }
        let stamps = files.stamps();
        let doubtful = if stamps == self.record.files { Vec::new() } else { pieces.collect() };
        self.record.files = stamps;
        self.record.paused = false;
        self.problem = None;
        self.serve_from(files);
        self.start(now, doubtful);
        self.save(now);
    }

    /// Nothing that is known is replaced. Whether a seal was opened, so that all that is here has to be looked through.
    pub(super) fn adopt(&mut self, now: Time, origin: Origin<U>) -> bool {
        let listing = &mut self.record.listing;
        let asked = !matches!(origin, Origin::Restored | Origin::LookedUp(_));
        let back = asked && std::mem::take(listing) != Listing::Listed;
        if back {
            self.record.paused = false;
        }
        match origin {
            Origin::Restored => {}
            Origin::Magnet { magnet, metadata_only } => {
                let unknown = self.magnet.is_none() && self.metainfo.is_none();
                if metadata_only && !unknown && !back {
                    return false;
                }
                let unlocked = self.follow(now, magnet);
                self.want(metadata_only);
                return unlocked;
            }
            Origin::Noted(magnet) => {
                let unknown = self.magnet.is_none() && self.metainfo.is_none();
                self.record.paused |= unknown || back;
                if unknown {
                    self.set_link(Some(magnet));
                } else if matches!(self.sealed, Some(Sealed::Locked)) && magnet.key.is_some() {
                    let own = self.magnet.clone().unwrap_or_else(|| Magnet::new(magnet.hashes));
                    return self.follow(now, Magnet { key: magnet.key, ..own });
                }
            }
            Origin::TorrentFile(metainfo) => {
                self.learn(now, metainfo);
                self.want(false);
            }
            Origin::LookedUp(metainfo) => {
                let unknown = self.metainfo.is_none();
                self.learn(now, metainfo);
                if unknown {
                    self.skip_what_is_not_linked();
                }
            }
            Origin::Files { metainfo, files, keep_copy, key } => {
                if let Some(key) = key {
                    self.set_key(key);
                }
                self.learn(now, metainfo);
                self.want(false);
                self.record.paused = false;
                if !self.complete() {
                    self.record.files = files.stamps();
                    self.record.keep_copy = keep_copy;
                    self.serve_from(files);
                    // They were hashed just now.
                    self.vouched = Bitfield::full(self.vouched.len());
                }
            }
        }
        false
    }

    /// Keeps the metadata. What is marked as stored without it is hashed before it is believed.
    pub(super) fn learn(&mut self, now: Time, metainfo: Metainfo) {
        if self.metainfo.is_some() {
            return;
        }
        self.storage.shape(metainfo.info.geometry());
        self.stored = Some(Bitfield::new(metainfo.info.geometry().piece_count()));
        let kept = self.storage.save_torrent(&metainfo);
        let length = metainfo.info.geometry().content_length();
        self.metainfo = Some(metainfo);
        self.look_inside();
        if let (Err(error), None) = (kept, &self.problem) {
            self.stop_for(now, error, length);
        }
    }

    /// Pieces that may be here, although nothing says that they are safe.
    pub(super) fn doubtful(&self) -> Vec<PieceIndex> {
        let (Some(info), Some(stored), None) = (self.info(), &self.stored, &self.files) else {
            return Vec::new();
        };
        let marked = self.storage.marked(info).unwrap_or_else(|_unreadable| Bitfield::new(0));
        marked.iter_ones().filter(|piece| !stored.get(*piece)).collect()
    }

    /// The metadata came from a peer.
    pub(super) fn adopt_metadata(&mut self, now: Time, info: Info) {
        let magnet = self.magnet.as_ref();
        let metainfo = Metainfo {
            info,
            piece_layers: PieceLayers::default(),
            announce: magnet
                .iter()
                .flat_map(|magnet| &magnet.trackers)
                .map(|url| vec![url.clone()])
                .collect(),
            url_list: magnet.map(|magnet| magnet.web_seeds.clone()).unwrap_or_default(),
            comment: None,
            created_by: None,
            creation_date: None,
            endorsements: Vec::new(),
        };
        self.learn(now, metainfo);
        self.skip_what_is_not_linked();
        // Left behind by an earlier visit whose records are lost.
        let doubtful = self.doubtful();
        if !doubtful.is_empty() {
            self.start(now, doubtful);
        } else if self.problem.is_some() {
            self.handle(now, Input::Pause);
        } else if let Some(selection) = self.selection() {
            self.expect_player(now);
            self.handle(now, Input::Select(selection));
        }
        self.save(now);
    }

    /// No client could use this torrent.
    pub(super) fn give_up(&mut self, now: Time, why: metainfo::Error) {
        self.problem = Some(Problem::Unusable(why));
        self.handle(now, Input::Pause);
    }

    /// The site does not serve this torrent. Everything that is stored stays.
    pub fn deny(&mut self, now: Time, why: String) {
        self.problem = Some(Problem::Denied(why));
        self.handle(now, Input::Pause);
    }

    /// The user wants its files, as the link chooses them, or its description alone. A choice of files that the user
    /// made stays.
    fn want(&mut self, metadata_only: bool) {
        if std::mem::replace(&mut self.record.metadata_only, metadata_only) != metadata_only {
            self.record.priorities.clear();
            self.skip_what_is_not_linked();
        }
    }

    fn serve_from(&mut self, files: U) {
        self.files = Some(files);
        self.vouched = Bitfield::new(self.vouched.len());
        self.copying = Copying::default();
    }

    pub(super) fn files_missing(&self) -> bool {
        self.files.is_none() && !self.record.files.is_empty() && !self.complete()
    }
}
