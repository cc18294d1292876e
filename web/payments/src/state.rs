//! All that is known, chosen and under way, and what follows from what happens.

mod hearing;
mod message;
mod sponsored;
mod transaction;

use btt::{Amount, Network, Networks};
use metainfo::InfoHash;
use protocol::purse::{CallFault, EarnTerms, PayState, PayTerms, PurseCommand, PurseView, Quote};
use wallet::{Card, Family};

use crate::deposit::{Deposit, is_covered};
pub(crate) use message::{Effect, Message};
pub(crate) use sponsored::SponsorStage;
use sponsored::Sponsored;
use transaction::Unseen;
pub(crate) use transaction::{Purpose, Stage};

/// What is charged for a GB where nobody says otherwise, in BTT.
const USUAL_PRICE: u64 = 20;
/// The highest price for a GB that is offered at first, in BTT.
const USUAL_HIGHEST: u64 = 40;
/// The budget that is offered at first, in BTT.
const USUAL_BUDGET: u64 = 1_000;

/// The torrent that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Torrent {
    pub(crate) info_hash: InfoHash,
    pub(crate) is_complete: bool,
}

/// Everything that is known, chosen and under way.
#[derive(Debug)]
pub(crate) struct State {
    /// Where the contract is; none if the deployment names none.
    pub(crate) network: Option<Network>,
    pub(crate) torrent: Option<Torrent>,
    /// What the purse said last.
    pub(crate) view: Option<PurseView>,
    /// It was asked for long ago, and nothing was heard.
    pub(crate) is_late: bool,
    pub(crate) form: Form,
    pub(crate) wallets: Vec<Card>,
    /// What a unit of gas costs.
    pub(crate) gas_price: Option<Amount>,
    pub(crate) quote: Option<Quote>,
    pub(crate) stage: Stage,
    /// What the chain has carried out and the purse does not show yet.
    unseen: Vec<Unseen>,
    pub(crate) sponsor: Sponsored,
    next_id: u32,
    quoted: u32,
    /// The page has to start the purse the next time.
    remembered: Option<bool>,
    /// The user has typed or chosen something.
    is_touched: bool,
    /// What is drawn was there long enough to be seen before it is clicked.
    pub(crate) is_ripe: bool,
}

/// What the user typed and chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) payee: String,
    pub(crate) floor: String,
    /// The fields of paying are shown.
    pub(crate) pays: bool,
    pub(crate) budget: String,
    pub(crate) highest: String,
    /// For all torrents, and not for the open one alone.
    pub(crate) everything: bool,
    pub(crate) wallet: usize,
}

impl State {
    /// Nothing is known yet. Questions are counted from `first_id` on; all tabs ask the same purse, so each is to begin
    /// elsewhere.
    pub(crate) fn new(networks: Networks, payee: String, first_id: u32) -> Self {
        let is_payable = |network: &Network| network.pay.is_some();
        Self {
            network: networks.networks.into_iter().find(is_payable),
            torrent: None,
            view: None,
            is_late: false,
            form: Form {
                payee,
                floor: USUAL_PRICE.to_string(),
                pays: false,
                budget: USUAL_BUDGET.to_string(),
                highest: USUAL_HIGHEST.to_string(),
                everything: false,
                wallet: 0,
            },
            wallets: Vec::new(),
            gas_price: None,
            quote: None,
            stage: Stage::Idle,
            unseen: Vec::new(),
            sponsor: Sponsored::default(),
            next_id: first_id,
            quoted: first_id,
            remembered: None,
            is_touched: false,
            is_ripe: false,
        }
    }

