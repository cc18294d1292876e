use std::num::NonZeroU64;

use metainfo::{Endorsement, InfoHash, Version};
use serde::{Deserialize, Serialize};

use crate::TipClaim;
use crate::stream::StreamRequest;
use crate::view::{Priority, StorageView, TorrentDetail, TorrentView};

/// What the page asks of the engine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Command {
    /// The first message, once the engine has said [`Event::Ready`].
    Start(Settings),
    /// Another tab has come, and knows nothing yet: answered by [`Event::Torrents`].
    Join,
    /// Download what a magnet link names.
    AddMagnet {
        /// A magnet URI (the page turns bare info hashes and share links into one).
        magnet: String,
        /// Get the description alone, and no file before the user selects one. What is here already stays as it is.
        metadata_only: bool,
    },
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
    /// What the user wants of all torrents has changed.
    Prefer(Preferences),
    /// What the page found out about claims of [`Event::TipClaims`], or the user's own tip.
    TipsChecked {
        /// Which torrent.
        info_hash: InfoHash,
        /// These are tips: they are kept, and peers are told of them.
        genuine: Vec<TipClaim>,
        /// These are not.
        refused: Vec<TipClaim>,
    },
    /// These are tips for a torrent, but there are too many that are worth more: they are not kept, and peers are told of
    /// them no longer.
    ForgetTips {
        /// Which torrent.
        info_hash: InfoHash,
        /// Which tips.
        claims: Vec<TipClaim>,
    },
    /// Keep a creator's signature with a torrent.
    Endorse {
        /// Which torrent.
        info_hash: InfoHash,
        /// The signature.
        endorsement: Endorsement,
    },
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
    /// A media element reads a file, complete or not. Parts: one `MessagePort`, on which the answer goes out as
    /// [`stream`](crate::stream) says.
    Stream(StreamRequest),
    /// A player found out how fast it reads a file, so that what it will need is fetched in time.
    Playing {
        /// Which torrent.
        info_hash: InfoHash,
        /// Position in the torrent's file list.
        file: u32,
        /// Size divided by duration, times the speed of playback.
        bytes_per_second: u64,
    },
    /// News of a peer connection that the page holds for the engine.
    Rtc {
        /// Which connection.
        rtc: RtcId,
        /// What happened.
        event: RtcEvent,
    },
}

/// What the engine tells the page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// The engine can receive messages. Sent once; nothing may be sent to the engine before.
    Ready,
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
        /// A sentence for the user.
        why: String,
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
        /// A sentence for the user.
        why: String,
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
        /// A sentence for the user.
        why: String,
    },
    /// Answer to [`Command::ExportTorrent`].
    TorrentFile {
        /// Name for the saved file, with its ending.
        name: String,
        /// The bytes of the `.torrent` file.
        bytes: Vec<u8>,
    },
    /// What the page must do with a peer connection.
    Rtc {
        /// Which connection.
        rtc: RtcId,
        /// What to do.
        command: RtcCommand,
    },
    /// The engine cannot go on at all (no storage, broken browser): a sentence for the user.
    Fatal(String),
}

/// Names one `RTCPeerConnection`; minted by the engine, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RtcId(pub u32);

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

/// What the page must do with a peer connection. Workers have no `RTCPeerConnection`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum RtcCommand {
    /// Make a connection with one data channel; answer with its channel at once, then with an offer.
    Offer,
    /// Make a connection that answers this offer; answer with an answer, then with the channel that arrives.
    Accept {
        /// The other side's offer.
        sdp: String,
    },
    /// The other side answered the offer of this connection.
    Complete {
        /// The other side's answer.
        sdp: String,
    },
    /// Close this connection and forget it.
    Drop,
}

/// What became of a peer connection.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum RtcEvent {
    /// Its data channel. Parts: one `RTCDataChannel`, or a `MessagePort` to the page's relay of one.
    Channel,
    /// Its offer, complete with candidates.
    Offer {
        /// To send to a peer.
        sdp: String,
    },
    /// Its answer, complete with candidates.
    Answer {
        /// To send to the peer that offered.
        sdp: String,
    },
    /// It failed or closed; the page has forgotten it.
    Gone,
    /// The browser refuses to make peer connections at all.
    Blocked,
}

/// How this deployment is set up, from `/config.json`, and what the user prefers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Settings {
    /// WebSocket URLs of the trackers that new torrents announce to.
    pub trackers: Vec<String>,
    /// What the user wants.
    pub preferences: Preferences,
}

/// What the user wants of all torrents. The page remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// What all of them together may trade.
    pub limits: Limits,
    /// As the only seed, give each person a different piece first (BEP 16).
    pub super_seed: bool,
}

impl Default for Preferences {
    fn default() -> Self {
        Self { limits: Limits::default(), super_seed: true }
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
    /// Which versions of BitTorrent the torrent is for.
    pub version: Version,
    /// Whether the page holds file handles that survive a reload; then no copy is made unless asked for.
    pub has_handles: bool,
    /// Copy the files into the browser's storage while sharing, so that the share survives a reload.
    pub keep_copy: bool,
}
