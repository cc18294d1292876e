use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use metainfo::{InfoBuilder, InfoHash, Metainfo, Version};
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

/// What a torrent file says beside what is in it.
#[derive(Clone, Debug, Default)]
pub struct TorrentFile {
    /// Its trackers' URLs.
    pub trackers: Vec<String>,
    /// Its web seeds' URLs.
    pub web_seeds: Vec<String>,
    /// Whether it is private (BEP 27).
    pub private: bool,
    /// Who takes tips for it: keys and accounts, as `info` has them.
    pub payment_options: Vec<(String, String)>,
}

impl Files {
    /// Writes a torrent file of version 1 for `path`, a file or a folder, beside it, in pieces of 256 KiB.
    ///
    /// # Errors
    /// If it cannot be read, or the torrent file cannot be written.
    pub fn torrent(&self, path: &Path, description: TorrentFile) -> Result<PathBuf> {
        let name = path.file_name().and_then(|name| name.to_str()).context("a file has a name")?;
        let mut content = Vec::new();
        let mut builder = InfoBuilder::single(name, path.metadata()?.len());
        if path.is_dir() {
            builder = InfoBuilder::new(name);
            for file in files_in(path)? {
                let names = file.strip_prefix(path)?.iter().map(|name| name.to_string_lossy().into_owned());
                let bytes = fs::read(&file)?;
                builder = builder.file(names.collect(), bytes.len().try_into()?);
                content.extend(bytes);
            }
        } else {
            content = fs::read(path)?;
        }
        let hashes: Vec<_> =
            content.chunks(PIECE_LENGTH as usize).map(|piece| *InfoHash::of(piece).as_bytes()).collect();
        let builder = builder.version(Version::One).private(description.private).piece_length(PIECE_LENGTH);
        let builder = builder.payment_options(description.payment_options);
        let mut metainfo = Metainfo::new(builder.finish(&hashes, &[])?.0);
        metainfo.announce = description.trackers.into_iter().map(|url| vec![url]).collect();
        metainfo.url_list = description.web_seeds;
        let torrent = self.path().join(format!("{name}.torrent"));
        fs::write(&torrent, metainfo.to_bytes())?;
        Ok(torrent)
    }
}

/// Every file below a folder, in order.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() { files.extend(files_in(&path)?) } else { files.push(path) }
    }
    Ok(files)
}

const PIECE_LENGTH: u32 = 256 << 10;

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
