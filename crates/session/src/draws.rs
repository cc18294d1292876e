//! Randomness as an argument.

use sha1::{Digest as _, Sha1};

/// Numbers that nobody can predict who does not know the secret that they are drawn from.
#[derive(Clone, Debug)]
pub(crate) struct Draws {
    secret: [u8; 20],
    drawn: u64,
}

impl Draws {
    pub(crate) const fn new(secret: [u8; 20]) -> Self {
        Self { secret, drawn: 0 }
    }

    /// The next twenty bytes.
    pub(crate) fn bytes(&mut self) -> [u8; 20] {
        self.drawn += 1;
        Sha1::new().chain_update(self.secret).chain_update(self.drawn.to_be_bytes()).finalize().into()
    }

    /// The next number from 0 to 1.
    pub(crate) fn chance(&mut self) -> f64 {
        let [a, b, c, d, ..] = self.bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
    }
}
