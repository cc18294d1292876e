//! Blocks on their way in.

use std::cmp::Reverse;

use journal::Event;
use metainfo::{Block, PieceIndex};
use wire::{Message, PeerId};

use super::Torrent;
use super::asking::{Change, Pass};
use super::content::Content;
use crate::giver::Giver;
use crate::peer::Peer;
use crate::peers::Peers;
use crate::picker::Asker;
use crate::pieces::{Finished, Verdict};
use crate::web_seed::WebSeed;
use crate::{Blocks, CloseReason, Output, PeerKey, Time};

impl Torrent {
    /// Bytes of a block arrived.
    pub(super) fn block_bytes(
        &mut self,
        key: PeerKey,
        block: Block,
        offset: u32,
        data: &[u8],
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        let now = self.now;
        let length = data.len() as u32;
        let is_last = offset + length == block.length;
        let giver = Giver::Peer(key);
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        peer.debt.pay(now, block, is_last);
        let is_expected = peer.pipeline.expects(block);
        let Some(Content { pieces, .. }) = &mut self.content else {
            return self.unrequested(key, length);
        };
        if !is_expected {
            self.totals.lose(u64::from(pieces.disown(block, giver)));
            return self.unrequested(key, length);
        }
        peer.trade.answer(u64::from(length));
        if peer.debt.forgive() {
            self.asking.after(Change::Owes(key));
        }

        let pace = peer.pipeline.pace();
        if self.take(giver, pace, block, offset, data, blocks)
            && let Some(peer) = self.peers.get_mut(&key)
        {
            peer.trade.receive(now, u64::from(length));
            peer.pipeline.observe(now, peer.trade.down_rate(now));
        }
        if is_last {
            self.block_end(key, block);
            self.tell_extensions(&mut |extension, cx| extension.traded(cx, key));
        }
        Ok(())
    }

    /// Bytes arrived of a block that was asked for, from one who gives `pace` bytes each second. Whether they are
    /// kept.
    pub(super) fn take(
        &mut self,
        giver: Giver,
        pace: u64,
        block: Block,
        offset: u32,
        data: &[u8],
        blocks: &mut impl Blocks,
    ) -> bool {
        let Some(Content { pieces, .. }) = &mut self.content else { return false };
        let (peers, web_seeds) = (&self.peers, &self.web_seeds);
        let gives_way = |owner| gives_way(peers, web_seeds, self.now, owner, pace);
        let length = data.len() as u64;
        match pieces.receive(block, offset, data.len() as u32, giver, gives_way) {
            Verdict::Keep { replaced } => {
                blocks.put(block.piece, block.begin + offset, data);
                self.totals.keep(self.now, length);
                self.totals.lose(u64::from(replaced));
                true
            }
            Verdict::Drop => {
                self.totals.waste(self.now, length);
                false
            }
        }
    }

    /// The last byte of a block that was asked for arrived.
    fn block_end(&mut self, key: PeerKey, block: Block) {
        let (Some(Content { pieces, .. }), Some(peer)) = (&mut self.content, self.peers.get_mut(&key)) else {
            return;
        };
        let rate = peer.trade.down_rate(self.now);
        if peer.pipeline.answered(self.now, block, rate) {
            pieces.withdraw(block);
        }
        self.asking.after(Change::Owes(key));
        if let Some(hello) = peer.hello {
            self.finish(Giver::Peer(key), Some(hello.id), block);
        }
    }

    /// All bytes of a block are here. Whether its piece is whole.
    pub(super) fn finish(&mut self, giver: Giver, id: Option<PeerId>, block: Block) -> bool {
        let Some(Content { pieces, .. }) = &mut self.content else { return false };
        let (is_whole, others) = match pieces.finish(block, giver, id) {
            Finished::Dropped => return false,
            Finished::Block { others } => (false, others),
            Finished::Piece { others } => (true, others),
        };
        if others {
            for web_seed in &mut self.web_seeds {
                if web_seed.forget(|expected| *expected == block) {
                    pieces.withdraw(block);
                }
            }
            for (_, other) in self.peers.iter_mut().filter(|(_, other)| other.pipeline.waits_for(block)) {
                other.pipeline.withdraw(self.now, block);
                other.say(Message::Cancel(block));
                pieces.withdraw(block);
                self.asking.after(Change::Owes(other.key));
            }
        }
        if is_whole {
            self.outputs.push_back(Output::Hash { piece: block.piece });
        }
        is_whole
    }

    fn unrequested(&mut self, key: PeerKey, length: u32) -> Result<(), CloseReason> {
        self.totals.waste(self.now, u64::from(length));
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        peer.unrequested += u64::from(length) + 1;
        if peer.unrequested > self.config.max_unrequested {
            return Err(CloseReason::Misbehaved("sends blocks that nobody asked for"));
        }
        Ok(())
    }

    /// Asks peers for blocks wherever something changed that may allow it.
    pub(super) fn ask_for_blocks(&mut self, blocks: &mut impl Blocks) {
        match self.asking.pass() {
            Pass::Everyone => self.ask_all(blocks),
            Pass::Peers(peers) => peers.into_iter().for_each(|key| self.ask(key, blocks)),
        }
        let endgame = self.pieces().is_some_and(|pieces| !pieces.is_complete() && pieces.is_endgame());
        if self.asking.begins_endgame(endgame) {
            self.ask_all(blocks);
        }
    }

    /// Asks every peer, the fastest first, and those that let us wait last.
    fn ask_all(&mut self, blocks: &mut impl Blocks) {
        let merit = |peer: &Peer| (peer.is_snubbed(), Reverse(peer.trade.down_rate(self.now)), peer.key);
        let mut keys: Vec<_> = self.peers.values().map(merit).collect();
        sort::ascending(&mut keys);
        for (_, _, key) in keys {
            self.ask(key, blocks);
        }
    }