    /// Takes in what happened; what is to be done.
    pub(crate) fn handle(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::Purse(news) => self.hear(news),
            Message::Torrent(torrent) => {
                let is_other = self.torrent.is_none_or(|known| known.info_hash != torrent.info_hash);
                self.torrent = Some(torrent);
                if is_other {
                    self.quote = None;
                }
                self.ask_quote()
            }
            Message::Late => {
                self.is_late = self.view.is_none();
                Vec::new()
            }
            Message::Ripe => {
                self.is_ripe = true;
                Vec::new()
            }
            Message::Unprepared(asked) => match self.stage {
                Stage::Preparing { id, .. } if id == asked => {
                    self.stage = Stage::Refused(CallFault::NotStored);
                    vec![Effect::Tell(PurseCommand::Dropped { id })]
                }
                _ => Vec::new(),
            },
            Message::Found(card) => {
                if card.family == Family::Evm {
                    self.wallets.push(card);
                }
                Vec::new()
            }
            Message::GasPrice(price) => {
                self.gas_price = Some(price);
                Vec::new()
            }
            Message::Typed(set, text) => {
                self.is_touched = true;
                set(&mut self.form, text);
                self.ask_quote()
            }
            Message::Everything(everything) => {
                self.is_touched = true;
                self.form.everything = everything;
                Vec::new()
            }
            Message::Earn(true) | Message::EarnEdited => self.earn(matches!(message, Message::Earn(_))),
            Message::Earn(false) => vec![Effect::Tell(PurseCommand::Earn(None))],
            Message::Pay(pays) => {
                self.is_touched = true;
                self.form.pays = pays;
                if pays { self.ask_quote() } else { vec![Effect::Tell(PurseCommand::Stop)] }
            }
            Message::Confirm => self.confirm(),
            Message::Offered(offer, is_accepted) => self.offered(offer, is_accepted),
            Message::Accept => self.accept(),
            Message::Redeem => self.connect(Purpose::Redeem),
            Message::Extend(extension) => self.connect(Purpose::Extend(extension)),
            Message::Withdraw(session) => self.connect(Purpose::Withdraw(session)),
            Message::Slash(session) => self.connect(Purpose::Slash(session)),
            Message::Connected(account) => self.connected(account),
            Message::Sent(sent) => self.sent(sent),
            Message::Renamed(to) => {
                if let Stage::Sent { hash, .. } = &mut self.stage {
                    *hash = to;
                }
                Vec::new()
            }
            Message::Ended(ended) => self.ended(ended),
        }
    }

    /// Asks to be paid as the fields say; with a field that is wrong, nothing happens.
    fn earn(&self, turns_on: bool) -> Vec<Effect> {
        let is_on = self.view.as_ref().is_some_and(|view| view.earning.terms.is_some());
        let Some(terms) = self.earn_terms().filter(|_| turns_on || is_on) else { return Vec::new() };
        vec![Effect::RememberPayee(terms.payee.to_string()), Effect::Tell(PurseCommand::Earn(Some(terms)))]
    }

    /// What the fields of earning say, if that is possible.
    pub(crate) fn earn_terms(&self) -> Option<EarnTerms> {
        let payee = self.form.payee.trim().parse().ok()?;
        let floor = amount(&self.form.floor)?;
        Some(EarnTerms { payee, floor })
    }

    /// What the fields of paying say, if that is possible.
    pub(crate) fn pay_terms(&self) -> Option<PayTerms> {
        let (budget, highest) = (amount(&self.form.budget)?, amount(&self.form.highest)?);
        let only = if self.form.everything { None } else { Some(self.torrent?.info_hash) };
        Some(PayTerms { budget, highest, only, from: None })
    }

    /// The deposit that a wallet has to be asked for, if what there is does not do.
    pub(crate) fn deposit(&self) -> Option<Deposit> {
        let terms = self.pay_terms()?;
        Some(Deposit::of(terms.budget)).filter(|_| !is_covered(self, terms.budget))
    }

    /// Whether coins of this chain are worth something.
    pub(crate) fn is_real_money(&self) -> bool {
        self.network.as_ref().is_some_and(|network| !network.chain.is_test())
    }

    /// How paying stands.
    pub(crate) fn pay_state(&self) -> PayState {
        let told = self.view.as_ref().map_or(PayState::Off, |view| view.paying.state);
        // What the wallet has sent, the purse has not seen on the chain yet.
        let is_opening = matches!(&self.stage, Stage::Sent { purpose: Purpose::Open(..), .. });
        if is_opening && told == PayState::Off { PayState::Opening } else { told }
    }

    /// Asks what paying would change, while the fields of paying are open.
    fn ask_quote(&mut self) -> Vec<Effect> {
        let open = self.torrent.filter(|torrent| self.form.pays && !torrent.is_complete);
        let Some((torrent, terms)) = open.zip(self.pay_terms()) else { return Vec::new() };
        let PayTerms { budget, highest, .. } = terms;
        self.quoted = self.new_id();
        let torrent = torrent.info_hash;
        vec![Effect::Tell(PurseCommand::Quote { id: self.quoted, torrent, budget, highest })]
    }

    const fn new_id(&mut self) -> u32 {
        self.next_id = self.next_id.wrapping_add(1);
        self.next_id
    }
}

/// An amount that somebody typed, if it is one and not nothing.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    text.trim().parse::<Amount>().ok().filter(|amount| !amount.is_zero())
}

#[cfg(test)]
mod tests;
