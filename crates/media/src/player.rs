//! A player, as whoever watches knows it: what it is doing, and what becomes of it when its bytes stop coming.
//!
//! A media element says what happened ([`Moment`]), and [`Player::hear`] says when to load it anew. What a driver shows is the
//! [`Phase`].
//!
//! ```
//! use media::player::{Failure, Moment, Phase, Player};
//!
//! let mut player = Player::default();
//! assert_eq!(player.hear(Moment::Play), None);
//! assert_eq!(player.phase(), Phase::Loading);
//! assert_eq!(player.hear(Moment::Playing), None);
//! let pause = player.hear(Moment::Failed { failure: Failure::Network, at: 60.0 });
//! assert!(pause.is_some() && player.phase() == Phase::Stalled, "it is tried again by itself");
//! ```

use std::time::Duration;

/// How often in a row a stream that broke is taken up again before the user is asked.
pub const RETRIES: u32 = 5;
/// The pause before the first of these; each is twice as long as the one before. A tab that was closed is replaced in much
/// less than all of them.
pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Seconds that must have played past the place where it broke before that is forgotten. What is loaded anew may play what
/// comes right before that place, each time.
const PAST: f64 = 1.0;

/// What a media element tells, or its user.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Moment {
    /// It was asked to play.
    Play,
    /// It plays.
    Playing,
    /// It has nothing to play.
    Waiting,
    /// The user goes elsewhere in it.
    Seeking,
    /// It plays, and is so many seconds from its beginning.
    At(f64),
    /// The user stopped it, or the browser did not let it play.
    Paused,
    /// It played to its end.
    Ended,
    /// It cannot go on.
    Failed {
        /// What it says of that.
        failure: Failure,
        /// Seconds from its beginning.
        at: f64,
    },
}

/// What a media element says when it cannot go on (`MediaError.code`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Bytes stopped coming of what could be played (2).
    Network,
    /// It was not what its beginning had promised (3).
    Decode,
    /// There is nothing that could be played (4). What does not come at all looks the same.
    Source,
}

/// Why a player does not go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The browser cannot play it.
    Format,
    /// Its bytes stopped coming.
    Stream,
}

/// What a player does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// It has not played yet, and was not asked to.
    #[default]
    Idle,
    /// It is to play, and what comes first is on its way.
    Loading,
    /// It plays.
    Playing,
    /// It ran dry or broke, and goes on by itself.
    Stalled,
    /// Somebody stopped it.
    Paused,
    /// It is over.
    Ended,
    /// It does not go on by itself.
    Broken(Fault),
}

impl Phase {
    /// Whether it plays, or will as soon as it can.
    #[must_use]
    pub fn is_to_play(self) -> bool {
        matches!(self, Self::Loading | Self::Playing | Self::Stalled)
    }
}

/// A player of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Player {
    phase: Phase,
    /// Whether it has played, and whether the browser could play it if it came.
    played: bool,
    usable: bool,
    /// How often it broke since it played past one such place, and where it did last.
    breaks: u32,
    broke_at: f64,
}

impl Player {
    /// What it does.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Something happened. If it gives a pause, the media element is to be loaded anew after that, where it is.
    #[must_use = "what broke is loaded anew"]
    pub fn hear(&mut self, moment: Moment) -> Option<Duration> {
        self.phase = match (moment, self.phase) {
            (Moment::Failed { failure, at }, _) => return self.fail(failure, at),
            (Moment::Play, Phase::Broken(_)) => {
                self.breaks = 0;
                self.phase = Phase::Loading;
                return Some(Duration::ZERO);
            }
            // A browser tells late of what it did before it failed.
            (_, Phase::Broken(fault)) => Phase::Broken(fault),
            (Moment::Play, Phase::Playing | Phase::Stalled) => self.phase,
            (Moment::Play, _) => Phase::Loading,
            (Moment::Playing | Moment::At(_), _) => Phase::Playing,
            (Moment::Waiting, Phase::Playing) => Phase::Stalled,
            (Moment::Seeking, Phase::Playing | Phase::Stalled) => Phase::Loading,
            (Moment::Seeking, Phase::Ended) => Phase::Paused,
            (Moment::Waiting | Moment::Seeking, phase) => phase,
            (Moment::Paused, _) => {
                if self.played {
                    Phase::Paused
                } else {
                    Phase::Idle
                }
            }
            (Moment::Ended, _) => Phase::Ended,
        };
        self.played |= self.phase == Phase::Playing;
        self.usable |= self.played;
        if let Moment::At(at) = moment
            && at > self.broke_at + PAST
        {
            self.breaks = 0;
        }
        None
    }

