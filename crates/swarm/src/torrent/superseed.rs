//! Super-seeding (BEP 16): the only seed gives each piece to one peer, and the next one once it was passed on.
//!
//! To a peer that comes while nobody else has everything, we seem to have nothing but the few pieces that it is
//! shown. It is shown another when one of them turns up elsewhere, or when nobody is left who lacks it. That ends,
//! and everything is shown, when there is another seed, when the others together have a copy, or when nothing has
//! been passed on for a while: then this swarm does not work that way, and everyone shall finish all the same.

use metainfo::{Block, PieceIndex};
use wire::Message;

use super::{Stage, Torrent};
use crate::peer::Shown;
use crate::{PeerKey, Time};

/// The pieces that are to be passed on.
#[derive(Debug)]
pub(super) struct SuperSeed {
    /// How many peers are shown each.
    shown: Vec<u16>,
    /// Where to look for the next to show.
    cursor: usize,
    /// When one last went on.
    progress: Time,
}

impl Torrent {
    /// Whether to super-seed from now on, as long as that is of use.
    pub(super) fn allow_super_seeding(&mut self, allow: bool) {
        self.may_super_seed = allow;
        if !allow {
            self.show_everything();
        }
    }

    /// Whether a peer that comes now is to see only a few pieces.
    pub(super) fn super_seeds(&self) -> bool {
        let Some(pieces) = self.pieces() else { return false };
        self.may_super_seed
            && self.peers.len() > FEW
            && pieces.have().is_full()
            && pieces.availability().copies().contains(&0)
            && !self.peers.values().any(|peer| peer.is_seed())
    }

