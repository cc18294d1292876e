//! What the player says when: its words are in `web/words`.

use language::{Word, number};
use media::player::Fault;
use protocol::{Fatal, Problem, Refusal, TorrentFault, WebSeedFault};

use crate::link::Error;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// What is wrong with the player's address.
pub(crate) fn wrong_address(why: &Error) -> String {
    wrong_link(&match why {
        Error::Missing => LINK_MISSING.into(),
        Error::Magnet(why) => wrong_magnet(why),
        Error::NotALink => LINK_NOT_MAGNET.into(),
        Error::TooLong => LINK_TOO_LONG.into(),
        Error::Switch(option) => link_switch(option),
        Error::Speed => LINK_SPEED.into(),
        Error::Poster => LINK_POSTER.into(),
    })
}

fn wrong_magnet(why: &metainfo::Error) -> String {
    match why {
        metainfo::Error::LinkTooLong => LINK_TOO_LONG.into(),
        metainfo::Error::NoInfoHash => LINK_WITHOUT_TORRENT.into(),
        metainfo::Error::InfoHash => LINK_HASH_ONE.into(),
        metainfo::Error::InfoHashV2 => LINK_HASH_TWO.into(),
        metainfo::Error::Escape(part) => link_escape(part),
        metainfo::Error::SelectOnly(choice) => link_selection(choice),
        metainfo::Error::SealKey => LINK_KEY.into(),
        metainfo::Error::SealKeyVersion => LINK_NEWER.into(),
        metainfo::Error::ShortTypo => LINK_TYPO.into(),
        metainfo::Error::ShortVersion => LINK_NEWER.into(),
        _ => LINK_NOT_MAGNET.into(),
    }
}

/// It cannot be played before all of it is here.
pub(crate) fn when_complete(progress: f32) -> String {
    plays_when_complete(&number::whole((f64::from(progress) * 100.0) as u64))
}

/// Why it does not go on by itself.
pub(crate) fn fault(fault: Fault) -> Word {
    match fault {
        Fault::Format => NOT_PLAYABLE,
        Fault::Stream => BROKEN_OFF,
    }
}

/// Who gives it.
pub(crate) fn swarm(number: u32, from_people: u64, from_servers: u64) -> String {
    let people = people(number.into());
    match (from_people * 100).checked_div(from_people + from_servers) {
        Some(share) => share_of_people(&people, &number::whole(share)),
        None => people,
    }
}

/// Where it is, and how long it is.
pub(crate) fn place(at: f64, duration: f64) -> String {
    if duration.is_finite() { format!("{} / {}", time(at), time(duration)) } else { time(at) }
}

