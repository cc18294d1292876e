//! Metadata from and for peers (BEP 9).

use std::mem;

use journal::Event;
use metainfo::{Info, InfoHash, InfoHashV2, PieceLayers};
use wire::{Bitfield, METADATA_PIECE_LENGTH, Message, MetadataMessage, PeerId, metadata_piece_length};

use super::{MAX_SHUNNED, Stage, Torrent};
use crate::metadata::Gathered;
use crate::pieces::Pieces;
use crate::timers::Timer;
use crate::{Blocks, CloseReason, Output, PeerKey};

impl Torrent {
    /// Asks peers that may know for parts of the metadata.
    pub(super) fn ask_for_metadata(&mut self) {
        let Stage::Metadata(fetch) = &mut self.stage else { return };
        for key in fetch.eager() {
            let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.ut_metadata != 0) else { continue };
            for piece in fetch.ask(self.now, key) {
                let payload = MetadataMessage::Request { piece }.encode();
                peer.say(Message::Extended { id: peer.ut_metadata, payload: &payload });
            }
        }
    }

    pub(super) fn metadata_message(
        &mut self,
        key: PeerKey,
        payload: &[u8],
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        match MetadataMessage::parse(payload).map_err(CloseReason::Protocol)? {
            Some(MetadataMessage::Request { piece }) => self.metadata_requested(key, piece),
            Some(MetadataMessage::Data { piece, total_size, data }) => {
                let Stage::Metadata(fetch) = &mut self.stage else { return Ok(()) };
                if let Some(gathered) = fetch.arrived(self.now, key, piece, total_size, data) {
                    self.check_metadata(&gathered, blocks);
                }
            }
            Some(MetadataMessage::Reject { .. }) => {
                if let Stage::Metadata(fetch) = &mut self.stage {
                    fetch.refused(self.now, key);
                }
            }
            None => {}
        }
        Ok(())
    }

    /// All parts are here: are they what the info hash names?
    fn check_metadata(&mut self, gathered: &Gathered, blocks: &mut impl Blocks) {
        let Stage::Metadata(fetch) = &mut self.stage else { return };
        let is_v1 = |v1| InfoHash::of(&gathered.bytes) == v1;
        let is_v2 = |v2| InfoHashV2::of(&gathered.bytes) == v2;
        if self.hashes.v1().is_none_or(is_v1) && self.hashes.v2().is_none_or(is_v2) {
            match Info::parse(&gathered.bytes) {
                Ok(info) => self.adopt(info, blocks),
                Err(error) => {
                    self.stage = Stage::Unusable;
                    self.note(None, Event::Unusable);
                    self.outputs.push_back(Output::Unusable(error));
                    self.pause(blocks);
                }
            }
            return;
        }
        fetch.fail(self.now, gathered);
        let mut sources = gathered.sources.as_slice().iter();
        if let (Some(source), None) = (sources.next(), sources.next()) {
            let hello = self.peers.get(source).and_then(|peer| peer.hello);
            if let Some(hello) = hello {
                self.ban(hello.id, blocks);
            }
        }
    }

    /// The metadata is known: what peers said before can be understood now.
    fn adopt(&mut self, info: Info, blocks: &mut impl Blocks) {
        let geometry = info.geometry();
        let count = geometry.piece_count();
        let pieces = Pieces::new(geometry, Bitfield::new(count), self.seed);
        self.outputs.push_back(Output::Metadata(info.clone()));
        self.hashes = info.hashes();
        self.stage = Stage::Content(info, Box::new(pieces));
        self.know_layers(PieceLayers::default());
        // Requests wait for the next input, so that the driver can prepare.
        self.timers.set(Timer::Begin, self.now);

        let extended = self.extended_handshake();
        let mut liars = Vec::new();
        let Stage::Content(_, pieces) = &mut self.stage else { return };
        for (_, peer) in self.peers.iter_mut() {
            if let Some(decoder) = &mut peer.decoder {
                decoder.set_piece_count(count);
            }
            match mem::take(&mut peer.early).resolve(count) {
                Ok(has) => peer.has = has,
                Err(reason) => {
                    peer.has = Bitfield::new(count);
                    liars.push((peer.key, reason));
                }
            }
            for piece in peer.has.iter_ones() {
                pieces.availability_mut().add(piece);
            }
            peer.useful = peer.has.count_ones();
            peer.update_interest(pieces);
            if peer.hello.is_some_and(|hello| hello.reserved.extended()) {
                peer.say(Message::Extended { id: 0, payload: &extended });
            }
        }
        self.note_content();
        for (key, reason) in liars {
            self.close(key, reason, blocks);
        }
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.acquaint(key);
            self.tell_newcomer_of_tips(key);
        }
    }

    fn metadata_requested(&mut self, key: PeerKey, piece: u32) {
        let size = self.info().map(|info| info.raw().len() as u32);
        let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.ut_metadata != 0) else { return };
        let allowance = size.unwrap_or(0).div_ceil(METADATA_PIECE_LENGTH) * METADATA_COPIES;
        let exists = size.and_then(|size| metadata_piece_length(piece, size)).is_some();
        if exists && peer.metadata_sent < allowance && peer.uploads.push_metadata(piece) {
            peer.metadata_sent += 1;
            self.pump(key);
        } else {
            let payload = MetadataMessage::Reject { piece }.encode();
            peer.say(Message::Extended { id: peer.ut_metadata, payload: &payload });
        }
    }

    /// Sends a piece of metadata that is known to exist.
    pub(super) fn send_metadata(&mut self, key: PeerKey, piece: u32) {
        let (Stage::Content(info, _), Some(peer)) = (&self.stage, self.peers.get_mut(&key)) else { return };
        let start = (piece * METADATA_PIECE_LENGTH) as usize;
        let rest = info.raw().get(start..).unwrap_or_default();
        let data = &rest[..rest.len().min(METADATA_PIECE_LENGTH as usize)];
        let payload = MetadataMessage::Data { piece, total_size: info.raw().len() as u32, data }.encode();
        peer.say(Message::Extended { id: peer.ut_metadata, payload: &payload });
    }

    /// Ends every connection of a peer that sent corrupt data, now and later.
    pub(super) fn ban(&mut self, id: PeerId, blocks: &mut impl Blocks) {
        self.banned.remember(id, MAX_SHUNNED);
        self.note(self.peer_named(id), Event::Banned);
        while let Some(key) = self.peer_named(id) {
            self.close(key, CloseReason::CorruptData, blocks);
        }
    }
}

/// How often a peer may have the whole metadata on one connection.
const METADATA_COPIES: u32 = 2;
