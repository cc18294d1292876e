//! Tips of a torrent: what peers claim waits in the engine for somebody to check it, what is genuine is kept.

use metainfo::{Endorsement, MAX_ENDORSEMENTS};
use swarm::{Input, Time};
use wire::TipClaim;

use super::Torrent;
use crate::{Error, Storage, UserFiles};

/// Genuine tips that are kept: of more, the newest. Whoever checks has the less worthy ones forgotten; until all of them
/// were looked at again there may be twice as many as are kept.
const MAX_KEPT: usize = 1000;

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Every transaction that is said to be a tip, and is not known to be none.
    pub fn tip_claims(&self) -> Vec<TipClaim> {
        let unchecked = self.engine.iter().flat_map(swarm::Torrent::unchecked_tips);
        self.record.tips.iter().copied().chain(unchecked).collect()
    }

    /// The chain was asked. What is genuine and was heard of from nobody.
    pub fn tips_checked(
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
        self.handle(now, Input::TipsChecked { genuine, refused });
        if changed {
            self.save(now);
        }
        new
    }

    /// There are too many tips that are worth more.
    pub fn forget_tips(&mut self, now: Time, claims: Vec<TipClaim>) {
        let before = self.record.tips.len();
        self.record.tips.retain(|claim| !claims.contains(claim));
        let changed = self.record.tips.len() != before;
        self.handle(now, Input::ForgetTips(claims));
        if changed {
            self.save(now);
        }
    }

    /// Keeps a signature; it goes out with the torrent file.
    ///
    /// # Errors
    /// If there is no description yet, or it cannot be stored.
    pub fn endorse(&mut self, endorsement: Endorsement) -> Result<(), Error> {
        let metainfo = self.metainfo.as_mut().ok_or(Error::Broken)?;
        metainfo.endorsements.retain(|other| other.account != endorsement.account);
        metainfo.endorsements.push(endorsement);
        let surplus = metainfo.endorsements.len().saturating_sub(MAX_ENDORSEMENTS);
        metainfo.endorsements.drain(..surplus);
        self.storage.save_torrent(metainfo)
    }

    /// Has peers hear of the tips that are kept.
    pub(super) fn recall_tips(&mut self, now: Time) {
        if !self.record.tips.is_empty() {
            let genuine = self.record.tips.clone();
            self.handle(now, Input::TipsChecked { genuine, refused: Vec::new() });
        }
    }
}
