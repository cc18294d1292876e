//! What a creator's web server gives to a viewer that it has vetted.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use metainfo::InfoHash;
use pay::Time;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::Refusal;

/// Characters of a ticket at most.
pub const MAX_TICKET: usize = 200;

/// What a ticket of this version begins with.
const VERSION: &str = "1";

/// Digits of a time at most: enough for some thousand years.
const MAX_DIGITS: usize = 12;

/// What a creator calls a viewer: 1 to 64 of the characters `A-Z a-z 0-9 - _`. It stands in addresses, so it should be no name of
/// a person and no mail address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Viewer(String);

/// A word of a creator's web server: that this viewer may be sponsored for this torrent until then.
///
/// As text, which [`Secret::sign`] writes, it is `1.VIEWER.TORRENT.UNTIL.SIGNATURE`: the info hash of the torrent in 40 lower
/// hexadecimal digits, seconds since 1970 in decimal ones, and the HMAC-SHA-256 (RFC 2104) of all that is before its dot, in
/// base64url without padding (RFC 4648).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Whom.
    pub viewer: Viewer,
    /// For which torrent: its info hash, of a torrent of version 2 alone the beginning of it.
    pub torrent: InfoHash,
    /// Until when it is taken.
    pub until: Time,
}

/// What the sponsor and the creator's web server share, and nobody else knows.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Viewer {
    /// Bytes at most.
    pub const MAX: usize = 64;

    /// The viewer of this name; `None` if that cannot be one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        ((1..=Self::MAX).contains(&name.len()) && name.bytes().all(is_plain)).then(|| Self(name.to_owned()))
    }

    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Viewer {
    type Error = &'static str;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(&name).ok_or("a viewer has 1 to 64 of the characters A-Z a-z 0-9 - _")
    }
}

impl From<Viewer> for String {
    fn from(viewer: Viewer) -> Self {
        viewer.0
    }
}

impl Ticket {
    /// What is signed.
    fn text(&self) -> String {
        let Self { viewer, torrent, until } = self;
        format!("{VERSION}.{}.{torrent}.{}", viewer.0, until.as_secs())
    }

    /// Reads a ticket, which is not checked yet, what of it is signed, and the signature. There is one way to write each.
    fn parse(text: &str) -> Option<(Self, &str, [u8; 32])> {
        if text.len() > MAX_TICKET {
            return None;
        }
        let (signed, signature) = text.rsplit_once('.')?;
        let mut parts = signed.split('.');
        let (version, viewer, torrent, until) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        if version != VERSION || parts.next().is_some() {
            return None;
        }
        let is_hash = torrent.len() == 40 && torrent.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
        let is_number = (1..=MAX_DIGITS).contains(&until.len())
            && until.bytes().all(|byte| byte.is_ascii_digit())
            && !until.starts_with('0');
        if !is_hash || !is_number || signature.len() != 43 {
            return None;
        }
        let mut bytes = [0; 32];
        let length = URL_SAFE_NO_PAD.decode_slice(signature, &mut bytes).ok()?;
        let ticket = Self {
            viewer: Viewer::new(viewer)?,
            torrent: torrent.parse().ok()?,
            until: Time::from_secs(until.parse().ok()?),
        };
        (length == bytes.len()).then_some((ticket, signed, bytes))
    }
}

impl Secret {
    /// Bytes at least: as many as the hash has.
    pub const MIN: usize = 32;

    /// These bytes; `None` if they are too few to be a secret.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (bytes.len() >= Self::MIN).then(|| Self(bytes.to_vec()))
    }

    /// Signs a ticket, as a creator's web server does.
    #[must_use]
    pub fn sign(&self, ticket: &Ticket) -> String {
        let text = ticket.text();
        let signature = URL_SAFE_NO_PAD.encode(self.hash(&text).finalize().into_bytes());
        format!("{text}.{signature}")
    }

    /// The ticket that is written so, of whatever time it is.
    ///
    /// # Errors
    /// [`Refusal::Ticket`] if this secret has not signed exactly that.
    pub fn check(&self, text: &str) -> Result<Ticket, Refusal> {
        let (ticket, signed, signature) = Ticket::parse(text).ok_or(Refusal::Ticket)?;
        // In a time that says nothing of where they differ.
        self.hash(signed).verify(&signature.into()).map_err(|_mismatch| Refusal::Ticket)?;
        Ok(ticket)
    }

    fn hash(&self, text: &str) -> Hmac<Sha256> {
        let keyed = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        keyed.chain_update(text)
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a secret")
    }
}
