//! Every word of the player.

use protocol::{Fatal, Problem, Refusal};

pub(crate) const PLAY: &str = "Play";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const MUTE: &str = "Mute";
pub(crate) const UNMUTE: &str = "Unmute";
pub(crate) const FULL_SCREEN: &str = "Full screen";
pub(crate) const LEAVE_FULL_SCREEN: &str = "Leave full screen";
pub(crate) const STARTING: &str = "Looking for people who have this…";
pub(crate) const LOADING: &str = "Loading…";
pub(crate) const NOTHING_PLAYS: &str =
    "There is no video or sound in this torrent that a browser could play.";
pub(crate) const NOT_PLAYABLE: &str =
    "This browser cannot play this kind of file. Open it on Seedcast to download it.";
pub(crate) const BROKEN_OFF: &str = "It broke off. Press play to go on.";
pub(crate) const UNREADABLE: &str =
    "What this browser stored of this video cannot be read. Reload the page to try again.";
pub(crate) const INSECURE: &str =
    "This player needs a secure address. Its page must embed it from an address that begins with https:.";

/// What is wrong with the player's address.
pub(crate) fn wrong_link(why: &crate::link::Error) -> String {
    format!("The link of this player does not work. {why}")
}

/// It cannot be played before all of it is here.
pub(crate) fn when_complete(progress: f32) -> String {
    format!(
        "This browser does not let videos of other sites play while they arrive. It plays when all of it is here: {} %.",
        (progress * 100.0).floor()
    )
}

/// Who gives it.
pub(crate) fn swarm(people: u32, from_people: u64, from_servers: u64) -> String {
    let people = if people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    match (from_people * 100).checked_div(from_people + from_servers) {
        Some(share) => format!("{people} · {share} % from people"),
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
        Problem::NoPeers => {
            "Nobody who has this is online. It starts by itself as soon as somebody is.".to_owned()
        }
        Problem::NoWebSeed(why) => {
            format!("Nobody who has this is online, and its web server does not help. {why}")
        }
        Problem::NoTracker => {
            "The server where people find each other cannot be reached. It is being tried again.".to_owned()
        }
        Problem::NoWebRtc => {
            "This browser blocks connections to other people (WebRTC). Allow WebRTC to watch this.".to_owned()
        }
        Problem::StorageFull { .. } => "This browser has no room left for this video.".to_owned(),
        Problem::MemoryFull { .. } => {
            "This browser stores nothing for this site, and its memory has no room left for this video."
                .to_owned()
        }
        Problem::Unusable(why) => format!("Nothing can be played with this link. {why}"),
        Problem::StorageFailed(_) | Problem::BrokenState => UNREADABLE.to_owned(),
        Problem::BrokeVisit => {
            "The player stopped when it last opened this video, so it was left alone this time.".to_owned()
        }
        Problem::Evicted | Problem::FileChanged { .. } => LOADING.to_owned(),
    }
}

/// Why something that it needs was not done.
pub(crate) fn refusal(why: &Refusal) -> String {
    match why {
        Refusal::Torrent(why) => why.to_string(),
        Refusal::Incomplete | Refusal::NothingComplete | Refusal::Undescribed => LOADING.to_owned(),
        Refusal::Storage(_) | Refusal::FilesChanged | Refusal::Removed | Refusal::ZipPath { .. } => {
            UNREADABLE.to_owned()
        }
    }
}

/// Why nothing can go on.
pub(crate) fn fatal(why: &Fatal) -> String {
    match why {
        Fatal::Storage(_) => UNREADABLE.to_owned(),
        Fatal::Crashed(words) => format!("The player has failed: {words}"),
        Fatal::Stopped => "The player stopped working. Reload the page to go on.".to_owned(),
        Fatal::OtherVersion | Fatal::OtherTabsVersion => {
            "The player was updated while it was open. Reload every page that has it.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
