//! What becomes of metadata that peers gave.

use std::mem;

use journal::Event;
use metainfo::{Info, PieceLayers};
use wire::{Bitfield, PeerId};

use super::Torrent;
use super::content::Content;
use crate::timers::Timer;
use crate::{Blocks, CloseReason, Output};

impl Torrent {
    /// The metadata are known: what peers said before can be understood now.
    pub(super) fn adopt(&mut self, info: Info, blocks: &mut impl Blocks) {
        let count = info.geometry().piece_count();
        self.outputs.push_back(Output::Metadata(info.clone()));
        self.hashes = info.hashes();
        self.content = Some(Content::new(info, Bitfield::new(count), &self.config, self.seed));
        self.know_layers(PieceLayers::default());
        // Requests wait for the next input, so that the driver can prepare.
        self.timers.set(Timer::Begin, self.now);

        let extended = self.extended_handshake(false);
        let mut liars = Vec::new();
        let Some(Content { pieces, .. }) = &mut self.content else { return };
        for (_, peer) in self.peers.iter_mut() {
            if let Some(decoder) = &mut peer.decoder {
                decoder.set_piece_count(count);
            }
            peer.has = Bitfield::new(count);
            match mem::take(&mut peer.early).resolve(count) {
                Ok(has) => peer.gain_all(&has, pieces),
                Err(reason) => liars.push((peer.key, reason)),
            }
            peer.say_extended(&extended);
        }
        self.note_content();
        for (key, reason) in liars {
            self.close(key, reason, blocks);
        }
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.tell_extensions(&mut |extension, cx| extension.learnt(cx, key));
        }
    }

    /// The metadata are right, and no use.
    pub(super) fn give_up(&mut self, error: metainfo::Error, blocks: &mut impl Blocks) {
        self.unusable = true;
        self.note(None, Event::Unusable);
        self.outputs.push_back(Output::Unusable(error));
        self.pause(blocks);
    }

    /// Ends every connection of a peer that sent corrupt data, now and later.
    pub(super) fn ban(&mut self, id: PeerId, blocks: &mut impl Blocks) {
        self.reputations.ban(id);
        self.note(self.peer_named(id), Event::Banned);
        while let Some(key) = self.peer_named(id) {
            self.close(key, CloseReason::CorruptData, blocks);
        }
    }
}
