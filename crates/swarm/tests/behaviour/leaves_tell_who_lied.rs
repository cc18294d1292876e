//! BEP 52: of a piece that failed its hash, the wrong blocks are found by their own hashes.

use std::collections::BTreeSet;

use metainfo::merkle::Hash;
use metainfo::{Block, InfoBuilder, PieceIndex, Version};
use swarm::{AbortReason, Config, Input, PeerKey, Selection};
use wire::{Bitfield, HashRange, Message};

use crate::disk::of_version;
use crate::network::Network;
use crate::solo::{BLOCK, Said, Solo, block, config, seconds};

/// A piece of four blocks, each from another peer, that failed its hash. A fifth has the piece and gave nothing.
struct Dispute {
    solo: Solo,
    piece: PieceIndex,
    senders: Vec<PeerKey>,
    witness: PeerKey,
}

impl Dispute {
    /// Those whose number is in `liars` send another block than they should.
    fn with(liars: &[usize]) -> Self {
        let mut solo = Solo::version_two(8, &[], config());
        let senders: Vec<_> = (0..4).map(|_| solo.join_narrow_seed()).collect();
        let witness = solo.join();
        solo.say(witness, Message::HaveAll);
        let asked: Vec<Block> = senders.iter().flat_map(|sender| solo.requests(*sender)).collect();
        let piece = asked[0].piece;
        assert_eq!(asked, (0..4).map(|n| block(piece.get(), n)).collect::<Vec<_>>());
        for (n, (sender, block)) in senders.iter().zip(asked).enumerate() {
            if liars.contains(&n) {
                solo.give_corrupt(*sender, block);
            } else {
                solo.give(*sender, block);
            }
        }
        Self { solo, piece, senders, witness }
    }

    /// What a peer was asked for, besides blocks.
    fn question(&mut self, peer: PeerKey) -> Option<HashRange> {
        self.solo.heard(peer).into_iter().find_map(|said| match said {
            Said::HashRequest(range) => Some(range),
            _ => None,
        })
    }

    /// The leaves that the engine looks for.
    fn truth(&self) -> Vec<Hash> {
        self.solo.true_leaves()[4 * self.piece.as_usize()..][..4].to_vec()
    }

    fn testify(&mut self, peer: PeerKey, leaves: &[Hash]) {
        let range = self.question(peer).expect("it was asked");
        self.solo.give_hashes(peer, range, leaves);
    }

    /// Which of the senders were sent away.
    fn banned(&self) -> Vec<usize> {
        (0..4).filter(|n| self.solo.parting(self.senders[*n]).is_some()).collect()
    }

    /// The blocks of the piece that anybody is asked for since it failed.
    fn asked_again(&mut self) -> Vec<u32> {
        let mut again = Vec::new();
        for peer in self.senders.clone().into_iter().chain([self.witness]) {
            let requests = self.solo.requests(peer).into_iter();
            again.extend(requests.filter(|block| block.piece == self.piece).map(|block| block.begin / BLOCK));
        }
        again
    }

    fn slots(&self) -> usize {
        self.solo.disk.slots()
    }
}

#[test]
fn only_the_sender_of_the_bad_block_is_banned_and_only_that_block_comes_again() {
    let mut dispute = Dispute::with(&[1]);
    assert_eq!(dispute.banned(), [0; 0]);
    let truth = dispute.truth();
    dispute.testify(dispute.witness, &truth);
    assert_eq!(dispute.banned(), [1]);
    assert_eq!(dispute.solo.parting(dispute.senders[1]), Some("sent corrupt data"));
    let snapshot = dispute.solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (u64::from(3 * BLOCK), u64::from(BLOCK)));

    // The others work on the other piece already. Whoever has time gets the block.
    let helper = dispute.solo.join_seed();
    let requests = dispute.solo.requests(helper);
    let mut again = dispute.asked_again();
    let missing = block(dispute.piece.get(), 1);
    again.extend(
        requests.iter().filter(|block| block.piece == dispute.piece).map(|block| block.begin / BLOCK),
    );
    assert!(!again.is_empty() && again.iter().all(|n| *n == 1), "{again:?}");
    dispute.solo.give(helper, missing);
    assert!(dispute.solo.torrent.have().get(dispute.piece));
}

#[test]
fn several_liars_are_found_at_once() {
    let mut dispute = Dispute::with(&[0, 3]);
    let truth = dispute.truth();
    dispute.testify(dispute.witness, &truth);
    assert_eq!(dispute.banned(), [0, 3]);
}

