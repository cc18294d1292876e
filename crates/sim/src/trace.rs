//! The hash of everything that happened.

/// Folds words into one, the same way on every machine and with every compiler.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Trace(u64);

impl Trace {
    pub(crate) const fn word(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(MULTIPLIER);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.word(bytes.len() as u64);
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.word(u64::from_le_bytes(word));
        }
    }

    pub(crate) const fn finish(self) -> u64 {
        self.0
    }
}

/// Odd, with its bits well mixed.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
