//! Any sequence of transitions.

use proptest::prelude::*;

use super::*;
use crate::PeerKey;

#[derive(Clone, Copy, Debug)]
enum Step {
    Open { exclusive: bool },
    Request,
    Withdraw,
    Receive { offset: u32, length: u32, stalled: bool },
    Finish,
    Disown,
    Abandon,
    Reserve,
    Unreserve,
    Hashed { ok: bool },
    Dispute,
    Mend { whole: bool },
    Condemn,
    Stored,
    StoreFailed,
    Lose,
    Select(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(|exclusive| Step::Open { exclusive }),
        3 => Just(Step::Request),
        2 => Just(Step::Withdraw),
        8 => (prop_oneof![Just(0), Just(HALF)], Just(HALF), any::<bool>())
            .prop_map(|(offset, length, stalled)| Step::Receive { offset, length, stalled }),
        6 => Just(Step::Finish),
        1 => Just(Step::Disown),
        1 => Just(Step::Abandon),
        1 => Just(Step::Reserve),
        1 => Just(Step::Unreserve),
        4 => any::<bool>().prop_map(|ok| Step::Hashed { ok }),
        3 => Just(Step::Dispute),
        2 => any::<bool>().prop_map(|whole| Step::Mend { whole }),
        1 => Just(Step::Condemn),
        3 => Just(Step::Stored),
        1 => Just(Step::StoreFailed),
        1 => Just(Step::Lose),
        1 => any::<u8>().prop_map(Step::Select),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn what_is_derived_from_the_states_follows_them(
        steps in prop::collection::vec((step(), 0..PIECES, 0..2_u32, 1..4_u32), 0..200),
    ) {
        let geometry = Geometry::new(u64::from(PIECES * 2 * BLOCK_LENGTH), 2 * BLOCK_LENGTH).unwrap();
        let mut pieces = Pieces::new(&geometry, Bitfield::new(PIECES), 1);
        let mut kept = 0;
        let mut lost = 0;
        let mut requests = Vec::new();
        for (step, piece, n, key) in steps {
            let (piece, peer) = (PieceIndex::new(piece), Giver::Peer(PeerKey::new(key)));
            let block = geometry.block(piece, n).unwrap();
            match step {
                Step::Open { exclusive } => {
                    if matches!(pieces.states[piece.as_usize()], State::Wanted) {
                        pieces.open(piece, peer, exclusive);
                    }
                }
                Step::Request => {
                    if pieces.download(piece).is_some() {
                        pieces.request(block, peer);
                        requests.push(block);
                    }
                }
                Step::Withdraw => {
                    if let Some(at) = requests.iter().position(|other| *other == block) {
                        requests.swap_remove(at);
                        pieces.withdraw(block);
                    }
                }
                Step::Receive { offset, length, stalled } => {
                    if let Verdict::Keep { replaced } =
                        pieces.receive(block, offset, length, peer, |_| stalled)
                    {
                        kept += length;
                        lost += replaced;
                    }
                }
                Step::Finish => {
                    pieces.finish(block, peer, Some(PeerId::from_bytes([key as u8; 20])));
                }
                Step::Disown => lost += pieces.disown(block, peer),
                Step::Abandon => lost += pieces.abandon(piece).unwrap_or(0),
                Step::Reserve => {
                    pieces.reserve(piece, WebSeedKey::new(key));
                }
                Step::Unreserve => pieces.unreserve(piece),
                Step::Hashed { ok } => {
                    if let Some(origin) = pieces.hashed(piece, ok) {
                        prop_assert!(!origin.contributors.is_empty());
                        lost += if ok { 0 } else { 2 * BLOCK_LENGTH };
                    }
                }
                Step::Dispute => pieces.dispute(piece),
                Step::Mend { whole } => {
                    let wrong = if whole { vec![0, 1] } else { vec![n] };
                    lost += pieces.mend(piece, &wrong);
                }
                Step::Condemn => {
                    if let Some(origin) = pieces.condemn(piece) {
                        prop_assert_eq!(origin.senders.len(), 2);
                        prop_assert!(origin.senders.iter().all(|key| origin.contributors.contains_key(key)));
                        lost += 2 * BLOCK_LENGTH;
                    }
                }
                Step::Stored => {
                    pieces.stored(piece);
                }
                Step::StoreFailed => {
                    lost += if pieces.store_failed(piece) { 2 * BLOCK_LENGTH } else { 0 };
                }
                Step::Lose => {
                    lost += if pieces.lose(piece) { 2 * BLOCK_LENGTH } else { 0 };
                }
                Step::Select(bits) => {
                let selected = Bitfield::from_bytes(&[bits], PIECES).unwrap();
                pieces.select(Selection::only(&selected));
            }
            }
            requests.retain(|block| pieces.download(block.piece).is_some());
            check(&pieces, kept - lost);
        }
    }
}

/// Counts everything again. The slots and the storage hold `bytes` bytes.
fn check(pieces: &Pieces, bytes: u32) {
    let doubled = pieces.active().map(|(_, active)| active.doubled());
    assert_eq!(pieces.doubled, doubled.sum::<u32>());
    assert!(pieces.vacant.iter().all(|piece| pieces.active.contains(piece)));
    let mut held = 0;
    let mut present = 0;
    for (piece, state) in pieces.geometry.pieces().zip(&pieces.states) {
        let length = pieces.geometry.length_of(piece);
        assert_eq!(matches!(state, State::Have), pieces.have.get(piece));
        assert!(!matches!(state, State::Missing) || !pieces.selection.contains(piece));
        assert!(!matches!(state, State::Wanted) || pieces.selection.contains(piece));
        assert_eq!(matches!(state, State::Active(_)), pieces.active.contains(&piece));
        held += if state.is_held() { u64::from(length) } else { 0 };
        present += match state {
            State::Missing | State::Wanted | State::Reserved(_) => 0,
            State::Active(active) => {
                let (received, blocks) = active.progress();
                assert!(received < blocks);
                assert_eq!(active.has_free(), active.free().next().is_some());
                assert_eq!(active.has_free(), pieces.vacant.contains(&piece));
                let doubled =
                    active.all_pending().map(|pending| u32::from(pending.requests.saturating_sub(1)));
                let doubled: u32 = doubled.sum();
                assert!(doubled <= active.doubled(), "what arrived may still be asked of others");
                active.bytes()
            }
            State::Hashing(_) | State::Disputed(_) | State::Storing | State::Have => length,
        };
    }
    assert_eq!((held, present), (pieces.held, bytes));
    let reserved = pieces.states.iter().filter(|state| matches!(state, State::Reserved(_)));
    assert_eq!(pieces.reserved as usize, reserved.count());
    assert_eq!(pieces.left(), pieces.sum_left());
}

const PIECES: u32 = 8;
const HALF: u32 = BLOCK_LENGTH / 2;
