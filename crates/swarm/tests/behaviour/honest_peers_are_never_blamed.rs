//! Honest peers that stop, start, overtake each other and leave at any byte never spoil a piece.

use std::collections::VecDeque;

use metainfo::Block;
use proptest::prelude::*;
use swarm::{Input, PeerKey, Selection};
use wire::{Message, PeerId, Reserved, encode_piece_header};

use crate::solo::{PIECE, Said, Solo};

#[derive(Clone, Copy, Debug)]
enum Step {
    Join {
        fast: bool,
    },
    Leave(usize),
    /// A peer sends some of what it owes.
    Send(usize, usize),
    Choke(usize),
    Unchoke(usize),
    Reject(usize),
    Wait(u64),
    Pause,
    Select(u8),
    Lose(u32),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(|fast| Step::Join { fast }),
        1 => (0..8_usize).prop_map(Step::Leave),
        20 => (0..8_usize, prop_oneof![1..40_000_usize, Just(1), Just(16_397)]).prop_map(|(n, m)| Step::Send(n, m)),
        1 => (0..8_usize).prop_map(Step::Choke),
        2 => (0..8_usize).prop_map(Step::Unchoke),
        1 => (0..8_usize).prop_map(Step::Reject),
        2 => (0..40_000_u64).prop_map(Step::Wait),
        1 => Just(Step::Pause),
        1 => any::<u8>().prop_map(Step::Select),
        1 => (0..PIECES).prop_map(Step::Lose),
    ]
}

/// A peer that has everything and keeps its word.
struct Honest {
    key: PeerKey,
    fast: bool,
    choking: bool,
    owed: VecDeque<Block>,
    /// What is left of the message that it has begun to send.
    sending: Vec<u8>,
}

impl Honest {
    fn join(solo: &mut Solo, number: u8, fast: bool) -> Self {
        let reserved = if fast { Reserved::ours() } else { Reserved::from_bytes([0; 8]) };
        let key = solo.join_as(PeerId::from_bytes([number; 20]), reserved);
        if fast {
            solo.say(key, Message::HaveAll);
        } else {
            solo.say(key, Message::Bitfield(&[0xff]));
        }
        Self { key, fast, choking: true, owed: VecDeque::new(), sending: Vec::new() }
    }

    /// Takes in what the engine said. Whether the connection lasts.
    fn listen(&mut self, solo: &mut Solo) -> bool {
        for said in solo.heard(self.key) {
            match said {
                Said::Request(block) => {
                    assert!(!self.choking, "asked {block:?} of a peer that chokes us");
                    // A request may be repeated when the answer to its cancellation is late by half a minute.
                    if !self.owed.contains(&block) {
                        self.owed.push_back(block);
                    }
                    assert!(self.owed.len() <= 250);
                }
                Said::Cancel(block) => {
                    let owed = self.owed.len();
                    self.owed.retain(|other| *other != block);
                    if self.fast && self.owed.len() < owed {
                        self.queue(Message::Reject(block));
                    }
                }
                Said::Closed(words) => {
                    assert!(words != "sent corrupt data" && !words.contains("nobody asked"), "{words}");
                    return false;
                }
                _ => {}
            }
        }
        true
    }

    fn queue(&mut self, message: Message<'_>) {
        message.encode(&mut self.sending);
    }

    fn send(&mut self, solo: &mut Solo, bytes: usize) -> u64 {
        let mut sent = 0;
        while sent < bytes {
            if self.sending.is_empty() {
                let Some(block) = self.owed.pop_front() else { break };
                self.sending = encode_piece_header(block).to_vec();
                self.sending.extend(solo.bytes_of(block));
            }
            let rest = self.sending.split_off(self.sending.len().min(bytes - sent));
            let now = std::mem::replace(&mut self.sending, rest);
            sent += now.len();
            solo.send(self.key, &now);
        }
        sent as u64
    }

    fn choke(&mut self) {
        self.choking = true;
        self.queue(Message::Choke);
        for block in std::mem::take(&mut self.owed) {
            if self.fast {
                self.queue(Message::Reject(block));
            }
        }
    }

    fn flush(&mut self, solo: &mut Solo) {
        let rest = std::mem::take(&mut self.sending);
        solo.send(self.key, &rest);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]
    #[test]
    fn whatever_order_their_bytes_come_in(steps in prop::collection::vec(step(), 1..150)) {
        let mut solo = Solo::leech(PIECES);
        let mut peers: Vec<Honest> = Vec::new();
        let mut number = 0;
        for step in steps {
            let chosen = |n: usize| n % peers.len().max(1);
            match step {
                Step::Join { fast } => {
                    number += 1;
                    let mut peer = Honest::join(&mut solo, number, fast);
                    peer.choking = false;
                    solo.say(peer.key, Message::Unchoke);
                    peers.push(peer);
                }
                Step::Leave(n) if !peers.is_empty() => {
                    let peer = peers.remove(chosen(n));
                    solo.input(Input::Closed { peer: peer.key });
                }
                Step::Send(n, bytes) if !peers.is_empty() => {
                    let n = chosen(n);
                    peers[n].send(&mut solo, bytes);
                }
                Step::Choke(n) if !peers.is_empty() => {
                    let n = chosen(n);
                    peers[n].choke();
                    peers[n].flush(&mut solo);
                }
                Step::Unchoke(n) if !peers.is_empty() => {
                    let n = chosen(n);
                    peers[n].flush(&mut solo);
                    peers[n].choking = false;
                    solo.say(peers[n].key, Message::Unchoke);
                }
                Step::Reject(n) if !peers.is_empty() => {
                    let n = chosen(n);
                    if let Some(block) = peers[n].owed.pop_back().filter(|_| peers[n].fast) {
                        peers[n].queue(Message::Reject(block));
                    }
                }
                Step::Wait(millis) => solo.pass(std::time::Duration::from_millis(millis)),
                Step::Pause => {
                    solo.input(Input::Pause);
                    solo.input(Input::Resume);
                }
                Step::Select(bits) => {
                    let selected = wire::Bitfield::from_bytes(&[bits], PIECES).unwrap();
                    solo.input(Input::Select(Selection::only(&selected)));
                }
                Step::Lose(piece) => {
                    let piece = metainfo::PieceIndex::new(piece);
                    if solo.torrent.have().get(piece) {
                        solo.disk.lose(piece);
                    }
                    solo.input(Input::Lost { piece });
                }
                _ => {}
            }
            peers.retain_mut(|peer| peer.listen(&mut solo));
            let snapshot = solo.snapshot();
            prop_assert!(snapshot.downloaded >= u64::from(PIECE * solo.torrent.have().count_ones()));
        }

        // However it went, one more honest peer makes it complete.
        solo.input(Input::Select(Selection::all(PIECES)));
        let mut last = Honest::join(&mut solo, 255, true);
        last.choking = false;
        solo.say(last.key, Message::Unchoke);
        for _ in 0..200 {
            if !last.listen(&mut solo) {
                break;
            }
            last.send(&mut solo, 40_000);
            if last.sending.is_empty() {
                solo.say(last.key, Message::KeepAlive);
            }
            solo.pass(std::time::Duration::from_millis(1_000));
        }
        prop_assert!(solo.torrent.have().is_full(), "{:?}", solo.snapshot());
    }
}

const PIECES: u32 = 8;
