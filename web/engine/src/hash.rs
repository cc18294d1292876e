//! Hashing many pieces: new shares, and data that has to be checked.
//!
//! The browser hashes on threads of its own, the pieces by SHA-1 and their blocks by SHA-256 from the same bytes. A
//! few pieces are read and hashed at once, so neither the disk nor the hashing waits for the other, and never more
//! than those few are in memory. For blocks of 16 KiB the browser's SHA-256 is four times as fast as one in wasm.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use metainfo::merkle::Hash;
use metainfo::{BLOCK_LENGTH, Geometry, InfoHashes, PieceIndex, Version};
use seal::Cipher;
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::SubtleCrypto;

use crate::browser::scope;
use crate::error::thrown;
use session::Error;

/// Pieces that are being read at once.
const READS: usize = 2;

/// Pieces that are being hashed at once.
const DIGESTS: usize = 3;

/// What of each piece is hashed, and how the pieces lie.
#[derive(Clone, Debug)]
pub struct Plan {
    geometry: Geometry,
    sha1: bool,
    leaves: bool,
    /// What the bytes are encrypted with before they are hashed, if they are.
    cipher: Option<Cipher>,
}

/// The hashes of one piece, as far as they were wanted.
#[derive(Clone, Debug, Default)]
pub struct Sums {
    /// The SHA-1 of all of it.
    pub sha1: Option<[u8; 20]>,
    /// The leaves of its blocks, padding left out.
    pub leaves: Vec<Hash>,
}

impl Plan {
    /// What a new torrent of this version needs.
    #[must_use]
    pub fn of_version(geometry: Geometry, version: Version) -> Self {
        Self { geometry, sha1: version != Version::Two, leaves: version != Version::One, cipher: None }
    }

    /// What tells whether the pieces of a torrent are right.
    #[must_use]
    pub fn of_torrent(geometry: Geometry, hashes: InfoHashes) -> Self {
        Self { geometry, sha1: hashes.v1().is_some(), leaves: hashes.v2().is_some(), cipher: None }
    }

    /// Of a sealed share, what is here is encrypted before it is hashed.
    #[must_use]
    pub fn sealed(self, cipher: Option<Cipher>) -> Self {
        Self { cipher, ..self }
    }

    /// Hashes `pieces` in order. `load` promises the bytes of a piece as an `ArrayBuffer`; `lost` names the error
    /// if it breaks that promise. The hashes of each go to `done`, in order, until it breaks off.
    ///
    /// # Errors
    /// Those of `load`, and what `lost` says when reading fails.
    pub async fn run(
        &self,
        pieces: impl IntoIterator<Item = PieceIndex>,
        load: impl Fn(PieceIndex) -> Result<Promise, Error>,
        lost: impl Fn(PieceIndex, &JsValue) -> Error,
        mut done: impl FnMut(PieceIndex, Sums) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let subtle = scope().crypto().map_err(|error| thrown(&error))?.subtle();
        let mut pieces = pieces.into_iter();
        let mut reads = VecDeque::new();
        let mut digests = VecDeque::new();
        let mut scratch = Vec::new();
        loop {
            while reads.len() < READS {
                let Some(piece) = pieces.next() else { break };
                reads.push_back((piece, load(piece)?));
            }
            if let Some((piece, read)) = reads.pop_front() {
                let bytes: ArrayBuffer =
                    JsFuture::from(read).await.map_err(|error| lost(piece, &error))?.unchecked_into();
                self.encrypt(piece, &bytes, &mut scratch);
                let digest = self.digest(&subtle, piece, &bytes).map_err(|error| thrown(&error))?;
                digests.push_back((piece, digest));
            }
            if digests.len() < DIGESTS && !reads.is_empty() {
                continue;
            }
            let Some((piece, digest)) = digests.pop_front() else { return Ok(()) };
            let hashes = JsFuture::from(digest).await.map_err(|error| thrown(&error))?;
            if done(piece, self.sums(hashes.unchecked_ref())).is_break() {
                return Ok(());
            }
        }
    }

    /// Encrypts the bytes of a piece where they are, by way of `scratch`.
    fn encrypt(&self, piece: PieceIndex, bytes: &ArrayBuffer, scratch: &mut Vec<u8>) {
        if let Some(cipher) = &self.cipher {
            let bytes = Uint8Array::new(bytes);
            scratch.resize(bytes.length() as usize, 0);
            bytes.copy_to(scratch);
            cipher.apply(self.geometry.offset_of(piece), scratch);
            bytes.copy_from(scratch);
        }
    }

    /// A promise of a list of hashes: that of the piece if it is wanted, then those of the blocks.
    fn digest(
        &self,
        subtle: &SubtleCrypto,
        piece: PieceIndex,
        bytes: &ArrayBuffer,
    ) -> Result<Promise, JsValue> {
        let promises = Array::new();
        if self.sha1 {
            let promise = subtle.digest_with_str_and_buffer_source("SHA-1", bytes)?;
            promises.push(&promise);
        }
        let content = if self.leaves { self.geometry.content_of(piece).min(bytes.byte_length()) } else { 0 };
        for begin in (0..content).step_by(BLOCK_LENGTH as usize) {
            let length = BLOCK_LENGTH.min(content - begin);
            let block = Uint8Array::new_with_byte_offset_and_length(bytes, begin, length);
            let promise = subtle.digest_with_str_and_buffer_source("SHA-256", &block)?;
            promises.push(&promise);
        }
        Ok(Promise::all(&promises))
    }

    fn sums(&self, hashes: &Array) -> Sums {
        let mut sums = Sums::default();
        for hash in hashes.iter() {
            let hash = Uint8Array::new(&hash);
            if self.sha1 && sums.sha1.is_none() {
                let mut sum = [0; 20];
                hash.copy_to(&mut sum);
                sums.sha1 = Some(sum);
            } else {
                let mut leaf = [0; 32];
                hash.copy_to(&mut leaf);
                sums.leaves.push(Hash::from_bytes(leaf));
            }
        }
        sums
    }
}
