//! What extensions are told, and what becomes of what they ask for.

use journal::Event;
use std::any::Any;
use std::mem;

use metainfo::{Info, PieceIndex};
use wire::{ExtendedHandshake, TipClaim};

use super::content::Content;
use super::{Context, Torrent};
use crate::extension::{Extension, Tips};
use crate::{Blocks, CloseReason, Input, PeerKey, Time};

/// What an extension asks for that changes the torrent, and other extensions hear of. It is done after the extension
/// has had its say.
#[derive(Debug)]
pub(super) enum Wish {
    /// To send a peer what can be sent.
    Serve(PeerKey),
    Close(PeerKey, CloseReason),
    /// To tell everybody what we can do.
    Introduce,
    /// To shun a peer.
    Ban(PeerKey),
    /// To go on with these metadata, of which the hash is right.
    Adopt(Info),
    /// To do nothing any more: the metadata are no use.
    GiveUp(metainfo::Error),
    /// To know that a peer has a piece no more.
    Unset(PeerKey, PieceIndex),
}

impl Torrent {
    /// Adds an extension, before peers come: those who are here already are taken for peers that do not speak it.
    #[must_use]
    pub fn with(mut self, extension: impl Extension) -> Self {
        self.extensions.push(Box::new(extension));
        self
    }

    /// The extension of this type, if the torrent has one.
    #[must_use]
    pub fn extension<E: Extension>(&self) -> Option<&E> {
        self.extensions.iter().find_map(|extension| (&**extension as &dyn Any).downcast_ref())
    }

    /// The claims of peers that nobody has checked: each was in an [`Output::Tips`](crate::Output::Tips).
    pub fn unchecked_tips(&self) -> impl Iterator<Item = TipClaim> {
        self.extension().into_iter().flat_map(Tips::waiting)
    }

    /// The payload of a message by which we say what we can do beyond the core protocol (BEP 10), to a peer to which
    /// we are `shy`: it is shown few pieces.
    pub(super) fn extended_handshake(&self, shy: bool) -> Vec<u8> {
        let info = self.info();
        let mut handshake = ExtendedHandshake {
            metadata_size: info.map(|info| info.raw().len() as u32),
            reqq: Some(self.config.max_queued),
            client: Some(self.config.client.clone()),
            upload_only: self.upload_only && !shy,
            super_seed: shy,
            ..ExtendedHandshake::default()
        };
        for (id, extension) in (1..=u8::MAX).zip(&self.extensions) {
            if extension.is_offered(info) {
                handshake.extensions.insert(extension.name().to_owned(), id);
                if let Some(terms) = extension.terms() {
                    handshake.terms.insert(extension.name().to_owned(), terms);
                }
            }
        }
        handshake.encode()
    }

    /// Tells everybody what else we can do by now.
    pub(super) fn introduce_again(&mut self) {
        let [open, shy] = [false, true].map(|shy| self.extended_handshake(shy));
        for (_, peer) in self.peers.iter_mut() {
            peer.say_extended(if peer.view.is_some() { &shy } else { &open });
        }
    }

    /// A peer said what else it can do.
    pub(super) fn peer_extends(
        &mut self,
        key: PeerKey,
        payload: &[u8],
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        let handshake = ExtendedHandshake::parse(payload).map_err(CloseReason::Protocol)?;
        if let Some(peer) = self.peers.get_mut(&key) {
            let names = self.extensions.iter().map(|extension| extension.name());
            peer.extend(&handshake, names, self.config.max_requests);
            if let Some(Content { pieces, .. }) = &mut self.content {
                peer.update_interest(pieces);
            }
        }
        if handshake.super_seed {
            self.note(Some(key), Event::SuperSeeds);
        }
        self.hurry();
        self.tell_extensions(&mut |extension, cx| extension.handshake(cx, key, &handshake));
        self.grant(blocks);
        self.close_if_useless(key, blocks);
        Ok(())
    }

    /// A peer sent a message under an id that we gave to an extension, or under another.
    pub(super) fn extension_message(
        &mut self,
        key: PeerKey,
        id: u8,
        payload: &[u8],
        blocks: &mut impl Blocks,
    ) -> Result<(), CloseReason> {
        let place = usize::from(id).wrapping_sub(1);
        let outcome = self.tell_extension(place, |extension, cx| extension.message(cx, key, payload));
        self.grant(blocks);
        outcome.unwrap_or(Ok(()))
    }

    /// The driver has something for extensions.
    pub(super) fn extension_input(&mut self, input: &Input<'_>) {
        let others = match input {
            Input::Extension { name, .. } => Some(*name),
            _ => None,
        };
        self.tell_extensions(&mut |extension, cx| {
            if others.is_none_or(|name| name == extension.name()) {
                extension.input(cx, input);
            }
        });
    }

    /// When an extension has something to do.
    pub(super) fn extension_deadline(&self) -> Option<Time> {
        self.extensions.iter().filter_map(|extension| extension.deadline()).min()
    }

    /// Does what extensions have to do by now.
    pub(super) fn tick_extensions(&mut self) {
        let now = self.now;
        self.tell_extensions(&mut |extension, cx| {
            if extension.deadline().is_some_and(|at| at <= now) {
                extension.tick(cx);
            }
        });
    }

    /// Tells each extension something, in the order of their ids. While they hear it, they are not to be told of
    /// anything else, and nothing that a [`Context`] does would.
    pub(super) fn tell_extensions(&mut self, tell: &mut dyn FnMut(&mut dyn Extension, &mut Context<'_>)) {
        let mut extensions = mem::take(&mut self.extensions);
        for (place, extension) in extensions.iter_mut().enumerate() {
            let mut cx = Context::new(self, place, extension.name());
            tell(extension.as_mut(), &mut cx);
        }
        self.extensions = extensions;
    }

    /// Tells the extension at this place something, if there is one.
    pub(super) fn tell_extension<T>(
        &mut self,
        place: usize,
        tell: impl FnOnce(&mut dyn Extension, &mut Context<'_>) -> T,
    ) -> Option<T> {
        let mut extensions = mem::take(&mut self.extensions);
        let said = extensions.get_mut(place).map(|extension| {
            let mut cx = Context::new(self, place, extension.name());
            tell(extension.as_mut(), &mut cx)
        });
        self.extensions = extensions;
        said
    }

    /// Does what extensions asked for.
    pub(super) fn grant(&mut self, blocks: &mut impl Blocks) {
        while let Some(wish) = self.wishes.pop_front() {
            match wish {
                Wish::Serve(peer) => self.pump(peer),
                Wish::Close(peer, reason) => self.close(peer, reason, blocks),
                Wish::Introduce => self.introduce_again(),
                Wish::Ban(peer) => {
                    if let Some(hello) = self.peers.get(&peer).and_then(|peer| peer.hello) {
                        self.ban(hello.id, blocks);
                    }
                }
                Wish::Adopt(info) => self.adopt(info, blocks),
                Wish::GiveUp(error) => self.give_up(error, blocks),
                Wish::Unset(peer, piece) => self.peer_lost(peer, piece, blocks),
            }
        }
    }
}
