//! Metadata from and for peers (BEP 9).

mod fetch;

use std::time::Duration;

use litemap::LiteMap;
use metainfo::{Info, InfoHash, InfoHashV2};
use wire::{ExtendedHandshake, METADATA_PIECE_LENGTH, MetadataMessage, UT_METADATA, metadata_piece_length};

use self::fetch::{Fetch, Gathered};
use super::{Context, Extension};
use crate::{CloseReason, PeerKey, Source, Time};

/// Asks peers for the metadata until it is known, and gives it to them from then on.
#[derive(Debug)]
pub(crate) struct Metadata {
    /// Until it is known.
    fetch: Option<Fetch>,
    /// How many parts of it each peer asked for and got.
    given: LiteMap<PeerKey, u32>,
}

impl Metadata {
    /// An answer is awaited for `timeout`.
    pub(crate) fn new(source: &Source, timeout: Duration) -> Self {
        let fetch = match source {
            Source::Magnet(_) => Some(Fetch::new(timeout)),
            Source::Info(..) => None,
        };
        Self { fetch, given: LiteMap::new() }
    }

    /// Share of it that is here, from 0 to 1.
    pub(crate) fn progress(&self) -> f32 {
        self.fetch.as_ref().map_or(1.0, Fetch::progress)
    }

    /// All parts are here: are they what the info hash names?
    fn check(&mut self, cx: &mut Context<'_>, gathered: &Gathered) {
        let hashes = cx.hashes();
        let is_v1 = |v1| InfoHash::of(&gathered.bytes) == v1;
        let is_v2 = |v2| InfoHashV2::of(&gathered.bytes) == v2;
        if hashes.v1().is_none_or(is_v1) && hashes.v2().is_none_or(is_v2) {
            self.fetch = None;
            match Info::parse(&gathered.bytes) {
                Ok(info) => cx.adopt(info),
                Err(error) => cx.give_up(error),
            }
            return;
        }
        if let Some(fetch) = &mut self.fetch {
            fetch.fail(cx.now(), gathered);
        }
        if let [source] = gathered.sources.as_slice() {
            cx.ban(*source);
        }
    }

    fn requested(&mut self, cx: &mut Context<'_>, peer: PeerKey, piece: u32) {
        if !cx.speaks(peer) {
            return;
        }
        let size = cx.info().map(|info| info.raw().len() as u32);
        let allowance = size.unwrap_or(0).div_ceil(METADATA_PIECE_LENGTH) * COPIES;
        let exists = size.and_then(|size| metadata_piece_length(piece, size)).is_some();
        let given = self.given.get(&peer).copied().unwrap_or(0);
        if exists && given < allowance && cx.queue(peer, piece, METADATA_PIECE_LENGTH) {
            self.given.insert(peer, given + 1);
        } else {
            cx.send(peer, &MetadataMessage::Reject { piece }.encode());
        }
    }
}

impl Extension for Metadata {
    fn name(&self) -> &'static str {
        UT_METADATA
    }

    fn handshake(&mut self, _: &mut Context<'_>, peer: PeerKey, handshake: &ExtendedHandshake) {
        if let Some(fetch) = &mut self.fetch
            && let Some(size) = fetch.claim(peer).or(handshake.metadata_size)
        {
            fetch.claimed(peer, size);
        }
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        match MetadataMessage::parse(payload).map_err(CloseReason::Protocol)? {
            Some(MetadataMessage::Request { piece }) => self.requested(cx, peer, piece),
            Some(MetadataMessage::Data { piece, total_size, data }) => {
                let Some(fetch) = &mut self.fetch else { return Ok(()) };
                if let Some(gathered) = fetch.arrived(cx.now(), peer, piece, total_size, data) {
                    self.check(cx, &gathered);
                }
            }
            Some(MetadataMessage::Reject { .. }) => {
                if let Some(fetch) = &mut self.fetch {
                    fetch.refused(cx.now(), peer);
                }
            }
            None => {}
        }
        Ok(())
    }

    fn give(&mut self, cx: &mut Context<'_>, peer: PeerKey, piece: u32) {
        let Some(raw) = cx.info().map(Info::raw) else { return };
        let start = (piece * METADATA_PIECE_LENGTH) as usize;
        let rest = raw.get(start..).unwrap_or_default();
        let data = &rest[..rest.len().min(METADATA_PIECE_LENGTH as usize)];
        let payload = MetadataMessage::Data { piece, total_size: raw.len() as u32, data }.encode();
        cx.send(peer, &payload);
    }

    fn closed(&mut self, _: &mut Context<'_>, peer: PeerKey) {
        self.given.remove(&peer);
        if let Some(fetch) = &mut self.fetch {
            fetch.gone(peer);
        }
    }

    fn deadline(&self) -> Option<Time> {
        let fetch = self.fetch.as_ref()?;
        if fetch.is_eager() { Some(Time::ZERO) } else { fetch.deadline() }
    }

    fn tick(&mut self, cx: &mut Context<'_>) {
        let Some(fetch) = &mut self.fetch else { return };
        fetch.expire(cx.now());
        for peer in fetch.eager() {
            if !cx.speaks(peer) {
                continue;
            }
            for piece in fetch.ask(cx.now(), peer) {
                cx.send(peer, &MetadataMessage::Request { piece }.encode());
            }
        }
    }
}

/// How often a peer may have the whole metadata on one connection.
const COPIES: u32 = 2;
