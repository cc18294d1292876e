//! What a till tells of peers: whom money goes to, and what others would give for it.

use std::collections::BTreeMap;

use metainfo::InfoHash;
use pay::{Offer, Rate, Time};
use protocol::purse::PeerMoney;

use super::peers::Peer;
use super::{Till, number};
use crate::prices;

/// What a seller that nobody knows anything of is thought to give: the rate of a slow line of today, 256 KiB a second.
pub(super) const GUESS: u64 = 256 << 10;

impl Till {
    /// Whom money goes to or comes from.
    #[must_use]
    pub fn money(&self) -> Vec<PeerMoney> {
        let rates: BTreeMap<_, _> = self.buyer.rates().collect();
        let money = self.peers.iter().filter_map(|(key, peer)| {
            let paid = rates.get(key).copied().unwrap_or_default();
            let is_traded = paid > Rate::FREE || peer.pays > Rate::FREE;
            let [pays, paid] = [peer.pays, paid].map(prices::shown);
            is_traded.then(|| PeerMoney { torrent: peer.torrent, peer: number(*key), pays, paid })
        });
        money.collect()
    }

    /// What peers of a torrent would give for money, and how many of them want money at all.
    ///
    /// Who serves us already is thought to give as much again to who pays; who does not, as much as those who serve us give
    /// on the average, whatever they charge; and where nobody serves us, what a slow line gives.
    #[must_use]
    pub fn offers(&self, now: Time, torrent: InfoHash) -> Vec<Offer> {
        let serving = self.peers.values().map(|peer| peer.pace.speed(now)).filter(|speed| *speed > 0);
        let (count, sum) =
            serving.fold((0_u64, 0_u64), |(count, sum), speed| (count + 1, sum.saturating_add(speed)));
        let usual = sum.checked_div(count).unwrap_or(GUESS);
        let theirs = self.peers.values().filter(|peer| peer.torrent == torrent);
        let offer = |peer: &Peer| {
            let speed = peer.pace.speed(now);
            let floor = peer.terms?.floor;
            Some(Offer { floor, speed: if speed > 0 { speed } else { usual } })
        };
        theirs.filter_map(offer).filter(|offer| offer.floor > Rate::FREE).collect()
    }
}
