//! What the page says when: its words are in `web/words`.

use std::time::Duration;

use host::link::Typo;
use language::{Word, number};
use metainfo::{InfoHash, Magnet, visible};
use protocol::{
    DataSource, Limits, Peer, Problem, RelayFault, SaveForm, Seal, SealFault, State, StorageView,
    TorrentView, TrackerState, WebSeedState, WebSeedView,
};

use crate::dragged::Dragged;
use crate::exported::{Fault, TipAddress};
use crate::payees::Wrong;
use crate::session::{Session, everyone_has};
use crate::theme::Theme;

pub(crate) mod events;
pub(crate) mod quantity;
pub(crate) mod reasons;
pub(crate) mod unreadable;
pub(crate) mod visitors;

use quantity::{percent, piece_length, rate, size, time_left};

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// Short answers to what people ask first.
pub(crate) const QUESTIONS: [(Word, Word); 8] = [
    (ASK_WHAT, TOLD_WHAT),
    (ASK_HOW_LONG, TOLD_HOW_LONG),
    (ASK_SEEN, TOLD_SEEN),
    (ASK_NOTHING, TOLD_NOTHING),
    (ASK_WHERE, TOLD_WHERE),
    (ASK_TIP, TOLD_TIP),
    (ASK_BE_TIPPED, TOLD_BE_TIPPED),
    (ASK_HOST, TOLD_HOST),
];

/// The text of the sample that newcomers may share.
pub(crate) fn sample() -> String {
    format!("{SAMPLE_GREETING}\n\n{SAMPLE_TEXT}\n{SAMPLE_ADVICE}\n")
}

/// What it means to be met through relays alone, where there are some.
pub(crate) const fn relay_only_why(has_relay: bool) -> Word {
    if has_relay { RELAY_ONLY_WHY } else { RELAY_NONE }
}

/// The limits of one torrent, or of all together; `None` if there are none.
pub(crate) fn limits(limits: Limits) -> Option<String> {
    let limit = |limit: std::num::NonZeroU64| rate(limit.get());
    match (limits.down.map(limit), limits.up.map(limit)) {
        (None, None) => None,
        (Some(down), None) => Some(limits_down(&down)),
        (None, Some(up)) => Some(limits_up(&up)),
        (Some(down), Some(up)) => Some(limits_both(&down, &up)),
    }
}

/// What is wrong with whom to pay.
pub(crate) fn wrong_payees(wrong: &Wrong) -> String {
    match wrong {
        Wrong::Text(btt::Error::Address) => PAYEES_ADDRESS.into(),
        Wrong::Text(btt::Error::Checksum) => PAYEES_CHECKSUM.into(),
        Wrong::Text(btt::Error::Chain) => PAYEES_CHAIN.into(),
        Wrong::Text(btt::Error::Account) => PAYEES_ACCOUNT.into(),
        Wrong::Text(btt::Error::Domain) => PAYEES_DOMAIN.into(),
        // Reading accounts fails in no other way.
        Wrong::Text(error) => error.to_string(),
        Wrong::NoChain => PAYEES_NO_CHAIN.into(),
        Wrong::Twice => PAYEES_TWICE.into(),
        Wrong::DomainAlone => PAYEES_DOMAIN_ALONE.into(),
    }
}

/// What is wrong with a pasted text, and what to do.
pub(crate) fn typo(typo: &Typo) -> String {
    match typo {
        Typo::Empty => TYPO_EMPTY.into(),
        Typo::Magnet(why) => typo_magnet(&reasons::torrent(why)),
        Typo::PlainAddress => TYPO_ADDRESS.into(),
        Typo::HashLength(length) => typo_length(*length as u64),
        Typo::HashCharacter(character) => typo_character(character.encode_utf8(&mut [0; 4])),
        Typo::Unknown => TYPO_UNKNOWN.into(),
    }
}

/// What becomes of what is dragged if it is dropped, and what else is to be said of that.
pub(crate) fn drop_place(dragged: Dragged, session: &Session) -> (Word, Option<Word>) {
    let in_view = session.shown.in_view().is_some();
    let stays = in_view.then_some(DROP_STAYS);
    match dragged {
        Dragged::Text => (DROP_LINK, None),
        Dragged::TorrentFiles => (DROP_TORRENT_FILE, None),
        _ if session.awaited().is_some() => (DROP_AGAIN, None),
        Dragged::Subtitles if in_view => (DROP_NEW, Some(DROP_SUBTITLES)),
        Dragged::Subtitles | Dragged::Files => (DROP_NEW, stays),
    }
}

