//! How well something plays: how long it took to start, and how often and how long it stopped.

use std::time::Duration;

use media::player::Moment;

/// The record of one file that plays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Playback {
    asked: Option<Duration>,
    /// From being asked to play until it played.
    pub startup: Option<Duration>,
    /// Times that it stopped by itself.
    pub stalls: u32,
    /// How long it stopped by itself, in all.
    pub stalled: Duration,
    /// From the last time that the user went elsewhere in it until it played there.
    pub seek: Option<Duration>,
    /// Since when it waits, and whether for what the user went to.
    waiting: Option<(Duration, bool)>,
}

impl Playback {
    /// Something happened at this time, counted from any one moment.
    pub fn note(&mut self, at: Duration, moment: Moment) {
        match moment {
            Moment::Play => {
                self.asked.get_or_insert(at);
            }
            Moment::Playing => {
                if let (None, Some(asked)) = (self.startup, self.asked) {
                    self.startup = Some(at.saturating_sub(asked));
                }
                match self.waiting.take() {
                    Some((since, true)) => self.seek = Some(at.saturating_sub(since)),
                    Some((since, false)) => {
                        self.stalls += 1;
                        self.stalled += at.saturating_sub(since);
                    }
                    None => {}
                }
            }
            // Whoever waits for the start, or for another place, is not interrupted.
            Moment::Waiting | Moment::Failed { .. } if self.startup.is_some() => {
                self.waiting.get_or_insert((at, false));
            }
            Moment::Seeking if self.startup.is_some() => self.waiting = Some((at, true)),
            Moment::Waiting | Moment::Failed { .. } | Moment::Seeking | Moment::At(_) => {}
            Moment::Paused | Moment::Ended => self.waiting = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use media::player::Failure;

    use super::*;

    fn after(moments: &[(u64, Moment)]) -> Playback {
        let mut playback = Playback::default();
        for (at, moment) in moments {
            playback.note(Duration::from_secs(*at), *moment);
        }
        playback
    }

    #[test]
    fn the_start_is_measured_once() {
        let playback = after(&[
            (1, Moment::Play),
            (2, Moment::Waiting),
            (4, Moment::Playing),
            (8, Moment::Paused),
            (9, Moment::Play),
            (10, Moment::Playing),
        ]);
        assert_eq!((playback.startup, playback.stalls), (Some(Duration::from_secs(3)), 0));
    }

    #[test]
    fn running_dry_is_a_stall() {
        let playback =
            after(&[(0, Moment::Play), (1, Moment::Playing), (5, Moment::Waiting), (7, Moment::Playing)]);
        assert_eq!((playback.stalls, playback.stalled), (1, Duration::from_secs(2)));
    }

    // Issue 12, 5.
    #[test]
    fn a_stream_that_broke_and_is_taken_up_again_is_a_stall() {
        let broke = Moment::Failed { failure: Failure::Network, at: 5.0 };
        let playback = after(&[(0, Moment::Play), (1, Moment::Playing), (5, broke), (8, Moment::Playing)]);
        assert_eq!((playback.stalls, playback.stalled), (1, Duration::from_secs(3)));
    }

    #[test]
    fn waiting_for_another_place_is_none() {
        let playback = after(&[
            (0, Moment::Play),
            (1, Moment::Playing),
            (5, Moment::Seeking),
            (5, Moment::Waiting),
            (6, Moment::Playing),
        ]);
        assert_eq!((playback.stalls, playback.seek), (0, Some(Duration::from_secs(1))));
    }

    #[test]
    fn a_pause_is_none() {
        let playback = after(&[
            (0, Moment::Play),
            (1, Moment::Playing),
            (5, Moment::Waiting),
            (6, Moment::Paused),
            (60, Moment::Playing),
        ]);
        assert_eq!(playback.stalls, 0);
    }
}
