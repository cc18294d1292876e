//! When a local description is complete enough to be sent.
//!
//! WebTorrent's trackers carry one whole description each way (no trickling), so candidates that come later are lost, and
//! those without the public address may not reach anyone behind a router. But browsers say late that there are no more:
//! Chromium 156 a tenth of a second after all came that are of use, for it looks at UDP, relays and TCP in steps of 50 ms, and
//! where a server does not answer, many seconds (WebTorrent waits five). So a description is sent
//!
//! 1. a moment after the last candidate, where there are no servers;
//! 2. else a little after the last one, once a server has answered: a machine with IPv4 and IPv6 has a public address of each.
//!    Relays are asked later, and twice, so they are given longer;
//! 3. else when a server that answers would have: within a few of the round trips that it took to ask this deployment for its
//!    settings. Servers that were waited for in vain are given the least of that afterwards, until one answers: what was lost
//!    may have been one packet. Connections go on gathering when their description is sent, so an answer that came too late for
//!    one counts for the next.

use std::time::Duration;

/// How long no candidate must have come where those of this machine are all that can be hoped for. They come within a few
/// milliseconds of each other.
const SETTLED: Duration = Duration::from_millis(20);
/// The same once a server has answered: another, or the same over the other IP version, may be a little slower.
const QUIET: Duration = Duration::from_millis(100);
/// How long to wait for servers of which nothing is known, in round trips: a name is looked up, a request may be lost.
const ROUND_TRIPS: u32 = 4;
/// And at least and at most.
pub(crate) const DOUBTFUL: (Duration, Duration) = (Duration::from_millis(200), Duration::from_millis(500));
/// How long to wait if a server has told this page its public address before: it will again.
const HOPEFUL: Duration = Duration::from_secs(2);

/// What kind of address a candidate is, as far as the decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// An address of this machine.
    Local,
    /// Its public address, as a server told it.
    Public,
    /// An address of a relay.
    Relayed,
}

impl Candidate {
    /// Reads a candidate line (RFC 8839): `… typ host`, `… typ srflx`, `… typ relay`.
    #[must_use]
    pub fn of_line(line: &str) -> Self {
        let mut words = line.split_ascii_whitespace().skip_while(|word| *word != "typ");
        match words.nth(1) {
            Some("srflx" | "prflx") => Self::Public,
            Some("relay") => Self::Relayed,
            _ => Self::Local,
        }
    }
}

/// What the servers of a deployment are there for: kinds of candidates that may come beside those of this machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Awaited {
    /// A public address: there are STUN or TURN servers.
    pub public: bool,
    /// A relay: there are TURN servers.
    pub relayed: bool,
}

impl Awaited {
    /// As the URLs of the servers say (RFC 7064, RFC 7065).
    pub fn of_urls(urls: impl IntoIterator<Item = String>) -> Self {
        let mut awaited = Self::default();
        for url in urls {
            awaited.public = true;
            awaited.relayed |= url.starts_with("turn");
        }
        awaited
    }
}

/// What is known of the servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Servers {
    /// Nothing yet. To ask this deployment for something takes so long.
    Unknown {
        /// From the request to the answer, unless the browser does not tell.
        round_trip: Option<Duration>,
    },
    /// One has answered this page before.
    Answer,
    /// They were waited for in vain.
    Silent,
}

impl Servers {
    fn patience(self, awaited: Awaited) -> Duration {
        let (least, most) = DOUBTFUL;
        match self {
            _ if awaited == Awaited::default() => Duration::ZERO,
            // Relays are asked later than others, and twice.
            Self::Unknown { .. } if awaited.relayed => most,
            Self::Unknown { round_trip: Some(round_trip) } => (round_trip * ROUND_TRIPS).clamp(least, most),
            Self::Unknown { round_trip: None } => most,
            Self::Answer => HOPEFUL,
            Self::Silent => least,
        }
    }
}