/// Why a file of settings does not count.
pub(crate) fn not_imported(name: &str, fault: &Fault) -> String {
    match fault {
        Fault::Unknown => not_settings(name),
        Fault::Later => later_settings(name),
        Fault::Field(field) => wrong_setting(field, name),
    }
}

/// What became of a file of settings, with which so many torrents came that are new, and of its accounts that take tips.
pub(crate) fn settings_imported(torrents: u64, tip_address: TipAddress) -> String {
    let loaded = if torrents == 0 { SETTINGS_LOADED.into() } else { settings_and_torrents_loaded(torrents) };
    if tip_address == TipAddress::Kept { and_tip_address_kept(&loaded) } else { loaded }
}

/// How far the saving of all files is.
pub(crate) fn saving(form: SaveForm, progress: f32) -> String {
    match form {
        SaveForm::Zip => saving_zip(&percent(progress)),
        SaveForm::Files => saving_files(&percent(progress)),
    }
}

/// What a torrent is doing, how long it takes, and what the user should do: one line.
pub(crate) fn status(torrent: &TorrentView) -> String {
    if torrent.source == DataSource::FilesMissing && torrent.state != State::Error {
        return STATUS_NEEDS_ACCESS.into();
    }
    let here = || percent(torrent.progress);
    match torrent.state {
        State::Metadata if torrent.peers == 0 => STATUS_LOOKING.into(),
        State::Metadata => STATUS_ASKING.into(),
        State::Checking => status_checking(&here()),
        State::Downloading if torrent.peers == 0 && torrent.web_seeds == 0 => status_waiting(&here()),
        State::Downloading => match torrent.seconds_left {
            Some(seconds) => status_time_left(&time_left(Duration::from_secs(seconds)), &here()),
            None => status_here(&here()),
        },
        State::Seeding if torrent.up_rate > 0 && torrent.waiting > 0 => status_giving(torrent.waiting.into()),
        State::Seeding if everyone_has(torrent) => STATUS_EVERYONE.into(),
        State::Seeding => STATUS_COMPLETE.into(),
        State::Paused if torrent.progress < 1.0 => status_paused_at(&here()),
        State::Paused => STATUS_PAUSED.into(),
        State::Error => STATUS_STOPPED.into(),
    }
}

/// A media file that this browser does not play.
pub(crate) fn cannot_play(path: &str) -> String {
    cannot_play_file(path.rsplit_once('.').map_or("", |(_, extension)| extension))
}

/// Where something goes on that was begun before.
pub(crate) fn goes_on_at(seconds: f64) -> String {
    goes_on(&clock(seconds))
}

/// Which file of several is shown.
pub(crate) fn playlist(path: &str, place: usize, of: usize) -> String {
    playlist_place(&number::whole(of as u64), path, &number::whole(place as u64))
}

/// Which parts of a file are here, for those who do not see it.
pub(crate) fn parts_here(progress: f32) -> String {
    file_parts(&percent(progress))
}

/// A speed of playing.
pub(crate) fn times(speed: f64) -> String {
    speed_times(&number::as_needed(speed))
}

/// How well something plays.
pub(crate) fn playback(startup: Duration, stalls: u32, stalled: Duration) -> String {
    let started = match startup.as_secs_f64() {
        ..0.1 => STARTED_AT_ONCE.into(),
        seconds => started_in(&number::tenths(seconds)),
    };
    match stalls {
        0 => played_smoothly(&started),
        stalls => played_with_stalls(stalls.into(), &number::tenths(stalled.as_secs_f64()), &started),
    }
}

/// A mp4 that cannot be played before its end is here.
pub(crate) fn starts_slowly(names: &[String]) -> String {
    match names {
        [name] => slow_film(name),
        names => slow_films(names.len() as u64),
    }
}

