//! What changes what the page knows.

use btt::Chain;
use host::Streaming;
use language::Language;
use metainfo::{InfoHash, Magnet};
use protocol::{Event, Preferences, SaveId, ShareId};

use super::{Address, Dialog, EngineState, Save, View};
use crate::share::{Choices, Share, Unreadable};

/// What changes the session.
#[derive(Clone, Debug)]
pub enum Action {
    /// The engine said something.
    Engine(Event),
    /// The engine's state changed for another reason.
    EngineState(EngineState),
    /// Trackers of this deployment are known.
    Trackers(Vec<String>),
    /// Whether this deployment has relays is known.
    Relays(bool),
    /// Whether the user is to be told what others see before anything is connected.
    FirstVisit(bool),
    /// The networks for tips are known, the chain of addresses that name none, and whether people can pay each other.
    Networks(String, Option<Chain>, bool),
    /// Another language is spoken.
    Speak(Language),
    /// The user wants this of all torrents.
    Prefer(Preferences),
    /// The page's address is another.
    Address(Address),
    /// Show this.
    Show(View),
    /// A link is being opened.
    Open {
        /// To this, as far as the link says.
        info_hash: InfoHash,
        /// Of this name; empty if it says none.
        name: String,
    },
    /// Lay this over the view, or nothing.
    Dialog(Option<Dialog>),
    /// The user wants to tip for what is shown.
    Tip,
    /// The user has the link of this torrent, to give it to somebody.
    HandedOut(InfoHash),
    /// The user picks torrents from the list, or does not any more.
    Picking(bool),
    /// The user picks a torrent, or leaves it.
    Pick {
        /// Which.
        info_hash: InfoHash,
        /// And all from the one before to it.
        range: bool,
    },
    /// The user picks all torrents, or leaves all.
    PickAll,
    /// The user shares files.
    Share(ShareId, Box<Share>),
    /// A share was called off, or is made again under another id.
    Unshare(ShareId),
    /// No handles lead to the files of this torrent: the user must choose them again.
    HandlesGone(InfoHash),
    /// The user changes the sharing form.
    Choose(ShareId, Choices),
    /// Whether a copy of a share that is being hashed goes into the browser's storage.
    KeepCopy(ShareId, bool),
    /// All files of a torrent are being saved, so far.
    Save(SaveId, Save),
    /// They are saved, or will not be.
    SaveEnded(SaveId),
    /// These videos of a share cannot be played before their end is here.
    StartsSlowly(ShareId, Vec<String>),
    /// Tell the user.
    Notice {
        /// A sentence.
        text: String,
        /// Whether something went wrong.
        problem: bool,
    },
    /// The user has read a notice.
    Dismiss(u32),
    /// Some of what the user wants to share cannot be read.
    Unreadable(Unreadable),
    /// Files with these names came from another program.
    Handed(Vec<String>),
    /// Whether nobody sees the page.
    Hidden(bool),
    /// Whether the user is notified when everyone has what they share.
    Notifies(bool),
    /// The browser deleted these since the last visit.
    Evicted(Vec<Magnet>),
    /// Whether the engine belongs to another tab.
    Follow(bool),
    /// Whether media elements can read files while they arrive.
    Streaming(Streaming),
    /// Whether the browser promises to keep what is stored.
    Persisted(bool),
    /// What money goes to people of the torrent in view, or comes from them, by their keys.
    Money(Vec<(u32, String)>),
    /// A second passed.
    Tick,
}
