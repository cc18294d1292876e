//! What a torrent may show the user's address to.

use swarm::Time;

use super::Torrent;
use crate::exposure::Policy;
use crate::{Exposure, Limits, RELAYED_UPLOAD, Storage, UserFiles};

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// By which ways its connections may go.
    pub const fn policy(&self) -> Policy {
        Policy::of(self.relay_all || self.record.exposure.relay_only)
    }

    /// Whether servers other than trackers may be asked for anything of it: each sees the user's address.
    pub fn asks_servers(&self) -> bool {
        self.policy() == Policy::All || self.record.exposure.servers
    }

    /// The user wants this of it. Who is connected by other ways is left at once.
    pub fn expose(&mut self, now: Time, exposure: Exposure) {
        let before = (self.policy(), self.asks_servers());
        self.record.exposure = exposure;
        self.expose_anew(now, before);
        self.save(now);
    }

    /// The user wants all torrents to go through relays alone, or not any more.
    pub(crate) fn relay_all(&mut self, now: Time, relay_all: bool) {
        let before = (self.policy(), self.asks_servers());
        self.relay_all = relay_all;
        self.expose_anew(now, before);
    }

    fn expose_anew(&mut self, now: Time, (policy, asked_servers): (Policy, bool)) {
        // What is being checked starts anew after that.
        if self.check.is_some() {
            return;
        }
        if policy != self.policy() || (asked_servers && !self.asks_servers()) {
            self.start(now, Vec::new());
        } else {
            self.add_web_seeds(now);
        }
    }

    /// What it alone may trade: through relays, less is given unless the user says how much.
    pub(super) fn own_limits(&self) -> Limits {
        self.record.limits.relayed(self.record.exposure.relay_only)
    }
}

impl Limits {
    /// With that of what is given through relays, if there is no other.
    pub(crate) fn relayed(self, relay_only: bool) -> Self {
        Self { up: self.up.or(relay_only.then_some(RELAYED_UPLOAD)), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_through_relays_is_limited_unless_the_user_says_how_much() {
        let own = Limits { up: std::num::NonZeroU64::new(1_000_000), down: None };
        assert_eq!(Limits::default().relayed(true), Limits { up: Some(RELAYED_UPLOAD), down: None });
        assert_eq!((own.relayed(true), Limits::default().relayed(false)), (own, Limits::default()));
    }
}
