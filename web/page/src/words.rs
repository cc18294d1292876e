//! Every word of the page. English.

use std::time::Duration;

use metainfo::{InfoHash, Magnet};
use protocol::{
    DataSource, Limits, Peer, Problem, SaveForm, State, StorageView, TorrentView, TrackerState, WebSeedState,
    WebSeedView,
};

use crate::payees::Wrong;
use crate::session::everyone_has;
use crate::theme::Theme;
use host::link::Typo;

pub mod quantity;
pub mod unreadable;
pub mod visitors;

use quantity::{count, grouped, percent, piece_length, rate, size, time_left};

/// The page is not served over https.
pub const INSECURE: &str =
    "Browsers only let Seedcast store files on a secure address. Open this page with https.";
/// An empty folder, or nothing, was chosen.
pub const NO_FILES: &str = "There are no files in what you chose. Choose at least one file.";
/// Remembered handles lead nowhere.
pub const FILES_MOVED: &str =
    "The files were moved, renamed or deleted. Put them back, or remove this share and share them again.";
/// The user said no.
pub const ACCESS_DENIED: &str = "Without access to the files nobody can download them from you.";
/// The browser refuses to promise that it keeps what is stored.
pub const STORAGE_REFUSED: &str = "The browser did not promise it this time. Most do once you have used a page for a while, \
     bookmarked it or installed it: ask again then.";