    /// Asks one peer for as many blocks as it should be working on.
    fn ask(&mut self, key: PeerKey, blocks: &mut impl Blocks) {
        if let Some(evicted) = self.request_blocks(key) {
            self.drop_piece(evicted, blocks);
            self.request_blocks(key);
        }
        while self.take_from_web_seed(key, blocks) {
            self.request_blocks(key);
        }
    }

    /// Sends requests to one peer. A piece to drop first, if it is in the way of all requests.
    fn request_blocks(&mut self, key: PeerKey) -> Option<PieceIndex> {
        let now = self.now;
        let (Some(Content { pieces, picker, .. }), Some(peer)) = (&mut self.content, self.peers.get(&key))
        else {
            return None;
        };
        let count = peer.appetite();
        let id = peer.hello?.id;
        if count == 0 {
            return None;
        }
        let allowed = self.asking.allowance(now);
        if allowed == 0 {
            return None;
        }
        let asker = Asker::new(peer, now, self.reputations.is_suspect(id));
        let picks = picker.pick(pieces, &self.peers, &asker, count.min(allowed) as usize);
        if picks.is_empty() {
            return picker.evictable(pieces, &asker);
        }
        for pick in &picks {
            if let Some(other) = pick.instead_of.and_then(|other| self.peers.get_mut(&other)) {
                other.pipeline.withdraw(now, pick.block);
                other.say(Message::Cancel(pick.block));
                pieces.withdraw(pick.block);
                self.asking.gate.refund(pick.block.length);
                self.asking.after(Change::Owes(other.key));
            }
        }
        self.asking.gate.pass(picks.len() as u32, picks.iter().map(|pick| pick.block.length).sum());
        self.asking.hold_back(allowed < count);
        let peer = self.peers.get_mut(&key)?;
        if !peer.owes() {
            peer.debt.begin(now);
        }
        for pick in picks {
            peer.pipeline.push(now, pick.block);
            peer.say(Message::Request(pick.block));
        }
        None
    }

    /// Stops waiting for a peer, except for its `kept` oldest requests. The blocks that are not waited for
    /// any more.
    pub(super) fn release(&mut self, key: PeerKey, kept: usize, blocks: &mut impl Blocks) -> Vec<Block> {
        let (Some(Content { pieces, .. }), Some(peer)) = (&mut self.content, self.peers.get_mut(&key)) else {
            return Vec::new();
        };
        if let Some(block) = peer.debt.incoming() {
            self.totals.lose(u64::from(pieces.disown(block, Giver::Peer(key))));
        }
        let released: Vec<Block> = peer.pipeline.waiting().skip(kept).collect();
        self.asking.gate.refund(released.iter().map(|block| block.length).sum());
        for block in &released {
            peer.pipeline.withdraw(self.now, *block);
            pieces.withdraw(*block);
        }
        if !released.is_empty() {
            self.note(Some(key), Event::Dropped { requests: released.len() as u32 });
        }
        self.drop_exclusive(Giver::Peer(key), blocks);
        for block in &released {
            self.drop_if_untouched(block.piece, blocks);
        }
        self.asking.after(Change::Freed);
        released
    }

    /// Drops the pieces that only this one may work on: what it proves with them, it has to prove alone.
    pub(super) fn drop_exclusive(&mut self, giver: Giver, blocks: &mut impl Blocks) {
        let active = self.pieces().into_iter().flat_map(|pieces| pieces.active());
        let own = active.filter(|(_, active)| active.is_exclusive() && active.lead() == giver);
        for piece in own.map(|(piece, _)| piece).collect::<Vec<_>>() {
            self.drop_piece(piece, blocks);
        }
    }

    /// Drops a piece in download of which nothing is here or expected.
    pub(super) fn drop_if_untouched(&mut self, piece: PieceIndex, blocks: &mut impl Blocks) {
        let active = self.pieces().and_then(|pieces| pieces.download(piece));
        if active.is_some_and(|active| active.bytes() == 0 && active.is_idle()) {
            self.drop_piece(piece, blocks);
        }
    }

    /// Gives up on a piece in download, and on all requests for it.
    pub(super) fn drop_piece(&mut self, piece: PieceIndex, blocks: &mut impl Blocks) {
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        let Some(bytes) = pieces.abandon(piece) else { return };
        self.totals.lose(u64::from(bytes));
        blocks.discard(piece);
        for web_seed in &mut self.web_seeds {
            web_seed.forget(|block| block.piece == piece);
        }
        for (_, peer) in self.peers.iter_mut() {
            let waiting = peer.pipeline.waiting().filter(|block| block.piece == piece);
            for block in waiting.collect::<Vec<_>>() {
                peer.pipeline.withdraw(self.now, block);
                peer.say(Message::Cancel(block));
                self.asking.after(Change::Owes(peer.key));
            }
        }
    }
}

/// Whether whoever a block is expected from is so slow, beside one that gives `pace` bytes each second, that it is
/// better had from there.
pub(super) fn gives_way(peers: &Peers, web_seeds: &[WebSeed], now: Time, holder: Giver, pace: u64) -> bool {
    match holder {
        Giver::Peer(key) => peers.get(&key).is_none_or(|peer| peer.is_far_slower(now, pace)),
        Giver::WebSeed(key) => {
            let web_seed = web_seeds.iter().find(|web_seed| web_seed.key == key);
            web_seed.is_none_or(|web_seed| web_seed.is_far_slower(now, pace))
        }
    }
}
