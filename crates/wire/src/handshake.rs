use metainfo::InfoHash;

use crate::{Error, PeerId};

/// The first bytes of a connection, by which each side says what torrent it wants and who it is (BEP 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// What the sender's software can do.
    pub reserved: Reserved,
    /// The torrent: its hash of version 1, or the first 20 bytes of that of version 2. Of a hybrid, the latter says
    /// that this connection is of version 2 (BEP 52).
    pub info_hash: InfoHash,
    /// The sender.
    pub peer_id: PeerId,
}

impl Handshake {
    /// Length in bytes of every handshake.
    pub const LENGTH: usize = 68;

    /// The handshake as it goes over the wire.
    #[must_use]
    pub fn encode(&self) -> [u8; Self::LENGTH] {
        let mut bytes = [0; Self::LENGTH];
        bytes[..20].copy_from_slice(PROTOCOL);
        bytes[20..28].copy_from_slice(&self.reserved.0);
        bytes[28..48].copy_from_slice(self.info_hash.as_bytes());
        bytes[48..].copy_from_slice(self.peer_id.as_bytes());
        bytes
    }

    /// Reads what [`Handshake::encode`] wrote.
    ///
    /// # Errors
    ///
    /// [`Error::NotBitTorrent`] if the bytes name another protocol, or are not exactly one handshake.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let fields = bytes.strip_prefix(PROTOCOL).ok_or(Error::NotBitTorrent)?;
        let (&reserved, fields) = fields.split_first_chunk::<8>().ok_or(Error::NotBitTorrent)?;
        let (&info_hash, peer_id) = fields.split_first_chunk::<20>().ok_or(Error::NotBitTorrent)?;
        let &peer_id = peer_id.as_array::<20>().ok_or(Error::NotBitTorrent)?;
        Ok(Self {
            reserved: Reserved(reserved),
            info_hash: InfoHash::from_bytes(info_hash),
            peer_id: PeerId::from_bytes(peer_id),
        })
    }
}

/// The eight bytes of the handshake that flag protocol extensions. Unknown flags are kept and ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reserved([u8; 8]);

impl Reserved {
    /// What this software can do: the fast extension and the extension protocol.
    #[must_use]
    pub const fn ours() -> Self {
        Self([0, 0, 0, 0, 0, EXTENDED, 0, FAST])
    }

    /// The same for a hybrid that is named by its hash of version 1: the answer may name that of version 2.
    #[must_use]
    pub const fn upgradable(mut self) -> Self {
        self.0[7] |= VERSION_TWO;
        self
    }

    /// The flags that these bytes carry; every value is valid.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes as the handshake carries them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }

    /// HAVE ALL, HAVE NONE, REJECT, SUGGEST and ALLOWED FAST may be sent (BEP 6), if both sides say so.
    #[must_use]
    pub const fn fast(&self) -> bool {
        self.0[7] & FAST != 0
    }

    /// The sender named a hybrid by its hash of version 1, and takes that of version 2 for an answer (BEP 52).
    #[must_use]
    pub const fn takes_version_two(&self) -> bool {
        self.0[7] & VERSION_TWO != 0
    }

    /// EXTENDED may be sent (BEP 10), if both sides say so.
    #[must_use]
    pub const fn extended(&self) -> bool {
        self.0[5] & EXTENDED != 0
    }
}

/// The protocol's name behind its length.
pub(crate) const PROTOCOL: &[u8; 20] = b"\x13BitTorrent protocol";
const EXTENDED: u8 = 0x10;
const FAST: u8 = 0x04;
const VERSION_TWO: u8 = 0x10;