/// A time as clocks show it.
fn clock(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, seconds) => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// What keeps a torrent from working, what that means, and what to do.
pub(crate) fn problem(problem: &Problem, torrent: &TorrentView) -> String {
    let complete = torrent.progress >= 1.0 && torrent.size.is_some();
    match problem {
        Problem::NoPeers if complete => PROBLEM_IDLE.into(),
        Problem::NoPeers => PROBLEM_NOBODY.into(),
        Problem::NoWebSeed(why) => problem_no_web_seed(&reasons::web_seed(why)),
        Problem::NoTracker => PROBLEM_NO_TRACKER.into(),
        Problem::NoWebRtc => PROBLEM_NO_WEBRTC.into(),
        Problem::NoRelay(RelayFault::None) => PROBLEM_NO_RELAY.into(),
        Problem::NoRelay(RelayFault::Silent) => PROBLEM_RELAY_SILENT.into(),
        Problem::StorageFull { needed } => problem_storage_full(&size(*needed)),
        Problem::MemoryFull { needed } => problem_memory_full(&size(*needed)),
        Problem::StorageFailed(why) => problem_storage_failed(&reasons::storage(why)),
        Problem::FileChanged { path } => problem_file_changed(path),
        Problem::Evicted => PROBLEM_EVICTED.into(),
        Problem::BrokenState => PROBLEM_BROKEN_STATE.into(),
        Problem::BrokeVisit => PROBLEM_BROKE_VISIT.into(),
        Problem::Unusable(why) => problem_unusable(&reasons::torrent(why)),
        Problem::Denied(why) => problem_denied(why),
        Problem::Sealed(SealFault::WrongKey) => PROBLEM_KEY_WRONG.into(),
        Problem::Sealed(SealFault::LaterVersion) => PROBLEM_KEY_LATER.into(),
        Problem::Sealed(SealFault::Changed) => PROBLEM_KEY_CHANGED.into(),
    }
}

/// How a tracker is.
pub(crate) fn tracker(state: &TrackerState, torrent: &TorrentView) -> String {
    match state {
        TrackerState::Connecting => TRACKER_CONNECTING.into(),
        TrackerState::Working { complete, incomplete } => {
            // It counts whoever asks it, too.
            let (complete, incomplete) = match torrent.state {
                State::Seeding => (complete.saturating_sub(1), *incomplete),
                _ => (*complete, incomplete.saturating_sub(1)),
            };
            tracker_working(&number::whole(complete.into()), &number::whole(incomplete.into()))
        }
        TrackerState::Failed { reason, retry_in } => {
            tracker_failed(&time_left(Duration::from_secs(u64::from(*retry_in))), &reasons::tracker(reason))
        }
        TrackerState::Unsupported => TRACKER_UNSUPPORTED.into(),
    }
}

/// How a web seed is.
pub(crate) fn web_seed(web_seed: &WebSeedView) -> String {
    match (&web_seed.state, web_seed.downloaded) {
        (WebSeedState::Withheld, _) => WEB_SEED_WITHHELD.into(),
        (WebSeedState::Ready, 0) => WEB_SEED_READY.into(),
        (WebSeedState::Ready, bytes) => web_seed_ready_after(&size(bytes)),
        (WebSeedState::Giving, 0) => web_seed_giving(&rate(web_seed.down_rate)),
        (WebSeedState::Giving, bytes) => web_seed_giving_after(&rate(web_seed.down_rate), &size(bytes)),
        (WebSeedState::Failed { reason, retry_in: Some(seconds) }, _) => {
            web_seed_failed(&time_left(Duration::from_secs(u64::from(*seconds))), &reasons::web_seed(reason))
        }
        (WebSeedState::Failed { reason, retry_in: None }, _) => reasons::web_seed(reason),
    }
}

/// A torrent's name, also while it has none.
pub(crate) fn name_of(torrent: &TorrentView) -> String {
    if torrent.seal == Some(Seal::Locked) {
        return LOCKED.into();
    }
    if !torrent.name.is_empty() {
        return visible(&torrent.name).into_owned();
    }
    short(torrent.info_hash)
}

/// Who can read a torrent that somebody here shares or passes on.
pub(crate) const fn readable(torrent: &TorrentView) -> Word {
    match torrent.seal {
        Some(Seal::Open) => READABLE_WITH_LINK,
        Some(Seal::Locked) => READABLE_WITH_KEY,
        None => READABLE_BY_ALL,
    }
}

/// What stands for a name that nobody knows.
fn short(info_hash: InfoHash) -> String {
    let hash = info_hash.to_string();
    nameless_torrent(hash.get(..8).unwrap_or(&hash))
}

