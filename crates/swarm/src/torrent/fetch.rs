//! What to fetch from web seeds.
//!
//! A web seed gets long runs of pieces, since every request costs it a round trip and its operator money. The pieces
//! of a run are reserved for it: no peer is asked for them, until it has nothing else to do. Then it gets them from
//! the end of the run.

use std::ops::Range;
use std::time::Duration;

use metainfo::{Block, FileSpan, PieceIndex};

use super::Torrent;
use super::content::Content;
use super::download::gives_way;
use super::web_seeds::end_of;
use crate::giver::Giver;
use crate::pieces::{Active, Pending};
use crate::web_seed::{Run, WebSeed};
use crate::{AbortReason, Blocks, Output, PeerKey, WebSeedKey};

/// What to ask a web seed for.
struct Plan {
    bytes: Range<u64>,
    pieces: Range<u32>,
}

impl Torrent {
    /// Asks the web seeds that are idle, if others leave anything to them.
    pub(super) fn ask_web_seeds(&mut self, blocks: &mut impl Blocks) {
        self.asking.look_at(self.now + LOOK);
        if self.paused {
            return;
        }
        let is_over = |key: &WebSeedKey| {
            let run = self.web_seed(*key).and_then(WebSeed::run);
            run.is_some_and(|run| run.reserved == 0 && run.expected.is_empty())
        };
        for key in self.sending().into_iter().filter(is_over).collect::<Vec<_>>() {
            self.abort(key, AbortReason::NotNeeded, blocks);
        }
        if self.pieces().is_none_or(|pieces| pieces.is_complete()) {
            return;
        }
        let ready = self.web_seeds.iter().filter(|web_seed| web_seed.is_ready(self.now));
        for key in ready.map(|web_seed| web_seed.key).collect::<Vec<_>>() {
            if self.sending().len() >= self.config.max_fetches {
                return;
            }
            self.ask_web_seed(key);
        }
    }

    fn ask_web_seed(&mut self, key: WebSeedKey) {
        let plan = self.abandoned(key).or_else(|| self.gap(key)).or_else(|| self.share_of_another(key));
        let Some(Plan { bytes, pieces }) = plan else { return };
        let span = FileSpan { offset: bytes.start, length: bytes.end - bytes.start };
        let first = PieceIndex::new(pieces.start);
        self.begin(key, bytes, pieces);
        if self.pieces().is_some_and(|pieces| pieces.download(first).is_some()) {
            // Before others work on it.
            self.enter(key, first);
        }
        self.outputs.push_back(Output::Fetch { web_seed: key, span });
    }

    /// The rest of a piece in download that nobody works on, and what follows it.
    fn abandoned(&self, key: WebSeedKey) -> Option<Plan> {
        let pieces = self.pieces()?;
        let geometry = pieces.geometry();
        let is_suspect = self.web_seed(key)?.is_suspect;
        let mut open =
            pieces.active().filter(|(_, active)| !is_suspect && active.admits(Giver::WebSeed(key)));
        let (piece, missing) = open.find_map(|(piece, active)| {
            let missing = self.missing_blocks(key, piece, active);
            let is_left = !missing.is_empty() && !self.is_worked_on(key, active);
            is_left.then_some((piece, missing))
        })?;
        let mut spans = missing.into_iter().map(|block| geometry.span_of(block));
        let first = spans.next()?;
        let mut end = first.end();
        for span in spans {
            if span.offset != end {
                break;
            }
            end = span.end();
        }
        Some(self.extended(first.offset..end, piece))
    }

    /// A run of pieces that nobody works on.
    fn gap(&self, key: WebSeedKey) -> Option<Plan> {
        let content = self.content.as_ref()?;
        let (pieces, geometry) = (&content.pieces, content.pieces.geometry());
        let is_ours = |piece: &PieceIndex| pieces.is_wanted(*piece) && !self.is_left_to_peers(*piece);
        let mut due = pieces.deadlines().iter().map(|(_, piece)| piece);
        let urgent = due.find(|piece| pieces.is_wanted(*piece));
        let left_off = self.web_seed(key)?.left_off;
        let rarest = || {
            let mut first = pieces.availability().first().filter(is_ours)?;
            // The first run begins anywhere, so that not everybody has the same pieces; later ones fill gaps.
            while left_off.is_some()
                && let Some(before) = first.get().checked_sub(1).map(PieceIndex::new).filter(is_ours)
            {
                first = before;
            }
            Some(first)
        };
        let first = urgent.or_else(|| left_off.filter(is_ours)).or_else(rarest)?;
        let start = geometry.offset_of(first);
        let end = end_of(geometry, first);
        content.has_room().then(|| self.extended(start..end, first))
    }

