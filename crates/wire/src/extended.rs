use litemap::LiteMap;
use metainfo::PieceIndex;
use metainfo::bencode::{Item, Value};

use crate::{Error, MAX_METADATA};

/// What a peer tells about its extensions and itself (BEP 10), the payload of EXTENDED with id 0.
///
/// A peer may send it again; what a later one does not mention is off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtendedHandshake {
    /// The names of the sender's extensions, and the ids that EXTENDED messages *to* the sender carry for
    /// them. Never 0, with which peers mark an extension as off.
    pub extensions: LiteMap<String, u8>,
    /// Bytes in the info dictionary (BEP 9), if the sender has it: from 1 to [`MAX_METADATA`].
    pub metadata_size: Option<u32>,
    /// How many requests the sender queues before it drops some.
    pub reqq: Option<u32>,
    /// The sender's name and version, for people to read: at most 64 characters, none of them control
    /// characters.
    pub client: Option<String>,
    /// The sender wants nothing (BEP 21).
    pub upload_only: bool,
    /// The sender super-seeds (BEP 16) and shows few pieces, but serves whatever it is asked for. A key of ours,
    /// `sc_super_seed`.
    pub super_seed: bool,
    /// What the sender says of some of `extensions` beyond the id: one bencoded value each, which stands in the
    /// handshake under the extension's name.
    pub terms: LiteMap<String, Vec<u8>>,
}

impl ExtendedHandshake {
    /// Reads the payload as a stranger sends it: keys that are unknown, and values of the wrong type or out
    /// of range, count as absent.
    ///
    /// # Errors
    ///
    /// [`Error::Bencode`], or [`Error::Extension`] if the payload is no dictionary.
    pub fn parse(payload: &[u8]) -> Result<Self, Error> {
        let (value, _) = Value::split(payload).map_err(|_error| Error::Bencode)?;
        let entries = value.entries().ok_or(Error::Extension { extension: "extended handshake" })?;
        let mut handshake = Self::default();
        for (key, value) in entries {
            let number = || value.as_int().and_then(|number| u32::try_from(number).ok());
            match key {
                b"m" => handshake.extensions = extensions(value),
                b"metadata_size" => {
                    handshake.metadata_size = number().filter(|size| (1..=MAX_METADATA).contains(size));
                }
                b"reqq" => handshake.reqq = number().filter(|&requests| requests > 0),
                b"sc_super_seed" => handshake.super_seed = number().is_some_and(|flag| flag > 0),
                b"upload_only" => handshake.upload_only = number().is_some_and(|flag| flag > 0),
                b"v" => handshake.client = value.as_bytes().and_then(readable),
                _ => {}
            }
        }
        // Names may stand behind what is said under them.
        for (key, value) in value.entries().into_iter().flatten().filter(|(key, _)| !OWN_KEYS.contains(key)) {
            if let Ok(name) = str::from_utf8(key)
                && handshake.extensions.contains_key(name)
            {
                handshake.terms.insert(name.to_owned(), value.raw().to_vec());
            }
        }
        Ok(handshake)
    }

    /// The payload of EXTENDED with id 0.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let ids = self.extensions.iter().map(|(name, &id)| (name.as_str(), Item::from(i64::from(id))));
        let number = |number: u32| Item::from(i64::from(number));
        let terms = self.terms.iter().map(|(name, terms)| (name.as_str(), Item::Raw(terms)));
        let mut entries: Vec<_> = terms.chain([("m", Item::dict(ids))]).collect();
        entries.extend(self.metadata_size.map(|size| ("metadata_size", number(size))));
        entries.extend(self.reqq.map(|requests| ("reqq", number(requests))));
        entries.extend(self.super_seed.then(|| ("sc_super_seed", number(1))));
        entries.extend(self.upload_only.then(|| ("upload_only", number(1))));
        entries.extend(self.client.as_deref().map(|client| ("v", Item::from(client))));
        Item::dict(entries).encode()
    }
}

/// Keys of the handshake that are no names of extensions.
const OWN_KEYS: [&[u8]; 6] = [b"m", b"metadata_size", b"reqq", b"sc_super_seed", b"upload_only", b"v"];

/// The name of the extension by which a peer takes back a HAVE (BEP 54).
pub const LT_DONT_HAVE: &str = "lt_donthave";

/// The payload of `lt_donthave`: the sender no longer has this piece.
#[must_use]
pub const fn encode_dont_have(piece: PieceIndex) -> [u8; 4] {
    piece.get().to_be_bytes()
}

/// Reads the payload of `lt_donthave`.
///
/// # Errors
///
/// [`Error::Extension`] unless the payload is exactly one index.
pub fn parse_dont_have(payload: &[u8]) -> Result<PieceIndex, Error> {
    let index = payload.as_array().ok_or(Error::Extension { extension: LT_DONT_HAVE })?;
    Ok(PieceIndex::new(u32::from_be_bytes(*index)))
}

fn extensions(names: Value<'_>) -> LiteMap<String, u8> {
    let entries = names.entries().into_iter().flatten();
    let ids = entries.filter_map(|(name, id)| {
        let name = str::from_utf8(name).ok()?;
        let id = u8::try_from(id.as_int()?).ok().filter(|&id| id > 0)?;
        Some((name.to_owned(), id))
    });
    let mut extensions = LiteMap::new();
    // There are no more ids to give than this, so more names are nonsense.
    for (name, id) in ids.take(usize::from(u8::MAX)) {
        extensions.insert(name, id);
    }
    extensions
}

fn readable(name: &[u8]) -> Option<String> {
    let name: String = String::from_utf8_lossy(name).chars().filter(|c| !c.is_control()).take(64).collect();
    (!name.is_empty()).then_some(name)
}
