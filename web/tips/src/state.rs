//! The state of tips on one page, and what changes it: no browser, no clock, nothing that waits. What a change asks for is
//! an [`Effect`], which [`app`](crate::app) has happen, and of which it tells by a [`Message`].

use std::mem;

use btt::{Account, Amount, Chain, Memo, Network, Networks, Note, PaymentRequest, Trust};
use metainfo::InfoHash;
use protocol::TipClaim;
use protocol::tips::{TipsCommand, TipsNews, TipsView};

use crate::creator::Answer;
use crate::history::{Change, Given, History, Outcome};
use crate::supporters::{self, Finding, News, Supporters};
use crate::trust::{self, Payee};
use crate::words;
use wallet::{Card, Failure, Family, Progress, Sent};

/// What the user has typed and chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Form {
    /// Which payee.
    pub(crate) payee: usize,
    /// An address that only the link suggests, as typed.
    pub(crate) address: String,
    pub(crate) amount: String,
    pub(crate) note: String,
    /// Which of the wallets that fit.
    pub(crate) wallet: usize,
    /// Whether others may hear of the tip.
    pub(crate) publish: bool,
}

/// How far the tip is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Stage {
    #[default]
    Idle,
    /// The wallet asks the user. Its name.
    Wallet(String),
    /// Sent.
    Pending { at: u64, confirmations: u64, unreachable: bool },
    /// Certain.
    Confirmed { at: u64 },
    /// Not made, or not known to be.
    Failed(Failure),
}

impl Stage {
    /// Whether a tip may begin: none is under way, and none may have been paid of which the user has not read.
    pub(crate) const fn is_free(&self) -> bool {
        match self {
            Self::Idle => true,
            Self::Failed(failure) => failure.is_harmless(),
            Self::Wallet(_) | Self::Pending { .. } | Self::Confirmed { .. } => false,
        }
    }
}

/// What is remarkable about the fee of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HighFee {
    /// It is more than the tip.
    AboveTip,
    /// It is more than the smallest amount that is offered.
    AboveSmallest,
}

/// Amounts that are offered, in BTT.
pub(crate) const PRESETS: [u64; 3] = [100, 1_000, 10_000];

/// The place of a wallet among all that were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WalletKey(pub(crate) usize);

/// Something happened.
#[derive(Debug)]
pub(crate) enum Message {
    /// The page tells of the torrent and of what peers say.
    News(TipsNews),
    /// A wallet was found, which none before is.
    Found(Card),
    Open,
    Closed,
    /// The dialog is there for long enough that a click on it is meant.
    Ripe,
    Type(fn(&mut Form, String), String),
    Choose(fn(&mut Form, usize), usize),
    Publish(bool),
    /// What gas costs on the chain of an account.
    Price(Account, Result<Amount, Failure>),
    /// The user wants to pay what the form says. When, in milliseconds since 1970.
    Confirm(u64),
    /// The wallet is about to be asked for this tip, which may be sent from now on.
    Asked(Given),
    /// This is what the browser has of the user's tips.
    Remembered(History),
    /// What came of asking the wallet for the tip of this time.
    Sent(u64, Result<Sent, Failure>),
    Progress(u64, Progress),
    /// The tip is certain, by this transaction if another may have taken its place, or failed for good.
    Ended(u64, Result<Option<String>, Failure>),
    Again,
    /// What came of looking at a claim.
    Looked(TipClaim, Finding),
    RoundOver,
    AskSite,
    Site(Account, Answer),
    Endorse,
    Endorsed(Result<metainfo::Endorsement, Failure>),
    Export,
    /// The user wants to have the address of the payee elsewhere.
    CopyAddress,
    /// Whether it could be copied.
    Copied(bool),
}

