//! What is said of those who came for a share, to whoever may leave once they have it.

use protocol::{Peer, TorrentView};

use super::quantity::percent;
use crate::session::{everyone_has, nobody_waits};
use crate::words;

/// What to tell somebody who keeps the page open for those who come, once those who came no longer need it.
pub(crate) fn through(torrent: &TorrentView) -> Option<String> {
    if everyone_has(torrent) {
        return Some(words::ALL_HAVE_ALL.into());
    }
    nobody_waits(torrent).then(|| {
        words::came_in_vain(
            &words::finished(torrent.finished.into()),
            &words::left_early(torrent.left_early.into()),
        )
    })
}

/// The title of the window. `news` is a torrent that everyone has since nobody sees the page.
pub(crate) fn title(
    torrent: Option<&TorrentView>,
    news: Option<&TorrentView>,
    opening: Option<&str>,
) -> String {
    match (news, torrent) {
        (Some(torrent), _) => format!("✓ {}", everyone_has_it(torrent)),
        (None, Some(torrent)) if torrent.progress < 1.0 => {
            format!("{} {}", percent(torrent.progress), words::name_of(torrent))
        }
        (None, Some(torrent)) => words::name_of(torrent),
        (None, None) => {
            opening.filter(|name| !name.is_empty()).map_or_else(|| words::TITLE.into(), str::to_owned)
        }
    }
}

/// The news for whoever looks at something else.
pub(crate) fn everyone_has_it(torrent: &TorrentView) -> String {
    words::all_have(&words::name_of(torrent))
}

/// How much of a torrent somebody has.
pub(crate) fn has(peer: &Peer) -> String {
    match peer {
        Peer { progress: 1.0.., .. } => words::EVERYTHING.into(),
        Peer { wants_nothing: true, .. } => words::ALL_THEY_WANT.into(),
        Peer { progress, .. } => percent(*progress),
    }
}

#[cfg(test)]
mod tests {
    use protocol::{DataSource, State};

    use super::*;

    fn share() -> TorrentView {
        TorrentView {
            info_hash: "a".repeat(40).parse().unwrap(),
            name: "holiday.mp4".to_owned(),
            size: Some(1_000),
            file_count: 1,
            state: State::Seeding,
            progress: 1.0,
            peers: 1,
            seeds: 1,
            waiting: 0,
            finished: 1,
            left_early: 0,
            web_seeds: 0,
            down_rate: 0,
            up_rate: 0,
            downloaded: 0,
            uploaded: 1_000,
            seconds_left: None,
            source: DataSource::Files,
            problem: None,
            added_at: 0.0,
            seal: None,
            magnet: String::new(),
        }
    }

    fn peer(progress: f32, wants_nothing: bool) -> Peer {
        Peer {
            key: 1,
            client: "Seedcast 0.1".to_owned(),
            progress,
            wants_nothing,
            downloaded: 0,
            uploaded: 1_000,
            down_rate: 0,
            up_rate: 0,
            interested: false,
            peer_interested: false,
            choking: true,
            peer_choking: true,
            snubbed: false,
            introduced: false,
        }
    }

    /// Issue 11, A2.3: "Has 0 %, Got 47 MB", for ever.
    #[test]
    fn whoever_wants_no_more_is_said_to_have_it() {
        assert_eq!(has(&peer(1.0, false)), "Everything");
        assert_eq!(has(&peer(1.0, true)), "Everything");
        assert_eq!(has(&peer(0.0, true)), "All they want");
        assert_eq!(has(&peer(0.4, false)), "40\u{a0}%");
    }

    /// Issue 11, A2.3.
    #[test]
    fn whoever_shares_is_told_once_they_may_leave() {
        assert!(through(&share()).is_some_and(|told| told.contains("You can close this page")));
        assert_eq!(words::status(&share()), "Everyone who came has everything");
        let lately = TorrentView { up_rate: 9, ..share() };
        assert_eq!(words::status(&lately), "Everyone who came has everything", "the rate is an average");
        let busy = TorrentView { peers: 2, waiting: 1, ..lately };
        assert_eq!((through(&busy), &*words::status(&busy)), (None, "Giving it to 1 person"));
        assert_eq!(through(&TorrentView { finished: 0, ..share() }), None, "nobody came");
        let missed = through(&TorrentView { finished: 2, left_early: 1, ..share() });
        assert_eq!(
            missed.as_deref(),
            Some(
                "2 people have everything, but 1 person left before that. Keep this page open, so that they can come \
                 back for the rest."
            )
        );
    }

    /// Issue 11, A2.3.
    #[test]
    fn the_title_tells_the_news_before_all_else() {
        assert_eq!(title(None, None, None), words::TITLE.text());
        assert_eq!(title(None, None, Some("holiday.mp4")), "holiday.mp4");
        assert_eq!(title(Some(&share()), None, None), "holiday.mp4");
        assert_eq!(
            title(Some(&TorrentView { progress: 0.5, ..share() }), None, None),
            "50\u{a0}% holiday.mp4"
        );
        assert_eq!(title(None, Some(&share()), None), "✓ Everyone has holiday.mp4");
    }
}