// Words that stand alone are named after what they say or where they stand.
#[expect(missing_docs, reason = "each says itself")]
mod standing {
    pub const NAME: &str = "Seedcast";
    pub const TITLE: &str = "Seedcast: share files from your browser";
    pub const MENU: &str = "Menu";
    pub const SETTINGS: &str = "Settings";
    pub const HELP: &str = "Help";
    pub const RELOAD: &str = "Reload the page";
    pub const DISMISS: &str = "Dismiss";
    pub const CLOSE: &str = "Close";
    pub const CANCEL: &str = "Cancel";
    pub const FAILED: &str = "Seedcast cannot work here";
    pub const HEADLINE: &str = "Send files straight to people";
    pub const SENTENCE: &str =
        "Drop a file, send its link: it goes from your browser to theirs, with no upload and no account.";
    pub const DROP_TITLE: &str = "Drop files here";
    pub const DROP_HINT: &str = "or click to choose them";
    pub const CHOOSE_FILES: &str = "Choose files";
    pub const CHOOSE_FOLDER: &str = "Choose a folder";
    pub const OPEN_TORRENT_FILE: &str = "Open a .torrent file";
    pub const LINK_LABEL: &str = "Have a link?";
    pub const LINK_PLACEHOLDER: &str = "Link, magnet or info hash";
    pub const OPEN: &str = "Open";
    pub const YOUR_FILES: &str = "In this browser";
    pub const OTHER_FILES: &str = "Also in this browser";
    pub const FETCH_AGAIN: &str = "Get it again";
    pub const LET_GO: &str = "Let it go";
    pub const ADD_MORE: &str = "Share or open something else";
    pub const EMPTY: &str = "Nothing here yet. Try it with a small sample, and open its link on your phone.";
    pub const TRY_SAMPLE: &str = "Share a sample";
    pub const SAMPLE_NAME: &str = "Hello from Seedcast.txt";
    pub const SAMPLE_TEXT: &str = "Hello!\n\nThis file came straight from another browser: no server has stored it.\nDrop your own files on the page and send the link.\n";
    pub const BACK: &str = "All files";
    pub const OPENING: &str = "Opening…";
    pub const PROGRESS: &str = "Progress";
    pub const PAUSE: &str = "Pause";
    pub const RESUME: &str = "Resume";
    pub const REMOVE: &str = "Remove";
    pub const SAVE: &str = "Save";
    pub const SAVE_ZIP: &str = "Save all as zip";
    pub const SAVE_TO_FOLDER: &str = "Save to a folder…";
    pub const COPY_LINK: &str = "Copy link";
    pub const COPIED: &str = "Copied";
    pub const NOT_COPIED: &str =
        "The browser did not let the link be copied. Open the torrent, select the link and copy it.";
    pub const GRANT: &str = "Allow access again";
    pub const ALLOW_AGAIN: &str = "Since this page was reloaded it may not read the files that you share here. Nobody can download them until you allow it again.";
    pub const CHOOSE_AGAIN: &str = "Since this page was reloaded it cannot read the files that you share here. Choose the same files again, and your link works as before.";
    pub const OTHER_CHOSEN: &str =
        "These are not the files that were shared. Choose the same files again; they must not have changed.";
    pub const SHARE_LINK: &str = "Share link";
    pub const LINK_WORKS: &str = "Anyone with this link can download from you while this page is open.";
    pub const LINK_HELPS: &str =
        "Anyone with this link can download this, also from you, while this page is open.";
    pub const LINK_SOON: &str = "You can look around meanwhile. The link appears here by itself.";
    pub const QR_CODE: &str = "QR code";
    pub const QR_HINT: &str = "Point a phone’s camera here to open the link.";
    pub const QR_TOO_LONG: &str = "This link is too long for a QR code. Copy it instead.";
    pub const SEND: &str = "Send…";
    pub const EMBED: &str = "Embed";
    pub const EMBED_WHY: &str = "Paste this into your own page: visitors watch it there, and pass it on to each other. It plays as long as somebody who has all of it is online, or a web server that you name has it.";
    pub const EMBED_TAG: &str = "As a tag";
    pub const EMBED_FRAME: &str = "As a frame, where no scripts are allowed";
    pub const EMBED_PREVIEW: &str = "What it looks like";
    pub const COPY: &str = "Copy";
    pub const TORRENT_FILE: &str = ".torrent file";
    pub const NOTIFY: &str = "Tell me when everyone has it";
    pub const NOTIFY_WHY: &str = "With a notification, if you are looking at something else then.";
    pub const NOTIFY_DENIED: &str =
        "This browser does not let this page notify you. You can allow it in its settings for this site.";
    pub const EVERYTHING: &str = "Everything";
    pub const ALL_THEY_WANT: &str = "All they want";
    pub const KEEP_COPY: &str = "Keep a copy in this browser";
    pub const KEEP_COPY_WHY: &str =
        "Then the link goes on working after this page is closed and opened again.";
    pub const CHOICES: &str = "Name and other choices";
    pub const CHOICE_NAME: &str = "Name";
    pub const CHOICE_TIPS: &str = "Your tip address (optional)";
    pub const CHOICE_TIPS_WHY: &str = "An address of your wallet: people who like this can then send you BTT, straight from their wallet to yours.";
    pub const CHOICE_TIPS_TAKEN: &str = "Whoever has this link can send you BTT at this address. What you share next names it, too, until you remove it here.";
    pub const CHOICE_DOMAIN: &str = "Your web site (optional)";
    pub const CHOICE_DOMAIN_WHY: &str = "A site that lists your tip address in /.well-known/btt-creator.json, so that people can check that it is yours.";
    pub const TIPS_NOT_LOADED: &str =
        "The part of this page that deals with tips could not be loaded. Reload the page to try again.";
    pub const CHOICE_COMMENT: &str = "Note for whoever opens it";
    pub const CHOICE_TRACKERS: &str = "More trackers, one per line";
    pub const CHOICE_VERSION: &str = "For programs that know";
    pub const CHOICE_HYBRID: &str = "BitTorrent 1 or 2";
    pub const CHOICE_ONE: &str = "BitTorrent 1 only";
    pub const CHOICE_TWO: &str = "BitTorrent 2 only";
    pub const CHOICE_PRIVATE: &str = "Private";
    pub const CHOICE_PRIVATE_WHY: &str = "People find each other only through these trackers.";
    pub const NEW_LINK: &str = "Make a link with these choices";
    pub const NEW_LINK_WHY: &str = "The link above stops working: choices are part of a link.";
    pub const PLAYER: &str = "Player";
    pub const PREVIOUS: &str = "Previous";
    pub const NEXT: &str = "Next";
    pub const PLAY_SPEED: &str = "Speed";
    pub const PICTURE_IN_PICTURE: &str = "Picture in picture";
    pub const ADD_SUBTITLES: &str = "Add subtitles";
    pub const FROM_START: &str = "From the start";
    pub const TRY_AGAIN: &str = "Try again";
    pub const STREAM_BROKEN: &str = "It stopped, because the data stopped coming. What is here stays here.";
    pub const PLAYED_WHEN_COMPLETE: &str = "This browser window cannot play files while they arrive (as private windows often cannot). It plays here as soon as all of it is here.";
    pub const SHOWN_WHEN_COMPLETE: &str = "It is shown here as soon as all of it is here.";
    pub const CANNOT_SHOW: &str =
        "This browser cannot show this file. Save it, and open it with another program.";
    pub const ONLY_BEGINNING: &str = "This is the beginning. Save the file to read all of it.";
    pub const FILES: &str = "Files";
    pub const NOT_WANTED: &str = " · not downloaded";
    pub const PRIORITY_HIGH: &str = "First";
    pub const PRIORITY_NORMAL: &str = "Normal";
    pub const PRIORITY_LOW: &str = "Last";
    pub const PRIORITY_SKIP: &str = "Skip";
    pub const SWARM: &str = "People and speed";
    pub const SPEED: &str = "Speed";
    pub const RECEIVING: &str = " in";
    pub const GIVING: &str = " out";
    pub const RECEIVED: &str = "Received";
    pub const GIVEN: &str = "Given";
    pub const RATIO: &str = "Ratio";
    pub const PIECES: &str = "Pieces";
    pub const NOBODY: &str = "Nobody is connected right now.";
    pub const WHO: &str = "Program";
    pub const HAS: &str = "Has";
    pub const GIVES: &str = "Gave you";
    pub const GETS: &str = "Got";
    pub const UNKNOWN_CLIENT: &str = "Someone";
    pub const INTRODUCED: &str = " · met through another";
    pub const WEB_SEEDS: &str = "Web servers";
    pub const WEB_SEEDS_WHY: &str =
        "They have these files, too, and give what people do not give fast enough. Every piece is checked.";
    pub const MEETING_POINTS: &str = "Trackers";
    pub const MEETING_POINTS_WHY: &str =
        "Servers where people with the same link find each other. No file passes through them.";
    pub const IS_PRIVATE: &str = "Private: people find each other only through these trackers.";
    pub const INFO_HASH: &str = "Info hash ";
    pub const TWO_MINUTES: &str = "Last 2 minutes";
    pub const LIMITS: &str = "Limit the speed";
    pub const LIMITS_OF_ALL: &str = "Speed of everything together";
    pub const LIMIT_DOWN: &str = "Receive at most";
    pub const LIMIT_UP: &str = "Give at most";
    pub const LIMIT_UNIT: &str = "kB/s";
    pub const NO_LIMIT: &str = "no limit";
    pub const SUPER_SEED: &str = "Give each person a different part first";
    pub const SUPER_SEED_WHY: &str =
        "While only you have all of something: others then give most of it to each other.";
    pub const THEME: &str = "Appearance";
    pub const STORAGE: &str = "Storage";
    pub const STORAGE_KEPT: &str = "The browser keeps what is stored here until you remove it.";
    pub const STORAGE_LENT: &str = "The browser may clear what is stored here when your disk runs full.";
    pub const STORAGE_NONE: &str = "This browser does not let Seedcast store anything here, as in a private window, or where its storage is blocked. Everything works, but in memory: what you download is gone when this page is closed. Save it before that.";
    pub const STORAGE_UNKNOWN: &str = "Not known yet.";
    pub const KEEP_STORAGE: &str = "Ask the browser to keep it";
    pub const REMOVE_WHY: &str = "Your own files are never touched. What was downloaded into this browser can go too, to free its storage.";
    pub const REMOVE_DATA: &str = "Remove, and delete the data";
    pub const REMOVE_ONLY: &str = "Remove, keep the data";
}
pub use standing::*;