/// Something is to be done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Tell when the dialog is [ripe](Message::Ripe).
    Ripen,
    /// Look for wallets.
    Discover,
    /// Tell what this browser [remembers](Message::Remembered).
    Recall,
    /// Remember this of the tip of a time.
    Remember(u64, Change),
    /// Ask this node what gas costs, for an account on its chain.
    AskPrice(Account, String),
    /// Ask the wallet for the tip, once, and remember it before.
    Pay { wallet: WalletKey, network: Network, request: PaymentRequest, given: Box<Given> },
    /// Ask this node what becomes of a tip until that is certain.
    WatchByNode { at: u64, rpc: String, request: PaymentRequest, sent: Sent },
    /// The same where there is no node but the wallet's.
    WatchByWallet { at: u64, wallet: WalletKey, transaction: String },
    /// Ask the chain whether these claims are tips to one of these accounts for a torrent.
    Look { claims: Vec<TipClaim>, accounts: Vec<Account>, info_hash: InfoHash },
    /// Ask the site of a domain whether an account is its creator's.
    AskSite(String, Account),
    /// Have a wallet sign the torrent with the key of an account.
    Endorse { wallet: WalletKey, account: Account, info_hash: InfoHash },
    /// Tell the engine.
    Tell(TipsCommand),
    /// Save this text among the user's downloads.
    Export(String),
    /// Put this text into the clipboard.
    Copy(String),
}

/// Tips on one page.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) networks: Networks,
    pub(crate) torrent: Option<TipsView>,
    pub(crate) history: History,
    pub(crate) payees: Vec<Payee>,
    pub(crate) supporters: Supporters,
    looking: bool,
    pub(crate) open: bool,
    pub(crate) ripe: bool,
    pub(crate) form: Form,
    wallets: Vec<Card>,
    discovering: bool,
    /// Price of gas on the chain of an account.
    price: Option<(Account, Result<Amount, Failure>)>,
    pub(crate) stage: Stage,
    /// The tips that are being watched, or were.
    watched: Vec<u64>,
    pub(crate) site: Option<(Account, Answer)>,
    pub(crate) endorsed: Option<Result<(), Failure>>,
    /// Whether the address is in the clipboard, if the user wanted that.
    pub(crate) copied: Option<bool>,
    effects: Vec<Effect>,
}

impl State {
    /// No torrent is known yet. `networks` are those of the deployment, `history` is what this browser remembers.
    pub(crate) fn new(networks: Networks, history: History) -> Self {
        let (address, amount, note) = (String::new(), String::new(), String::new());
        Self {
            networks,
            torrent: None,
            history,
            payees: Vec::new(),
            supporters: Supporters::default(),
            looking: false,
            open: false,
            ripe: false,
            form: Form { payee: 0, address, amount, note, wallet: 0, publish: true },
            wallets: Vec::new(),
            discovering: false,
            price: None,
            stage: Stage::Idle,
            watched: Vec::new(),
            site: None,
            endorsed: None,
            copied: None,
            effects: Vec::new(),
        }
    }

    /// Takes in what happened, and tells what is to be done, in this order.
    pub(crate) fn handle(&mut self, message: Message) -> Vec<Effect> {
        match message {
            Message::News(TipsNews::Torrent(torrent)) => self.know(torrent),
            Message::News(TipsNews::Claims(claims)) => {
                if self.supporters.claim(&claims) {
                    self.look();
                }
            }
            Message::News(TipsNews::Open) | Message::Open => self.begin(),
            Message::Closed => self.open = false,
            Message::Ripe => self.ripe = self.open,
            Message::Found(wallet) => {
                self.wallets.push(wallet);
                self.go_on();
            }
            Message::Type(field, text) => {
                field(&mut self.form, text);
                self.ask_price();
            }
            Message::Choose(field, place) => {
                field(&mut self.form, place);
                self.copied = None;
                self.ask_price();
            }
            Message::Publish(publish) => self.form.publish = publish,
            Message::Price(account, price) => self.price = Some((account, price)),
            Message::Confirm(at) => self.confirm(at),
            Message::Asked(given) => self.history.push(given),
            Message::Remembered(history) => {
                self.history = history;
                self.reassess();
            }
            Message::Sent(at, outcome) => self.sent(at, outcome),
            Message::Progress(at, progress) => self.progressed(at, progress),
            Message::Ended(at, outcome) => self.ended(at, outcome),
            Message::Again => self.stage = Stage::Idle,
            Message::Looked(claim, finding) => self.looked(claim, finding),
            Message::RoundOver => {
                self.looking = false;
                self.supporters.next_round();
                self.look();
            }
            Message::AskSite => {
                let domain = self.torrent.as_ref().and_then(trust::domain);
                if let (Some(domain), Some(payee)) = (domain, self.payee()) {
                    self.effects.push(Effect::AskSite(domain, payee.account));
                }
            }
            Message::Site(account, answer) => {
                self.site = Some((account, answer));
                self.reassess();
            }
            Message::Endorse => {
                if let (Some(payee), Some(torrent)) = (self.payee(), &self.torrent)
                    && let Some(wallet) = self.wallet_for(&payee.network)
                {
                    let info_hash = torrent.info_hash;
                    self.effects.push(Effect::Endorse { wallet, account: payee.account, info_hash });
                }
            }
            Message::Endorsed(outcome) => {
                self.endorsed = Some(outcome.map(|endorsement| {
                    if let Some(torrent) = &self.torrent {
                        let info_hash = torrent.info_hash;
                        self.effects.push(Effect::Tell(TipsCommand::Endorse { info_hash, endorsement }));
                    }
                }));
            }
            Message::Export => self.effects.push(Effect::Export(self.history.export())),
            Message::CopyAddress => {
                if let Some(payee) = self.payee() {
                    self.effects.push(Effect::Copy(words::address(&payee.account)));
                }
            }
            Message::Copied(copied) => self.copied = Some(copied),
        }
        mem::take(&mut self.effects)
    }