    /// The bytes, which end in `piece`, and the pieces behind it that are wanted, up to the longest run.
    fn extended(&self, bytes: Range<u64>, piece: PieceIndex) -> Plan {
        let Range { start, mut end } = bytes;
        let mut next = piece.get() + 1;
        while let Some(pieces) = self.pieces() {
            let (piece, geometry) = (PieceIndex::new(next), pieces.geometry());
            let longer = end_of(geometry, piece);
            let is_next = pieces.is_wanted(piece) && end == geometry.offset_of(piece);
            if !is_next || self.is_left_to_peers(piece) || longer - start > self.config.max_run {
                break;
            }
            end = longer;
            next += 1;
        }
        Plan { bytes: start..end, pieces: piece.get()..next }
    }

    /// The further half of what another web seed has reserved.
    fn share_of_another(&mut self, key: WebSeedKey) -> Option<Plan> {
        let runs =
            self.web_seeds.iter().filter_map(|web_seed| Some((web_seed.run()?.reserved, web_seed.key)));
        let (reserved, other) = runs.max().filter(|(reserved, other)| *reserved > 0 && *other != key)?;
        let pieces = self.cut_run(other, reserved.div_ceil(2))?;
        let geometry = self.pieces()?.geometry();
        let last = PieceIndex::new(pieces.end - 1);
        let start = geometry.offset_of(PieceIndex::new(pieces.start));
        let end = end_of(geometry, last);
        Some(Plan { bytes: start..end, pieces })
    }

    /// Frees some of what a web seed has reserved, from the end: at most `count` pieces, which lie side by side.
    fn cut_run(&mut self, key: WebSeedKey, count: u32) -> Option<Range<u32>> {
        let web_seed = self.web_seeds.iter_mut().find(|web_seed| web_seed.key == key)?;
        let (Some(Content { pieces, .. }), Some(run)) = (&mut self.content, web_seed.run_mut()) else {
            return None;
        };
        let end = run.pieces.end;
        while end - run.pieces.end < count
            && let Some(last) = run.pieces.clone().next_back().map(PieceIndex::new)
            && pieces.is_reserved_for(last, key)
        {
            pieces.unreserve(last);
            run.reserved -= 1;
            run.pieces.end = last.get();
            run.bytes.end = pieces.geometry().offset_of(last);
            run.is_cut = true;
        }
        (run.pieces.end < end).then_some(run.pieces.end..end)
    }

    /// Frees the last piece that a web seed has reserved, for a peer that could be asked for more; or what a web seed
    /// that is far slower is about to send. Whether there is any.
    pub(super) fn take_from_web_seed(&mut self, key: PeerKey, blocks: &mut impl Blocks) -> bool {
        let Some(peer) = self.peers.get(&key) else { return false };
        let has_room = self.content.as_ref().is_some_and(Content::has_room);
        if peer.peer_choking || peer.appetite() == 0 || self.asking.is_held_back() || !has_room {
            return false;
        }
        let serves = |piece: u32| {
            let piece = PieceIndex::new(piece);
            peer.has.get(piece) && !peer.refused.contains(&piece)
        };
        let runs = self.web_seeds.iter().filter_map(|web_seed| Some((web_seed.run()?, web_seed)));
        let fit = runs.filter(|(run, _)| run.pieces.clone().next_back().is_some_and(serves));
        let longest = fit.max_by_key(|(run, _)| run.reserved).filter(|(run, _)| run.reserved > 0);
        if let Some((_, web_seed)) = longest {
            let web_seed = web_seed.key;
            return self.cut_run(web_seed, 1).is_some();
        }
        let is_slow = |web_seed: &&WebSeed| web_seed.is_far_slower(self.now, peer.pipeline.pace());
        let slow = self.web_seeds.iter().filter(|web_seed| web_seed.run().is_some()).find(is_slow);
        let slow = slow.map(|web_seed| web_seed.key);
        if let Some(web_seed) = slow {
            self.abort(web_seed, AbortReason::Stalled, blocks);
        }
        slow.is_some()
    }

