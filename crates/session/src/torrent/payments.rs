//! Payments of a torrent: on or off, whatever becomes of its engine.

use swarm::extension::PaymentOrder;
use swarm::{Input, Time};

use super::Torrent;
use crate::{Storage, UserFiles};

impl<S: Storage, U: UserFiles> Torrent<S, U> {
    /// Speaks of payments from now on. `terms` go into handshakes, as one bencoded value, of who wants to be paid.
    pub fn take_payments(&mut self, now: Time, terms: Option<Vec<u8>>) {
        self.payments = Some(terms);
        self.begin_payments(now);
    }

    /// Serves everybody as if there were no payments.
    pub fn leave_payments(&mut self, now: Time) {
        self.payments = None;
        self.handle(now, Input::Payments(PaymentOrder::End));
    }

    /// Has an engine speak of payments, if they are on.
    pub(super) fn begin_payments(&mut self, now: Time) {
        if let Some(terms) = self.payments.clone() {
            self.handle(now, Input::Payments(PaymentOrder::Begin { terms: terms.as_deref() }));
        }
    }
}
