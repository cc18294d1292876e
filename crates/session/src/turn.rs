//! What is written in turns into two places, always over the older: whatever happens during a write, the other place is
//! whole. Each carries a number, by which the newer is known, and a checksum, which betrays a write that was torn.

use sha1::{Digest as _, Sha1};

use crate::Error;

/// First bytes of what is written: what it is, and the version of its format.
pub type Magic = [u8; 8];

/// Bytes before the content: magic, turn, checksum.
pub const HEADER: usize = 8 + 8 + CHECKSUM;

const CHECKSUM: usize = 20;

/// The bytes to be written in this turn.
#[must_use]
pub fn seal(magic: Magic, turn: u64, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + content.len());
    bytes.extend_from_slice(&magic);
    bytes.extend_from_slice(&turn.to_be_bytes());
    bytes.extend_from_slice(&checksum(turn, content));
    bytes.extend_from_slice(content);
    bytes
}

/// The turn and the content of one place; `None` if nothing was ever written there.
///
/// # Errors
///
/// [`Error::Torn`] if the bytes are not exactly what was written.
pub fn open(magic: Magic, bytes: &[u8]) -> Result<Option<(u64, &[u8])>, Error> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let rest = bytes.strip_prefix(&magic).ok_or(Error::Torn)?;
    let (turn, rest) = rest.split_first_chunk().ok_or(Error::Torn)?;
    let turn = u64::from_be_bytes(*turn);
    let (sum, content) = rest.split_first_chunk::<CHECKSUM>().ok_or(Error::Torn)?;
    if *sum == checksum(turn, content) { Ok(Some((turn, content))) } else { Err(Error::Torn) }
}

fn checksum(turn: u64, content: &[u8]) -> [u8; CHECKSUM] {
    Sha1::new().chain_update(turn.to_be_bytes()).chain_update(content).finalize().into()
}
