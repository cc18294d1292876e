use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// A folder of files to share, deleted with this value.
#[derive(Debug)]
pub struct Files {
    folder: TempDir,
}

impl Files {
    /// An empty folder.
    ///
    /// # Errors
    /// If the system cannot make one.
    pub fn new() -> Result<Self> {
        Ok(Self { folder: TempDir::with_prefix("seedcast-files-")? })
    }

    /// Where the folder is.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file of `length` bytes that no compression or deduplication can shrink; the same `seed` gives
    /// the same bytes. `path` is relative to the folder; its parents are made.
    ///
    /// # Errors
    /// If the disk does not take it.
    pub fn random(&self, path: &str, length: u64, seed: u64) -> Result<PathBuf> {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().context("a file is in a folder")?)?;
        let mut file = BufWriter::with_capacity(1 << 20, File::create(&path)?);
        let mut state = seed;
        let mut left = usize::try_from(length)?;
        while left > 0 {
            let word = split_mix(&mut state).to_le_bytes();
            let taken = left.min(word.len());
            file.write_all(word.get(..taken).unwrap_or(&word))?;
            left -= taken;
        }
        file.flush()?;
        Ok(path)
    }
}

/// The SHA-256 digest of a file, in hexadecimal digits.
///
/// # Errors
/// If the file cannot be read.
pub fn digest_of(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    let mut file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
        hash.update(bytes);
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        write!(text, "{byte:02x}")?;
    }
    Ok(text)
}

/// Chance that comes out the same every time.
#[derive(Clone, Copy, Debug)]
pub struct Seed(u64);

impl Seed {
    /// The same `seed` gives the same chance.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A time below so many milliseconds.
    pub fn pause(&mut self, milliseconds: u64) -> Duration {
        Duration::from_millis(split_mix(&mut self.0) % milliseconds)
    }
}

/// `SplitMix64` by Sebastiano Vigna.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut word = *state;
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
