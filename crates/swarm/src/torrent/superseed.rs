//! Super-seeding (BEP 16): the only seed gives each piece to one peer, and the next one once it was passed on.
//!
//! To a peer that comes while nobody else has everything, we seem to have nothing but the few pieces that it is
//! shown. It is shown another when one of them turns up elsewhere, or when nobody is left who lacks it. Whoever passes on
//! sees more, as fast as it takes it; who passes nothing on sees little. Nobody is shown, as far as there is a choice,
//! what another has or gets.
//!
//! That ends, and everything is shown, when we gave every piece to somebody and the others together have a copy, when
//! only one of them is left, or when nothing has been passed on for a while: then this swarm does not work that way, and
//! everyone shall finish all the same. What others say they have does not end it: anybody can say so, and a swarm in which
//! a few did would have to ask us for everything twice. Beside a seed that is one, this costs nothing: what it gives
//! others is shown last.
//!
//! Only those count who are there. A connection whose other end was killed looks open for half a minute, and two
//! connections may be one peer's.
//!
//! What is shown suits the swarm, and not somebody who plays a film and waits for a certain piece. So we say that we
//! super-seed (`sc_super_seed`), and whoever asks for a block of a piece that it is not shown is shown it, and served.
//! Only if others were just shown it, or just got it, is it left to them for a moment. Engines that know of it ask for
//! what is due soon and nobody else gives, and what follows that is shown to everyone next.

use std::time::Duration;

use metainfo::{Block, PieceIndex};
use wire::{Bitfield, Message};

use super::Torrent;
use super::content::Content;
use crate::peer::{Peer, Shown, View};
use crate::{PeerKey, Time};

/// The pieces that are to be passed on.
#[derive(Debug)]
pub(super) struct SuperSeed {
    /// How many peers are shown each.
    shown: Vec<u16>,
    /// When each was last shown to a peer, or one got some of it.
    touched: Vec<Option<Time>>,
    /// Where to look for the next to show: behind the one that was shown last.
    cursor: u32,
    /// Those that we gave to somebody as a whole.
    given: Bitfield,
    /// When one last went on.
    progress: Time,
}

impl Torrent {
    /// Whether to super-seed from now on, as long as that is of use.
    pub(super) fn allow_super_seeding(&mut self, allow: bool) {
        self.config.super_seed = allow;
        if !allow {
            self.show_everything();
        }
    }

    /// Whether a peer that comes now is to see only a few pieces.
    pub(super) fn super_seeds(&self) -> bool {
        self.config.super_seed
            && self.pieces().is_some_and(|pieces| pieces.have().is_full())
            && self.partners().nth(FEW).is_some()
            && !self.others_have_all()
    }

