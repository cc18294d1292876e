//! Tips (`docs/tips.md`): claims come from peers, go out to be checked, and the genuine ones go on to other peers.

use wire::{Message, TipClaim};

use super::Torrent;
use crate::{CloseReason, Output, PeerKey};

impl Torrent {
    /// The claims of peers that nobody has checked: each was in an [`Output::Tips`].
    pub fn unchecked_tips(&self) -> impl Iterator<Item = TipClaim> {
        self.tips.waiting()
    }

    /// Whether the torrent says whom to pay: only then is there anything to say of tips.
    pub(super) fn names_payees(&self) -> bool {
        self.info().is_some_and(|info| !info.payment_options().is_empty())
    }

    /// A peer names transactions that are tips, as it says.
    pub(super) fn tips_claimed(&mut self, key: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        if !self.names_payees() {
            return Ok(());
        }
        let Some(peer) = self.peers.get_mut(&key) else { return Ok(()) };
        if !peer.tips.admit(self.now) {
            return Ok(());
        }
        let claims = TipClaim::parse_all(payload).map_err(CloseReason::Protocol)?;
        let new = self.tips.claim(key, &mut peer.tips, claims);
        if !new.is_empty() {
            self.outputs.push_back(Output::Tips(new));
        }
        Ok(())
    }

    /// Claims were checked.
    pub(super) fn tips_checked(&mut self, genuine: &[TipClaim], refused: &[TipClaim]) {
        for claim in refused {
            for key in self.tips.refuse(*claim) {
                if let Some(peer) = self.peers.get_mut(&key) {
                    peer.tips.wronged();
                }
            }
            for (_, peer) in self.peers.iter_mut() {
                peer.tips.spare(*claim);
            }
        }
        for claim in genuine {
            if let Some(from) = self.tips.confirm(*claim) {
                for (_, peer) in self.peers.iter_mut().filter(|(key, _)| !from.contains(key)) {
                    peer.tips.queue(*claim);
                }
            }
        }
        self.tell_of_tips();
    }

    /// Genuine tips are not worth keeping: there are others that are more.
    pub(super) fn forget_tips(&mut self, claims: &[TipClaim]) {
        for claim in claims {
            self.tips.forget(*claim);
            for (_, peer) in self.peers.iter_mut() {
                peer.tips.spare(*claim);
            }
        }
    }

    /// Tells a peer of all tips, once it is known to speak of them.
    pub(super) fn tell_newcomer_of_tips(&mut self, key: PeerKey) {
        if !self.names_payees() {
            return;
        }
        if let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.btt_tip != 0) {
            peer.tips.greet(self.tips.genuine());
            self.tell_of_tips();
        }
    }

    /// Tells everyone what they can be told now.
    pub(super) fn tell_of_tips(&mut self) {
        let mut next = None;
        let speakers = self.peers.values().filter(|peer| peer.btt_tip != 0 && peer.tips.next().is_some());
        for key in speakers.map(|peer| peer.key).collect::<Vec<_>>() {
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            while let Some(claims) = peer.tips.tell(self.now) {
                peer.say(Message::Extended { id: peer.btt_tip, payload: &TipClaim::encode_all(&claims) });
            }
            next = next.into_iter().chain(peer.tips.next()).min();
        }
        self.tips.tell_at = next;
    }
}
