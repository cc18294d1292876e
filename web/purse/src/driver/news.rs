//! What pages are told.

use std::time::Duration;

use btt::Amount;
use metainfo::InfoHash;
use pay::buyer::Budget;
use pay::{Estimate, Time};
use protocol::purse::{Earning, FromPurse, PayState, Paying, PurseFault, PurseNews, PurseView, Quote};

use super::Driver;
use crate::book::Standing;
use crate::run::say;
use crate::wanted::missing;
use crate::{gas, prices};

/// How often pages are told of what changes.
const PACE: Duration = Duration::from_secs(1);

/// How many peers are paid at a time, as a buyer has it.
const MOST_PAID: usize = 4;

/// What pages know.
#[derive(Debug, Default)]
pub(super) struct News {
    due: Option<Time>,
    told_at: Time,
    told: Option<Box<PurseView>>,
}

impl News {
    /// Something may be different.
    pub(super) fn changed(&mut self, now: Time) {
        // A clock that was set back must not silence it.
        let at = (self.told_at + PACE).min(now + PACE);
        self.due.get_or_insert(at);
    }

    /// A page wants to hear how things are, now.
    pub(super) fn look(&mut self) {
        (self.due, self.told) = (Some(Time::default()), None);
    }

    pub(super) const fn deadline(&self) -> Option<Time> {
        self.due
    }
}

impl Driver {
    pub(super) fn tell(&self, news: &PurseNews) {
        say(&self.setup.port, &FromPurse::Pages(postcard::to_allocvec(news).unwrap_or_default()));
    }

    /// Tells what changed, if it is time to.
    pub(super) fn publish(&mut self, now: Time) {
        if self.news.due.is_none_or(|due| due > now) {
            return;
        }
        (self.news.due, self.news.told_at) = (None, now);
        let view = Box::new(self.view(now));
        if self.news.told.as_ref() != Some(&view) {
            self.news.told = Some(view.clone());
            self.tell(&PurseNews::State(view));
        }
    }

    fn view(&self, now: Time) -> PurseView {
        PurseView {
            chain: self.setup.deployment.chain,
            fault: self.reading.is_deaf().then_some(PurseFault::NoNode),
            earning: self.earning(now),
            paying: self.paying(now),
            deposits: self.book.views(now),
            peers: self.till.money(),
            proofs: self.proofs.views(),
        }
    }

    fn earning(&self, now: Time) -> Earning {
        let accounts = || self.ledger.accounts();
        let due = || accounts().filter(|account| !account.unredeemed().is_zero());
        let first = due().filter(|account| account.redeemed.is_zero()).count();
        Earning {
            terms: self.ledger.earns(),
            today: self.ledger.today(now),
            unredeemed: sum(due().map(pay::seller::Account::unredeemed)),
            redeemed: sum(accounts().map(|account| account.redeemed)),
            fee: self.reading.price().and_then(|price| gas::fee(price, first, due().count() - first)),
            redeem_by: due().map(|account| account.expiry.as_secs()).min(),
        }
    }

    fn paying(&self, now: Time) -> Paying {
        let terms = self.ledger.settings().pay.clone();
        let (deposited, left) = (self.book.free(now, None), self.ledger.left());
        let from = self.pays_from();
        let buyer = self.till.buyer();
        let has_slots = !self.book.free(now, from).is_zero() || buyer.rates().next().is_some();
        let state = match (&terms, self.book.standing(now, from)) {
            (None, _) => PayState::Off,
            (Some(_), Standing::Opening) => PayState::Opening,
            (Some(_), Standing::Expired) => PayState::Expired,
            (Some(_), Standing::Open) if left.is_zero() || buyer.is_used_up() || !has_slots => {
                PayState::Spent
            }
            (Some(_), Standing::Open) => PayState::Open,
        };
        Paying { terms, state, spent: self.ledger.settings().spent, left, deposited }
    }

    /// What paying would change, by what peers give now and ask for.
    pub(super) fn quote(&self, now: Time, torrent: InfoHash, budget: Amount, highest: Amount) -> Quote {
        let offers = self.till.offers(now, torrent);
        let view = self.torrents.iter().find(|view| view.info_hash == torrent);
        let (bytes, speed) = view.map_or((0, 0), |view| (missing(view), view.down_rate));
        let budget = Budget { left: budget, highest: prices::at_most(highest) };
        let Estimate { without, with, at_most, peers } =
            Estimate::new(bytes, speed, &offers, budget, MOST_PAID);
        let [without, with] = [without, with].map(|time| time.map(|time| time.as_secs()));
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Quote { without, with, at_most, peers: count(peers), sellers: count(offers.len()) }
    }
}

fn sum(amounts: impl Iterator<Item = Amount>) -> Amount {
    // What is no amount is more than anybody has.
    amounts.fold(Amount::default(), |sum, amount| {
        sum.checked_add(amount).unwrap_or(Amount::from_units(u128::MAX))
    })
}
