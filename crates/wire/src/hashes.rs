use metainfo::merkle::Hash;

/// Hashes of one level that a peer may ask for at once, and [`Message::Hashes`](crate::Message::Hashes) carries
/// at most (BEP 52).
pub const MAX_HASHES: u32 = 512;

/// Levels that a hash tree may have above its leaves, and so the most uncles in a proof.
pub const MAX_PROOF_LAYERS: u32 = 31;

/// Which hashes of a file's tree one message asks for, carries or refuses (BEP 52).
///
/// As the peer sent it: the file's tree tells whether there are such hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashRange {
    /// The root of the file's tree.
    pub root: Hash,
    /// The level of the hashes: 0 for leaves, or that of the piece layer.
    pub level: u32,
    /// The position of the first hash in its level: a multiple of `length`.
    pub index: u32,
    /// How many: a power of two up to [`MAX_HASHES`], or fewer at the end of a level.
    pub length: u32,
    /// For how many levels above `level` an uncle is wanted. Those that the hashes themselves make up are counted,
    /// but come without one.
    pub proof_layers: u32,
}

impl HashRange {
    /// How many uncles there are in the answer.
    #[must_use]
    pub fn uncles(&self) -> u32 {
        let height = self.length.checked_next_power_of_two().map_or(u32::BITS, u32::ilog2);
        self.proof_layers.saturating_sub(height.saturating_sub(1))
    }

    /// How many hashes there are in the answer, uncles included.
    #[must_use]
    pub fn hashes(&self) -> u32 {
        self.length.saturating_add(self.uncles())
    }

    /// The fields as messages carry them.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.root.as_bytes());
        for field in [self.level, self.index, self.length, self.proof_layers] {
            out.extend_from_slice(&field.to_be_bytes());
        }
    }

    /// Reads those fields.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (root, fields) = bytes.split_first_chunk()?;
        let (&[level, index, length, proof_layers], []) = fields.as_chunks() else { return None };
        let [level, index, length, proof_layers] =
            [level, index, length, proof_layers].map(u32::from_be_bytes);
        Some(Self { root: Hash::from_bytes(*root), level, index, length, proof_layers })
    }

    /// Bytes in these fields.
    pub(crate) const LENGTH: usize = 48;
}