#[test]
fn a_piece_of_nothing_but_lies_is_dropped() {
    let mut dispute = Dispute::with(&[0, 1, 2, 3]);
    let truth = dispute.truth();
    dispute.testify(dispute.witness, &truth);
    assert_eq!(dispute.banned(), [0, 1, 2, 3]);
    assert_eq!((dispute.slots(), dispute.solo.snapshot().downloaded), (0, 0));
}

#[test]
fn whoever_gave_nothing_is_asked_first_and_not_everybody_is() {
    let mut dispute = Dispute::with(&[2]);
    assert!(dispute.question(dispute.witness).is_some());
    let asked: Vec<_> = (0..4).map(|n| dispute.question(dispute.senders[n]).is_some()).collect();
    assert_eq!(asked, [true, true, false, false]);
}

#[test]
fn a_suspect_may_settle_it() {
    let mut dispute = Dispute::with(&[1]);
    let truth = dispute.truth();
    dispute.testify(dispute.senders[0], &truth);
    assert_eq!(dispute.banned(), [1]);
}

#[test]
fn wrong_leaves_ban_who_sent_them_and_the_question_stays_open() {
    let mut dispute = Dispute::with(&[1]);
    let truth = dispute.truth();
    let mut lie = truth.clone();
    lie[0] = Hash::ZERO;
    dispute.testify(dispute.senders[1], &lie);
    assert_eq!(dispute.banned(), [1]);
    assert_eq!(dispute.slots(), 1, "the others' blocks are kept");
    dispute.testify(dispute.witness, &truth);
    assert_eq!(dispute.banned(), [1]);
    assert_eq!(dispute.solo.snapshot().wasted, u64::from(BLOCK));
}

/// All four came under suspicion, and the piece is gone.
fn expect_suspicion(dispute: &Dispute) {
    assert_eq!((dispute.banned(), dispute.slots()), (vec![], 0));
    assert_eq!(dispute.solo.snapshot().wasted, u64::from(4 * BLOCK));
}

#[test]
fn when_nobody_answers_in_time_each_sender_has_to_work_alone() {
    let mut dispute = Dispute::with(&[1]);
    dispute.solo.pass(seconds(9));
    assert_eq!(dispute.slots(), 1);
    dispute.solo.pass(seconds(1));
    expect_suspicion(&dispute);
}

#[test]
fn when_all_refuse_nobody_is_waited_for() {
    let mut dispute = Dispute::with(&[1]);
    for peer in [dispute.senders[0], dispute.witness, dispute.senders[1]] {
        assert_eq!(dispute.slots(), 1);
        let range = dispute.question(peer).expect("it was asked");
        dispute.solo.say(peer, Message::HashReject(range));
    }
    expect_suspicion(&dispute);
}

#[test]
fn when_all_who_were_asked_leave_nobody_is_waited_for() {
    let mut dispute = Dispute::with(&[1]);
    for peer in [dispute.witness, dispute.senders[0], dispute.senders[1]] {
        assert_eq!(dispute.slots(), 1);
        dispute.solo.input(Input::Closed { peer });
    }
    expect_suspicion(&dispute);
}

#[test]
fn leaves_that_come_too_late_change_nothing() {
    let mut dispute = Dispute::with(&[1]);
    let range = dispute.question(dispute.witness).expect("it was asked");
    let truth = dispute.truth();
    dispute.solo.pass(seconds(10));
    dispute.solo.give_hashes(dispute.witness, range, &truth);
    expect_suspicion(&dispute);
    assert_eq!(dispute.solo.parting(dispute.witness), None);
}

#[test]
fn a_piece_that_is_not_wanted_any_more_is_dropped_but_not_its_liar() {
    for pause in [false, true] {
        let mut dispute = Dispute::with(&[1]);
        dispute.solo.leaves_by_hand = true;
        let truth = dispute.truth();
        dispute.testify(dispute.witness, &truth);
        let others = Bitfield::from_bytes(&[if dispute.piece.get() == 0 { 0x40 } else { 0x80 }], 2);
        dispute.solo.input(match pause {
            true => Input::Pause,
            false => Input::Select(Selection::only(&others.expect("there are two pieces"))),
        });
        assert_eq!(dispute.solo.leaves, [dispute.piece]);
        dispute.solo.give_leaves(dispute.piece);
        assert_eq!(dispute.slots(), 0);
        let liar = dispute.solo.snapshot().peers.iter().any(|peer| peer.key == dispute.senders[1]);
        assert!(!liar);
    }
}

#[test]
fn bytes_that_cannot_be_hashed_again_accuse_nobody() {
    let mut dispute = Dispute::with(&[1]);
    dispute.solo.leaves_by_hand = true;
    let truth = dispute.truth();
    dispute.testify(dispute.witness, &truth);
    dispute.solo.input(Input::Leaves { piece: dispute.piece, leaves: &[] });
    expect_suspicion(&dispute);
}