    /// Has a web seed change over to pieces that somebody waits for, unless it is about to come to them.
    pub(super) fn hurry_web_seed(&mut self, blocks: &mut impl Blocks) {
        let Some(pieces) = self.pieces() else { return };
        let is_waiting = |piece: &PieceIndex| pieces.is_wanted(*piece) || self.is_reserved(*piece);
        let Some(piece) = pieces.deadlines().iter().map(|(_, piece)| piece).find(is_waiting) else { return };
        let start = pieces.geometry().offset_of(piece);
        let runs = self.web_seeds.iter().filter_map(|web_seed| Some((web_seed.run()?, web_seed.key)));
        let is_near =
            |run: &Run| run.bytes.start <= start && start < run.bytes.end.min(run.bytes.start + NEAR);
        if runs.clone().any(|(run, _)| is_near(run)) {
            return;
        }
        let longest = runs.max_by_key(|(run, _)| run.reserved).map(|(_, key)| key);
        let holder = self
            .web_seeds
            .iter()
            .map(|web_seed| web_seed.key)
            .find(|key| pieces.is_reserved_for(piece, *key));
        if let Some(key) = holder.or(longest) {
            self.abort(key, AbortReason::NotNeeded, blocks);
        }
    }

    fn is_reserved(&self, piece: PieceIndex) -> bool {
        let Some(pieces) = self.pieces() else { return false };
        self.web_seeds.iter().any(|web_seed| pieces.is_reserved_for(piece, web_seed.key))
    }

    /// The blocks of a piece in download that a web seed may give: those that nobody was asked for, and those that
    /// do not come.
    pub(super) fn missing_blocks(&self, key: WebSeedKey, piece: PieceIndex, active: &Active) -> Vec<Block> {
        let late = active.all_pending().filter(|pending| self.is_late(key, pending));
        let mut positions: Vec<u32> = active.free().chain(late.map(|pending| pending.position)).collect();
        sort::ascending(&mut positions);
        let geometry = self.pieces().map(|pieces| pieces.geometry());
        positions.into_iter().filter_map(|position| geometry?.block(piece, position)).collect()
    }

    /// Whether somebody is about to give blocks of a piece in download.
    fn is_worked_on(&self, key: WebSeedKey, active: &Active) -> bool {
        active.all_pending().any(|pending| !self.is_late(key, &pending))
    }

    /// Whether a block that somebody was asked for does not come, or, when there is nothing else to do, comes far too
    /// slowly.
    fn is_late(&self, key: WebSeedKey, pending: &Pending) -> bool {
        let is_last = self.pieces().is_some_and(|pieces| pieces.availability().is_empty());
        let usual = self.web_seed(key).filter(|_| is_last).map_or(0, |web_seed| web_seed.usual_rate);
        gives_way(&self.peers, &self.web_seeds, self.now, pending.holder, usual)
    }

    /// Whether peers have the piece, and give so fast that nobody's server has to.
    pub(super) fn is_left_to_peers(&self, piece: PieceIndex) -> bool {
        let copies = self.pieces().and_then(|pieces| pieces.availability().copies().get(piece.as_usize()));
        let rate = |web_seed: &WebSeed| web_seed.down.per_second(self.now);
        let given = || self.totals.down.per_second(self.now);
        let by_peers = || given().saturating_sub(self.web_seeds.iter().map(rate).sum());
        copies.is_some_and(|copies| *copies > 0) && by_peers() >= self.config.enough
    }
}

/// How long a web seed that has nothing to do waits until it looks again. Peers that leave call it at once; those
/// that slow down do not.
const LOOK: Duration = Duration::from_secs(1);
/// How far ahead of a run a piece may be that somebody waits for.
const NEAR: u64 = 4 << 20;
