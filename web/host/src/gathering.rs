//! When a local description is complete enough to be sent.
//!
//! WebTorrent's trackers carry one whole description each way (no trickling), so candidates that come later
//! are lost. A dead STUN server delays the end of gathering by many seconds (WebTorrent waits five), and
//! candidates without the public address may not reach anyone behind a router. So: send as soon as gathering
//! ends; else a moment after a public address is known; else after waiting for one in vain.

use std::time::Duration;

/// How long no candidate must have come once a public address is known.
const QUIET: Duration = Duration::from_millis(100);
/// How long to wait for a public address after the first local one, if no server ever told us one.
const DOUBTFUL: Duration = Duration::from_millis(500);
/// The same if a server has told this page its public address before: it will again.
const HOPEFUL: Duration = Duration::from_secs(2);

/// What kind of address a candidate is, as far as the decision depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// An address of this machine.
    Local,
    /// An address that a STUN or TURN server told.
    Public,
}

impl Candidate {
    /// Reads a candidate line (RFC 8839): `… typ host`, `… typ srflx`, `… typ relay`.
    #[must_use]
    pub fn of_line(line: &str) -> Self {
        let mut words = line.split_ascii_whitespace().skip_while(|word| *word != "typ");
        match words.nth(1) {
            Some("srflx" | "relay" | "prflx") => Self::Public,
            _ => Self::Local,
        }
    }
}

/// The gathering of candidates of one description. Times are measured from any fixed moment.
#[derive(Clone, Copy, Debug)]
pub struct Gathering {
    patience: Duration,
    first: Option<Duration>,
    last: Duration,
    public: bool,
    complete: bool,
}

impl Gathering {
    /// A gathering that begins. `server_answers`: whether a STUN server has answered this page before.
    #[must_use]
    pub fn new(server_answers: bool) -> Self {
        let patience = if server_answers { HOPEFUL } else { DOUBTFUL };
        Self { patience, first: None, last: Duration::ZERO, public: false, complete: false }
    }

    /// A candidate came.
    pub fn found(&mut self, now: Duration, candidate: Candidate) {
        self.first.get_or_insert(now);
        self.last = now;
        self.public |= candidate == Candidate::Public;
    }

    /// The browser says that no more will come.
    pub fn complete(&mut self) {
        self.complete = true;
    }

    /// When to send the description if nothing else happens; `None`: not yet known.
    #[must_use]
    pub fn send_at(&self) -> Option<Duration> {
        if self.complete {
            return Some(Duration::ZERO);
        }
        let first = self.first?;
        Some(if self.public { self.last + QUIET } else { first + self.patience })
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

    #[test]
    fn nothing_is_sent_without_a_candidate() {
        assert_eq!(Gathering::new(false).send_at(), None);
    }

    #[test]
    fn the_end_of_gathering_sends_at_once() {
        let mut gathering = Gathering::new(true);
        gathering.found(ms(10), Candidate::Local);
        gathering.complete();
        assert_eq!(gathering.send_at(), Some(Duration::ZERO));
    }

    #[test]
    fn a_dead_server_costs_half_a_second() {
        let mut gathering = Gathering::new(false);
        gathering.found(ms(10), Candidate::Local);
        gathering.found(ms(300), Candidate::Local);
        assert_eq!(gathering.send_at(), Some(ms(510)));
    }

    #[test]
    fn a_public_address_is_sent_when_candidates_pause() {
        let mut gathering = Gathering::new(false);
        gathering.found(ms(10), Candidate::Local);
        gathering.found(ms(40), Candidate::Public);
        assert_eq!(gathering.send_at(), Some(ms(140)));
        gathering.found(ms(90), Candidate::Public);
        assert_eq!(gathering.send_at(), Some(ms(190)));
    }

    #[test]
    fn a_server_that_answered_before_is_given_longer() {
        let mut gathering = Gathering::new(true);
        gathering.found(ms(10), Candidate::Local);
        assert_eq!(gathering.send_at(), Some(ms(2010)));
    }

    #[test]
    fn candidate_lines_tell_local_from_public() {
        let host = "candidate:1 1 udp 2113937151 0.0.0.0 51000 typ host generation 0";
        let public = "candidate:2 1 udp 1677729535 198.51.100.7 51000 typ srflx raddr 0.0.0.0 rport 0";
        assert_eq!(Candidate::of_line(host), Candidate::Local);
        assert_eq!(Candidate::of_line(public), Candidate::Public);
        assert_eq!(Candidate::of_line("candidate:3 typ"), Candidate::Local);
    }

    #[test]
    fn only_the_trickle_line_is_removed() {
        let sdp = "v=0\r\na=ice-options:trickle\r\na=ice-ufrag:x\r\n";
        assert_eq!(without_trickle(sdp), "v=0\r\na=ice-ufrag:x\r\n");
    }
}
