//! Payments: what engines tell of them, and what tills want.

use swarm::extension::{PaymentNotice, PaymentOrder};
use swarm::{Input, PeerKey, Time};

use super::World;
use crate::market::Wish;
use crate::node::Node;

impl World {
    /// A torrent begins: it speaks of payments if its owner does.
    pub(super) fn begin_payments(&mut self, number: usize) {
        let node = &mut self.nodes[number];
        if let Some(till) = &node.till
            && let Some(torrent) = node.session.torrent_mut(node.hashes.id())
        {
            torrent.take_payments(self.now, till.terms());
        }
    }

    /// Payments of a torrent tell something.
    pub(super) fn told_of_payments(&mut self, number: usize, notice: PaymentNotice) {
        let node = &mut self.nodes[number];
        if let Some(till) = &mut node.till {
            let wishes = till.hear(self.now, &mut self.chain, notice);
            node.grant(self.now, wishes);
        }
    }

    /// Does what is due in the till of a node.
    pub(super) fn wake_till(&mut self, number: usize) {
        let now = self.now;
        let node = &mut self.nodes[number];
        if let Some(till) = node.till.as_mut().filter(|till| till.deadline().is_some_and(|due| due <= now)) {
            let wishes = till.wake(now, &mut self.chain);
            node.grant(now, wishes);
        }
    }
}

impl Node {
    /// Has the engine do what the till wants.
    fn grant(&mut self, now: Time, wishes: Vec<Wish>) {
        let Some(torrent) = self.session.torrent_mut(self.hashes.id()) else { return };
        let key = |peer: pay::PeerKey| PeerKey::new(peer.0 as u32);
        for wish in wishes {
            let order = match &wish {
                Wish::Send { peer, payload } => PaymentOrder::Send { peer: key(*peer), payload },
                Wish::Allow { peer, given } => PaymentOrder::Allow { peer: key(*peer), given: *given },
                Wish::KeepApart { peer, apart } => {
                    PaymentOrder::KeepApart { peer: key(*peer), apart: *apart }
                }
                Wish::Prefer { peer, preference } => {
                    PaymentOrder::Prefer { peer: key(*peer), preference: *preference }
                }
            };
            torrent.handle(now, Input::Payments(order));
        }
    }
}
