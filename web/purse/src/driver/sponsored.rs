//! Deposits that somebody else makes for the user.

use btt::Amount;
use metainfo::InfoHash;
use pay::{SessionId, SlotId, Time};
use protocol::Sponsorship;
use protocol::purse::{CallFault, CallWish, PayTerms, PurseNews, Sponsor, SponsorFault};

use super::Driver;
use crate::sponsor::{self, Terms};

impl Driver {
    /// From which sponsored deposit is paid, if from any.
    pub(super) fn pays_from(&self) -> Option<SessionId> {
        let from = self.ledger.settings().pay.as_ref().and_then(|terms| terms.from);
        from.map(SessionId::from_bytes)
    }

    /// Neither is the user's own money spent on what a sponsor pays, nor a sponsor's on anything else.
    pub(super) fn spare(&mut self, now: Time) {
        let spared = self.book.spared(self.pays_from());
        self.till.spare(now, spared);
    }

    /// Has a sponsor deposit. What was begun with it goes on: a viewer gets one session, for one key.
    pub(super) fn sponsor(&mut self, now: Time, id: u32, torrent: InfoHash, url: &str, ticket: &str) {
        let Some(sponsorship) = Sponsorship::new(url, ticket) else {
            return self.agree(id, Err(SponsorFault::Unfit));
        };
        if let Some(session) = self.book.sponsored(now, sponsorship.url(), torrent) {
            if self.book.get(session).is_some_and(|record| record.is_open) {
                self.pay_by_sponsor(now, session);
                return self.agree(id, Ok(()));
            }
            return self.ask_sponsor(id, session, sponsorship.ticket().to_owned());
        }
        let (asked, deployment) = (sponsorship.clone(), self.setup.deployment);
        let terms = async move { sponsor::terms(asked.url(), &deployment).await };
        self.ask(terms, move |driver, now, terms| {
            let begun = terms.and_then(|terms| driver.begin(now, id, torrent, &sponsorship, &terms));
            if let Err(fault) = begun {
                driver.agree(id, Err(fault));
            }
        });
    }

    /// Makes a key for a sponsor's deposit; when it is on disk the sponsor is [asked](Self::ask_sponsor).
    fn begin(
        &mut self,
        now: Time,
        id: u32,
        torrent: InfoHash,
        sponsorship: &Sponsorship,
        terms: &Terms,
    ) -> Result<(), SponsorFault> {
        let Terms { owner, slots, slot_cap, lasts, highest } = *terms;
        let wish = CallWish::Open { owner, slots, slot_cap, bond: Amount::default(), lasts };
        let sponsor = Sponsor { url: sponsorship.url().to_owned(), torrent, highest };
        let opened = self.open(now, id, &wish, Some((sponsor, sponsorship.ticket().to_owned())));
        opened.map_err(|fault| match fault {
            CallFault::TooMany => SponsorFault::TooMany,
            CallFault::NotStored => SponsorFault::NotStored,
            CallFault::Nothing | CallFault::BadNumbers | CallFault::NotOwner => SponsorFault::Unfit,
        })
    }

    /// Hands the address of a key in with a ticket, and pays from what the chain will have then.
    pub(super) fn ask_sponsor(&self, id: u32, session: SessionId, ticket: String) {
        let record = self.book.get(session);
        let Some((record, sponsor)) = record.and_then(|record| Some((record, record.sponsor.as_ref()?)))
        else {
            return self.agree(id, Err(SponsorFault::Unfit));
        };
        let (url, key, owner) = (sponsor.url.clone(), record.key, record.owner);
        let told = async move { sponsor::ask(&url, &ticket, key, owner).await };
        self.ask(told, move |driver, now, agreed| {
            match agreed {
                Ok(()) => {
                    driver.awaited.add(now, [SlotId { session, slot: 0 }]);
                    driver.pay_by_sponsor(now, session);
                }
                // It may have heard of it all the same.
                Err(SponsorFault::Unreachable) => {}
                Err(_) => driver.forget_if_absent(session),
            }
            driver.agree(id, agreed);
        });
    }

    /// Pays from a sponsor's deposit alone, for its torrent alone, no more than there is.
    fn pay_by_sponsor(&mut self, now: Time, session: SessionId) {
        let Some(Sponsor { torrent, highest, .. }) =
            self.book.get(session).and_then(|record| record.sponsor.clone())
        else {
            return;
        };
        let (budget, from) = (self.book.left(now, session), Some(*session.as_bytes()));
        self.pay(now, PayTerms { budget, highest, only: Some(torrent), from });
    }

    fn agree(&self, id: u32, agreed: Result<(), SponsorFault>) {
        self.tell(&PurseNews::Sponsored { id, agreed });
    }
}
