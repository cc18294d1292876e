//! Small things that are always written as a whole: in turns into two files ([`turn`](crate::turn)).

use std::cell::Cell;

use super::File;
use crate::Error;

/// Two files of which one is whole, whatever happens.
#[derive(Debug)]
pub(super) struct Turns<F> {
    files: [F; 2],
    last: Cell<u64>,
}

impl<F: File> Turns<F> {
    pub(super) const fn new(files: [F; 2]) -> Self {
        Self { files, last: Cell::new(0) }
    }

    /// What is in both.
    ///
    /// # Errors
    /// If storage fails.
    pub(super) fn contents(&self) -> Result<[Vec<u8>; 2], Error> {
        Ok([self.files[0].contents()?, self.files[1].contents()?])
    }

    /// The newest that is whole has this turn, so the other is written over next.
    pub(super) fn go_on_from(&self, turn: u64) {
        self.last.set(turn);
    }

    /// Writes what `encode` makes of the turn.
    ///
    /// # Errors
    /// If storage fails or is full; then what was written before stays.
    pub(super) fn write(&self, encode: impl FnOnce(u64) -> Vec<u8>) -> Result<(), Error> {
        let turn = self.last.get() + 1;
        let file = &self.files[(turn % 2) as usize];
        file.replace(&encode(turn))?;
        file.flush()?;
        self.last.set(turn);
        Ok(())
    }
}