/// Short answers to what people ask first.
pub const QUESTIONS: [(&str, &str); 8] = [
    (
        "What is this?",
        "A page that sends files from browser to browser, by BitTorrent over WebRTC. No server stores them. \
         Everyone who downloads something also passes it on, so it gets faster with more people.",
    ),
    (
        "How long does a link work?",
        "As long as at least one person who has all of it keeps this page open. Keep yours open until your \
         friend has everything: the page tells you when.",
    ),
    (
        "What can others see?",
        "Whoever has the link can see your internet (IP) address and what you share or download under it. \
         Use a VPN if that matters to you. Without the link nobody can find your files.",
    ),
    (
        "Why is nothing downloading?",
        "Most often nobody who has the file is online: ask the sender to open their page. Some company networks and \
         privacy add-ons block connections between browsers (WebRTC). And most other torrent programs do not speak \
         WebRTC, so a link from elsewhere may have people that a browser cannot reach.",
    ),
    (
        "Where do my downloads go?",
        "Into this browser’s storage, verified piece by piece. Press Save to put a file among your downloads.",
    ),
    (
        "What is a tip?",
        "A thank-you in BTT, a coin on public chains, from your wallet straight to the creator's; nobody here takes a share. The \
         button is there where a creator named an address. It shows what a tip costs and what vouches for the address, and \
         nothing is paid before you agree in your wallet. What is paid is public for ever, and cannot be taken back.",
    ),
    (
        "How can I be tipped?",
        "Write an address of your wallet into the field below the link when you share something. It becomes part of the torrent, \
         so that nobody can change it on the way.",
    ),
    (
        "Can I run this myself?",
        "Yes. It is one program that serves this page and lets browsers find each other: run seedcast-signaling with \
         this page’s files, behind any server that speaks https.",
    ),
];