    /// Who is to be paid.
    pub(crate) fn payee(&self) -> Option<Payee> {
        match &self.torrent {
            Some(torrent) if self.payees.is_empty() && trust::linked(torrent).is_some() => {
                trust::typed(self.form.address.trim(), torrent, &self.networks.networks, &self.history)
            }
            _ => self.payees.get(self.form.payee).cloned(),
        }
    }

    /// The wallets that can pay on a network.
    pub(crate) fn wallets_of(&self, network: &Network) -> Vec<&Card> {
        self.keys_of(network).map(|key| &self.wallets[key.0]).collect()
    }

    /// What is to be paid, if the form is right.
    pub(crate) fn request(&self, payee: &Payee) -> Option<PaymentRequest> {
        let amount: Amount = self.form.amount.trim().parse().ok()?;
        let memo =
            Memo { info_hash: self.torrent.as_ref()?.info_hash, note: Note::new(&self.form.note).ok()? };
        (!amount.is_zero()).then_some(PaymentRequest { payee: payee.account, amount, memo })
    }

    /// What the network will ask for, as far as that is known.
    pub(crate) fn fee(&self, payee: &Payee) -> Option<Result<Amount, &Failure>> {
        let (_, price) = self.price.as_ref().filter(|(account, _)| *account == payee.account)?;
        let note = Note::new(&self.form.note).unwrap_or_default();
        let memo = Memo { info_hash: self.torrent.as_ref()?.info_hash, note };
        let request = PaymentRequest { payee: payee.account, amount: Amount::default(), memo };
        let gas = request.transaction().least_gas();
        Some(price.as_ref().map(|price| price.checked_mul(gas).unwrap_or_default()))
    }

    /// What is to be said of the fee, if it is high.
    pub(crate) fn high_fee(&self, payee: &Payee) -> Option<HighFee> {
        let fee = self.fee(payee)?.ok()?;
        let tip = self.request(payee).map(|request| request.amount);
        if tip.is_some_and(|tip| fee > tip) {
            Some(HighFee::AboveTip)
        } else {
            (fee > Amount::from_btt(PRESETS[0])).then_some(HighFee::AboveSmallest)
        }
    }

    /// Whether others can hear of a tip to this payee: the torrent has to name it, and the chain to be one that everybody
    /// asks alike.
    pub(crate) fn can_publish(&self, payee: &Payee) -> bool {
        matches!(payee.account.chain, Chain::Eip155(_)) && payee.vouchers.contains(&Trust::Torrent)
    }

    /// Whether a tip is being made.
    const fn is_busy(&self) -> bool {
        matches!(self.stage, Stage::Wallet(_) | Stage::Pending { .. })
    }

