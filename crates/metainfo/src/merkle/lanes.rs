//! SHA-256 (FIPS 180-4) of four blocks at once, each in a lane of WebAssembly's vectors: the blocks of a
//! piece are as long as each other, and one after the other they take twice the time.
//!
//! Steps are written out, since loops stay loops in a program that is compiled to be small.

use core::arch::wasm32::{
    u32x4, u32x4_add, u32x4_extract_lane, u32x4_shl, u32x4_shr, u32x4_splat, v128, v128_and, v128_or,
    v128_xor,
};

use crate::BLOCK_LENGTH;

/// Blocks that are hashed together.
pub(super) const LANES: usize = 4;

/// Bytes that are taken in at once.
const CHUNK: usize = 64;

/// The SHA-256 of each of the four blocks that `blocks` is made of.
#[target_feature(enable = "simd128")]
pub(super) fn of_blocks(blocks: &[u8; LANES * BLOCK_LENGTH as usize]) -> [[u8; 32]; LANES] {
    let mut state = INITIAL.map(|word| u32x4_splat(word));
    for start in (0..BLOCK_LENGTH as usize).step_by(CHUNK) {
        let chunk =
            |lane: usize| blocks[lane * BLOCK_LENGTH as usize + start..].first_chunk().unwrap_or(&LAST);
        compress(&mut state, [chunk(0), chunk(1), chunk(2), chunk(3)]);
    }
    compress(&mut state, [&LAST; LANES]);
    let mut hashes = [[0; 32]; LANES];
    for (word, place) in state.into_iter().zip((0..32).step_by(4)) {
        let lanes = [
            u32x4_extract_lane::<0>(word),
            u32x4_extract_lane::<1>(word),
            u32x4_extract_lane::<2>(word),
            u32x4_extract_lane::<3>(word),
        ];
        for (hash, lane) in hashes.iter_mut().zip(lanes) {
            hash[place..place + 4].copy_from_slice(&lane.to_be_bytes());
        }
    }
    hashes
}

#[inline]
#[target_feature(enable = "simd128")]
fn rotated<const BY: u32>(word: v128) -> v128 {
    v128_or(u32x4_shr(word, BY), u32x4_shl(word, 32 - BY))
}

/// Takes a chunk into the state of each lane.
#[target_feature(enable = "simd128")]
fn compress(state: &mut [v128; 8], chunks: [&[u8; CHUNK]; LANES]) {
    macro_rules! words {
        ($($n:literal)*) => { [$({
            let of = |chunk: &[u8; CHUNK]| {
                u32::from_be_bytes([chunk[4 * $n], chunk[4 * $n + 1], chunk[4 * $n + 2], chunk[4 * $n + 3]])
            };
            u32x4(of(chunks[0]), of(chunks[1]), of(chunks[2]), of(chunks[3]))
        }),*] };
    }
    let mut w = words!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    macro_rules! step {
        ($k:expr, $n:literal: $a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident) => {
            let s1 = v128_xor(v128_xor(rotated::<6>($e), rotated::<11>($e)), rotated::<25>($e));
            let choice = v128_xor($g, v128_and($e, v128_xor($f, $g)));
            let t = u32x4_add(u32x4_add($h, s1), u32x4_add(choice, u32x4_add(u32x4_splat($k[$n]), w[$n])));
            let s0 = v128_xor(v128_xor(rotated::<2>($a), rotated::<13>($a)), rotated::<22>($a));
            let majority = v128_xor(v128_and($a, $b), v128_and($c, v128_xor($a, $b)));
            $d = u32x4_add($d, t);
            $h = u32x4_add(t, u32x4_add(s0, majority));
        };
    }
    macro_rules! schedule {
        ($($n:literal)*) => { $(
            let (next, last) = (w[($n + 1) % 16], w[($n + 14) % 16]);
            let s0 = v128_xor(v128_xor(rotated::<7>(next), rotated::<18>(next)), u32x4_shr(next, 3));
            let s1 = v128_xor(v128_xor(rotated::<17>(last), rotated::<19>(last)), u32x4_shr(last, 10));
            w[$n] = u32x4_add(u32x4_add(w[$n], s0), u32x4_add(w[($n + 9) % 16], s1));
        )* };
    }
    for (round, k) in ROUNDS.iter().enumerate() {
        if round > 0 {
            schedule!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        }
        step!(k, 0: a b c d e f g h);
        step!(k, 1: h a b c d e f g);
        step!(k, 2: g h a b c d e f);
        step!(k, 3: f g h a b c d e);
        step!(k, 4: e f g h a b c d);
        step!(k, 5: d e f g h a b c);
        step!(k, 6: c d e f g h a b);
        step!(k, 7: b c d e f g h a);
        step!(k, 8: a b c d e f g h);
        step!(k, 9: h a b c d e f g);
        step!(k, 10: g h a b c d e f);
        step!(k, 11: f g h a b c d e);
        step!(k, 12: e f g h a b c d);
        step!(k, 13: d e f g h a b c);
        step!(k, 14: c d e f g h a b);
        step!(k, 15: b c d e f g h a);
    }
    for (state, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = u32x4_add(*state, word);
    }
}

/// What follows the bytes of a block: a one, zeros, and their length in bits.
const LAST: [u8; CHUNK] = {
    let mut last = [0; CHUNK];
    last[0] = 0x80;
    let length = (8 * BLOCK_LENGTH).to_be_bytes();
    last[CHUNK - 4] = length[0];
    last[CHUNK - 3] = length[1];
    last[CHUNK - 2] = length[2];
    last[CHUNK - 1] = length[3];
    last
};

const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

#[rustfmt::skip]
const ROUNDS: [[u32; 16]; 4] = [
    [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    ],
    [
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    ],
    [
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    ],
    [
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ],
];