/// The limits of one torrent, or of all together; `None` if there are none.
#[must_use]
pub fn limits(limits: Limits) -> Option<String> {
    let limit = |limit: std::num::NonZeroU64| rate(limit.get());
    match (limits.down.map(limit), limits.up.map(limit)) {
        (None, None) => None,
        (Some(down), None) => Some(format!("at most {down} in")),
        (None, Some(up)) => Some(format!("at most {up} out")),
        (Some(down), Some(up)) => Some(format!("at most {down} in and {up} out")),
    }
}

/// The limits that all torrents share.
#[must_use]
pub fn limits_of_all(limits: &str) -> String {
    format!("everything together {limits}")
}

/// What is wrong with whom to pay.
#[must_use]
pub fn wrong_payees(wrong: &Wrong) -> String {
    match wrong {
        Wrong::Text(error) => error.to_string(),
        Wrong::NoChain => "This site has no network for tips of its own. Write the whole account, such as eip155:199:0x, followed by \
             the rest of the address."
            .to_owned(),
        Wrong::Twice => "One address of BTTC and one of TRON are enough.".to_owned(),
        Wrong::DomainAlone => "A site alone takes no tips: write your tip address, too.".to_owned(),
    }
}

/// What is wrong with a pasted text, and what to do.
#[must_use]
pub fn typo(typo: &Typo) -> String {
    match typo {
        Typo::Empty => "Paste a link first.".to_owned(),
        Typo::Magnet(why) => {
            format!("This link does not work: {why} Ask for it again, or copy it once more.")
        }
        Typo::PlainAddress => {
            "This is a web address, but no share link: that has #magnet: in it. Copy the whole link."
                .to_owned()
        }
        Typo::HashLength(length) => format!(
            "This looks like an info hash, but it has {length} characters instead of 40. Copy the whole of it."
        ),
        Typo::HashCharacter(character) => {
            format!(
                "This looks like an info hash, but “{character}” cannot be part of one. Check for a typo."
            )
        }
        Typo::Unknown => {
            "This is not a link that Seedcast knows. Paste a share link, a magnet link or an info hash."
                .to_owned()
        }
    }
}

