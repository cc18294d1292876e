//! The cipher of sealed shares, by itself, since it is compiled for speed and what is around it for size.

#![forbid(unsafe_code)]

use std::fmt;

// The cipher of RFC 8439 with the first 4 bytes of its nonce zero: as it is named here, the counter has 64 bits, and may
// stand at its 32-bit end without being refused.
use chacha20::ChaCha20Legacy;
use chacha20::cipher::{KeyIvInit as _, StreamCipher as _, StreamCipherSeek as _};

/// Encrypts and decrypts the bytes of a torrent in their places, any range of them by itself.
///
/// ChaCha20 (RFC 8439), whose counter is the number of the 64-byte block within 256 GiB, and whose nonce is the number
/// of those 256 GiB: no two bytes of a torrent meet the same keystream.
///
/// What is encrypted under one key must never change: of two contents in one place the difference could be seen.
#[derive(Clone)]
pub struct Cipher([u8; 32]);

impl Cipher {
    /// The cipher with this key, which is of one torrent.
    #[must_use]
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Encrypts these bytes, which begin at `offset` of the torrent, or decrypts them.
    ///
    /// Takes as long wherever that is. `offset` and length add up to a `u64`.
    pub fn apply(&self, offset: u64, bytes: &mut [u8]) {
        let (mut at, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let (segment, within) = (at >> SEGMENT_BITS, at & (SEGMENT - 1));
            let length = usize::try_from(SEGMENT - within).unwrap_or(usize::MAX).min(rest.len());
            let (now, later) = rest.split_at_mut(length);
            let mut cipher = ChaCha20Legacy::new(&self.0.into(), &segment.to_le_bytes().into());
            cipher.seek(within);
            cipher.apply_keystream(now);
            (at, rest) = (at.wrapping_add(length as u64), later);
        }
    }
}

impl fmt::Debug for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher(…)")
    }
}

/// What a 32-bit counter of blocks of 64 bytes counts: 256 GiB.
const SEGMENT_BITS: u32 = 38;
const SEGMENT: u64 = 1 << SEGMENT_BITS;

#[cfg(test)]
mod tests {
    use super::*;

    /// A block of keystream as RFC 8439, 2.3, describes it.
    fn block(key: &[u8; 32], counter: u32, nonce: [u8; 12]) -> [u8; 64] {
        let words = |bytes: &[u8]| -> Vec<u32> {
            let (words, _) = bytes.as_chunks();
            words.iter().map(|word| u32::from_le_bytes(*word)).collect()
        };
        let state = [words(b"expand 32-byte k"), words(key), vec![counter], words(&nonce)].concat();
        let mut work = state.clone();
        for round in 0..80 {
            let column = round % 4;
            let shift = if round % 8 < 4 { [0; 4] } else { [0, 1, 2, 3] };
            let [a, b, c, d] = [0, 1, 2, 3].map(|row| 4 * row + (column + shift[row]) % 4);
            for (to, from, other, turn) in [(a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)] {
                work[to] = work[to].wrapping_add(work[from]);
                work[other] = (work[other] ^ work[to]).rotate_left(turn);
            }
        }
        let sums = work.iter().zip(state).flat_map(|(word, before)| word.wrapping_add(before).to_le_bytes());
        sums.collect::<Vec<_>>().try_into().unwrap()
    }

    /// What the cipher xors the bytes from `start` on with, by its description in `docs/sealed.md`.
    fn keystream(key: &[u8; 32], start: u64, length: usize) -> Vec<u8> {
        let byte = |offset: u64| {
            let mut nonce = [0; 12];
            nonce[4..].copy_from_slice(&(offset >> 38).to_le_bytes());
            (nonce, (offset >> 6) as u32)
        };
        let mut stream = Vec::new();
        let first = start & !63;
        for offset in (first..start + length as u64).step_by(64) {
            let (nonce, counter) = byte(offset);
            stream.extend(block(key, counter, nonce));
        }
        stream[(start - first) as usize..][..length].to_vec()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_description_in_this_test_is_that_of_the_rfc() {
        // RFC 8439, 2.3.2.
        let key = std::array::from_fn(|place| place as u8);
        let stream = block(&key, 1, [0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0]);
        assert_eq!(hex(&stream[..16]), "10f1e7e4d13b5915500fdd1fa32071c4");
        assert_eq!(hex(&stream[48..]), "b5129cd1de164eb9cbd083e8a2503c4e");
    }

    #[test]
    fn blocks_are_those_of_the_rfc() {
        // RFC 8439, A.1, as far as the nonces are those of a torrent: the test vectors 1 to 4.
        let key = |place: usize, byte| std::array::from_fn(|at| if at == place { byte } else { 0 });
        for (key, counter, start) in [
            (key(0, 0), 0, "76b8e0ada0f13d90405d6ae55386bd28"),
            (key(0, 0), 1, "9f07e7be5551387a98ba977c732d080d"),
            (key(31, 1), 1, "3aeb5224ecf849929b9d828db1ced4dd"),
            (key(1, 0xff), 2, "72d54dfbf12ec44b362692df94137f32"),
        ] {
            let mut stream = [0; 64];
            Cipher(key).apply(counter * 64, &mut stream);
            assert_eq!(hex(&stream[..16]), start);
            assert_eq!(stream, block(&key, counter as u32, [0; 12]));
        }
    }

    #[test]
    fn each_range_is_encrypted_as_it_is_within_the_whole() {
        let key = std::array::from_fn(|place| place as u8 * 7);
        let cipher = Cipher(key);
        let mut random = fastrand::Rng::with_seed(16);
        // Within a block, at the two ends of what one nonce encrypts, in the middle of it, and far out.
        let places = [0, SEGMENT - WINDOW / 2, SEGMENT / 2 - 77, 3 * SEGMENT - 64, (1 << 62) - WINDOW / 3];
        for place in places {
            let content: Vec<u8> = (0..WINDOW).map(|_| random.u8(..)).collect();
            let mut whole = content.clone();
            cipher.apply(place, &mut whole);
            let stream = keystream(&key, place, content.len());
            assert!(
                whole.iter().eq(content
                    .iter()
                    .zip(stream)
                    .map(|(byte, key)| byte ^ key)
                    .collect::<Vec<_>>()
                    .iter())
            );
            for _ in 0..RANGES / places.len() {
                let start = random.u64(..WINDOW) as usize;
                let length = random.usize(..=(content.len() - start).min(300));
                let mut range = content[start..start + length].to_vec();
                cipher.apply(place + start as u64, &mut range);
                assert_eq!(range, whole[start..start + length]);
            }
            cipher.apply(place, &mut whole);
            assert_eq!(whole, content);
        }
    }

    /// Random ranges that are compared with the whole.
    const RANGES: usize = 100_000;
    const WINDOW: u64 = 64 << 10;
}
