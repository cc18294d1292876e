//! What users wish, and what they are shown.

use std::num::NonZeroU64;

use metainfo::{InfoHash, Version};
use serde::{Deserialize, Serialize};

use crate::view::{Priority, StorageView, TorrentDetail, TorrentView};
use crate::{Fatal, Refusal, TipClaim};

/// What a user asks of the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// Download what a magnet link names.
    AddMagnet {
        /// A magnet URI (the page turns bare info hashes and share links into one).
        magnet: String,
        /// Get the description alone, and no file before the user selects one. What is here already stays as it is.
        metadata_only: bool,
    },
    /// Note what a magnet link names, and begin when it is resumed. What is here already stays as it is.
    AddPaused(String),
    /// Download what a torrent file describes.
    AddTorrent {
        /// The bytes of a `.torrent` file.
        bytes: Vec<u8>,
    },
    /// Share the user's files. Parts: one `File` per entry of `files`, in the same order.
    Share {
        /// Names this request until its info hash is known.
        id: ShareId,
        /// What the files are called in the torrent.
        files: Vec<SharedFile>,
        /// What else the user chose.
        options: ShareOptions,
    },
    /// Stop hashing a share that is not finished yet.
    CancelShare(ShareId),
    /// The files behind a torrent whose state is [`DataSource::FilesMissing`](crate::DataSource), in
    /// torrent order, after the user granted access again. Parts: one `File` per file of the torrent.
    Attach(InfoHash),
    /// Whether to keep a copy in the browser of a torrent that is served from the user's files.
    KeepCopy {
        /// Which torrent.
        info_hash: InfoHash,
        /// `false` stops copying and deletes what was copied.
        keep: bool,
    },
    /// Stop all traffic of a torrent.
    Pause(InfoHash),
    /// Go on after [`Command::Pause`] or after an error.
    Resume(InfoHash),
    /// Hash everything again that is here of a torrent. What is not as it was is downloaded again; of the user's own files
    /// it is told which changed.
    Recheck(InfoHash),
    /// Forget a torrent.
    Remove {
        /// Which torrent.
        info_hash: InfoHash,
        /// Also delete what was downloaded. Without it the data stays in the browser's storage, and adding
        /// the same torrent again finds it. The user's own files are never touched.
        delete_data: bool,
    },
    /// How much a file of a torrent is wanted.
    Select {
        /// Which torrent.
        info_hash: InfoHash,
        /// Position in the torrent's file list.
        file: u32,
        /// Whether to download it, and before or after others.
        priority: Priority,
    },
    /// How much a torrent may trade, beside [`Preferences::limits`].
    Limit {
        /// Which torrent.
        info_hash: InfoHash,
        /// What it may trade.
        limits: Limits,
    },
    /// Who may see the user's address, of those who have to do with a torrent.
    Expose {
        /// Which torrent.
        info_hash: InfoHash,
        /// What the user wants of it.
        exposure: Exposure,
    },
    /// What the user wants of all torrents has changed.
    Prefer(Preferences),
    /// Ask for a complete file; answered by [`Event::Saved`].
    Save {
        /// Which torrent.
        info_hash: InfoHash,
        /// Position in the torrent's file list.
        file: u32,
    },
    /// Ask for all files of a torrent that are complete and wanted; answered by [`Event::SavedAll`].
    SaveAll {
        /// Names this request.
        id: SaveId,
        /// Which torrent.
        info_hash: InfoHash,
        /// How to hand them out.
        form: SaveForm,
    },
    /// Stop preparing what [`Command::SaveAll`] asked for. Nothing that comes for it then is of use.
    CancelSave(SaveId),
    /// Ask for the `.torrent` file; answered by [`Event::TorrentFile`].
    ExportTorrent(InfoHash),
    /// Send this page [`Event::Detail`] for this torrent from now on, and for no other.
    Watch(Option<InfoHash>),
    /// Send this page [`Event::Detail`] for this torrent, once.
    Describe(InfoHash),
    /// Note what happens in every torrent from now on, and send [`Event::Journal`] until the worker ends.
    Record,
    /// A player found out how fast it reads a file, so that what it will need is fetched in time.
    Playing {
        /// Which torrent.
        info_hash: InfoHash,
        /// Position in the torrent's file list.
        file: u32,
        /// Size divided by duration, times the speed of playback.
        bytes_per_second: u64,
    },
}

