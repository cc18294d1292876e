//! Tips of a torrent: what peers claim waits for the page to check it, what is genuine is kept.

use metainfo::{Endorsement, MAX_ENDORSEMENTS};
use protocol::TipClaim;
use swarm::{Input, Time};

use super::Torrent;
use super::drive::Effect;
use crate::Error;

/// Claims that wait until a page looks at the torrent.
const MAX_WAITING: usize = 200;

/// Genuine tips that are kept.
const MAX_KEPT: usize = 500;

impl Torrent {
    /// Every transaction that is said to be a tip, and is not known to be none.
    pub(crate) fn tip_claims(&self) -> Vec<TipClaim> {
        self.record.tips.iter().chain(&self.claims).copied().collect()
    }

    /// Peers claim something new.
    pub(super) fn claimed(&mut self, claims: Vec<TipClaim>) {
        let room = MAX_WAITING.saturating_sub(self.claims.len());
        let new = claims.into_iter().filter(|claim| !self.record.tips.contains(claim));
        let new: Vec<TipClaim> = new.take(room).collect();
        if !new.is_empty() {
            self.claims.extend_from_slice(&new);
            self.drive.effects.push(Effect::Tips(new));
        }
    }

    /// The page asked the chain.
    pub(crate) fn tips_checked(&mut self, now: Time, genuine: Vec<TipClaim>, refused: Vec<TipClaim>) {
        self.claims.retain(|claim| !genuine.contains(claim) && !refused.contains(claim));
        let kept = &mut self.record.tips;
        let before = kept.len();
        kept.retain(|claim| !refused.contains(claim));
        let had = kept.len();
        for claim in &genuine {
            if !kept.contains(claim) && kept.len() < MAX_KEPT {
                kept.push(*claim);
            }
        }
        let changed = had < before || kept.len() > had;
        self.drive.handle(now, Input::TipsChecked { genuine, refused });
        if changed {
            self.save(now);
        }
    }

    /// Has peers hear of the tips that are kept.
    pub(super) fn recall_tips(&mut self, now: Time) {
        if !self.record.tips.is_empty() {
            let genuine = self.record.tips.clone();
            self.drive.handle(now, Input::TipsChecked { genuine, refused: Vec::new() });
        }
    }

    /// Keeps a signature; it goes out with the torrent file.
    ///
    /// # Errors
    /// If there is no description yet, or it cannot be stored.
    pub(crate) fn endorse(&mut self, endorsement: Endorsement) -> Result<(), Error> {
        let metainfo = self.metainfo.as_mut().ok_or(Error::Broken)?;
        metainfo.endorsements.retain(|other| other.account != endorsement.account);
        metainfo.endorsements.push(endorsement);
        let surplus = metainfo.endorsements.len().saturating_sub(MAX_ENDORSEMENTS);
        metainfo.endorsements.drain(..surplus);
        self.folder.save_torrent(metainfo)
    }
}