    fn keys_of(&self, network: &Network) -> impl Iterator<Item = WalletKey> {
        let family = match network.chain {
            Chain::Eip155(_) => Family::Evm,
            Chain::Tron(_) => Family::Tron,
        };
        let fits = move |(_, wallet): &(usize, &Card)| wallet.family == family;
        self.wallets.iter().enumerate().filter(fits).map(|(place, _)| WalletKey(place))
    }

    /// The wallet that the user chose for a network.
    fn wallet_for(&self, network: &Network) -> Option<WalletKey> {
        self.keys_of(network).nth(self.form.wallet)
    }

    fn know(&mut self, torrent: TipsView) {
        if self.torrent.as_ref() == Some(&torrent) {
            return;
        }
        let is_first = self.torrent.is_none();
        self.torrent = Some(torrent);
        self.reassess();
        if is_first {
            self.go_on();
        }
        self.look();
        if self.open {
            self.ask_price();
        }
    }

    fn reassess(&mut self) {
        let Some(torrent) = &self.torrent else { return };
        let site = self.site.as_ref().map(|(account, answer)| (account, answer));
        self.payees = trust::payees(torrent, &self.networks.networks, &self.history, site);
    }

    /// Watches tips of earlier visits that were not certain yet, as far as their chains can be asked.
    fn go_on(&mut self) {
        let Some(info_hash) = self.torrent.as_ref().map(|torrent| torrent.info_hash.to_string()) else {
            return;
        };
        let pending = self.history.iter().filter(|tip| tip.outcome == Outcome::Pending);
        for tip in pending.filter(|tip| tip.info_hash == info_hash).cloned().collect::<Vec<_>>() {
            let (Some(transaction), Some(from)) = (tip.transaction.clone(), tip.from) else { continue };
            let sent = Sent { hash: transaction, from, number: tip.number, block: tip.block };
            if self.watch(&tip, sent) && !matches!(self.stage, Stage::Wallet(_)) {
                self.stage = Stage::Pending { at: tip.at, confirmations: 0, unreachable: false };
            }
        }
    }

    fn begin(&mut self) {
        if self.open {
            return;
        }
        self.open = true;
        (self.ripe, self.copied) = (false, None);
        if !self.is_busy() {
            self.stage = Stage::Idle;
        }
        // Another tab may have tipped since.
        self.effects.extend([Effect::Recall, Effect::Ripen]);
        if !mem::replace(&mut self.discovering, true) {
            self.effects.push(Effect::Discover);
        }
        self.ask_price();
    }

    fn ask_price(&mut self) {
        let Some(payee) = self.payee() else { return };
        let is_known =
            self.price.as_ref().is_some_and(|(account, price)| *account == payee.account && price.is_ok());
        if let Some(rpc) = payee.network.rpc.filter(|_| !is_known) {
            self.effects.push(Effect::AskPrice(payee.account, rpc));
        }
    }

    fn confirm(&mut self, at: u64) {
        let Some(payee) = self.payee() else { return };
        let wallet = self.wallet_for(&payee.network);
        let (Some(wallet), Some(request), Some(torrent)) = (wallet, self.request(&payee), &self.torrent)
        else {
            return;
        };
        if !self.ripe || !self.stage.is_free() {
            return;
        }
        let given = Box::new(Given {
            at,
            payee: request.payee,
            amount: request.amount,
            note: request.memo.note.clone(),
            info_hash: torrent.info_hash.to_string(),
            name: torrent.name.clone(),
            domain: trust::domain(torrent),
            from: None,
            transaction: None,
            number: 0,
            block: 0,
            outcome: Outcome::Asked,
        });
        self.stage = Stage::Wallet(self.wallets[wallet.0].name.clone());
        self.effects.push(Effect::Pay { wallet, network: payee.network, request, given });
    }

    fn sent(&mut self, at: u64, outcome: Result<Sent, Failure>) {
        match outcome {
            Ok(sent) => {
                self.remember(at, Change::Sent(sent.clone()));
                self.stage = Stage::Pending { at, confirmations: 0, unreachable: false };
                if let Some(tip) = self.history.of(at).cloned() {
                    self.watch(&tip, sent);
                }
            }
            Err(failure) => {
                if failure.is_harmless() {
                    self.remember(at, Change::Failed);
                }
                self.stage = Stage::Failed(failure);
            }
        }
    }

