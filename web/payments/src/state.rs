//! All that is known, chosen and under way, and what follows from what happens.

mod message;
mod sponsored;

use btt::{Address, Amount, Network, Networks, Transaction};
use metainfo::InfoHash;
use protocol::purse::{
    CallFault, CallWish, EarnTerms, PayState, PayTerms, PurseCommand, PurseFault, PurseNews, PurseView, Quote,
};
use wallet::{Card, Failure, Family, Sent};

use crate::deposit::{Deposit, Extension, is_covered};
pub(crate) use message::{Effect, Message};
pub(crate) use sponsored::SponsorStage;
use sponsored::Sponsored;

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

/// How far a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// There is none.
    Idle,
    /// The wallet shows its accounts, and goes to the chain.
    Connecting(Purpose),
    /// The purse makes ready what the wallet is to be asked for.
    Preparing { id: u32, from: Address, purpose: Purpose },
    /// The wallet asks the user for this.
    Asking { id: u32, purpose: Purpose, call: Transaction },
    /// It is sent, and the chain has not carried it out yet.
    Sent { id: u32, purpose: Purpose, hash: String },
    /// The chain has carried it out.
    Done(Purpose),
    /// It was not sent, or failed.
    Failed(Purpose, Failure),
    /// The purse has nothing that could be sent.
    Refused(CallFault),
}