/// How much a torrent is.
pub(crate) fn contents(torrent: &TorrentView) -> String {
    match torrent.size {
        Some(bytes) => size_and_files(bytes, u64::from(torrent.file_count)),
        None => SIZE_UNKNOWN.into(),
    }
}

/// How much in how many files.
pub(crate) fn size_and_files(bytes: u64, files: u64) -> String {
    if files == 1 { size(bytes) } else { format!("{} · {}", size(bytes), files_counted(files)) }
}

/// A state in one word, for those who hear it.
pub(crate) const fn state(state: State) -> Word {
    match state {
        State::Metadata => STATE_LOOKING,
        State::Checking => STATE_CHECKING,
        State::Downloading => STATE_DOWNLOADING,
        State::Seeding => STATE_COMPLETE,
        State::Paused => STATE_PAUSED,
        State::Error => STATE_STOPPED,
    }
}

/// How far a copy is.
pub(crate) fn copying(progress: f32) -> String {
    if progress < 1.0 { copying_at(&percent(progress)) } else { String::new() }
}

/// The heading over those who are connected.
pub(crate) fn people_connected(peers: u32, seeds: u32) -> String {
    match (peers, seeds) {
        (0, _) => PEOPLE.into(),
        (peers, 0) => connected(peers.into()),
        (peers, seeds) => connected_with_seeds(peers.into(), &number::whole(seeds.into())),
    }
}

/// What passes between a peer and us, or why nothing does.
pub(crate) fn peer(peer: &Peer) -> Word {
    match peer {
        // It has not said who it is.
        Peer { client, .. } if client.is_empty() => PEER_HELLO,
        Peer { down_rate: 1.., up_rate: 1.., .. } => PEER_BOTH,
        Peer { down_rate: 1.., .. } => PEER_GIVES,
        Peer { up_rate: 1.., .. } => PEER_GETS,
        Peer { snubbed: true, .. } => PEER_SNUBS,
        Peer { interested: true, peer_choking: true, .. } => PEER_LETS_WAIT,
        Peer { peer_interested: true, choking: true, .. } => PEER_WAITS,
        Peer { interested: true, .. } => PEER_ABOUT_TO_GIVE,
        Peer { peer_interested: true, .. } => PEER_ABOUT_TO_GET,
        Peer { progress: ..=0.0, wants_nothing: false, .. } => PEER_HAS_NOTHING,
        _ => PEER_IDLE,
    }
}

/// The pieces in words.
pub(crate) fn pieces(here: u32, all: u32, length: u32) -> String {
    pieces_here(&number::whole(all.into()), &number::whole(here.into()), &piece_length(length))
}

/// The chart in words.
pub(crate) fn chart(peak: u64) -> String {
    chart_described(&rate(peak))
}

/// The highest speed in the chart.
pub(crate) fn peak(peak: u64) -> String {
    peak_rate(&rate(peak))
}

/// Bytes received in vain.
pub(crate) fn wasted(bytes: u64) -> String {
    thrown_away(&size(bytes))
}

/// What the browser deleted.
pub(crate) fn evicted(magnets: &[Magnet]) -> String {
    let names: Vec<String> = magnets
        .iter()
        .map(|magnet| magnet.name.clone().unwrap_or_else(|| short(magnet.hashes.id())))
        .collect();
    browser_deleted(&number::list(&names))
}

/// How much storage is used and left.
pub(crate) fn storage(storage: &StorageView) -> String {
    let (left, used) = (size(storage.quota.saturating_sub(storage.used)), size(storage.used));
    if storage.temporary { storage_used_memory(&left, &used) } else { storage_used(&left, &used) }
}

/// How long what is stored stays.
pub(crate) const fn storage_lasts(storage: &StorageView) -> Word {
    match storage {
        StorageView { temporary: true, .. } => STORAGE_NONE,
        StorageView { persisted: true, .. } => STORAGE_KEPT,
        StorageView { .. } => STORAGE_LENT,
    }
}

/// The name of a theme.
pub(crate) const fn theme(theme: Theme) -> Word {
    match theme {
        Theme::System => THEME_SYSTEM,
        Theme::Light => THEME_LIGHT,
        Theme::Dark => THEME_DARK,
    }
}

/// What this is, for who reports a fault.
pub(crate) const fn version() -> &'static str {
    concat!("Seedcast ", env!("CARGO_PKG_VERSION"))
}
