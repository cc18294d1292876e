//! What web seeds send, and what becomes of it.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

use journal::Event;
use metainfo::{BLOCK_LENGTH, Block, FileSpan, Geometry, MAX_WEB_SEEDS, PieceIndex};

use super::Torrent;
use super::asking::Change;
use super::content::Content;
use crate::giver::Giver;
use crate::pieces::Active;
use crate::web_seed::{Run, State, WebSeed};
use crate::{AbortReason, Blocks, Output, Time, WebSeedEvent, WebSeedKey};

impl Torrent {
    /// Something happened at a web seed.
    pub(super) fn web_seed_event(
        &mut self,
        key: WebSeedKey,
        event: WebSeedEvent<'_>,
        blocks: &mut impl Blocks,
    ) {
        self.asking.look_at(self.now);
        match event {
            WebSeedEvent::Added => {
                if key.as_usize() < MAX_WEB_SEEDS && self.web_seed(key).is_none() {
                    self.web_seeds.push(WebSeed::new(self.now, key, self.seed));
                }
            }
            WebSeedEvent::Received(bytes) => self.web_seed_bytes(key, bytes, blocks),
            WebSeedEvent::Instead(span) => self.take_instead(key, span, blocks),
            WebSeedEvent::Failed { retry } => {
                if self.end_run(key, blocks) {
                    self.rest(key, retry);
                }
            }
        }
    }

    /// Bytes of a run arrived, cut anywhere.
    fn web_seed_bytes(&mut self, key: WebSeedKey, data: &[u8], blocks: &mut impl Blocks) {
        let now = self.now;
        if let Some(run) = self.web_seed_mut(key).and_then(WebSeed::run_mut) {
            run.heard = now;
            let rest = self.take_run(key, data, blocks);
            self.totals.waste(now, rest as u64);
        }
    }

    /// Takes the next bytes of a run. How many of them come behind its end.
    fn take_run(&mut self, key: WebSeedKey, mut data: &[u8], blocks: &mut impl Blocks) -> usize {
        let Some(geometry) = self.pieces().map(|pieces| pieces.geometry().clone()) else {
            return data.len();
        };
        while let Some(run) = self.web_seed(key).and_then(WebSeed::run) {
            let (at, end) = (run.bytes.start, run.bytes.end);
            let Some(piece) = geometry.piece_at(at).filter(|_| at < end) else {
                if run.is_cut {
                    self.abort(key, AbortReason::NotNeeded, blocks);
                } else {
                    self.end_run(key, blocks);
                }
                break;
            };
            if data.is_empty() {
                break;
            }
            let is_next = run.pieces.contains(&piece.get());
            if is_next && (self.is_left_to_peers(piece) || !self.enter(key, piece)) {
                self.abort(key, AbortReason::NotNeeded, blocks);
                break;
            }
            let begin = (at - geometry.offset_of(piece)) as u32;
            let block = geometry.block(piece, begin / BLOCK_LENGTH);
            let block = block.filter(|block| begin - block.begin < block.length);
            let next = block.map_or(end_of(&geometry, piece), |block| geometry.span_of(block).end());
            let (part, rest) = data.split_at(data.len().min((next.min(end) - at) as usize));
            data = rest;
            match block {
                Some(block) => self.web_seed_block(key, block, begin - block.begin, part, blocks),
                // Padding, which nobody sent.
                None => self.pass_over(key, part.len()),
            }
        }
        data.len()
    }

    fn pass_over(&mut self, key: WebSeedKey, bytes: usize) {
        if let Some(run) = self.web_seed_mut(key).and_then(WebSeed::run_mut) {
            run.bytes.start += bytes as u64;
        }
    }

    /// Bytes of one block arrived.
    fn web_seed_block(
        &mut self,
        key: WebSeedKey,
        block: Block,
        offset: u32,
        data: &[u8],
        blocks: &mut impl Blocks,
    ) {
        let is_last = offset + data.len() as u32 == block.length;
        self.pass_over(key, data.len());
        let Some(run) = self.web_seed_mut(key).and_then(WebSeed::run_mut) else { return };
        if run.expected.front() != Some(&block) {
            self.totals.waste(self.now, data.len() as u64);
            return;
        }
        if is_last {
            run.expected.pop_front();
        }
        let pace = self.web_seed(key).map_or(0, |web_seed| web_seed.down.per_second(self.now));
        let is_kept = self.take(Giver::WebSeed(key), pace, block, offset, data, blocks);
        let now = self.now;
        if let Some(web_seed) = self.web_seed_mut(key).filter(|_| is_kept) {
            web_seed.gave(now, data.len() as u64);
        }
        if is_last {
            if let Some(Content { pieces, .. }) = &mut self.content {
                pieces.withdraw(block);
            }
            if self.finish(Giver::WebSeed(key), None, block)
                && let Some(web_seed) = self.web_seed_mut(key)
            {
                web_seed.succeeded();
            }
        }
    }