/// What the engine shows to users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Storage that outlasts this visit is open, and these torrents are in it.
    Shelf(Vec<InfoHash>),
    /// Every torrent, newest first; sent when something changed, numbers about once a second.
    Torrents(Vec<TorrentView>),
    /// The torrent that the page watches.
    Detail(Box<TorrentDetail>),
    /// Transactions that are said to be tips for the torrent that the page watches: at first all that are known, checked
    /// or not, then those that come.
    TipClaims {
        /// Which torrent.
        info_hash: InfoHash,
        /// The transactions.
        claims: Vec<TipClaim>,
    },
    /// What happened in a torrent since this was last sent.
    Journal {
        /// Which torrent.
        info_hash: InfoHash,
        /// Entries before these that are gone.
        dropped: u64,
        /// The lines of a report.
        entries: Vec<String>,
    },
    /// The purse says this: postcard bytes of a [`PurseNews`](crate::purse::PurseNews).
    Purse(Vec<u8>),
    /// The browser's storage.
    Storage(StorageView),
    /// A share is being hashed.
    Hashing {
        /// Which share.
        id: ShareId,
        /// Bytes hashed so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A share is hashed, and is now the torrent `info_hash`.
    Shared {
        /// Which share.
        id: ShareId,
        /// What it became.
        info_hash: InfoHash,
    },
    /// A share could not be made.
    ShareFailed {
        /// Which share.
        id: ShareId,
        /// Why.
        why: Refusal,
    },
    /// A link or torrent file that this page sent was understood, and is now the torrent `info_hash`; `known` if it
    /// already was.
    Added {
        /// Which torrent.
        info_hash: InfoHash,
        /// Whether it was in the list before.
        known: bool,
    },
    /// Something the user asked for on this page could not be done.
    Refused {
        /// Why.
        why: Refusal,
    },
    /// Answer to [`Command::Save`]. Parts: one `Blob` (disk-backed) of the file's bytes.
    Saved {
        /// Which torrent.
        info_hash: InfoHash,
        /// Position in the torrent's file list.
        file: u32,
        /// Name for the saved file.
        name: String,
    },
    /// What [`Command::SaveAll`] asked for is being prepared.
    Saving {
        /// Which request.
        id: SaveId,
        /// Bytes read so far.
        done: u64,
        /// Bytes in all.
        total: u64,
    },
    /// Answer to [`Command::SaveAll`]. Parts: one `Blob` (disk-backed) for each name.
    SavedAll {
        /// Which request.
        id: SaveId,
        /// Of a zip, its name; of files, their paths, names joined by `/`. Every system can create them, and all but the
        /// first that would be the same are numbered.
        names: Vec<String>,
    },
    /// The other answer to [`Command::SaveAll`].
    SaveFailed {
        /// Which request.
        id: SaveId,
        /// Why.
        why: Refusal,
    },
    /// Answer to [`Command::ExportTorrent`].
    TorrentFile {
        /// Name for the saved file, with its ending.
        name: String,
        /// The bytes of the `.torrent` file.
        bytes: Vec<u8>,
    },
    /// The engine cannot go on at all.
    Fatal(Fatal),
}

/// Names one share request; minted by the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShareId(pub u32);

/// Names one request for all files of a torrent; minted by the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SaveId(pub u32);

/// How all files of a torrent are handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SaveForm {
    /// As one zip.
    Zip,
    /// Each on its own.
    Files,
}

/// What the user wants of all torrents. The page remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// What all of them together may trade.
    pub limits: Limits,
    /// As the only seed, give each person a different piece first (BEP 16).
    pub super_seed: bool,
    /// Connect to people through relays alone, whatever the torrent.
    pub relay_only: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { limits: Limits::default(), super_seed: true, relay_only: false }
    }
}

/// How much may be traded: bytes per second, of the files' content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// To receive; `None` is no limit.
    pub down: Option<NonZeroU64>,
    /// To give; `None` is no limit.
    pub up: Option<NonZeroU64>,
}

/// Who may see the user's address, of those who have to do with one torrent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Connect to people through relays alone.
    pub relay_only: bool,
    /// Servers may be asked all the same: those that have its files, and what tips and payments ask.
    pub servers: bool,
}

/// One file of a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedFile {
    /// Folders and name; a single segment for a file that was not in a folder.
    pub path: Vec<String>,
    /// Length in bytes.
    pub length: u64,
}

/// What the user chose in the sharing dialog.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ShareOptions {
    /// Name of the torrent; empty: the file's or the folder's own name.
    pub name: String,
    /// A note in the torrent file.
    pub comment: Option<String>,
    /// Trackers beside those of the deployment.
    pub trackers: Vec<String>,
    /// Keep peers to the trackers of this torrent (BEP 27).
    pub private: bool,
    /// Whom the torrent says to pay (`docs/tips.md`).
    pub payment_options: Vec<(String, String)>,
    /// Which versions of BitTorrent the torrent is for; `None`: those that fit the files.
    pub version: Option<Version>,
    /// Copy the files into the browser's storage while sharing, so that the share survives a reload.
    pub keep_copy: bool,
    /// Only who has the key in the link can read it (`docs/sealed.md`). The note is for them alone, too.
    pub sealed: bool,
}
