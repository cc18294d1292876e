use std::time::Duration;

use metainfo::{FileSpan, PieceIndex};
use proptest::prelude::*;
use swarm::{Input, PeerKey, Selection, WebSeedKey};
use wire::{Bitfield, Message};

use crate::solo::{PIECE, Solo};

#[derive(Clone, Copy, Debug)]
enum Step {
    Serve { web_seed: u32, most: u64 },
    Lie { web_seed: u32, most: u64 },
    Instead { web_seed: u32, offset: u64, length: u64 },
    Fail { web_seed: u32, retry: Option<u64> },
    Join,
    Answer { peer: usize, blocks: usize },
    Choke { peer: usize },
    Unchoke { peer: usize },
    Leave { peer: usize },
    Pass { millis: u64 },
    Select(u16),
    Pause,
    Resume,
}

fn step() -> impl Strategy<Value = Step> {
    let web_seed = || 0..3_u32;
    prop_oneof![
        12 => (web_seed(), 1..80_000_u64).prop_map(|(web_seed, most)| Step::Serve { web_seed, most }),
        1 => (Just(0), 1..80_000_u64).prop_map(|(web_seed, most)| Step::Lie { web_seed, most }),
        1 => (0..2_u32, 0..bytes(16), 0..bytes(16))
            .prop_map(|(web_seed, offset, length)| Step::Instead { web_seed, offset, length }),
        1 => (0..2_u32, prop::option::of(0..20_u64)).prop_map(|(web_seed, retry)| Step::Fail { web_seed, retry }),
        2 => Just(Step::Join),
        6 => (0..4_usize, 1..8_usize).prop_map(|(peer, blocks)| Step::Answer { peer, blocks }),
        1 => (0..4_usize).prop_map(|peer| Step::Choke { peer }),
        1 => (0..4_usize).prop_map(|peer| Step::Unchoke { peer }),
        1 => (0..4_usize).prop_map(|peer| Step::Leave { peer }),
        3 => (0..8_000_u64).prop_map(|millis| Step::Pass { millis }),
        1 => any::<u16>().prop_map(Step::Select),
        1 => Just(Step::Pause),
        2 => Just(Step::Resume),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]
    /// One of the web seeds may lie or go for good; the others and all peers are honest, if unreliable.
    #[test]
    fn everything_arrives_and_every_byte_counts_once(steps in prop::collection::vec(step(), 0..150)) {
        let mut solo = Solo::leech(16);
        let mut peers: Vec<PeerKey> = Vec::new();
        let mut received = 0;
        for number in 0..3 {
            solo.add_web_seed(number);
        }
        for step in steps {
            match step {
                Step::Serve { web_seed, most } => received += solo.serve(WebSeedKey::new(web_seed), most),
                Step::Lie { web_seed, most } => received += solo.serve_corrupt(WebSeedKey::new(web_seed), most),
                Step::Instead { web_seed, offset, length } => {
                    let key = WebSeedKey::new(web_seed);
                    if solo.fetches.contains_key(&key) {
                        solo.serve_instead(key, FileSpan { offset, length: length.min(bytes(16) - offset) });
                    }
                }
                Step::Fail { web_seed, retry } => {
                    let key = WebSeedKey::new(web_seed);
                    // The last one comes back.
                    let retry = if web_seed == 0 { retry } else { Some(retry.unwrap_or(0)) };
                    if solo.fetches.contains_key(&key) {
                        solo.fail(key, retry.map(Duration::from_secs));
                    }
                }
                Step::Join if peers.len() < 4 => peers.push(solo.join_seed()),
                Step::Join => {}
                Step::Answer { peer, blocks } => {
                    let Some(peer) = peers.get(peer) else { continue };
                    for block in solo.requests(*peer).into_iter().take(blocks) {
                        // With the last block they part.
                        if solo.snapshot().peers.iter().any(|other| other.key == *peer) {
                            solo.give(*peer, block);
                            received += u64::from(block.length);
                        }
                    }
                }
                Step::Choke { peer } => {
                    let Some(peer) = peers.get(peer) else { continue };
                    solo.say(*peer, Message::Choke);
                }
                Step::Unchoke { peer } => {
                    let Some(peer) = peers.get(peer) else { continue };
                    solo.say(*peer, Message::Unchoke);
                }
                Step::Leave { peer } => {
                    if peer < peers.len() {
                        let peer = peers.remove(peer);
                        solo.input(Input::Closed { peer });
                    }
                }
                Step::Pass { millis } => solo.pass(Duration::from_millis(millis)),
                Step::Select(bits) => {
                    let wanted = Bitfield::from_bytes(&bits.to_be_bytes(), 16).unwrap();
                    solo.input(Input::Select(Selection::only(&wanted)));
                }
                Step::Pause => {
                    solo.input(Input::Pause);
                    peers.clear();
                    prop_assert!(solo.fetches.is_empty());
                }
                Step::Resume => solo.input(Input::Resume),
            }
            let snapshot = solo.snapshot();
            prop_assert_eq!(snapshot.downloaded + snapshot.wasted, received);
            prop_assert!(snapshot.active.iter().all(|(_, done, of)| done < of));
        }
        for peer in peers {
            solo.input(Input::Closed { peer });
        }
        solo.input(Input::Resume);
        solo.input(Input::Select(Selection::all(16)));
        let last = WebSeedKey::new(2);
        for _ in 0..2_000 {
            solo.serve_all(last, 20_000);
            solo.pass(Duration::from_secs(1));
            if (0..16).all(|piece| solo.torrent.have().get(PieceIndex::new(piece))) {
                return Ok(());
            }
        }
        prop_assert!(false, "{:?} of {:?}", solo.snapshot(), solo.fetches);
    }
}

fn bytes(pieces: u32) -> u64 {
    u64::from(pieces * PIECE)
}
