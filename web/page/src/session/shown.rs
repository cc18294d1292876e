//! What is in front of the user, and what is known of that alone.

use std::rc::Rc;

use metainfo::InfoHash;
use protocol::{ShareId, TipClaim, TorrentDetail};

use super::Picked;

/// What is in front of the user.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// What fills the page.
    pub view: View,
    /// What lies over it.
    pub dialog: Option<Dialog>,
    /// What the user picked from the list, while they pick.
    pub picked: Option<Picked>,
    /// The name that a link gives to what it opens, for as long as nothing else is known of that; or empty.
    pub opening: Rc<str>,
    /// The page's own address.
    pub address: Address,
    /// The torrent in view, in full.
    pub detail: Option<Rc<TorrentDetail>>,
    /// What is said of tips for it.
    pub claims: Rc<Vec<TipClaim>>,
    /// How often the user asked to tip for it.
    pub tips_wanted: u32,
}

/// What the page's address says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// The link in it, which may say more of its torrent than the torrent itself; empty if there is none.
    pub fragment: Rc<str>,
    /// The user came to tip.
    pub asks_for_tip: bool,
}

/// What fills the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// Drop target, link field and list.
    #[default]
    Home,
    /// A share whose link is being made.
    Share(ShareId),
    /// One torrent.
    Torrent(InfoHash),
    /// What happens inside, for whoever looks for the cause of a problem.
    Debug,
}

/// What lies over the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// Questions and answers.
    Help,
    /// The few things that can be set.
    Settings,
    /// How to put the player of this torrent into another page.
    Embed(InfoHash),
    /// Whether to remove this torrent, and its data.
    Remove(InfoHash),
    /// Whether to remove [what was picked](Shown::picked).
    RemovePicked,
    /// Whether to share without [what cannot be read](super::Work::unreadable).
    Unreadable,
    /// Whether to share [what came from another program](super::Work::handed).
    Handed,
}

impl Shown {
    /// The torrent in view.
    #[must_use]
    pub fn in_view(&self) -> Option<InfoHash> {
        match self.view {
            View::Torrent(info_hash) => Some(info_hash),
            View::Home | View::Share(_) | View::Debug => None,
        }
    }

    pub(super) fn show(&mut self, view: View) {
        if self.view != view {
            self.view = view;
            self.detail = None;
            self.claims = Rc::default();
            self.tips_wanted = 0;
            self.picked = None;
        }
        self.dialog = None;
    }

    /// The engine tells of a torrent in full, which may be out of view by now.
    pub(super) fn describe(&mut self, detail: TorrentDetail) {
        if self.in_view() == Some(detail.info_hash) {
            self.detail = Some(Rc::new(detail));
        }
    }

    /// The same of tips.
    pub(super) fn claim(&mut self, info_hash: InfoHash, claims: Vec<TipClaim>) {
        if self.in_view() == Some(info_hash) {
            let new = claims.into_iter().filter(|claim| !self.claims.contains(claim));
            self.claims = Rc::new(self.claims.iter().copied().chain(new).collect());
        }
    }
}