    /// Watches a tip, if its chain can be asked and it is not watched yet; whether it is from now on.
    fn watch(&mut self, tip: &Given, sent: Sent) -> bool {
        let (Some(network), Some(torrent)) = (self.networks.of(tip.payee.chain), &self.torrent) else {
            return false;
        };
        if self.watched.contains(&tip.at) {
            return false;
        }
        let at = tip.at;
        let effect = match tip.payee.chain {
            Chain::Eip155(_) => {
                let Some(rpc) = network.rpc.clone() else { return false };
                let memo = Memo { info_hash: torrent.info_hash, note: tip.note.clone() };
                let request = PaymentRequest { payee: tip.payee, amount: tip.amount, memo };
                Effect::WatchByNode { at, rpc, request, sent }
            }
            Chain::Tron(_) => {
                let chosen = self.wallet_for(network).or_else(|| self.keys_of(network).next());
                let Some(wallet) = chosen else { return false };
                Effect::WatchByWallet { at, wallet, transaction: sent.hash }
            }
        };
        self.watched.push(at);
        self.effects.push(effect);
        true
    }

    fn progressed(&mut self, at: u64, progress: Progress) {
        if let Progress::Renamed(transaction) = &progress {
            self.remember(at, Change::Renamed(transaction.clone()));
        }
        let Stage::Pending { at: shown, confirmations, unreachable } = &mut self.stage else { return };
        if *shown != at {
            return;
        }
        match progress {
            Progress::Confirmations(count) => (*confirmations, *unreachable) = (count, false),
            Progress::Renamed(_) => *confirmations = 0,
            Progress::Unreachable => *unreachable = true,
        }
    }

    fn ended(&mut self, at: u64, outcome: Result<Option<String>, Failure>) {
        let is_shown = matches!(self.stage, Stage::Pending { at: shown, .. } if shown == at);
        match outcome {
            Ok(transaction) => {
                self.remember(at, Change::Confirmed(transaction.clone()));
                if is_shown {
                    self.stage = Stage::Confirmed { at };
                }
                let chain = self.history.of(at).map(|tip| tip.payee.chain);
                let claim =
                    chain.zip(transaction).and_then(|(chain, hash)| supporters::claim_of(chain, &hash));
                if let Some(claim) = claim.filter(|_| self.form.publish) {
                    // Looked at like anybody else's, and told to peers once that is done.
                    self.supporters.claim_own(claim);
                    self.look();
                }
                self.reassess();
            }
            Err(failure) => {
                self.remember(at, Change::Failed);
                if is_shown {
                    self.stage = Stage::Failed(failure);
                }
            }
        }
    }

    fn remember(&mut self, at: u64, change: Change) {
        self.history.apply(at, &change);
        self.effects.push(Effect::Remember(at, change));
    }

    /// Starts a round of looking at claims, unless one is under way.
    fn look(&mut self) {
        let Some(torrent) = self.torrent.as_ref().filter(|_| !self.looking) else { return };
        let (claims, accounts) = (self.supporters.round(), trust::accounts(torrent));
        if self.supporters.is_idle() || accounts.is_empty() {
            return;
        }
        self.looking = true;
        self.effects.push(Effect::Look { claims, accounts, info_hash: torrent.info_hash });
    }

    fn looked(&mut self, claim: TipClaim, finding: Finding) {
        let Some(info_hash) = self.torrent.as_ref().map(|torrent| torrent.info_hash) else { return };
        let News { genuine, refused, forgotten } = self.supporters.settle(claim, finding);
        if !genuine.is_empty() || !refused.is_empty() {
            self.effects.push(Effect::Tell(TipsCommand::Checked { info_hash, genuine, refused }));
        }
        if !forgotten.is_empty() {
            self.effects.push(Effect::Tell(TipsCommand::Forget { info_hash, claims: forgotten }));
        }
    }
}

#[cfg(test)]
mod tests;
