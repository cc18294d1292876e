//! Blocks that are hashed together have the hashes that each has alone. Other processors hash them one by one.

use metainfo::BLOCK_LENGTH;
use metainfo::merkle::{Hash, leaves};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Issue 14, part 2: four blocks at once.
#[wasm_bindgen_test]
fn blocks_hashed_together_have_the_hashes_of_each() {
    let content: Vec<u8> =
        (0..10 * BLOCK_LENGTH + 77).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for blocks in 0..=10 {
        for length in [blocks * BLOCK_LENGTH, blocks * BLOCK_LENGTH + 77] {
            let content = &content[..length as usize];
            let each: Vec<Hash> = content.chunks(BLOCK_LENGTH as usize).map(Hash::of_block).collect();
            assert_eq!(leaves(content), each, "{length} bytes");
        }
    }
}