    /// What cannot be played is tried once more, for that may be a stream that broke before its first byte.
    fn fail(&mut self, failure: Failure, at: f64) -> Option<Duration> {
        self.usable |= failure == Failure::Network;
        let (fault, most) = match failure {
            Failure::Network | Failure::Source if self.usable => (Fault::Stream, RETRIES),
            Failure::Network | Failure::Source | Failure::Decode => (Fault::Format, 1),
        };
        let breaks = self.breaks;
        if breaks >= most {
            self.phase = Phase::Broken(fault);
            return None;
        }
        (self.breaks, self.broke_at) = (breaks + 1, at);
        if self.phase.is_to_play() {
            self.phase = if self.played { Phase::Stalled } else { Phase::Loading };
        }
        Some(FIRST_PAUSE * 2_u32.pow(breaks))
    }
}

/// How fast a file of `size` bytes is read that plays for so many seconds: bytes per second. `None` while nobody knows how
/// long it plays, and for what has no end.
#[must_use]
pub fn bytes_per_second(size: u64, duration: f64) -> Option<u64> {
    (duration.is_finite() && duration > 0.0).then(|| (size as f64 / duration) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STREAM: Moment = Moment::Failed { failure: Failure::Network, at: 60.0 };
    const FORMAT: Moment = Moment::Failed { failure: Failure::Source, at: 0.0 };

    /// A player to which all this happened, none of which broke it.
    fn after(moments: &[Moment]) -> Player {
        let mut player = Player::default();
        for moment in moments {
            assert_eq!(player.hear(*moment), None, "{moment:?}");
        }
        player
    }

    fn playing() -> Player {
        after(&[Moment::Play, Moment::Playing])
    }

    fn phases(mut player: Player, moments: &[Moment]) -> Vec<Phase> {
        let hear = |moment: &Moment| {
            let _ = player.hear(*moment);
            player.phase()
        };
        moments.iter().map(hear).collect()
    }

    #[test]
    fn what_is_to_play_loads_plays_runs_dry_and_ends() {
        use Phase::{Ended, Loading, Paused, Playing, Stalled};
        assert_eq!(Player::default().phase(), Phase::Idle);
        let life = [
            (Moment::Play, Loading),
            (Moment::Waiting, Loading),
            (Moment::Playing, Playing),
            (Moment::Waiting, Stalled),
            (Moment::Play, Stalled),
            (Moment::Playing, Playing),
            (Moment::Play, Playing),
            (Moment::Seeking, Loading),
            (Moment::At(7.0), Playing),
            (Moment::Paused, Paused),
            (Moment::Seeking, Paused),
            (Moment::Waiting, Paused),
            (Moment::Play, Loading),
            (Moment::Playing, Playing),
            (Moment::Paused, Paused),
            (Moment::Ended, Ended),
            (Moment::Waiting, Ended),
            (Moment::Play, Loading),
            (Moment::Playing, Playing),
            (Moment::Ended, Ended),
            (Moment::Seeking, Paused),
        ];
        let moments = life.map(|(moment, _)| moment);
        assert_eq!(phases(Player::default(), &moments), life.map(|(_, phase)| phase));
    }

    #[test]
    fn what_was_stopped_before_it_played_waits_to_be_started() {
        assert_eq!(after(&[Moment::Play, Moment::Paused]).phase(), Phase::Idle);
        assert!([Phase::Loading, Phase::Playing, Phase::Stalled].into_iter().all(Phase::is_to_play));
        let still = [Phase::Idle, Phase::Paused, Phase::Ended, Phase::Broken(Fault::Stream)];
        assert!(!still.into_iter().any(Phase::is_to_play));
    }

    // Issue 12, 5: the embedded player went on five times at once, and the page never by itself.
    #[test]
    fn a_stream_that_breaks_is_taken_up_again_five_times_with_growing_pauses() {
        let mut player = playing();
        let pauses = [500, 1_000, 2_000, 4_000, 8_000].map(|pause| Some(Duration::from_millis(pause)));
        assert_eq!(pauses.len(), RETRIES as usize);
        for pause in pauses {
            assert_eq!(player.hear(STREAM), pause);
            assert_eq!(player.phase(), Phase::Stalled);
        }
        assert_eq!(player.hear(STREAM), None);
        assert_eq!(player.phase(), Phase::Broken(Fault::Stream));
        assert_eq!(player.hear(STREAM), None, "it stays so");
    }

    // Issue 12, 5.
    #[test]
    fn breaks_are_counted_anew_once_it_plays_past_the_last() {
        let mut player = playing();
        for _ in 0..3 * RETRIES {
            assert_eq!(player.hear(STREAM), Some(FIRST_PAUSE));
            assert_eq!(player.hear(Moment::Playing), None);
            assert_eq!(player.hear(Moment::At(61.5)), None);
        }
    }

    #[test]
    fn what_breaks_at_the_same_place_each_time_is_not_tried_forever() {
        for (failure, fault, tries) in
            [(Failure::Network, Fault::Stream, RETRIES), (Failure::Decode, Fault::Format, 1)]
        {
            let (mut player, mut tried) = (playing(), 0);
            while tried < 99 && player.hear(Moment::Failed { failure, at: 60.0 }).is_some() {
                tried += 1;
                let _ = player.hear(Moment::Playing);
                let _ = player.hear(Moment::At(60.4));
            }
            assert_eq!((tried, player.phase()), (tries, Phase::Broken(fault)));
        }
    }

    #[test]
    fn what_cannot_be_played_is_tried_once_more() {
        let mut player = after(&[Moment::Play]);
        assert_eq!(player.hear(FORMAT), Some(FIRST_PAUSE));
        assert_eq!(player.phase(), Phase::Loading);
        assert_eq!(player.hear(FORMAT), None);
        assert_eq!(player.phase(), Phase::Broken(Fault::Format));
    }

    // Issue 12, 5: a tab that takes over is not there at once, and browsers call that a wrong format.
    #[test]
    fn what_could_be_played_before_is_no_wrong_format_when_it_does_not_come() {
        for mut player in [playing(), after(&[Moment::Play])] {
            assert_eq!(player.hear(STREAM), Some(FIRST_PAUSE));
            for tried in 1..RETRIES {
                assert_eq!(player.hear(FORMAT), Some(FIRST_PAUSE * 2_u32.pow(tried)));
            }
            assert_eq!(player.hear(FORMAT), None);
            assert_eq!(player.phase(), Phase::Broken(Fault::Stream));
        }
    }

    #[test]
    fn what_breaks_while_it_stands_still_is_taken_up_and_stands_still() {
        let mut player = after(&[Moment::Play, Moment::Playing, Moment::Paused]);
        assert!(player.hear(STREAM).is_some());
        assert_eq!(player.phase(), Phase::Paused);
        assert!(Player::default().hear(FORMAT).is_some(), "its beginning is fetched before it is to play");
    }

    #[test]
    fn what_broke_goes_on_at_once_when_somebody_plays_it_and_is_counted_anew() {
        let mut player = playing();
        while player.hear(STREAM).is_some() {}
        let late = [Moment::Paused, Moment::Waiting, Moment::Playing, Moment::At(99.0), Moment::Ended];
        assert_eq!(phases(player, &late), [Phase::Broken(Fault::Stream); 5], "nothing else does it");
        assert_eq!(player.hear(Moment::Play), Some(Duration::ZERO));
        assert_eq!(player.phase(), Phase::Loading);
        assert_eq!(player.hear(STREAM), Some(FIRST_PAUSE));
    }

    #[test]
    fn a_file_is_read_as_fast_as_it_plays() {
        assert_eq!(bytes_per_second(1_000_000, 8.0), Some(125_000));
        for unknown in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(bytes_per_second(1_000_000, unknown), None);
        }
    }
}