    /// The stream of a run comes to a piece: from now on its free blocks are expected. Whether there is room for it.
    pub(super) fn enter(&mut self, key: WebSeedKey, piece: PieceIndex) -> bool {
        let (Some(Content { pieces, picker, .. }), Some(web_seed)) =
            (&mut self.content, self.web_seeds.iter_mut().find(|web_seed| web_seed.key == key))
        else {
            return false;
        };
        let alone = web_seed.is_suspect;
        let Some(run) = web_seed.run_mut() else { return false };
        let geometry = pieces.geometry().clone();
        run.pieces.start = piece.get() + 1;
        let is_reserved = pieces.is_reserved_for(piece, key);
        run.reserved -= u32::from(is_reserved);
        if is_reserved {
            pieces.unreserve(piece);
        }
        let start = geometry.offset_of(piece);
        let is_whole =
            run.bytes.start <= start && start + u64::from(geometry.content_of(piece)) <= run.bytes.end;
        if pieces.is_wanted(piece) && (is_whole || !alone) {
            if !picker.has_room(pieces) {
                return false;
            }
            pieces.open(piece, Giver::WebSeed(key), alone);
        }
        let bytes = run.bytes.clone();
        let admits = |active: &&Active| active.admits(Giver::WebSeed(key)) && alone == active.is_exclusive();
        let Some(active) = self.pieces().and_then(|pieces| pieces.download(piece)).filter(admits) else {
            return true;
        };
        let missing = self.missing_blocks(key, piece, active);
        let Some(Content { pieces, .. }) = &mut self.content else { return true };
        let Some(web_seed) = self.web_seeds.iter_mut().find(|web_seed| web_seed.key == key) else {
            return true;
        };
        let Some(run) = web_seed.run_mut() else { return true };
        for block in missing {
            let span = geometry.span_of(block);
            if bytes.start <= span.offset && span.end() <= bytes.end {
                pieces.request(block, Giver::WebSeed(key));
                run.expected.push_back(block);
            }
        }
        true
    }

    /// The server sends other bytes than it was asked for: the whole file. Used as if it had been asked for them, if
    /// most of them are wanted.
    fn take_instead(&mut self, key: WebSeedKey, span: FileSpan, blocks: &mut impl Blocks) {
        if !self.end_run(key, blocks) {
            return;
        }
        let Some(pieces) = self.pieces() else { return };
        let geometry = pieces.geometry();
        let end = span.end().min(geometry.total_length());
        let shared = |piece: PieceIndex| {
            let start = geometry.offset_of(piece);
            (start + u64::from(geometry.length_of(piece))).min(end).saturating_sub(start.max(span.offset))
        };
        let useful =
            geometry.pieces_of(span).filter(|piece| pieces.is_wanted(*piece)).map(shared).sum::<u64>();
        if useful * 2 < span.length || useful == 0 {
            return self.abort(key, AbortReason::Useless, blocks);
        }
        let first = geometry.pieces_of(span).next().map_or(0, PieceIndex::get);
        let last = geometry.pieces_of(span).next_back().map_or(0, PieceIndex::get);
        self.begin(key, span.offset..end, first..last + 1);
    }

    /// Notes what a web seed sends from now on, and reserves the wanted pieces of it.
    pub(super) fn begin(&mut self, key: WebSeedKey, bytes: Range<u64>, pieces: Range<u32>) {
        let now = self.now;
        let Some(Content { pieces: all, .. }) = &mut self.content else { return };
        let length = bytes.end - bytes.start;
        let mut reserved = 0;
        for piece in pieces.clone().map(PieceIndex::new) {
            reserved += u32::from(all.reserve(piece, key));
        }
        let expected = VecDeque::new();
        let run = Run { bytes, pieces, reserved, expected, is_cut: false, began: now, heard: now };
        if let Some(web_seed) = self.web_seed_mut(key) {
            web_seed.state = State::Sending(run);
            self.note(None, Event::Fetching { web_seed: key.get(), bytes: length });
        }
    }