/// A file that is too large to be a torrent file.
#[must_use]
pub fn not_a_torrent_file(name: &str) -> String {
    format!("{name} is not a torrent file. Choose one that ends in .torrent.")
}

/// The browser could not read a file.
#[must_use]
pub fn unreadable(name: &str) -> String {
    format!("{name} could not be read. It may have been moved: choose it again.")
}

/// The browser could not save a file.
#[must_use]
pub fn not_saved(name: &str) -> String {
    format!("{name} could not be saved. Try again; what you downloaded is still here.")
}

/// How far the saving of all files is.
#[must_use]
pub fn saving(form: SaveForm, progress: f32) -> String {
    let percent = percent(progress);
    match form {
        SaveForm::Zip => format!("Preparing the zip, {percent}"),
        SaveForm::Files => format!("Saving to the folder, {percent}"),
    }
}

/// What saving all files saves not.
#[must_use]
pub fn left_out(files: u64) -> String {
    let files = count(files, "file that is", "files that are");
    format!("Leaves out {files} not complete or not wanted.")
}

/// Files are in the user's folder.
#[must_use]
pub fn saved_to_folder(files: u64, folder: &str) -> String {
    format!("{} saved in {folder}.", count(files, "file is", "files are"))
}

/// A file could not be written into the user's folder; `why` are the browser's words.
#[must_use]
pub fn not_saved_to_folder(path: &str, why: &str) -> String {
    format!("{path} could not be saved, and the files behind it were not tried. The browser says: {why}")
}

/// The name of several loose files: the first one's, and how many more.
#[must_use]
pub fn several_files(first: &str, more: usize) -> String {
    format!("{first} and {more} more")
}

/// What a torrent is doing, how long it takes, and what the user should do: one line.
#[must_use]
pub fn status(torrent: &TorrentView) -> String {
    if torrent.source == DataSource::FilesMissing && torrent.state != State::Paused {
        return "Waiting for you to allow access to the files again".to_owned();
    }
    match torrent.state {
        State::Metadata if torrent.peers == 0 => "Looking for someone who has this".to_owned(),
        State::Metadata => "Asking what is in it".to_owned(),
        State::Checking => format!("Checking what is already here: {}", percent(torrent.progress)),
        State::Downloading if torrent.peers == 0 && torrent.web_seeds == 0 => {
            format!("{} here. Waiting for someone who has the rest", percent(torrent.progress))
        }
        State::Downloading => match torrent.seconds_left {
            Some(seconds) => {
                let left = time_left(Duration::from_secs(seconds));
                format!("{} here, {left} left", percent(torrent.progress))
            }
            None => format!("{} here", percent(torrent.progress)),
        },
        State::Seeding if torrent.up_rate > 0 && torrent.waiting > 0 => {
            format!("Giving it to {}", people(torrent.waiting))
        }
        State::Seeding if everyone_has(torrent) => "Everyone who came has everything".to_owned(),
        State::Seeding => "Complete. The link works while this page is open".to_owned(),
        State::Paused if torrent.progress < 1.0 => format!("Paused at {}", percent(torrent.progress)),
        State::Paused => "Paused. The link does not work now".to_owned(),
        State::Error => "Stopped. It needs you".to_owned(),
    }
}

/// A media file that this browser does not play.
#[must_use]
pub fn cannot_play(path: &str) -> String {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    format!(
        "Your browser cannot play this .{extension} file: it lacks the format, or the file is damaged. Save it below, \
         and open it with another player, such as VLC."
    )
}