fn time(seconds: f64) -> String {
    let seconds = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// What keeps it from playing.
pub(crate) fn problem(problem: &Problem) -> String {
    match problem {
        Problem::NoPeers => PROBLEM_NOBODY.into(),
        Problem::NoWebSeed(why) => problem_no_web_seed(&web_seed(why)),
        Problem::NoTracker => PROBLEM_NO_TRACKER.into(),
        Problem::NoWebRtc => PROBLEM_NO_WEBRTC.into(),
        Problem::NoRelay(_) => PROBLEM_NO_RELAY.into(),
        Problem::StorageFull { .. } => PROBLEM_STORAGE_FULL.into(),
        Problem::MemoryFull { .. } => PROBLEM_MEMORY_FULL.into(),
        Problem::Unusable(why) => problem_unusable(torrent(why).text()),
        Problem::Denied(why) => problem_denied(why),
        Problem::Sealed(_) => PROBLEM_SEALED.into(),
        Problem::StorageFailed(_) | Problem::BrokenState => PROBLEM_STORED.into(),
        Problem::BrokeVisit => PROBLEM_BROKE_VISIT.into(),
        Problem::Evicted | Problem::FileChanged { .. } => LOADING.into(),
    }
}

/// What is wrong with a torrent, in short: the page says it in full to whoever opens the link there.
const fn torrent(why: &TorrentFault) -> Word {
    use TorrentFault as Fault;
    match why {
        Fault::LaterVersion(_) => TORRENT_LATER_VERSION,
        Fault::Empty => TORRENT_EMPTY,
        Fault::TooLarge
        | Fault::LengthOverflow
        | Fault::TooManyPieces
        | Fault::TooManyFiles
        | Fault::PathTooDeep
        | Fault::PathsTooLong => TORRENT_TOO_LARGE,
        Fault::Name { .. } | Fault::DuplicatePath(_) | Fault::FileIsFolder(_) => TORRENT_NAMES,
        _ => TORRENT_DAMAGED,
    }
}

/// Why a web seed gives nothing.
fn web_seed(why: &WebSeedFault) -> String {
    use WebSeedFault as Fault;
    match why {
        Fault::NotAnAddress | Fault::Scheme | Fault::UserInfo => SERVER_ADDRESS.into(),
        Fault::MixedContent => SERVER_MIXED.into(),
        Fault::Cors => SERVER_CORS.into(),
        Fault::NotFound { file } => server_not_found(file),
        Fault::Refused { status } | Fault::Server { status } => server_refuses(&status.to_string()),
        Fault::Busy { .. } => SERVER_BUSY.into(),
        Fault::WrongLength { .. } | Fault::WrongRange | Fault::Lied => SERVER_OTHER.into(),
        Fault::WholeOnly => SERVER_WHOLE.into(),
        // Unreachable, broken off or stalled, or what only a later release tells apart.
        _ => SERVER_UNREACHABLE.into(),
    }
}

/// Why something that it needs was not done.
pub(crate) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Torrent(why) => problem_unusable(torrent(why).text()),
        Refusal::Incomplete | Refusal::NothingComplete | Refusal::Undescribed => LOADING.into(),
        Refusal::Storage(_) | Refusal::FilesChanged | Refusal::Removed | Refusal::ZipPath { .. } => {
            PROBLEM_STORED.into()
        }
    }
}

/// Why nothing can go on.
pub(crate) fn fatal(why: &Fatal) -> String {
    match why {
        Fatal::Storage(_) => PROBLEM_STORED.into(),
        Fatal::Crashed(words) => fatal_crashed(words),
        Fatal::Stopped => FATAL_STOPPED.into(),
        Fatal::OtherVersion | Fatal::OtherTabsVersion => FATAL_UPDATED.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Issue 12, 4: what was wrong with a torrent or a server was said in English to everybody.
    #[test]
    fn what_is_wrong_with_a_torrent_or_a_server_is_said_in_words_of_the_player() {
        let unusable = problem(&Problem::Unusable(TorrentFault::TooManyFiles));
        assert_eq!(unusable, problem_unusable(TORRENT_TOO_LARGE.text()));
        let refused = refusal(&Refusal::Torrent(TorrentFault::DuplicatePath("a".to_owned())));
        assert_eq!(refused, problem_unusable(TORRENT_NAMES.text()));
        let alone = |fault| problem(&Problem::NoWebSeed(fault));
        assert_eq!(alone(WebSeedFault::Cors), problem_no_web_seed(SERVER_CORS.text()));
        assert!(alone(WebSeedFault::Server { status: 500 }).contains("500"));
        assert_eq!(alone(WebSeedFault::Lied), alone(WebSeedFault::WrongRange));
    }

    #[test]
    fn times_are_as_long_as_they_need_to_be() {
        assert_eq!(place(62.9, 600.0), "1:02 / 10:00");
        assert_eq!(place(3661.0, f64::NAN), "1:01:01");
    }

    #[test]
    fn the_share_of_people_is_told_once_anything_has_come() {
        assert_eq!(swarm(1, 0, 0), "1 person");
        assert_eq!(swarm(3, 999, 1), "3 people · 99 % from people");
    }
}