    /// Stops expecting anything of a web seed: what it had reserved is free at once. Whether it was sending.
    pub(super) fn end_run(&mut self, key: WebSeedKey, blocks: &mut impl Blocks) -> bool {
        let now = self.now;
        let Some(web_seed) = self.web_seed_mut(key) else { return false };
        if web_seed.run().is_none() {
            return false;
        }
        let State::Sending(run) = std::mem::replace(&mut web_seed.state, State::Idle { from: now }) else {
            return false;
        };
        web_seed.left_off(now, &run);
        let given = web_seed.downloaded;
        self.note(None, Event::Fetched { web_seed: key.get(), bytes: given });
        let Some(Content { pieces, .. }) = &mut self.content else { return true };
        for piece in run.pieces.map(PieceIndex::new) {
            if pieces.is_reserved_for(piece, key) {
                pieces.unreserve(piece);
            }
        }
        for block in &run.expected {
            self.totals.lose(u64::from(pieces.disown(*block, Giver::WebSeed(key))));
            pieces.withdraw(*block);
        }
        self.drop_exclusive(Giver::WebSeed(key), blocks);
        if let Some(block) = run.expected.front() {
            self.drop_if_untouched(block.piece, blocks);
        }
        self.asking.after(Change::Freed);
        true
    }

    /// Ends a run from our side.
    pub(super) fn abort(&mut self, key: WebSeedKey, reason: AbortReason, blocks: &mut impl Blocks) {
        self.end_run(key, blocks);
        match reason {
            AbortReason::NotNeeded => {}
            AbortReason::Stalled => self.rest(key, Some(Duration::ZERO)),
            AbortReason::Useless | AbortReason::Lied => self.rest(key, None),
        }
        self.outputs.push_back(Output::Abort { web_seed: key, reason });
    }

    /// Lets a web seed that failed rest for `least`, or for good.
    fn rest(&mut self, key: WebSeedKey, least: Option<Duration>) {
        let now = self.now;
        let Some(web_seed) = self.web_seed_mut(key) else { return };
        web_seed.failed(now, least);
        let rest = web_seed.idle_from().map(|from| from.since(now).as_secs() as u32);
        self.note(None, Event::WebSeedFailed { web_seed: key.get(), rest });
    }

    /// Ends every run.
    pub(super) fn abort_all(&mut self, blocks: &mut impl Blocks) {
        for key in self.sending() {
            self.abort(key, AbortReason::NotNeeded, blocks);
        }
    }

    /// Ends the runs that let us wait for too long.
    pub(super) fn abort_silent(&mut self, blocks: &mut impl Blocks) {
        let (now, limit) = (self.now, self.config.web_seed_timeout);
        let silent = self.web_seeds.iter().filter(|web_seed| web_seed.is_silent(now, limit));
        for key in silent.map(|web_seed| web_seed.key).collect::<Vec<_>>() {
            self.abort(key, AbortReason::Stalled, blocks);
        }
    }

    /// When a web seed has let us wait for too long.
    pub(super) fn silence_deadline(&self) -> Option<Time> {
        let limit = self.config.web_seed_timeout;
        self.web_seeds.iter().filter_map(WebSeed::run).map(|run| run.heard + limit).min()
    }

    /// When a web seed may be asked for something.
    pub(super) fn look_deadline(&self) -> Option<Time> {
        let complete = self.pieces().is_none_or(|pieces| pieces.is_complete());
        if complete || self.paused {
            return None;
        }
        let from = self.web_seeds.iter().filter_map(WebSeed::idle_from);
        from.map(|from| from.max(self.asking.next_look())).min()
    }

    pub(super) fn sending(&self) -> Vec<WebSeedKey> {
        self.web_seeds
            .iter()
            .filter(|web_seed| web_seed.run().is_some())
            .map(|web_seed| web_seed.key)
            .collect()
    }

    pub(super) fn web_seed(&self, key: WebSeedKey) -> Option<&WebSeed> {
        self.web_seeds.iter().find(|web_seed| web_seed.key == key)
    }

    pub(super) fn web_seed_mut(&mut self, key: WebSeedKey) -> Option<&mut WebSeed> {
        self.web_seeds.iter_mut().find(|web_seed| web_seed.key == key)
    }
}

/// Where a piece ends, with the padding behind it.
pub(super) fn end_of(geometry: &Geometry, piece: PieceIndex) -> u64 {
    let next = geometry.offset_of(piece) + u64::from(geometry.piece_length());
    next.min(geometry.total_length())
}