/// The gathering of candidates of one description. Times are measured from any fixed moment.
#[derive(Clone, Copy, Debug)]
pub struct Gathering {
    awaited: Awaited,
    servers: Servers,
    began: Option<Duration>,
    last: Option<Duration>,
    found: Awaited,
    complete: bool,
}

impl Gathering {
    /// A gathering that `began` then, or with `None` begins when its first candidate comes: browsers look for those of this
    /// machine and ask the servers at the same time.
    #[must_use]
    pub fn new(began: Option<Duration>, awaited: Awaited, servers: Servers) -> Self {
        Self { awaited, servers, began, last: None, found: Awaited::default(), complete: false }
    }

    /// A candidate came.
    pub fn found(&mut self, now: Duration, candidate: Candidate) {
        self.began.get_or_insert(now);
        self.last = Some(now);
        match candidate {
            Candidate::Local => {}
            Candidate::Public => self.found.public = true,
            Candidate::Relayed => self.found.relayed = true,
        }
    }

    /// The browser says that no more will come.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// Whether a server has answered.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.found.public || self.found.relayed
    }

    /// What is known of the servers when the description is sent, if `servers` was known just before.
    #[must_use]
    pub fn servers_after(&self, servers: Servers) -> Servers {
        // A gathering that ended by itself waited for nobody: so it does without a network. And an answer to another
        // connection says more than silence here.
        let in_vain = !self.complete && !self.is_answered() && servers == self.servers;
        if in_vain { Servers::Silent } else { servers }
    }

    /// When to send the description if nothing else happens; `None`: not yet known.
    #[must_use]
    pub fn send_at(&self) -> Option<Duration> {
        if self.complete {
            return Some(Duration::ZERO);
        }
        let (began, last) = (self.began?, self.last?);
        let lacks_relay = self.awaited.relayed && !self.found.relayed;
        Some(if !self.is_answered() {
            (last + SETTLED).max(began + self.servers.patience(self.awaited))
        } else if lacks_relay {
            (last + QUIET).max(began + DOUBTFUL.1)
        } else {
            last + QUIET
        })
    }
}

