//! What becomes due at a time.

use crate::Time;

/// Everything that the engine does because time has passed, in the order in which it does what is due at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Piece hashes that were asked for have not come.
    Hashes,
    /// A web seed that was asked for something sends nothing.
    Silence,
    /// Some peer has said, or been told, or been waited for, nothing for too long.
    Peers,
    /// It is to be chosen anew whom to serve.
    Rechoke,
    /// Super-seeds are to be asked again for what is due and others have not given.
    Hurry,
    /// Nobody says which blocks of a piece are wrong.
    Disputes,
    /// The limit of what is sent allows more.
    Outlet,
    /// The limit of what is asked for allows more.
    Inlet,
    /// Some web seed may be asked for something.
    Look,
    /// Some extension has something to do.
    Extensions,
    /// The driver had time to prepare for the metadata: requests may begin.
    Begin,
}

/// When each timer is due that no part of the engine keeps by itself. A timer is set and cleared where its cause is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timers([Option<Time>; Timer::ALL.len()]);

impl Timer {
    pub(crate) const ALL: [Self; 11] = [
        Self::Hashes,
        Self::Silence,
        Self::Peers,
        Self::Rechoke,
        Self::Hurry,
        Self::Disputes,
        Self::Outlet,
        Self::Inlet,
        Self::Look,
        Self::Extensions,
        Self::Begin,
    ];

    /// Whether it is about peers, so that it can wait while there are none.
    pub(crate) const fn is_of_peers(self) -> bool {
        !matches!(self, Self::Silence | Self::Look | Self::Begin)
    }
}

impl Timers {
    pub(crate) const fn set(&mut self, timer: Timer, at: Time) {
        self.0[timer as usize] = Some(at);
    }

    /// Whether it was set.
    pub(crate) const fn clear(&mut self, timer: Timer) -> bool {
        self.0[timer as usize].take().is_some()
    }

    pub(crate) const fn get(&self, timer: Timer) -> Option<Time> {
        self.0[timer as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_timer_has_a_place_of_its_own() {
        for (place, timer) in Timer::ALL.into_iter().enumerate() {
            assert_eq!(timer as usize, place);
        }
    }
}