#[test]
fn if_nobody_knows_the_leaves_the_right_piece_tells_who_lied() {
    let mut dispute = Dispute::with(&[1]);
    dispute.solo.pass(seconds(10));
    expect_suspicion(&dispute);
    let helper = dispute.solo.join_seed();
    while dispute.solo.answer(helper) > 0 {}
    assert!(dispute.solo.torrent.have().get(dispute.piece));
    let is_banned = |sender: &PeerKey| dispute.solo.parting(*sender) == Some("sent corrupt data");
    let banned: Vec<_> = dispute.senders.iter().map(is_banned).collect();
    assert_eq!(banned, [false, true, false, false]);
}

#[test]
fn an_only_author_needs_no_trial() {
    let mut solo = Solo::version_two(8, &[], config());
    let liar = solo.join_seed();
    let requests = solo.requests(liar);
    solo.give_corrupt(liar, requests[0]);
    for block in &requests[1..4] {
        solo.give(liar, *block);
    }
    assert_eq!(solo.parting(liar), Some("sent corrupt data"));
}

#[test]
fn disputes_leave_room_for_other_pieces() {
    // Room for eight pieces, so for two that wait for leaves.
    let config = Config { max_active: 8 * u64::from(4 * BLOCK), ..config() };
    let mut solo = Solo::version_two(64, &[], config);
    let [liar, honest] = [solo.join_narrow_seed(), solo.join_narrow_seed()];
    let mut disputed = BTreeSet::new();
    for _ in 0..16 {
        for peer in [liar, honest] {
            for said in solo.heard(peer) {
                match said {
                    Said::Request(block) if peer == liar => solo.give_corrupt(peer, block),
                    Said::Request(block) => solo.give(peer, block),
                    Said::HashRequest(range) => {
                        disputed.insert(range.index);
                    }
                    _ => {}
                }
            }
        }
    }
    assert_eq!(disputed.len(), 2);
    let left: Vec<_> = solo.snapshot().peers.into_iter().map(|peer| peer.key).collect();
    assert_eq!(left, [honest], "the liar was found all the same: it had to work alone");
}

#[test]
fn a_web_seed_that_sent_the_bad_block_is_not_asked_again() {
    let mut solo = Solo::version_two(4, &[], config());
    let peer = solo.join_narrow_seed();
    let first = solo.requests(peer)[0];
    solo.give(peer, first);
    let next = solo.requests(peer)[0];
    solo.say(peer, Message::Choke);
    solo.say(peer, Message::Reject(next));
    let web_seed = solo.add_web_seed(0);
    solo.pass(seconds(10));
    while solo.serve_corrupt(web_seed, BLOCK.into()) > 0 {}
    let Some(Said::HashRequest(range)) =
        solo.heard(peer).into_iter().find(|said| matches!(said, Said::HashRequest(_)))
    else {
        panic!("the only peer is asked");
    };
    let truth = solo.true_leaves();
    solo.give_hashes(peer, range, &truth);
    assert_eq!(solo.aborts, [(web_seed, AbortReason::Lied)]);
    assert_eq!(solo.parting(peer), None);
    let snapshot = solo.snapshot();
    assert_eq!((snapshot.downloaded, snapshot.wasted), (u64::from(BLOCK), u64::from(3 * BLOCK)));
}

#[test]
fn engines_find_a_liar_among_many_seeds() {
    for version in [Version::Two, Version::Hybrid] {
        let builder = InfoBuilder::single("content", 2_000_000).piece_length(262_144);
        let (info, layers, content) = of_version(version, builder);
        let mut network = Network::new();
        let honest: Vec<_> = (0..4).map(|_| network.seed_v2(&info, &content, &layers)).collect();
        let mut corrupt = content.clone();
        corrupt.iter_mut().step_by(16_384).for_each(|byte| *byte ^= 1);
        let liar = network.seed_v2(&info, &corrupt, &layers);
        let leech = network.leech(&info);
        network.input(leech, Input::PieceLayers(layers.clone()));
        network.nodes[leech].disk.layers = layers;
        for seed in honest.iter().chain([&liar]) {
            network.connect_v2(*seed, leech);
        }
        network.run(seconds(60));
        assert!(network.nodes[leech].is_complete(), "{version:?}");
        assert_eq!(network.nodes[leech].disk.content(), network.nodes[honest[0]].disk.content());
        let closed = network.nodes[leech].closed.iter().filter(|reason| reason.is_misbehaviour());
        assert_eq!(closed.count(), 1, "{version:?}: {:?}", network.nodes[leech].closed);
    }
}