/// A file that was added as subtitles and is none.
#[must_use]
pub fn no_subtitles(name: &str) -> String {
    format!("{name} holds no subtitles. Choose a file that ends in .srt or .vtt.")
}

/// Where something goes on that was begun before.
#[must_use]
pub fn goes_on_at(seconds: f64) -> String {
    format!("Goes on at {}, where you stopped.", clock(seconds))
}

/// Which file of several is shown.
#[must_use]
pub fn playlist(path: &str, place: usize, of: usize) -> String {
    format!("{place} of {of}: {path}")
}

/// Which parts of a file are here, for those who do not see it.
#[must_use]
pub fn parts_here(progress: f32) -> String {
    format!("{} of this file is here", percent(progress))
}

/// A speed of playing.
#[must_use]
pub fn times(speed: f64) -> String {
    format!("{speed}×")
}

/// How well something plays.
#[must_use]
pub fn playback(startup: Duration, stalls: u32, stalled: Duration) -> String {
    let started = match startup.as_secs_f32() {
        ..0.1 => "Started at once".to_owned(),
        seconds => format!("Started in {seconds:.1} s"),
    };
    match stalls {
        0 => format!("{started}, no interruptions"),
        stalls => {
            let times = count(stalls.into(), "interruption", "interruptions");
            format!("{started}, {times} of {:.1} s in all", stalled.as_secs_f32())
        }
    }
}

/// A mp4 that cannot be played before its end is here.
#[must_use]
pub fn starts_slowly(names: &[String]) -> String {
    let which = match names {
        [name] => format!("“{name}” keeps its index at the end"),
        names => format!("{} videos keep their index at the end", names.len()),
    };
    format!(
        "{which}, so whoever watches it waits for that first. To let it start at once, export it again with “fast start” \
         (or “web optimised”), or run: ffmpeg -i in.mp4 -c copy -movflags +faststart out.mp4"
    )
}

/// A time as clocks show it.
fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// How many people.
#[must_use]
pub fn people(number: u32) -> String {
    count(u64::from(number), "person", "people")
}

/// What keeps a torrent from working, what that means, and what to do.
#[must_use]
pub fn problem(problem: &Problem, torrent: &TorrentView) -> String {
    let complete = torrent.progress >= 1.0 && torrent.size.is_some();
    match problem {
        Problem::NoPeers if complete => {
            "Nobody is downloading this right now. Keep this page open, so that the link works.".to_owned()
        }
        Problem::NoPeers => {
            "Nobody who has this is online. Keep this page open here, and on the computer that shares it: \
             the download starts by itself."
                .to_owned()
        }
        Problem::NoWebSeed(why) => format!(
            "Nobody who has this is online, and a web server that should have it does not help. {why} Keep this \
             page open: the download goes on by itself as soon as somebody has it."
        ),
        Problem::NoTracker => {
            "The server where people find each other cannot be reached. Check your internet connection: \
             Seedcast keeps trying, and what is here stays here."
                .to_owned()
        }
        Problem::NoWebRtc => {
            "Your browser blocks connections to other people (WebRTC). Allow WebRTC in its settings or in \
             your privacy add-on, or open this link in another browser."
                .to_owned()
        }
        Problem::StorageFull { needed } => format!(
            "The browser has no room for the {} that are missing. Remove something here or free space on \
             your disk: then it goes on by itself.",
            size(*needed)
        ),
        Problem::MemoryFull { needed } => format!(
            "This browser does not let Seedcast store anything here, and memory has no room for the {} that are \
             missing. Save and remove something here: then it goes on by itself. In a normal window there is more room.",
            size(*needed)
        ),
        Problem::StorageFailed(why) => format!(
            "The browser could not store the data ({why}). Reload the page to try again; what was verified \
             before is kept."
        ),
        Problem::FileChanged { path } => format!(
            "{path} was changed, moved or deleted since you shared it, so nobody can get it. Put it back \
             and resume, or share it again."
        ),
        Problem::Evicted => {
            "The browser deleted part of what was here, to free space. It is being downloaded again. To keep \
             that from happening, ask the browser in Settings to keep what is stored."
                .to_owned()
        }
        Problem::BrokenState => {
            "What the browser stored about this cannot be read any more. Remove it here and open its link \
             again."
                .to_owned()
        }
        Problem::BrokeVisit => {
            "Seedcast stopped when it last opened this, so it was left alone this time. Nothing of it is lost. Resume \
             to try again, or remove it."
                .to_owned()
        }
        Problem::Unusable(why) => format!("{why} Nothing can be downloaded with this link: ask for another."),
    }
}

