//! Tips (`docs/tips.md`): claims come from peers, go out to be checked, and the genuine ones go on to other peers.

use wire::{MAX_TIPS, Message, TipClaim};

use super::Torrent;
use crate::{CloseReason, Output, PeerKey};

impl Torrent {
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
            if let Some(key) = self.tips.refuse(*claim)
                && let Some(peer) = self.peers.get_mut(&key)
            {
                peer.tips.wronged();
            }
        }
        let new = self.tips.confirm(genuine);
        for key in self.peers.keys().copied().collect::<Vec<_>>() {
            self.tell_of_tips(key, &new);
        }
    }

    /// Tells a peer of all tips, once it is known to speak of them.
    pub(super) fn tell_newcomer_of_tips(&mut self, key: PeerKey) {
        let has_payees = self.names_payees();
        let Some(peer) = self.peers.get_mut(&key).filter(|peer| has_payees && peer.btt_tip != 0) else {
            return;
        };
        if !std::mem::replace(&mut peer.tips.told, true) {
            let all = self.tips.genuine().to_vec();
            self.tell_of_tips(key, &all);
        }
    }

    fn tell_of_tips(&mut self, key: PeerKey, claims: &[TipClaim]) {
        let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.tips.told) else { return };
        for claims in claims.chunks(MAX_TIPS) {
            peer.say(Message::Extended { id: peer.btt_tip, payload: &TipClaim::encode_all(claims) });
        }
    }
}