/// The description without the line that promises candidates later, which a tracker could not carry.
#[must_use]
pub fn without_trickle(sdp: &str) -> String {
    sdp.split_inclusive('\n').filter(|line| line.trim_end() != "a=ice-options:trickle").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    const STUN: Awaited = Awaited { public: true, relayed: false };
    const TURN: Awaited = Awaited { public: true, relayed: true };
    const NEAR: Servers = Servers::Unknown { round_trip: Some(Duration::from_millis(5)) };

    fn gathering(awaited: Awaited, servers: Servers, found: &[(u64, Candidate)]) -> Gathering {
        let mut gathering = Gathering::new(Some(ms(5)), awaited, servers);
        for (at, candidate) in found {
            gathering.found(ms(*at), *candidate);
        }
        gathering
    }

    #[test]
    fn nothing_is_sent_without_a_candidate() {
        assert_eq!(gathering(STUN, Servers::Silent, &[]).send_at(), None);
    }

    #[test]
    fn the_end_of_gathering_sends_at_once() {
        let mut gathering = gathering(STUN, Servers::Answer, &[(10, Candidate::Local)]);
        gathering.complete();
        assert_eq!(gathering.send_at(), Some(Duration::ZERO));
    }

    // Issue 14, 4: the end of gathering was waited for where there is no server to wait for.
    #[test]
    fn without_servers_addresses_of_this_machine_are_all_that_can_come() {
        let gathering =
            gathering(Awaited::default(), NEAR, &[(10, Candidate::Local), (12, Candidate::Local)]);
        assert_eq!(gathering.send_at(), Some(ms(32)));
    }

    // Issue 14, 4: a STUN server that does not answer held the first announce for half a second.
    #[test]
    fn a_silent_server_is_waited_for_as_long_as_an_answer_would_take() {
        for (round_trip, patience) in
            [(Some(0), 200), (Some(5), 200), (Some(60), 240), (Some(1000), 500), (None, 500)]
        {
            let servers = Servers::Unknown { round_trip: round_trip.map(ms) };
            let gathering = gathering(STUN, servers, &[(10, Candidate::Local), (50, Candidate::Local)]);
            assert_eq!(gathering.send_at(), Some(ms(5 + patience)), "{round_trip:?} ms");
        }
    }

    #[test]
    fn what_was_not_begun_early_begins_with_its_first_candidate() {
        let mut gathering = Gathering::new(None, STUN, NEAR);
        assert_eq!(gathering.send_at(), None);
        gathering.found(ms(1000), Candidate::Local);
        gathering.found(ms(1010), Candidate::Local);
        assert_eq!(gathering.send_at(), Some(ms(1200)));
    }

    #[test]
    fn a_server_that_was_waited_for_in_vain_is_given_the_least() {
        let gathering = gathering(STUN, Servers::Silent, &[(10, Candidate::Local)]);
        assert_eq!(gathering.send_at(), Some(ms(205)));
    }

    #[test]
    fn only_a_server_that_was_waited_for_is_silent() {
        let mut gathering = gathering(STUN, NEAR, &[(10, Candidate::Local)]);
        assert_eq!(gathering.servers_after(NEAR), Servers::Silent);
        // To another connection.
        assert_eq!(gathering.servers_after(Servers::Answer), Servers::Answer);
        gathering.complete();
        assert_eq!(gathering.servers_after(NEAR), NEAR);
    }

    #[test]
    fn a_server_that_answered_before_is_given_longer() {
        let gathering = gathering(STUN, Servers::Answer, &[(10, Candidate::Local)]);
        assert_eq!(gathering.send_at(), Some(ms(2005)));
    }

    #[test]
    fn a_public_address_of_the_other_ip_version_may_follow() {
        let mut gathering = gathering(STUN, NEAR, &[(10, Candidate::Local), (40, Candidate::Public)]);
        assert!(gathering.is_answered());
        assert_eq!(gathering.send_at(), Some(ms(140)));
        gathering.found(ms(95), Candidate::Public);
        assert_eq!(gathering.send_at(), Some(ms(195)));
    }

    #[test]
    fn a_relay_may_follow_a_public_address() {
        let mut gathering = gathering(TURN, NEAR, &[(10, Candidate::Local), (40, Candidate::Public)]);
        assert_eq!(gathering.send_at(), Some(ms(505)));
        gathering.found(ms(300), Candidate::Relayed);
        assert_eq!(gathering.send_at(), Some(ms(400)));
    }

    #[test]
    fn candidate_lines_tell_what_they_are() {
        let host = "candidate:1 1 udp 2113937151 0.0.0.0 51000 typ host generation 0";
        let public = "candidate:2 1 udp 1677729535 198.51.100.7 51000 typ srflx raddr 0.0.0.0 rport 0";
        let relay = "candidate:3 1 udp 41885439 198.51.100.8 52000 typ relay raddr 0.0.0.0 rport 0";
        assert_eq!(Candidate::of_line(host), Candidate::Local);
        assert_eq!(Candidate::of_line(public), Candidate::Public);
        assert_eq!(Candidate::of_line(relay), Candidate::Relayed);
        assert_eq!(Candidate::of_line("candidate:3 typ"), Candidate::Local);
    }

    #[test]
    fn what_is_awaited_is_what_servers_are_for() {
        let of = |urls: &[&str]| Awaited::of_urls(urls.iter().map(|url| (*url).to_owned()));
        assert_eq!(of(&[]), Awaited::default());
        assert_eq!(of(&["stun:a", "stuns:b"]), STUN);
        assert_eq!(of(&["stun:a", "turns:b?transport=tcp"]), TURN);
    }

    #[test]
    fn only_the_trickle_line_is_removed() {
        let sdp = "v=0\r\na=ice-options:trickle\r\na=ice-ufrag:x\r\n";
        assert_eq!(without_trickle(sdp), "v=0\r\na=ice-ufrag:x\r\n");
    }
}