/// What a transaction is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A deposit, to be paid from by these terms.
    Open(Deposit, PayTerms),
    /// To have what was earned.
    Redeem,
    /// To have a deposit last longer, or pay more people.
    Extend(Extension),
    /// To have back what a deposit has left.
    Withdraw([u8; 32]),
    /// To take the bond of a session that cheated.
    Slash([u8; 32]),
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

    fn hear(&mut self, news: PurseNews) -> Vec<Effect> {
        match news {
            PurseNews::State(view) => {
                let was_known = self.view.as_ref().is_some_and(is_known);
                let is_first = is_known(&view) && !was_known && !self.is_touched;
                if is_first && let Some(terms) = &view.earning.terms {
                    self.form.payee = terms.payee.to_string();
                    self.form.floor = terms.floor.to_string();
                }
                if is_first
                    && let Some(terms) = view.paying.terms.as_ref().filter(|terms| terms.from.is_none())
                {
                    self.form.pays = true;
                    self.form.budget = terms.budget.to_string();
                    self.form.highest = terms.highest.to_string();
                    self.form.everything = terms.only.is_none();
                }
                self.is_late = false;
                if !is_known(&view) {
                    self.view = Some(*view);
                    return self.ask_quote();
                }
                let on = view.earning.terms.is_some()
                    || view.paying.terms.is_some()
                    || !view.deposits.is_empty()
                    || !view.proofs.is_empty()
                    || !view.earning.unredeemed.is_zero();
                self.view = Some(*view);
                let is_new = self.remembered.replace(on) != Some(on);
                let mut effects: Vec<_> = is_new.then_some(Effect::Remember(on)).into_iter().collect();
                effects.extend(self.ask_quote());
                effects.extend(self.ask_sponsor());
                effects
            }
            PurseNews::Quote { id, quote } => {
                if id == self.quoted {
                    self.quote = Some(quote);
                }
                Vec::new()
            }
            PurseNews::Call { id, call } => match (&self.stage, call) {
                // What is called is the deployment's contract, or nothing.
                (Stage::Preparing { id: asked, purpose, .. }, Ok(call))
                    if *asked == id && !self.is_of_contract(&call) =>
                {
                    self.stage = Stage::Failed(purpose.clone(), Failure::Changed);
                    vec![Effect::Tell(PurseCommand::Dropped { id })]
                }
                (Stage::Preparing { id: asked, from, purpose }, Ok(call)) if *asked == id => {
                    let effect = Effect::Send { wallet: self.form.wallet, from: *from, call: call.clone() };
                    self.stage = Stage::Asking { id, purpose: purpose.clone(), call };
                    vec![effect]
                }
                (Stage::Preparing { id: asked, .. }, Err(fault)) if *asked == id => {
                    self.stage = Stage::Refused(fault);
                    Vec::new()
                }
                _ => Vec::new(),
            },
            PurseNews::Sponsored { id, agreed } => {
                self.sponsored(id, agreed);
                Vec::new()
            }
        }
    }

    fn is_of_contract(&self, call: &Transaction) -> bool {
        self.network.as_ref().is_some_and(|network| network.pay == Some(call.to))
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

    /// Whether nothing is under way, and what failed was not sent after all: a second deposit is not to be had by a second
    /// click.
    pub(crate) const fn is_free(&self) -> bool {
        match &self.stage {
            Stage::Idle | Stage::Done(_) | Stage::Refused(_) => true,
            Stage::Failed(_, failure) => failure.is_harmless(),
            _ => false,
        }
    }

    /// Whether a click can have a wallet asked for something.
    pub(crate) fn can_ask(&self) -> bool {
        self.is_free() && self.is_ripe && self.wallets.get(self.form.wallet).is_some()
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

    fn confirm(&mut self) -> Vec<Effect> {
        let Some(terms) = self.pay_terms().filter(|_| self.is_free() && self.is_ripe && self.view.is_some())
        else {
            return Vec::new();
        };
        match self.deposit() {
            None => {
                self.stage = Stage::Idle;
                vec![Effect::Tell(PurseCommand::Pay(terms))]
            }
            Some(deposit) if deposit.locked().is_some() => self.connect(Purpose::Open(deposit, terms)),
            Some(_) => Vec::new(),
        }
    }

    fn connect(&mut self, purpose: Purpose) -> Vec<Effect> {
        if !self.can_ask() {
            return Vec::new();
        }
        self.stage = Stage::Connecting(purpose);
        vec![Effect::Connect { wallet: self.form.wallet }]
    }

    fn connected(&mut self, account: Result<Address, Failure>) -> Vec<Effect> {
        let Stage::Connecting(purpose) = &self.stage else { return Vec::new() };
        let purpose = purpose.clone();
        let from = match account {
            Ok(account) => account,
            Err(failure) => {
                self.stage = Stage::Failed(purpose, failure);
                return Vec::new();
            }
        };
        let wish = match &purpose {
            Purpose::Open(Deposit { slots, slot_cap, bond, lasts }, _) => {
                CallWish::Open { owner: from, slots: *slots, slot_cap: *slot_cap, bond: *bond, lasts: *lasts }
            }
            Purpose::Redeem => CallWish::Redeem,
            Purpose::Extend(Extension { session, longer, add_slots }) => {
                CallWish::Extend { session: *session, owner: from, longer: *longer, add_slots: *add_slots }
            }
            Purpose::Withdraw(session) => CallWish::Withdraw { session: *session },
            Purpose::Slash(session) => CallWish::Slash { session: *session },
        };
        let id = self.new_id();
        self.stage = Stage::Preparing { id, from, purpose };
        // Should this tab be closed meanwhile, the page finds the deposit again.
        self.remembered = Some(true);
        vec![Effect::Remember(true), Effect::Tell(PurseCommand::Call { id, wish }), Effect::Await(id)]
    }

    fn sent(&mut self, sent: Result<Sent, Failure>) -> Vec<Effect> {
        let Stage::Asking { id, purpose, call } = &self.stage else { return Vec::new() };
        let (id, purpose, call) = (*id, purpose.clone(), call.clone());
        match sent {
            Ok(sent) => {
                let pays = match &purpose {
                    Purpose::Open(_, terms) => Some(Effect::Tell(PurseCommand::Pay(terms.clone()))),
                    _ => None,
                };
                self.stage = Stage::Sent { id, purpose, hash: sent.hash.clone() };
                pays.into_iter().chain([Effect::Watch { sent, call }]).collect()
            }
            Err(failure) => {
                let is_harmless = failure.is_harmless();
                self.stage = Stage::Failed(purpose, failure);
                is_harmless.then_some(Effect::Tell(PurseCommand::Dropped { id })).into_iter().collect()
            }
        }
    }

    fn ended(&mut self, ended: Result<(), Failure>) -> Vec<Effect> {
        let Stage::Sent { id, purpose, .. } = &self.stage else { return Vec::new() };
        let (id, purpose) = (*id, purpose.clone());
        match ended {
            Ok(()) => {
                self.stage = Stage::Done(purpose);
                vec![Effect::Tell(PurseCommand::Look)]
            }
            Err(failure) => {
                let is_over = failure.is_harmless();
                let stops = is_over && matches!(purpose, Purpose::Open(..));
                self.stage = Stage::Failed(purpose, failure);
                let dropped = is_over.then_some(PurseCommand::Dropped { id });
                let stop = stops.then_some(PurseCommand::Stop);
                dropped.into_iter().chain(stop).map(Effect::Tell).collect()
            }
        }
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

/// Whether a view says what there is. What a purse has stored is not known to one that cannot read it.
const fn is_known(view: &PurseView) -> bool {
    use PurseFault::{InOtherTab, NoNode, NoStorage, NotConfigured};
    match view.fault {
        None | Some(NoNode) => true,
        Some(NotConfigured | NoStorage | InOtherTab) => false,
    }
}

/// An amount that somebody typed, if it is one and not nothing.
pub(crate) fn amount(text: &str) -> Option<Amount> {
    text.trim().parse::<Amount>().ok().filter(|amount| !amount.is_zero())
}

#[cfg(test)]
mod tests;
