//! Tips (`docs/tips.md`): claims come from peers, go out to be checked, and the genuine ones go on to other peers.

mod claims;
mod gossip;

use litemap::LiteMap;
use metainfo::Info;
use wire::{BTT_TIP, ExtendedHandshake, TipClaim};

use self::claims::Claims;
use self::gossip::Gossip;
use super::{Context, Extension};
use crate::{CloseReason, Input, Output, PeerKey, Time};

/// What is known of tips, and what each peer said of them and is told.
#[derive(Debug, Default)]
pub(crate) struct Tips {
    claims: Claims,
    /// Of those who speak the extension, or have said something.
    gossip: LiteMap<PeerKey, Gossip>,
    /// When some peer can be told more.
    tell_at: Option<Time>,
}

impl Tips {
    /// Those that are to be checked.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = TipClaim> {
        self.claims.waiting()
    }

    /// Claims were checked.
    fn checked(&mut self, cx: &mut Context<'_>, genuine: &[TipClaim], refused: &[TipClaim]) {
        for claim in refused {
            for key in self.claims.refuse(*claim) {
                if let Some(gossip) = self.gossip.get_mut(&key) {
                    gossip.wronged();
                }
            }
            self.spare_everyone(*claim);
        }
        for claim in genuine {
            if let Some(from) = self.claims.confirm(*claim) {
                for (_, gossip) in self.gossip.iter_mut().filter(|(key, _)| !from.contains(key)) {
                    gossip.queue(*claim);
                }
            }
        }
        self.tell(cx);
    }

    /// Genuine tips are not worth keeping: there are others that are more.
    fn forget(&mut self, claims: &[TipClaim]) {
        for claim in claims {
            self.claims.forget(*claim);
            self.spare_everyone(*claim);
        }
    }

    fn spare_everyone(&mut self, claim: TipClaim) {
        for (_, gossip) in &mut self.gossip {
            gossip.spare(claim);
        }
    }

    /// Tells a peer of all tips, once it is known to speak of them.
    fn greet(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        if self.is_offered(cx.info()) && cx.speaks(peer) {
            self.gossip.entry(peer).or_default().greet(self.claims.genuine());
            self.tell(cx);
        }
    }

    /// Tells everyone what they can be told now.
    fn tell(&mut self, cx: &mut Context<'_>) {
        self.tell_at = None;
        for (peer, gossip) in self.gossip.iter_mut().filter(|(_, gossip)| gossip.next().is_some()) {
            if !cx.speaks(*peer) {
                continue;
            }
            while let Some(claims) = gossip.tell(cx.now()) {
                cx.send(*peer, &TipClaim::encode_all(&claims));
            }
            self.tell_at = self.tell_at.into_iter().chain(gossip.next()).min();
        }
    }
}

impl Extension for Tips {
    fn name(&self) -> &'static str {
        BTT_TIP
    }

    /// Only if the torrent says whom to pay is there anything to say of tips.
    fn is_offered(&self, info: Option<&Info>) -> bool {
        info.is_some_and(Info::takes_tips)
    }

    fn handshake(&mut self, cx: &mut Context<'_>, peer: PeerKey, _: &ExtendedHandshake) {
        self.greet(cx, peer);
    }

    fn learnt(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.greet(cx, peer);
    }

    /// A peer names transactions that are tips, as it says.
    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        if !self.is_offered(cx.info()) {
            return Ok(());
        }
        let gossip = self.gossip.entry(peer).or_default();
        if !gossip.admit(cx.now()) {
            return Ok(());
        }
        let claims = TipClaim::parse_all(payload).map_err(CloseReason::Protocol)?;
        let new = self.claims.claim(peer, gossip, claims);
        if !new.is_empty() {
            cx.ask(Output::Tips(new));
        }
        Ok(())
    }

    fn closed(&mut self, _: &mut Context<'_>, peer: PeerKey) {
        self.gossip.remove(&peer);
        self.claims.gone(peer);
    }

    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        match input {
            Input::TipsChecked { genuine, refused } => self.checked(cx, genuine, refused),
            Input::ForgetTips(claims) => self.forget(claims),
            _ => {}
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.tell_at
    }

    fn tick(&mut self, cx: &mut Context<'_>) {
        self.tell(cx);
    }
}
