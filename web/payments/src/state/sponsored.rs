//! A sponsor that would pay for the torrent that is open.

use protocol::Sponsorship;
use protocol::purse::{DepositView, PurseCommand, SponsorFault};

use super::{Effect, State};

/// What is known of it.
#[derive(Debug, Default)]
pub(crate) struct Sponsored {
    /// Who it is, by the link that led here.
    pub(crate) offer: Option<Sponsorship>,
    pub(crate) stage: SponsorStage,
    /// The user has agreed before this program was there.
    was_accepted: bool,
}

/// How far that is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum SponsorStage {
    /// It was not asked, or has agreed.
    #[default]
    Idle,
    /// The user wants it, and the purse is not there yet.
    Wanted,
    /// It is asked.
    Asking(u32),
    /// It does not pay.
    Failed(SponsorFault),
}

impl State {
    /// A link names a sponsor for the torrent that is open, or none does. Nobody is asked before the user wants it, here or where
    /// this program was loaded from.
    pub(super) fn offered(&mut self, offer: Option<Sponsorship>, is_accepted: bool) -> Vec<Effect> {
        let was_accepted = self.sponsor.was_accepted;
        if self.sponsor.offer != offer {
            self.sponsor = Sponsored { offer, was_accepted, ..Sponsored::default() };
        }
        // There is one such click, however often people leave what it was for and come back.
        self.sponsor.was_accepted |= is_accepted;
        if is_accepted && !was_accepted { self.accept() } else { Vec::new() }
    }

    /// The user wants to be paid for.
    pub(super) fn accept(&mut self) -> Vec<Effect> {
        if self.sponsor.offer.is_none() || matches!(self.sponsor.stage, SponsorStage::Asking(_)) {
            return Vec::new();
        }
        self.sponsor.stage = SponsorStage::Wanted;
        self.ask_sponsor()
    }

    /// Has the purse ask the sponsor, if the user wants it and the purse is there.
    pub(super) fn ask_sponsor(&mut self) -> Vec<Effect> {
        let is_ready = self.known().is_some() && self.sponsor.stage == SponsorStage::Wanted;
        let Some((offer, torrent)) = self.sponsor.offer.clone().zip(self.torrent).filter(|_| is_ready) else {
            return Vec::new();
        };
        let id = self.new_id();
        self.sponsor.stage = SponsorStage::Asking(id);
        // Should this tab be closed meanwhile, the page finds the deposit again.
        self.remembered = Some(true);
        let (url, ticket) = (offer.url().to_owned(), offer.ticket().to_owned());
        let command = PurseCommand::Sponsor { id, torrent: torrent.info_hash, url, ticket };
        vec![Effect::Remember(true), Effect::Tell(command)]
    }

    /// The sponsor has answered.
    pub(super) fn sponsored(&mut self, asked: u32, agreed: Result<(), SponsorFault>) {
        if self.sponsor.stage == SponsorStage::Asking(asked) {
            self.sponsor.stage = agreed.map_or_else(SponsorStage::Failed, |()| SponsorStage::Idle);
        }
    }

    /// What the sponsor has deposited for the torrent that is open.
    pub(crate) fn sponsored_deposit(&self) -> Option<&DepositView> {
        let (offer, torrent) = self.sponsor.offer.as_ref().zip(self.torrent)?;
        let is_theirs = |deposit: &&DepositView| {
            let sponsor = deposit.sponsor.as_ref();
            sponsor.is_some_and(|sponsor| sponsor.url == offer.url() && sponsor.torrent == torrent.info_hash)
        };
        self.view.as_ref()?.deposits.iter().find(is_theirs)
    }

    /// Whether that is what is paid from.
    pub(crate) fn is_paid_from(&self, deposit: &DepositView) -> bool {
        let terms = self.view.as_ref().and_then(|view| view.paying.terms.as_ref());
        terms.is_some_and(|terms| terms.from == Some(deposit.session))
    }
}