    /// Shows a peer, who was told that we have nothing, the first pieces.
    pub(super) fn show_first(&mut self, key: PeerKey) {
        let Some(pieces) = self.pieces() else { return };
        let count = pieces.geometry().piece_count() as usize;
        let now = self.now;
        let begin = || SuperSeed { shown: vec![0; count], cursor: 0, progress: now };
        let state = self.super_seed.get_or_insert_with(begin);
        if state.shown.iter().all(|peers| *peers == 0) {
            state.progress = now;
        }
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.shown = Some(Vec::new());
        }
        self.show_enough(key);
    }

    /// Shows a peer more, if it would be through with what it is shown within a second, before others can have a
    /// piece and say so.
    fn show_enough(&mut self, key: PeerKey) {
        let now = self.now;
        while let Some((peer, shown)) =
            self.peers.get(&key).and_then(|peer| Some((peer, peer.shown.as_ref()?)))
        {
            let left: u64 = shown.iter().map(|shown| u64::from(shown.left)).sum();
            let is_enough = left >= peer.up.per_second(now);
            if shown.len() >= AT_ONCE && is_enough || !self.show_next(key) {
                return;
            }
        }
    }

    /// A peer got a block from us. Of a piece that it got whole it may say nothing: it knows that we have it.
    pub(super) fn gave(&mut self, key: PeerKey, block: Block) {
        let (Stage::Content(_, pieces), Some(peer)) = (&mut self.stage, self.peers.get_mut(&key)) else {
            return;
        };
        let Some(shown) = peer.shown.iter_mut().flatten().find(|shown| shown.piece == block.piece) else {
            return;
        };
        shown.left = shown.left.saturating_sub(block.length);
        if shown.left == 0 && peer.has.set(block.piece) {
            pieces.availability_mut().add(block.piece);
            self.passed_on(key, block.piece);
            self.show_enough(key);
        }
    }

    /// A peer has a piece that it lacked: whoever was shown it may see another.
    pub(super) fn passed_on(&mut self, key: PeerKey, piece: PieceIndex) {
        let Some(state) = &mut self.super_seed else { return };
        if state.shown[piece.as_usize()] == 0 {
            return;
        }
        state.progress = self.now;
        let everybody = self.everybody_has(piece);
        let shown = self.peers.values().filter(|peer| peer.is_shown(piece) && (everybody || peer.key != key));
        for key in shown.map(|peer| peer.key).collect::<Vec<_>>() {
            self.replace_shown(key, piece);
        }
    }

    /// Looks whether pieces are being passed on, once in each round of choking.
    pub(super) fn check_super_seeding(&mut self) {
        let Some(state) = &mut self.super_seed else { return };
        let now = self.now;
        // Nobody can pass on what is still on its way.
        if self.peers.values().any(|peer| peer.shown.is_some() && peer.up.per_second(now) > 0) {
            state.progress = now;
        }
        if now.since(state.progress) >= self.config.super_seed_patience {
            self.may_super_seed = false;
            self.show_everything();
            return;
        }
        // Whoever lacked a piece may have left.
        let mut over = Vec::new();
        for peer in self.peers.values() {
            let shown = peer.shown.iter().flatten().map(|shown| shown.piece);
            let had = shown.filter(|piece| peer.has.get(*piece) && self.everybody_has(*piece));
            over.extend(had.map(|piece| (peer.key, piece)));
        }
        for (key, piece) in over {
            self.replace_shown(key, piece);
        }
    }

    /// A peer that was shown these pieces is gone.
    pub(super) fn hide(&mut self, shown: &[Shown]) {
        if let Some(state) = &mut self.super_seed {
            for Shown { piece, .. } in shown {
                state.shown[piece.as_usize()] -= 1;
            }
        }
    }

    /// Tells everyone what we have.
    pub(super) fn show_everything(&mut self) {
        if self.super_seed.take().is_none() {
            return;
        }
        let extended = self.extended_handshake();
        let Stage::Content(_, pieces) = &self.stage else { return };
        for (_, peer) in self.peers.iter_mut() {
            let Some(shown) = peer.shown.take() else { continue };
            for piece in pieces.have().iter_ones() {
                if !peer.has.get(piece) && !shown.iter().any(|shown| shown.piece == piece) {
                    peer.say(Message::Have(piece));
                }
            }
            if peer.hello.is_some_and(|hello| hello.reserved.extended()) {
                peer.say(Message::Extended { id: 0, payload: &extended });
            }
        }
    }

    fn everybody_has(&self, piece: PieceIndex) -> bool {
        self.pieces().is_some_and(|pieces| {
            usize::from(pieces.availability().copies()[piece.as_usize()]) >= self.peers.len()
        })
    }

    fn replace_shown(&mut self, key: PeerKey, piece: PieceIndex) {
        let Some(shown) = self.peers.get_mut(&key).and_then(|peer| peer.shown.as_mut()) else { return };
        let Some(place) = shown.iter().position(|shown| shown.piece == piece) else { return };
        let over = shown.swap_remove(place);
        self.hide(&[over]);
        self.show_next(key);
    }

    /// Shows a peer the piece that it lacks and that the fewest have or are to have. Ends it all if the others
    /// have a copy of every piece. Whether there was one to show.
    fn show_next(&mut self, key: PeerKey) -> bool {
        let (Some(state), Stage::Content(_, pieces), Some(peer)) =
            (&mut self.super_seed, &self.stage, self.peers.get_mut(&key))
        else {
            return false;
        };
        let copies = pieces.availability().copies();
        if !copies.contains(&0) {
            self.show_everything();
            return false;
        }
        let Some(shown) = &mut peer.shown else { return false };
        let lacking = (state.cursor..copies.len()).chain(0..state.cursor).filter_map(|n| {
            let piece = PieceIndex::new(n as u32);
            let is_shown = shown.iter().any(|shown| shown.piece == piece);
            (!peer.has.get(piece) && !is_shown).then_some((copies[n] + state.shown[n], n))
        });
        let Some((_, next)) = lacking.min_by_key(|(copies, _)| *copies) else { return false };
        state.shown[next] += 1;
        state.cursor = next + 1;
        let piece = PieceIndex::new(next as u32);
        shown.push(Shown { piece, left: pieces.geometry().length_of(piece) });
        peer.say(Message::Have(piece));
        true
    }
}

/// Pieces that a peer is shown at once, so that it can go on with one while the other is passed on.
const AT_ONCE: usize = 2;
/// Peers that see everything as they come: alone, nobody has to wait for what others pass on.
const FEW: usize = 1;
