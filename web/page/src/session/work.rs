//! What this page is doing for its user: shares that become torrents, and files on their way out.

use std::rc::Rc;

use litemap::LiteMap;
use metainfo::InfoHash;
use protocol::{SaveForm, SaveId, ShareId};

use crate::share::{Share, Stage, Unreadable};

/// What this page is doing for its user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    /// What this page shared since it was opened.
    pub shares: LiteMap<ShareId, Share>,
    /// Torrents whose link the user copied since the page was opened.
    pub handed_out: LiteMap<InfoHash, ()>,
    /// All files of torrents, on their way out.
    pub saves: LiteMap<SaveId, Save>,
    /// What the user chose to share and cannot be read, until they have decided what to do.
    pub unreadable: Rc<Unreadable>,
    /// Names of the files that came from another program, until the user has decided whether to share them.
    pub handed: Rc<Vec<String>>,
}

/// All files of a torrent, on their way out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Save {
    /// Of which torrent.
    pub info_hash: InfoHash,
    /// As what.
    pub form: SaveForm,
    /// Whether the engine has done its part.
    pub prepared: bool,
    /// How far it is, 0 to 1.
    pub progress: f32,
}

impl Work {
    /// The share that became the torrent `info_hash`.
    #[must_use]
    pub fn share_of(&self, info_hash: InfoHash) -> Option<(ShareId, &Share)> {
        let mut shares = self.shares.iter().rev();
        shares.find(|(_, share)| share.stage == Stage::Done(info_hash)).map(|(id, share)| (*id, share))
    }

    /// The torrent to which files were added that the torrent `info_hash` lacks.
    #[must_use]
    pub fn successor_of(&self, info_hash: InfoHash) -> Option<InfoHash> {
        let mut shares = self.shares.values().rev();
        let successor = shares.find_map(|share| match share.stage {
            Stage::Done(successor) if share.lineage.adds_to == Some(info_hash) => Some(successor),
            Stage::Done(_) | Stage::Hashing(_) => None,
        });
        // Nothing may have been added that it lacks.
        successor.filter(|successor| *successor != info_hash)
    }

    /// What of the torrent `info_hash` is being saved.
    #[must_use]
    pub fn save_of(&self, info_hash: InfoHash) -> Option<(SaveId, Save)> {
        let mut saves = self.saves.iter();
        saves.find(|(_, save)| save.info_hash == info_hash).map(|(id, save)| (*id, *save))
    }

    /// The shares whose link is being made, the latest first.
    pub fn hashing(&self) -> impl Iterator<Item = (ShareId, &Share)> {
        let hashing = |(_, share): &(&ShareId, &Share)| matches!(share.stage, Stage::Hashing(_));
        self.shares.iter().rev().filter(hashing).map(|(id, share)| (*id, share))
    }
}
