//! Passwords for TURN servers that expire.
//!
//! Whoever can use a TURN server can send traffic through it, so a password in a page would soon be everyone's. Instead
//! the TURN server and this one share a secret (coturn: `use-auth-secret`), and every visitor gets a user name that says
//! when it expires, with a password that only the secret makes: "A REST API For Access To TURN Services"
//! (draft-uberti-behave-turn-rest).
//!
//! Behind the time stands a random number, so that the TURN server's quota for one user is for one visitor and not for all
//! who came in the same second. It says nothing about who that is, and the next visit has another.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha1::Sha1;

use crate::seconds::seconds;
use crate::url;

/// How the URLs of TURN servers begin (RFC 7065).
const TURN: &[&str] = &["turn:", "turns:"];

/// A STUN or TURN server in the form that `RTCPeerConnection` takes.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct IceServer {
    /// `stun:`, `turn:` or `turns:` URLs.
    pub(crate) urls: Vec<String>,
    /// TURN user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    /// TURN password. Every visitor can read it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<String>,
}

/// The TURN servers of a deployment.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Turn {
    /// `turn:` or `turns:` URLs.
    urls: Vec<String>,
    /// What is also coturn's `static-auth-secret`.
    secret: Secret,
    /// Seconds that a password is good for, at least 600. Default a day.
    #[serde(default = "day", deserialize_with = "seconds")]
    pub(crate) ttl: Duration,
}

/// Text that no log shows.
#[derive(Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl IceServer {
    /// Refuses what would have browsers make no peer connections at all.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        const FIELD: &str = "ice_servers.urls";
        anyhow::ensure!(!self.urls.is_empty(), "{FIELD} is empty");
        self.urls
            .iter()
            .try_for_each(|url| url::check(FIELD, url, &["stun:", "stuns:", "turn:", "turns:"]))?;
        let is_turn = |url: &String| url::check(FIELD, url, TURN).is_ok();
        anyhow::ensure!(
            (self.username.is_some() && self.credential.is_some()) || !self.urls.iter().any(is_turn),
            "ice_servers.username and ice_servers.credential must be there for {}",
            self.urls.join(", ")
        );
        Ok(())
    }
}

impl Turn {
    /// Its `turn:` or `turns:` URLs.
    pub(crate) fn urls(&self) -> &[String] {
        &self.urls
    }

    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.urls.is_empty(), "turn.urls is empty");
        self.urls.iter().try_for_each(|url| url::check("turn.urls", url, TURN))?;
        anyhow::ensure!(!self.secret.0.is_empty(), "turn.secret is empty");
        // A page asks anew after half of it, and clocks differ.
        anyhow::ensure!(self.ttl >= Duration::from_secs(600), "turn.ttl must be at least 600");
        Ok(())
    }

    /// The servers, with a password that is good from now on, for a visitor who is nobody else.
    pub(crate) fn issue(&self, now: SystemTime) -> IceServer {
        self.issue_to(RandomState::new().hash_one(0), now)
    }

    fn issue_to(&self, visitor: u64, now: SystemTime) -> IceServer {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let username = format!("{}:{visitor:016x}", (now + self.ttl).as_secs());
        let mut mac =
            Hmac::<Sha1>::new_from_slice(self.secret.0.as_bytes()).expect("a key of any length will do");
        mac.update(username.as_bytes());
        let credential = BASE64.encode(mac.finalize().into_bytes());
        IceServer { urls: self.urls.clone(), username: Some(username), credential: Some(credential) }
    }
}

const fn day() -> Duration {
    Duration::from_secs(24 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(text: &str) -> Turn {
        serde_json::from_str(text).unwrap()
    }

    /// By `printf 1700000600:000000000000002a | openssl dgst -sha1 -hmac north -binary | base64`.
    #[test]
    fn a_password_is_what_other_programs_make_of_the_same_secret() {
        let turn = turn(r#"{"urls":["turn:t.example"],"secret":"north","ttl":600}"#);
        let issued = turn.issue_to(42, SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000));
        assert_eq!(issued.username.as_deref(), Some("1700000600:000000000000002a"));
        assert_eq!(issued.credential.as_deref(), Some("bFhEml6Gku2fGa1c/ZojRO8k3Rk="));
    }

    // Issue 11, A11.
    #[test]
    fn visitors_of_the_same_second_are_told_apart() {
        let turn = turn(r#"{"urls":["turn:t.example"],"secret":"north"}"#);
        let [one, other] = [(); 2].map(|()| turn.issue(SystemTime::UNIX_EPOCH));
        assert_ne!(one.username, other.username);
        assert_ne!(one.credential, other.credential);
    }

    #[test]
    fn a_password_is_good_for_a_day_unless_the_operator_says_otherwise() {
        assert_eq!(turn(r#"{"urls":["turn:t.example"],"secret":"north"}"#).ttl, day());
    }

    #[test]
    fn servers_without_a_secret_and_passwords_that_expire_at_once_are_errors() {
        for text in [
            r#"{"urls":[],"secret":"north"}"#,
            r#"{"urls":["turn:t.example"],"secret":""}"#,
            r#"{"urls":["turn:t.example"],"secret":"north","ttl":599}"#,
        ] {
            assert!(turn(text).check().is_err(), "{text}");
        }
    }
}