/// How a tracker is.
#[must_use]
pub fn tracker(state: &TrackerState) -> String {
    match state {
        TrackerState::Connecting => "Connecting".to_owned(),
        TrackerState::Working { complete, incomplete } => {
            format!("Working: {complete} have all of it, {incomplete} are getting it")
        }
        TrackerState::Failed { reason, retry_in } => {
            let left = time_left(Duration::from_secs(u64::from(*retry_in)));
            format!("Not reachable ({reason}). Next try in {left}")
        }
        TrackerState::Unsupported => "Browsers cannot use this kind of tracker".to_owned(),
    }
}

/// How a web seed is.
#[must_use]
pub fn web_seed(web_seed: &WebSeedView) -> String {
    let given = || match web_seed.downloaded {
        0 => String::new(),
        bytes => format!(", {} so far", size(bytes)),
    };
    match &web_seed.state {
        WebSeedState::Ready => format!("Not needed right now{}", given()),
        WebSeedState::Giving => format!("Gives you {}{}", rate(web_seed.down_rate), given()),
        WebSeedState::Failed { reason, retry_in: Some(seconds) } => {
            format!("{reason} Next try in {}.", time_left(Duration::from_secs(u64::from(*seconds))))
        }
        WebSeedState::Failed { reason, retry_in: None } => reason.clone(),
    }
}

/// A torrent's name, also while it has none.
#[must_use]
pub fn name_of(torrent: &TorrentView) -> String {
    if !torrent.name.is_empty() {
        return torrent.name.clone();
    }
    short(torrent.info_hash)
}

/// What stands for a name that nobody knows.
fn short(info_hash: InfoHash) -> String {
    let hash = info_hash.to_string();
    format!("Torrent {}…", hash.get(..8).unwrap_or(&hash))
}

/// How much a torrent is.
#[must_use]
pub fn contents(torrent: &TorrentView) -> String {
    match torrent.size {
        Some(bytes) => size_and_files(bytes, u64::from(torrent.file_count)),
        None => "Size not known yet".to_owned(),
    }
}

/// How much in how many files.
#[must_use]
pub fn size_and_files(bytes: u64, files: u64) -> String {
    if files == 1 { size(bytes) } else { format!("{} · {}", size(bytes), count(files, "file", "files")) }
}

/// A state in one word, for those who hear it.
#[must_use]
pub fn state(state: State) -> &'static str {
    match state {
        State::Metadata => "Looking",
        State::Checking => "Checking",
        State::Downloading => "Downloading",
        State::Seeding => "Complete",
        State::Paused => "Paused",
        State::Error => "Stopped",
    }
}

/// What a link waits for.
#[must_use]
pub fn making_link(percent: &str) -> String {
    format!("Making your link: {percent}")
}

/// A link that is ready while something else is in view.
#[must_use]
pub fn link_ready(name: &str) -> String {
    format!("The link of {name} is ready.")
}

/// How far a copy is.
#[must_use]
pub fn copying(progress: f32) -> String {
    if progress < 1.0 { format!("Copying: {}.", percent(progress)) } else { String::new() }
}