    /// Shows a peer, who was told that we have nothing, the first pieces.
    pub(super) fn show_first(&mut self, key: PeerKey) {
        let Some(Content { pieces, super_seed, .. }) = &mut self.content else { return };
        let count = pieces.geometry().piece_count() as usize;
        let now = self.now;
        let begin = || SuperSeed {
            shown: vec![0; count],
            touched: vec![None; count],
            progress: now,
            cursor: 0,
            given: Bitfield::new(count as u32),
        };
        let state = super_seed.get_or_insert_with(begin);
        if state.shown.iter().all(|peers| *peers == 0) {
            state.progress = now;
        }
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.view = Some(View { shown: Vec::new(), seen: Bitfield::new(count as u32) });
        }
        // Of two connections of one peer, either may be the one that stays.
        let twin = self.peers.get(&key).and_then(|peer| self.peers.get(&peer.twin?)?.view.as_ref());
        let same = twin.into_iter().flat_map(|view| &view.shown).map(|shown| shown.piece);
        for piece in same.collect::<Vec<_>>() {
            self.show(key, piece);
        }
        self.show_enough(key);
    }

    /// Shows a peer more, if it would be through with what it is shown within a second, before others can have a
    /// piece and say so. What others get meanwhile is nothing to go on with. Whoever passes on less than it gets waits.
    pub(super) fn show_enough(&mut self, key: PeerKey) {
        while let (Some(peer), Some(pieces)) = (self.peers.get(&key), self.pieces())
            && let Some(View { shown, .. }) = &peer.view
        {
            let rate = peer.trade.up_rate(self.now);
            let (mut left, mut kept, mut unpassed) = (0, 0, 0);
            for Shown { piece, left: rest, begun } in shown {
                if *rest == 0 {
                    kept += 1;
                    unpassed += u64::from(pieces.geometry().content_of(*piece));
                } else if *begun || !self.others_get(peer, *piece) {
                    left += u64::from(*rest);
                }
            }
            let is_enough = left > 0 && left >= rate;
            let keeps = kept >= AT_ONCE && unpassed >= rate * PASSING.as_secs();
            let is_shown_some = shown.len() >= AT_ONCE;
            let Some(next) = self.next_to_show(key) else { return };
            if is_shown_some && (is_enough || keeps || self.others_get(peer, next)) {
                return;
            }
            self.show(key, next);
        }
    }

    /// Whether a peer that asks for a block may have it: one that it is not shown it sees from then on, unless others
    /// are about to pass it on. One that it is shown it gets, unless it can as well ask for another that nobody gets.
    pub(super) fn shows(&mut self, key: PeerKey, piece: PieceIndex) -> bool {
        let (Some(state), Some(peer)) = (self.super_seed(), self.peers.get(&key)) else { return true };
        let Some(view) = peer.view.as_ref().filter(|_| peer.is_fast()) else { return true };
        let is_fresh = state.touched[piece.as_usize()].is_some_and(|at| self.now.since(at) < PASSING);
        if view.seen.get(piece) || peer.has.get(piece) {
            let has_else =
                || view.shown.iter().any(|shown| shown.left > 0 && !self.others_get(peer, shown.piece));
            return !is_fresh || view.has_begun(piece) || !self.others_get(peer, piece) || !has_else();
        }
        let others = |other: &Peer| other.has.get(piece) || other.is_shown(piece);
        if is_fresh && self.others(peer).any(others) {
            return false;
        }
        self.show(key, piece);
        true
    }

    /// A peer got a block from us. Of a piece that it got whole it may say nothing: it knows that we have it.
    pub(super) fn gave(&mut self, key: PeerKey, block: Block) {
        let (Some(Content { pieces, super_seed: Some(state), .. }), Some(peer)) =
            (&mut self.content, self.peers.get_mut(&key))
        else {
            return;
        };
        let mut shown = peer.view.iter_mut().flat_map(|view| &mut view.shown);
        let Some(shown) = shown.find(|shown| shown.piece == block.piece) else {
            return;
        };
        shown.left = shown.left.saturating_sub(block.length);
        let begins = !std::mem::replace(&mut shown.begun, true);
        state.touched[block.piece.as_usize()] = Some(self.now);
        if shown.left == 0 && peer.gain(block.piece, pieces) {
            state.given.set(block.piece);
            self.passed_on(key, block.piece);
            self.show_enough(key);
        }
        if begins {
            // They would go on with it.
            let others = self.peers.values().filter(|peer| peer.key != key && !peer.service.am_choking());
            for key in
                others.filter(|peer| peer.is_shown(block.piece)).map(|peer| peer.key).collect::<Vec<_>>()
            {
                self.show_enough(key);
            }
        }
    }

    /// A peer has a piece that it lacked: whoever was shown it may see another.
    pub(super) fn passed_on(&mut self, key: PeerKey, piece: PieceIndex) {
        if self.super_seed().is_some_and(|state| state.given.is_full()) && self.others_have_all() {
            self.show_everything();
            return;
        }
        let Some(Content { super_seed: Some(state), .. }) = &mut self.content else { return };
        if state.shown[piece.as_usize()] == 0 {
            return;
        }
        let was_given = state.given.get(piece);
        if was_given {
            state.progress = self.now;
        }
        let everybody = self.all_partners_have(piece);
        let is_over = |peer: &&Peer| {
            let view = peer.view.as_ref().filter(|view| view.shows(piece));
            // Who got it elsewhere needs it no more, and what nobody got from us was not passed on.
            view.is_some_and(|view| {
                everybody || if peer.key == key { !view.has_begun(piece) } else { was_given }
            })
        };
        for key in self.peers.values().filter(is_over).map(|peer| peer.key).collect::<Vec<_>>() {
            self.replace_shown(key, piece);
        }
    }

    /// Looks whether pieces are being passed on, once in each round of choking.
    pub(super) fn check_super_seeding(&mut self) {
        self.end_idle_super_seeding();
        let Some(Content { super_seed: Some(state), .. }) = &mut self.content else { return };
        let now = self.now;
        // Nobody can pass on what is still on its way.
        if self.peers.values().any(|peer| peer.view.is_some() && peer.trade.up_rate(now) > 0) {
            state.progress = now;
        }
        if now.since(state.progress) >= self.config.super_seed_patience {
            self.config.super_seed = false;
            self.show_everything();
            return;
        }
        // Whoever lacked a piece may have left.
        let mut over = Vec::new();
        for peer in self.peers.values() {
            let shown = peer.view.iter().flat_map(|view| &view.shown).map(|shown| shown.piece);
            let had = shown.filter(|piece| peer.has.get(*piece) && self.all_partners_have(*piece));
            over.extend(had.map(|piece| (peer.key, piece)));
        }
        for (key, piece) in over {
            self.replace_shown(key, piece);
        }
    }

    /// Shows everything when nobody is left to whom anything could be passed on.
    pub(super) fn end_idle_super_seeding(&mut self) {
        if self.super_seed().is_some() && self.partners().nth(FEW).is_none() {
            self.show_everything();
        }
    }

    /// A peer that was shown these pieces is gone.
    pub(super) fn hide(&mut self, shown: &[Shown]) {
        if let Some(Content { super_seed: Some(state), .. }) = &mut self.content {
            for Shown { piece, .. } in shown {
                state.shown[piece.as_usize()] -= 1;
            }
        }
    }

    /// Tells everyone what we have.
    pub(super) fn show_everything(&mut self) {
        if self.content.as_mut().and_then(|content| content.super_seed.take()).is_none() {
            return;
        }
        let extended = self.extended_handshake(false);
        let Some(Content { pieces, .. }) = &self.content else { return };
        for (_, peer) in self.peers.iter_mut() {
            let Some(View { seen, .. }) = peer.view.take() else { continue };
            for piece in pieces.have().iter_ones() {
                if !peer.has.get(piece) && !seen.get(piece) {
                    peer.say(Message::Have(piece));
                }
            }
            peer.say_extended(&extended);
        }
    }

    fn super_seed(&self) -> Option<&SuperSeed> {
        self.content.as_ref()?.super_seed.as_ref()
    }

    /// The peers that pieces can be passed on to.
    fn partners(&self) -> impl Iterator<Item = &Peer> {
        self.peers.values().filter(|peer| peer.is_alive(self.now) && !peer.wants_nothing())
    }

    /// Who is there beside a peer.
    fn others(&self, peer: &Peer) -> impl Iterator<Item = &Peer> {
        let name = |peer: &Peer| peer.hello.map(|hello| hello.id);
        let own = name(peer);
        self.peers.values().filter(move |other| name(other) != own && other.is_alive(self.now))
    }

    /// Whether somebody else has got a piece from us, or is getting it.
    fn others_get(&self, peer: &Peer, piece: PieceIndex) -> bool {
        let was_given = self.super_seed().is_some_and(|state| state.given.get(piece));
        let gets = |other: &Peer| other.view.as_ref().is_some_and(|view| view.has_begun(piece));
        self.others(peer).any(|other| gets(other) || was_given && other.has.get(piece))
    }

    fn all_partners_have(&self, piece: PieceIndex) -> bool {
        self.partners().all(|peer| peer.has.get(piece))
    }

    /// How many of the others who are there have each piece, as far as it is known, in order.
    fn copies(&self) -> impl Iterator<Item = u16> {
        let absent = self.peers.values().filter(|peer| !peer.is_alive(self.now) || peer.is_unproven());
        let absent: Vec<_> = absent.map(|peer| &peer.has).collect();
        let copies = self.pieces().map(|pieces| pieces.availability().copies()).unwrap_or_default();
        (0..).zip(copies).map(move |(piece, copies)| {
            copies - absent.iter().filter(|has| has.get(PieceIndex::new(piece))).count() as u16
        })
    }

    fn others_have_all(&self) -> bool {
        self.copies().all(|copies| copies > 0)
    }

    fn replace_shown(&mut self, key: PeerKey, piece: PieceIndex) {
        let Some(view) = self.peers.get_mut(&key).and_then(|peer| peer.view.as_mut()) else { return };
        let Some(place) = view.shown.iter().position(|shown| shown.piece == piece) else { return };
        let over = view.shown.swap_remove(place);
        self.hide(&[over]);
        if let Some(next) = self.next_to_show(key) {
            self.show(key, next);
        }
    }

    /// Shows a peer a piece that it lacks.
    fn show(&mut self, key: PeerKey, piece: PieceIndex) {
        let (Some(Content { pieces, super_seed: Some(state), .. }), Some(peer)) =
            (&mut self.content, self.peers.get_mut(&key))
        else {
            return;
        };
        let Some(view) = &mut peer.view else { return };
        state.shown[piece.as_usize()] += 1;
        state.touched[piece.as_usize()] = Some(self.now);
        state.cursor = piece.get() + 1;
        view.seen.set(piece);
        view.shown.push(Shown { piece, left: pieces.geometry().content_of(piece), begun: false });
        peer.say(Message::Have(piece));
    }

    /// The piece that a peer lacks and that the fewest have or get; of these one that is shown to few of those who wait
    /// for a place; of these the first behind the one that was shown last.
    fn next_to_show(&self, key: PeerKey) -> Option<PieceIndex> {
        let (state, peer) = (self.super_seed()?, self.peers.get(&key)?);
        let first = PieceIndex::new(state.cursor);
        let mut getting = vec![0; state.shown.len()];
        for other in self.others(peer) {
            let is_served = !other.service.am_choking();
            let shown = other.view.iter().flat_map(|view| &view.shown);
            for shown in shown.filter(|shown| shown.begun || is_served) {
                getting[shown.piece.as_usize()] += 1;
            }
        }
        let counts = (0..).map(PieceIndex::new).zip(self.copies().zip(getting).zip(&state.shown));
        let lacking = counts.filter(|(piece, _)| !peer.has.get(*piece) && !peer.is_shown(*piece));
        let ranked = lacking
            .map(|(piece, ((copies, getting), shown))| (copies + getting, *shown, piece < first, piece));
        ranked.min().map(|(.., piece)| piece)
    }
}

/// Pieces that a peer is shown at once, so that it can go on with one while the other is passed on.
const AT_ONCE: usize = 2;
/// Partners up to which everybody sees everything: one alone would wait for nobody to pass anything on.
const FEW: usize = 1;
/// How long a peer that waits for a piece is left to others who were just shown it, or just got it from us; and how much of
/// what a peer takes it may keep to itself and be shown more, in seconds of its rate.
const PASSING: Duration = Duration::from_secs(3);
