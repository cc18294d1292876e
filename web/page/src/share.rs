//! Files that the user shares from this page, and what the sharing form says of them.

use std::rc::Rc;

use btt::{Chain, PaymentOptions};
use metainfo::{InfoHash, Version};
use protocol::{ShareOptions, SharedFile};

use crate::payees::{self, Wrong};
use crate::words;

/// Files that the user shares from this page.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// What it is called if the user does not say: the file's or folder's own name.
    pub own_name: String,
    /// Its files.
    pub files: Rc<Vec<SharedFile>>,
    /// What the user chose, as the form shows it.
    pub choices: Choices,
    /// The choices that its link stands for, or will.
    pub applied: Choices,
    /// How far it is.
    pub stage: Stage,
    /// Whether a copy goes into the browser's storage.
    pub keep_copy: bool,
    /// How it stands to torrents that were there before.
    pub lineage: Lineage,
    /// Names of videos that cannot be played before their end is here.
    pub slow: Vec<String>,
}

/// How a share stands to torrents that were there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lineage {
    /// The one that goes when the share is there.
    pub replaces: Option<InfoHash>,
    /// The one whose files are in the share, too. It stays.
    pub adds_to: Option<InfoHash>,
}

/// What the user chose in the sharing form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Name of the torrent.
    pub name: String,
    /// A note in the torrent file.
    pub comment: String,
    /// Trackers beside those of the deployment, separated by white space.
    pub trackers: String,
    /// Which versions of BitTorrent it is for.
    pub version: Option<Version>,
    /// Keep peers to the trackers of this torrent.
    pub private: bool,
    /// Accounts that take tips, separated by white space.
    pub tip_address: String,
    /// The creator's website.
    pub tip_domain: String,
    /// Only who has the link can read it.
    pub sealed: bool,
}

/// What the user chose to share and the browser cannot read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unreadable {
    /// Paths, sorted.
    pub paths: Vec<Vec<String>>,
    /// How many other files can be read.
    pub others: usize,
}

/// How far a share is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// So many of its bytes are hashed.
    Hashing(u64),
    /// It is this torrent.
    Done(InfoHash),
}

impl Share {
    /// A share whose hashing begins.
    #[must_use]
    pub fn new(own_name: String, files: Vec<SharedFile>, choices: Choices, keep_copy: bool) -> Self {
        let applied = choices.clone();
        let (files, stage) = (Rc::new(files), Stage::Hashing(0));
        let (lineage, slow) = (Lineage::default(), Vec::new());
        Self { own_name, files, choices, applied, stage, keep_copy, lineage, slow }
    }

    /// Bytes in all.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.length).sum()
    }

    /// The share of its bytes that is hashed.
    #[must_use]
    pub fn hashed(&self) -> f32 {
        match (self.stage, self.size()) {
            (Stage::Done(_), _) | (_, 0) => 1.0,
            (Stage::Hashing(done), size) => (done as f64 / size as f64) as f32,
        }
    }

    /// What its link is made with, as the engine takes it.
    #[must_use]
    pub fn options(&self, usual_chain: Option<Chain>) -> ShareOptions {
        let name = self.name().to_owned();
        ShareOptions { name, ..self.applied.options(usual_chain, self.keep_copy) }
    }

    /// What it is called by its applied choices.
    #[must_use]
    pub fn name(&self) -> &str {
        let chosen = self.applied.name.trim();
        if chosen.is_empty() { &self.own_name } else { chosen }
    }

    /// The link is made without anybody to pay: what was typed, or remembered, names nobody here.
    pub fn leave_payees_out(&mut self) {
        self.applied.tip_address.clear();
        self.applied.tip_domain.clear();
    }

    /// Whether people who have the link can tip.
    #[must_use]
    pub fn takes_tips(&self) -> bool {
        !self.applied.tip_address.trim().is_empty()
    }

    /// Whether the form asks for another link than the one that is there or being made.
    #[must_use]
    pub fn has_new_choices(&self) -> bool {
        self.choices != self.applied
    }
}

impl Choices {
    /// Whom the share says to pay.
    ///
    /// # Errors
    /// What is wrong with what the user typed.
    pub fn payees(&self, usual_chain: Option<Chain>) -> Result<PaymentOptions, Wrong> {
        payees::parse(&self.tip_address, &self.tip_domain, usual_chain)
    }

    /// As the engine takes them.
    #[must_use]
    pub fn options(&self, usual_chain: Option<Chain>, keep_copy: bool) -> ShareOptions {
        let comment = self.comment.trim();
        ShareOptions {
            name: self.name.trim().to_owned(),
            comment: (!comment.is_empty()).then(|| comment.to_owned()),
            trackers: self.trackers.split_whitespace().map(str::to_owned).collect(),
            private: self.private,
            payment_options: self.payees(usual_chain).map(|options| options.entries()).unwrap_or_default(),
            version: self.version,
            keep_copy,
            sealed: self.sealed,
        }
    }
}

/// What files are called together: the one file's name, the name of the folder that holds all, or words.
#[must_use]
pub fn own_name(files: &[SharedFile]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let root = first.path.first().cloned().unwrap_or_default();
    let in_root = |file: &SharedFile| file.path.len() > 1 && file.path.first() == Some(&root);
    if files.len() == 1 || files.iter().all(in_root) {
        return root;
    }
    words::several_files(files.len() as u64 - 1, &root)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, length: u64) -> SharedFile {
        SharedFile { path: path.split('/').map(str::to_owned).collect(), length }
    }

    #[test]
    fn a_share_is_named_after_its_file_or_folder() {
        assert_eq!(own_name(&[file("a.txt", 1)]), "a.txt");
        assert_eq!(own_name(&[file("trip/a.txt", 1), file("trip/b/c.txt", 1)]), "trip");
        assert_eq!(own_name(&[file("a.txt", 1), file("b.txt", 1), file("c.txt", 1)]), "a.txt and 2 more");
        assert_eq!(own_name(&[file("a", 1), file("a/b.txt", 1)]), "a and 1 more");
    }

    #[test]
    fn a_share_that_names_somebody_takes_tips_from_the_beginning() {
        let choices = Choices { tip_address: "0x1".to_owned(), ..Choices::default() };
        let mut share = Share::new("a".to_owned(), Vec::new(), choices, false);
        assert!(share.takes_tips() && !share.has_new_choices());
        share.leave_payees_out();
        assert!(!share.takes_tips() && share.has_new_choices());
        assert_eq!(share.choices.tip_address, "0x1");
    }

    #[test]
    fn choices_reach_the_engine_without_stray_spaces() {
        let choices = Choices {
            name: " trip ".to_owned(),
            comment: "  ".to_owned(),
            trackers: "wss://a.example\n wss://b.example ".to_owned(),
            version: Some(Version::Two),
            ..Choices::default()
        };
        let options = choices.options(None, false);
        assert_eq!(options.name, "trip");
        assert_eq!((options.comment, options.version), (None, Some(Version::Two)));
        assert_eq!(options.trackers, ["wss://a.example", "wss://b.example"]);
    }
}