/// The heading over those who are connected.
#[must_use]
pub fn people_connected(peers: u32, seeds: u32) -> String {
    match (peers, seeds) {
        (0, _) => "People".to_owned(),
        (peers, 0) => format!("{} connected", people(peers)),
        (peers, seeds) => format!("{} connected, {seeds} with everything", people(peers)),
    }
}

/// What passes between a peer and us, or why nothing does.
#[must_use]
pub fn peer(peer: &Peer) -> &'static str {
    match peer {
        // It has not said who it is.
        Peer { client, .. } if client.is_empty() => "Saying hello",
        Peer { down_rate: 1.., up_rate: 1.., .. } => "Gives and gets",
        Peer { down_rate: 1.., .. } => "Gives to you",
        Peer { up_rate: 1.., .. } => "Gets from you",
        Peer { snubbed: true, .. } => "Promised, sends nothing",
        Peer { interested: true, peer_choking: true, .. } => "Lets you wait",
        Peer { peer_interested: true, choking: true, .. } => "Waits its turn",
        Peer { interested: true, .. } => "About to give",
        Peer { peer_interested: true, .. } => "About to get",
        _ => "Needs nothing now",
    }
}

/// The pieces in words.
#[must_use]
pub fn pieces(here: u32, all: u32, length: u32) -> String {
    let (here, all) = (grouped(u64::from(here)), grouped(u64::from(all)));
    format!("{here} of {all} are here, {} each", piece_length(length))
}

/// The chart in words.
#[must_use]
pub fn chart(peak: u64) -> String {
    format!("Speeds of the last two minutes, at most {}", rate(peak))
}

/// The highest speed in the chart.
#[must_use]
pub fn peak(peak: u64) -> String {
    format!("Peak {}", rate(peak))
}

/// Bytes received in vain.
#[must_use]
pub fn wasted(bytes: u64) -> String {
    format!("{} came twice or broken and were thrown away.", size(bytes))
}

/// The note in a torrent file.
#[must_use]
pub fn comment(comment: &str) -> String {
    format!("Note: {comment}")
}

/// The choice of when to download a file.
#[must_use]
pub fn when_to_download(path: &str) -> String {
    format!("When to download {path}")
}

/// The button that saves a file.
#[must_use]
pub fn save_file(path: &str) -> String {
    format!("Save {path}")
}

/// The button that shows every file.
#[must_use]
pub fn show_all(files: usize) -> String {
    format!("Show all {} files", grouped(files as u64))
}

/// The question before a torrent is removed.
#[must_use]
pub fn remove_title(name: &str) -> String {
    format!("Remove {name}?")
}

/// What the browser deleted.
#[must_use]
pub fn evicted(magnets: &[Magnet]) -> String {
    let names: Vec<String> = magnets
        .iter()
        .map(|magnet| magnet.name.clone().unwrap_or_else(|| short(magnet.hashes.id())))
        .collect();
    format!(
        "The browser deleted what was stored here, as some do when a disk runs full: {}. It can be downloaded again, \
         as long as somebody has it.",
        names.join(", ")
    )
}

/// How much storage is used and left.
#[must_use]
pub fn storage(storage: &StorageView) -> String {
    let left = storage.quota.saturating_sub(storage.used);
    let place = if storage.temporary { "in memory" } else { "in this browser" };
    format!("{} used {place}, {} left", size(storage.used), size(left))
}

/// How long what is stored stays.
#[must_use]
pub const fn storage_lasts(storage: &StorageView) -> &'static str {
    match storage {
        StorageView { temporary: true, .. } => STORAGE_NONE,
        StorageView { persisted: true, .. } => STORAGE_KEPT,
        StorageView { .. } => STORAGE_LENT,
    }
}

/// The name of a theme.
#[must_use]
pub fn theme(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "System",
        Theme::Light => "Light",
        Theme::Dark => "Dark",
    }
}

/// What this is, for who reports a fault.
#[must_use]
pub fn version() -> &'static str {
    concat!("Seedcast ", env!("CARGO_PKG_VERSION"))
}
