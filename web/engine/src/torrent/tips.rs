//! Tips of a torrent: what peers claim waits in the engine for a page to check it, what is genuine is kept.

use metainfo::{Endorsement, MAX_ENDORSEMENTS};
use protocol::TipClaim;
use swarm::{Input, Time};

use super::Torrent;
use crate::Error;

/// Genuine tips that are kept: of more, the newest.
const MAX_KEPT: usize = 500;

impl Torrent {
    /// Every transaction that is said to be a tip, and is not known to be none.
    pub(crate) fn tip_claims(&self) -> Vec<TipClaim> {
        self.record.tips.iter().copied().chain(self.drive.unchecked_tips()).collect()
    }

    /// A page asked the chain. What is genuine and was heard of from nobody.
    pub(crate) fn tips_checked(
        &mut self,
        now: Time,
        genuine: Vec<TipClaim>,
        refused: Vec<TipClaim>,
    ) -> Vec<TipClaim> {
        let known = self.tip_claims();
        let before = self.record.tips.clone();
        let kept = &mut self.record.tips;
        kept.retain(|claim| !refused.contains(claim));
        for claim in &genuine {
            if !kept.contains(claim) {
                kept.push(*claim);
            }
        }
        let surplus = kept.len().saturating_sub(MAX_KEPT);
        kept.drain(..surplus);
        let changed = *kept != before;
        let new = genuine.iter().filter(|claim| !known.contains(claim)).copied().collect();
        self.drive.handle(now, Input::TipsChecked { genuine, refused });
        if changed {
            self.save(now);
        }
        new
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
