//! Super-seeding (BEP 16): the only seed gives each piece to one peer, and the next one once it was passed on.
//!
//! To a peer that comes while nobody else has everything, we seem to have nothing but the few pieces that it is
//! shown. It is shown another when one that we gave to somebody turns up elsewhere, when it got one from others, or when
//! nobody is left who lacks it. Whoever passes on sees more, as fast as it takes it; who passes nothing on sees little.
//! Nobody is shown, as far as there is a choice, what another has or gets.
//!
//! That ends, and everything is shown, when we gave every piece to somebody and the others together have two copies of
//! each, since whoever has the only one may keep it to itself; when only one of the others is left; or when nothing has been
//! passed on for a while: then this swarm does not work that way, and everyone shall finish all the same. What others say
//! they have does not end it: anybody can say so, and a swarm in which a few did would have to ask us for everything twice.
//! Beside a seed that is one, this costs nothing: what it gives others is shown last.
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
use wire::{Bitfield, Message, PeerId};

use super::Torrent;
use super::content::Content;
use crate::peer::{MOST_SHOWN, Peer, Shown, View};
use crate::{PeerKey, Time};

/// The pieces that are to be passed on.
#[derive(Debug)]
pub(super) struct SuperSeed {
    /// How many peers are shown each.
    shown: Vec<u16>,
    /// How many peers got some of each, and have not passed it on.
    begun: Vec<u16>,
    /// When each was last shown to a peer, or one got its first block or its last.
    touched: Vec<Option<Time>>,
    /// Where to look for the next to show: behind the one that was shown last.
    cursor: u32,
    /// Those that we gave to somebody, who may have got some of it elsewhere.
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
            && !(self.super_seed().is_none_or(|state| state.given.is_full()) && self.others_have_all())
    }

    /// Shows a peer, who was told that we have nothing, the first pieces.
    pub(super) fn show_first(&mut self, key: PeerKey) {
        let Some(Content { pieces, super_seed, .. }) = &mut self.content else { return };
        let count = pieces.geometry().piece_count() as usize;
        let now = self.now;
        let begin = || SuperSeed {
            shown: vec![0; count],
            begun: vec![0; count],
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
            peer.view = Some(View::new(count as u32));
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
    /// piece and say so. What others get meanwhile is nothing to go on with. Whoever passes on less than it gets waits
    /// for a while, as long as somebody else has something to go on with: our line does not.
    pub(super) fn show_enough(&mut self, key: PeerKey) {
        while let (Some(peer), Some(pieces)) = (self.peers.get(&key), self.pieces())
            && let Some(View { shown, .. }) = &peer.view
        {
            let rate = peer.trade.up_rate(self.now);
            let (mut ahead, mut left, mut kept, mut kept_bytes) = (0, 0, 0, 0);
            for Shown { piece, left: rest, begun } in shown {
                if *rest == 0 {
                    if self.was_touched(*piece, KEPT) {
                        kept += 1;
                        kept_bytes += u64::from(pieces.geometry().content_of(*piece));
                    }
                } else {
                    ahead += 1;
                    if *begun || !self.others_get(peer, *piece) {
                        left += u64::from(*rest);
                    }
                }
            }
            let is_shown_some = shown.len() >= AT_ONCE;
            let keeps =
                kept >= AT_ONCE && kept_bytes >= rate * PASSING.as_secs() && self.is_busy_beside(peer);
            if is_shown_some && (left > 0 && left >= rate || ahead >= MOST_SHOWN || keeps) {
                return;
            }
            let Some(next) = self.next_to_show(key) else { return };
            if is_shown_some && self.others_get(peer, next) && self.was_touched(next, KEPT) {
                return;
            }
            self.show(key, next);
        }
    }

    /// Whether another that we serve has something to go on with.
    fn is_busy_beside(&self, peer: &Peer) -> bool {
        let goes_on = |other: &Peer| {
            !other.service.am_choking()
                && other.view.iter().flat_map(|view| &view.shown).any(|shown| shown.left > 0)
        };
        self.others(peer).any(goes_on)
    }

    /// Whether a piece was shown or given to somebody in the last `time`.
    fn was_touched(&self, piece: PieceIndex, time: Duration) -> bool {
        let touched = self.super_seed().and_then(|state| state.touched[piece.as_usize()]);
        touched.is_some_and(|at| self.now.since(at) < time)
    }

    /// Whether a peer that asks for a block may have it: one that it is not shown it sees from then on, unless others
    /// are about to pass it on. One that it is shown it gets, unless it can as well ask for another that nobody gets.
    pub(super) fn shows(&mut self, key: PeerKey, piece: PieceIndex) -> bool {
        let Some(peer) = self.peers.get(&key).filter(|peer| peer.is_fast()) else { return true };
        let Some(view) = &peer.view else { return true };
        let is_fresh = self.was_touched(piece, PASSING);
        if view.seen.get(piece) || peer.has.get(piece) {
            let has_else = || {
                let mut left = view.shown.iter().filter(|shown| shown.left > 0 && !peer.has.get(shown.piece));
                left.any(|shown| !self.others_get(peer, shown.piece))
            };
            return !is_fresh || view.has_begun(piece) || !self.others_get(peer, piece) || !has_else();
        }
        let gets = |other: &Peer| other.is_shown(piece) || other.has.get(piece) && !other.is_unproven();
        if is_fresh && self.others(peer).any(gets) {
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
        let was_left = shown.left;
        shown.left = was_left.saturating_sub(block.length);
        let begins = !std::mem::replace(&mut shown.begun, true);
        let is_whole = was_left > 0 && shown.left == 0;
        let place = block.piece.as_usize();
        state.begun[place] += u16::from(begins);
        if begins || is_whole {
            state.touched[place] = Some(self.now);
        }
        if is_whole {
            state.given.set(block.piece);
            if peer.gain(block.piece, pieces) {
                self.passed_on(key, block.piece);
            }
            self.show_enough(key);
        }
        if begins {
            // Whoever else is shown the piece would have gone on with it.
            let served = self.peers.values().filter(|peer| peer.key != key && !peer.service.am_choking());
            let also_shown = served.filter(|peer| peer.is_shown(block.piece)).map(|peer| peer.key);
            for key in also_shown.collect::<Vec<_>>() {
                self.show_enough(key);
            }
        }
    }

    /// A peer has a piece that it lacked: whoever was shown it may see another, if we gave it to somebody. What nobody got
    /// from us was not passed on, but the peer itself needs it no more.
    pub(super) fn passed_on(&mut self, key: PeerKey, piece: PieceIndex) {
        let Some(peer) = self.peers.get(&key) else { return };
        let Some(Content { super_seed: Some(state), .. }) = &mut self.content else { return };
        if peer.view.as_ref().is_some_and(|view| view.has_begun(piece)) {
            state.given.set(piece);
        }
        let (was_given, is_shown) = (state.given.get(piece), state.shown[piece.as_usize()] > 0);
        if is_shown && was_given {
            state.progress = self.now;
        }
        if self.end_once_given() || !is_shown {
            return;
        }
        let Some(peer) = self.peers.get(&key) else { return };
        let everybody = self.all_partners_have(piece);
        let (mut over, mut elsewhere) = (Vec::new(), Vec::new());
        for other in self.peers.values() {
            let mut shown = other.view.iter().flat_map(|view| &view.shown);
            let Some(shown) = shown.find(|shown| shown.piece == piece) else { continue };
            let is_own = name(other) == name(peer);
            if everybody || !is_own && was_given {
                over.push(other.key);
            } else if is_own && shown.left > 0 {
                elsewhere.push(other.key);
            }
        }
        for key in over {
            self.replace_shown(key, piece);
        }
        for key in elsewhere {
            let view = self.peers.get_mut(&key).and_then(|peer| peer.view.as_mut());
            if view.is_some_and(View::may_refill) {
                self.replace_shown(key, piece);
            } else {
                self.take_back(key, piece);
            }
        }
    }

    /// Shows everything if each piece was given to somebody, and was passed on. Whether it did.
    fn end_once_given(&mut self) -> bool {
        let is_over = self.super_seed().is_some_and(|state| state.given.is_full()) && self.others_have_all();
        if is_over {
            self.show_everything();
        }
        is_over
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
        if self.end_once_given() {
            return;
        }
        for view in self.peers.iter_mut().filter_map(|(_, peer)| peer.view.as_mut()) {
            view.begin_round();
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
        // Who cannot reach the others passes nothing on, and is served all the same.
        let is_short = |view: &View| view.shown.len() < AT_ONCE;
        let lacking = self.peers.values().filter(|peer| {
            peer.view.as_ref().is_some_and(|view| !peer.service.am_choking() || is_short(view))
        });
        for key in lacking.map(|peer| peer.key).collect::<Vec<_>>() {
            self.show_enough(key);
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
            for Shown { piece, begun, .. } in shown {
                state.shown[piece.as_usize()] -= 1;
                state.begun[piece.as_usize()] -= u16::from(*begun);
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
        let own = name(peer);
        self.peers.values().filter(move |other| name(other) != own && other.is_alive(self.now))
    }

    /// Whether somebody else has got a piece from us, or is getting it.
    fn others_get(&self, peer: &Peer, piece: PieceIndex) -> bool {
        let Some(state) = self.super_seed() else { return false };
        let twin = peer.twin.and_then(|twin| self.peers.get(&twin));
        let own = [Some(peer), twin].into_iter().flatten().filter_map(|peer| peer.view.as_ref());
        let own = own.filter(|view| view.has_begun(piece)).count();
        usize::from(state.begun[piece.as_usize()]) > own
            || state.given.get(piece)
                && self.others(peer).any(|other| other.has.get(piece) && !other.is_unproven())
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

    /// Whether every piece is where it can go on without us.
    fn others_have_all(&self) -> bool {
        self.copies().all(|copies| copies >= PASSED_ON)
    }

    fn replace_shown(&mut self, key: PeerKey, piece: PieceIndex) {
        if self.take_back(key, piece)
            && let Some(next) = self.next_to_show(key)
        {
            self.show(key, next);
        }
    }

    /// A peer need not pass on a piece any more. Whether it was to.
    fn take_back(&mut self, key: PeerKey, piece: PieceIndex) -> bool {
        let view = self.peers.get_mut(&key).and_then(|peer| peer.view.as_mut());
        let over = view.and_then(|view| view.take(piece));
        self.hide(over.as_slice());
        over.is_some()
    }

    /// Shows a peer a piece that it lacks.
    fn show(&mut self, key: PeerKey, piece: PieceIndex) {
        let (Some(Content { pieces, super_seed: Some(state), .. }), Some(peer)) =
            (&mut self.content, self.peers.get_mut(&key))
        else {
            return;
        };
        let Some(view) = &mut peer.view else { return };
        let left = pieces.geometry().content_of(piece);
        let over = view.show(Shown { piece, left, begun: false });
        state.shown[piece.as_usize()] += 1;
        state.touched[piece.as_usize()] = Some(self.now);
        state.cursor = piece.get() + 1;
        peer.say(Message::Have(piece));
        self.hide(over.as_slice());
    }

    /// The piece that a peer lacks and that the fewest have or get; of these one that is shown to few,
    /// since most of those wait for a place; of these the first behind the one that was shown last.
    fn next_to_show(&self, key: PeerKey) -> Option<PieceIndex> {
        let (state, peer) = (self.super_seed()?, self.peers.get(&key)?);
        let first = PieceIndex::new(state.cursor);
        let mut getting = vec![0; state.shown.len()];
        for other in self.others(peer) {
            let is_served = !other.service.am_choking();
            let shown = other.view.iter().flat_map(|view| &view.shown);
            for shown in shown.filter(|shown| shown.left > 0 && is_served) {
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

fn name(peer: &Peer) -> Option<PeerId> {
    peer.hello.map(|hello| hello.id)
}

/// Pieces that a peer is shown at once, so that it can go on with one while the other is passed on.
const AT_ONCE: usize = 2;
/// Partners up to which everybody sees everything: one alone would wait for nobody to pass anything on.
const FEW: usize = 1;
/// Copies among the others of a piece that was passed on. Once everything is shown, all who lack a piece ask for it at once,
/// so what only somebody has who gives nothing would be given many times over.
const PASSED_ON: u16 = 2;
/// How long a peer that waits for a piece is left to others who were just shown it, or just got it from us. And so much of
/// what it takes may wait to be passed on, in seconds of its rate, while it is shown more.
const PASSING: Duration = Duration::from_secs(3);
/// How long a piece that a peer keeps to itself counts against it. One that waits for longer may have nobody to go to.
const KEPT: Duration = Duration::from_secs(10);
