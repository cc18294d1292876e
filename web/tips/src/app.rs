//! The state of tips on one page, and what changes it.

use std::cell::Cell;
use std::mem;
use std::rc::Rc;

use btt::{
    Account, Address, Amount, Chain, Endorsement, Memo, Network, Networks, Note, PaymentRequest, Trust,
};
use gloo_timers::callback::Timeout;
use protocol::TipClaim;
use protocol::tips::{TipsCommand, TipsNews, TipsView};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlDialogElement};
use yew::prelude::*;

use crate::creator::{self, Answer};
use crate::evidence;
use crate::failure::Failure;
use crate::history::{Given, History, Outcome};
use crate::node::Node;
use crate::payment::{self, Progress, Sent};
use crate::supporters::{self, Finding, News, Supporters};
use crate::trust::{self, Payee};
use crate::wallet::{Discovery, Family, MAX_WALLETS, Wallet, unannounced};
use crate::{tron, view};

/// Milliseconds that the dialog has to be there before a click on its button counts: whoever clicked at what was there
/// before did not mean it.
const RIPENING: u32 = 500;

/// Milliseconds that wallets have to announce themselves, before those that announce nothing are looked for.
const ANNOUNCING: u32 = 300;

/// What a page gives to its tips.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AppProps {
    pub(crate) networks: Networks,
    pub(crate) send: Callback<TipsCommand>,
}

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

/// Something happened.
pub(crate) enum Msg {
    News(TipsNews),
    Found(Wallet),
    LookForOthers,
    Open,
    Closed,
    Ripe,
    Type(fn(&mut Form, String), String),
    Choose(fn(&mut Form, usize), usize),
    Publish(bool),
    Price(Account, Result<Amount, Failure>),
    Confirm,
    Asked,
    Sent(u64, Result<Sent, Failure>),
    Progress(u64, Progress),
    Ended(u64, Result<Option<String>, Failure>),
    Again,
    Looked(TipClaim, Finding),
    RoundOver,
    AskSite,
    Site(Account, Answer),
    Endorse,
    Endorsed(Result<metainfo::Endorsement, Failure>),
    Export,
}

/// Tips on one page.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) torrent: Option<TipsView>,
    pub(crate) history: History,
    pub(crate) payees: Vec<Payee>,
    pub(crate) supporters: Supporters,
    looking: bool,
    pub(crate) open: bool,
    pub(crate) ripe: bool,
    pub(crate) form: Form,
    wallets: Vec<Wallet>,
    discovery: Option<Discovery>,
    /// Price of gas on the chain of an account.
    price: Option<(Account, Result<Amount, Failure>)>,
    pub(crate) stage: Stage,
    /// The tips that are being watched, or were.
    watched: Vec<u64>,
    pub(crate) site: Option<(Account, Answer)>,
    pub(crate) endorsed: Option<Result<(), Failure>>,
    pub(crate) dialog: NodeRef,
    pub(crate) status: NodeRef,
    /// What the status was when it was last brought into view.
    shown: mem::Discriminant<Stage>,
}

impl Component for App {
    type Message = Msg;
    type Properties = AppProps;

    fn create(_: &Context<Self>) -> Self {
        Self {
            torrent: None,
            history: History::load(),
            payees: Vec::new(),
            supporters: Supporters::default(),
            looking: false,
            open: false,
            ripe: false,
            form: Form {
                payee: 0,
                address: String::new(),
                amount: String::new(),
                note: String::new(),
                wallet: 0,
                publish: true,
            },
            wallets: Vec::new(),
            discovery: None,
            price: None,
            stage: Stage::default(),
            watched: Vec::new(),
            site: None,
            endorsed: None,
            dialog: NodeRef::default(),
            status: NodeRef::default(),
            shown: mem::discriminant(&Stage::Idle),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Msg) -> bool {
        match message {
            Msg::News(TipsNews::Torrent(torrent)) => return self.know(ctx, torrent),
            Msg::News(TipsNews::Claims(claims)) => return self.supporters.claim(&claims) && self.look(ctx),
            Msg::News(TipsNews::Open) | Msg::Open => self.begin(ctx),
            Msg::Closed => self.open = false,
            Msg::Ripe => self.ripe = self.open,
            Msg::Found(wallet) => {
                if self.wallets.len() >= MAX_WALLETS || self.wallets.iter().any(|known| known.is(&wallet)) {
                    return false;
                }
                self.wallets.push(wallet);
                self.go_on(ctx);
            }
            Msg::LookForOthers => {
                for wallet in unannounced() {
                    if !self.wallets.iter().any(|known| known.family == wallet.family) {
                        self.wallets.push(wallet);
                    }
                }
                self.go_on(ctx);
            }
            Msg::Type(field, text) => {
                field(&mut self.form, text);
                self.ask_price(ctx);
            }
            Msg::Choose(field, place) => {
                field(&mut self.form, place);
                self.ask_price(ctx);
            }
            Msg::Publish(publish) => self.form.publish = publish,
            Msg::Price(account, price) => self.price = Some((account, price)),
            Msg::Confirm => self.confirm(ctx),
            Msg::Asked => self.history = History::load(),
            Msg::Sent(at, outcome) => self.sent(ctx, at, outcome),
            Msg::Progress(at, progress) => return self.progressed(at, progress),
            Msg::Ended(at, outcome) => self.ended(ctx, at, outcome),
            Msg::Again => self.stage = Stage::Idle,
            Msg::Looked(claim, finding) => return self.looked(ctx, claim, finding),
            Msg::RoundOver => {
                self.looking = false;
                self.supporters.next_round();
                return self.look(ctx);
            }
            Msg::AskSite => self.ask_site(ctx),
            Msg::Site(account, answer) => {
                self.site = Some((account, answer));
                self.reassess(ctx);
            }
            Msg::Endorse => self.endorse(ctx),
            Msg::Endorsed(outcome) => {
                self.endorsed = Some(outcome.map(|endorsement| {
                    if let Some(torrent) = &self.torrent {
                        let info_hash = torrent.info_hash;
                        ctx.props().send.emit(TipsCommand::Endorse { info_hash, endorsement });
                    }
                }));
            }
            Msg::Export => {
                // A browser that refuses to save says so itself.
                let _ = crate::browser::save_text(&self.history.export(), "tips.json");
                return false;
            }
        }
        true
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        view::tips(self, ctx)
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(dialog) = self.dialog.cast::<HtmlDialogElement>()
            && self.open
            && !dialog.open()
        {
            // Fails only if it is open.
            let _ = dialog.show_modal();
        }
        let stage = mem::discriminant(&self.stage);
        if mem::replace(&mut self.shown, stage) != stage
            && let Some(status) = self.status.cast::<Element>()
        {
            status.scroll_into_view_with_bool(false);
        }
    }
}

impl App {
    /// Who is to be paid.
    pub(crate) fn payee(&self, networks: &Networks) -> Option<Payee> {
        match &self.torrent {
            Some(torrent) if self.payees.is_empty() && trust::linked(torrent).is_some() => {
                trust::typed(self.form.address.trim(), torrent, &networks.networks, &self.history)
            }
            _ => self.payees.get(self.form.payee).cloned(),
        }
    }

    /// The wallets that can pay on a network.
    pub(crate) fn wallets_of(&self, network: &Network) -> Vec<&Wallet> {
        let family = match network.chain {
            Chain::Eip155(_) => Family::Evm,
            Chain::Tron(_) => Family::Tron,
        };
        self.wallets.iter().filter(|wallet| wallet.family == family).collect()
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
        Some(price.as_ref().map(|price| price.checked_mul(payment::usual_gas(&memo)).unwrap_or_default()))
    }

    /// Whether others can hear of a tip to this payee: the torrent has to name it, and the chain to be one that everybody
    /// asks alike.
    pub(crate) fn can_publish(&self, payee: &Payee) -> bool {
        matches!(payee.account.chain, Chain::Eip155(_)) && payee.vouchers.contains(&Trust::Torrent)
    }

    /// Whether a tip is being made.
    pub(crate) const fn is_busy(&self) -> bool {
        matches!(self.stage, Stage::Wallet(_) | Stage::Pending { .. })
    }

    fn know(&mut self, ctx: &Context<Self>, torrent: TipsView) -> bool {
        if self.torrent.as_ref() == Some(&torrent) {
            return false;
        }
        let is_first = self.torrent.is_none();
        self.torrent = Some(torrent);
        self.reassess(ctx);
        if is_first {
            self.go_on(ctx);
        }
        self.look(ctx);
        if self.open {
            self.ask_price(ctx);
        }
        true
    }

    fn reassess(&mut self, ctx: &Context<Self>) {
        let Some(torrent) = &self.torrent else { return };
        let site = self.site.as_ref().map(|(account, answer)| (account, answer));
        self.payees = trust::payees(torrent, &ctx.props().networks.networks, &self.history, site);
    }

    /// Watches tips of earlier visits that were not certain yet, as far as their chains can be asked.
    fn go_on(&mut self, ctx: &Context<Self>) {
        let Some(info_hash) = self.torrent.as_ref().map(|torrent| torrent.info_hash.to_string()) else {
            return;
        };
        let pending = self.history.iter().filter(|tip| tip.outcome == Outcome::Pending);
        for tip in pending.filter(|tip| tip.info_hash == info_hash).cloned().collect::<Vec<_>>() {
            let (Some(transaction), Some(from)) = (tip.transaction.clone(), tip.from) else { continue };
            let sent = Sent { transaction, from, number: tip.number, block: tip.block };
            if self.watch(ctx, &tip, sent) && !matches!(self.stage, Stage::Wallet(_)) {
                self.stage = Stage::Pending { at: tip.at, confirmations: 0, unreachable: false };
            }
        }
    }

    fn begin(&mut self, ctx: &Context<Self>) {
        if self.open {
            return;
        }
        self.open = true;
        self.ripe = false;
        self.history = History::load();
        self.reassess(ctx);
        if !self.is_busy() {
            self.stage = Stage::Idle;
        }
        let link = ctx.link().clone();
        Timeout::new(RIPENING, move || link.send_message(Msg::Ripe)).forget();
        if self.discovery.is_none() {
            self.discovery = Some(Discovery::start(&ctx.link().callback(Msg::Found)));
            let link = ctx.link().clone();
            Timeout::new(ANNOUNCING, move || link.send_message(Msg::LookForOthers)).forget();
        }
        self.ask_price(ctx);
    }

    fn ask_price(&self, ctx: &Context<Self>) {
        let Some(payee) = self.payee(&ctx.props().networks) else { return };
        let is_known =
            self.price.as_ref().is_some_and(|(account, price)| *account == payee.account && price.is_ok());
        let Some(rpc) = payee.network.rpc.filter(|_| !is_known) else { return };
        let link = ctx.link().clone();
        spawn_local(async move {
            let price = payment::gas_price(&Node::new(&rpc)).await;
            link.send_message(Msg::Price(payee.account, price));
        });
    }

    fn confirm(&mut self, ctx: &Context<Self>) {
        let Some(payee) = self.payee(&ctx.props().networks) else { return };
        let wallet = self.wallets_of(&payee.network).get(self.form.wallet).map(|wallet| (*wallet).clone());
        let (Some(wallet), Some(request), Some(torrent)) = (wallet, self.request(&payee), &self.torrent)
        else {
            return;
        };
        if !self.ripe || self.stage != Stage::Idle {
            return;
        }
        let at = js_sys::Date::now() as u64;
        let given = Given {
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
        };
        self.stage = Stage::Wallet(wallet.name.clone());
        let link = ctx.link().clone();
        // Written before the wallet is asked, so that nothing is ever sent that this browser knows nothing of.
        let asked = {
            let link = link.clone();
            move |from: Address| {
                History::load().change(|tips| tips.push(Given { from: Some(from), ..given }));
                link.send_message(Msg::Asked);
            }
        };
        let changed = Rc::new(Cell::new(false));
        let on_change = {
            let changed = Rc::clone(&changed);
            Callback::from(move |()| changed.set(true))
        };
        spawn_local(async move {
            let _listening = wallet.on_change(&on_change);
            let sent = match payee.network.chain {
                Chain::Eip155(_) => payment::send(&wallet, &payee.network, &request, &changed, asked).await,
                Chain::Tron(_) => tron::send(&wallet, &payee.network, &request, &changed, asked).await,
            };
            link.send_message(Msg::Sent(at, sent));
        });
    }

    fn sent(&mut self, ctx: &Context<Self>, at: u64, outcome: Result<Sent, Failure>) {
        match outcome {
            Ok(sent) => {
                self.history.update(at, |tip| {
                    tip.transaction = Some(sent.transaction.clone());
                    tip.from = Some(sent.from);
                    (tip.number, tip.block) = (sent.number, sent.block);
                    tip.outcome = Outcome::Pending;
                });
                self.stage = Stage::Pending { at, confirmations: 0, unreachable: false };
                let tip = self.history.iter().find(|tip| tip.at == at).cloned();
                if let Some(tip) = tip {
                    self.watch(ctx, &tip, sent);
                }
            }
            Err(failure) => {
                if failure.is_harmless() {
                    self.history.update(at, |tip| tip.outcome = Outcome::Failed);
                }
                self.stage = Stage::Failed(failure);
            }
        }
    }

    /// Watches a tip, if its chain can be asked and it is not watched yet; whether it is from now on.
    fn watch(&mut self, ctx: &Context<Self>, tip: &Given, sent: Sent) -> bool {
        let (Some(network), Some(torrent)) = (ctx.props().networks.of(tip.payee.chain), &self.torrent) else {
            return false;
        };
        if self.watched.contains(&tip.at) {
            return false;
        }
        let (link, at) = (ctx.link().clone(), tip.at);
        let tell = {
            let link = link.clone();
            move |progress| link.send_message(Msg::Progress(at, progress))
        };
        match tip.payee.chain {
            Chain::Eip155(_) => {
                let Some(node) = network.rpc.as_deref().map(Node::new) else { return false };
                let memo = Memo { info_hash: torrent.info_hash, note: tip.note.clone() };
                let request = PaymentRequest { payee: tip.payee, amount: tip.amount, memo };
                spawn_local(async move {
                    let outcome = payment::watch(&node, &request, sent, tell).await;
                    link.send_message(Msg::Ended(at, outcome.map(Some)));
                });
            }
            // There is no node but the wallet's.
            Chain::Tron(_) => {
                let wallets = self.wallets_of(network);
                let Some(wallet) = wallets.get(self.form.wallet).or(wallets.first()) else { return false };
                let wallet = (*wallet).clone();
                spawn_local(async move {
                    let outcome = tron::watch(&wallet, &sent.transaction, tell).await;
                    link.send_message(Msg::Ended(at, outcome.map(|()| None)));
                });
            }
        }
        self.watched.push(at);
        true
    }

    fn progressed(&mut self, at: u64, progress: Progress) -> bool {
        if let Progress::Renamed(transaction) = &progress {
            self.history.update(at, |tip| tip.transaction = Some(transaction.clone()));
        }
        let Stage::Pending { at: shown, confirmations, unreachable } = &mut self.stage else { return false };
        if *shown != at {
            return false;
        }
        match progress {
            Progress::Confirmations(count) => (*confirmations, *unreachable) = (count, false),
            Progress::Renamed(_) => *confirmations = 0,
            Progress::Unreachable => *unreachable = true,
        }
        true
    }

    fn ended(&mut self, ctx: &Context<Self>, at: u64, outcome: Result<Option<String>, Failure>) {
        let is_shown = matches!(self.stage, Stage::Pending { at: shown, .. } if shown == at);
        match outcome {
            Ok(transaction) => {
                self.history.update(at, |tip| {
                    tip.outcome = Outcome::Confirmed;
                    tip.transaction = transaction.clone().or_else(|| tip.transaction.take());
                });
                if is_shown {
                    self.stage = Stage::Confirmed { at };
                }
                let chain = self.history.iter().find(|tip| tip.at == at).map(|tip| tip.payee.chain);
                let claim =
                    chain.zip(transaction).and_then(|(chain, hash)| supporters::claim_of(chain, &hash));
                if let Some(claim) = claim.filter(|_| self.form.publish) {
                    // Looked at like anybody else's, and told to peers once that is done.
                    self.supporters.claim_own(claim);
                    self.look(ctx);
                }
                self.reassess(ctx);
            }
            Err(failure) => {
                self.history.update(at, |tip| tip.outcome = Outcome::Failed);
                if is_shown {
                    self.stage = Stage::Failed(failure);
                }
            }
        }
    }

    /// Starts a round of looking at claims, unless one is under way.
    fn look(&mut self, ctx: &Context<Self>) -> bool {
        let Some(torrent) = self.torrent.as_ref().filter(|_| !self.looking) else { return false };
        let (claims, accounts) = (self.supporters.round(), trust::accounts(torrent));
        if self.supporters.is_idle() || accounts.is_empty() {
            return false;
        }
        self.looking = true;
        let (networks, info_hash) = (ctx.props().networks.networks.clone(), torrent.info_hash);
        let link = ctx.link().clone();
        spawn_local(async move {
            let tell = |claim, finding| link.send_message(Msg::Looked(claim, finding));
            evidence::look(claims, networks, accounts, info_hash, tell).await;
            link.send_message(Msg::RoundOver);
        });
        true
    }

    fn looked(&mut self, ctx: &Context<Self>, claim: TipClaim, finding: Finding) -> bool {
        let Some(info_hash) = self.torrent.as_ref().map(|torrent| torrent.info_hash) else { return false };
        let News { genuine, refused, forgotten } = self.supporters.settle(claim, finding);
        let is_new = !genuine.is_empty();
        if is_new || !refused.is_empty() {
            ctx.props().send.emit(TipsCommand::Checked { info_hash, genuine, refused });
        }
        if !forgotten.is_empty() {
            ctx.props().send.emit(TipsCommand::Forget { info_hash, claims: forgotten });
        }
        is_new
    }

    fn ask_site(&self, ctx: &Context<Self>) {
        let domain = self.torrent.as_ref().and_then(trust::domain);
        let (Some(domain), Some(payee)) = (domain, self.payee(&ctx.props().networks)) else { return };
        let link = ctx.link().clone();
        spawn_local(async move {
            let answer = creator::ask(&domain, &payee.account).await;
            link.send_message(Msg::Site(payee.account, answer));
        });
    }

    /// Has the wallet sign the torrent with the key of the payee's account.
    fn endorse(&self, ctx: &Context<Self>) {
        let (Some(payee), Some(torrent)) = (self.payee(&ctx.props().networks), &self.torrent) else { return };
        let wallet = self.wallets_of(&payee.network).get(self.form.wallet).map(|wallet| (*wallet).clone());
        let Some(wallet) = wallet else { return };
        let (account, info_hash, link) = (payee.account, torrent.info_hash, ctx.link().clone());
        spawn_local(async move {
            let issued = (js_sys::Date::now() / 1000.0) as i64;
            let text = Endorsement::text(&account, info_hash, issued);
            let signed = sign(&wallet, account.address, &text).await;
            let endorsement = signed.and_then(|signature| {
                let endorsement = Endorsement { account, issued, signature };
                if endorsement.verify(info_hash) {
                    Ok(endorsement.to_torrent())
                } else {
                    Err(Failure::Changed)
                }
            });
            link.send_message(Msg::Endorsed(endorsement));
        });
    }
}

async fn sign(wallet: &Wallet, address: Address, text: &str) -> Result<[u8; 65], Failure> {
    let accounts = wallet.connect().await?;
    if !accounts.iter().any(|account| account.parse() == Ok(address)) {
        return Err(Failure::NoAccount);
    }
    let message = btt::hex::prefixed(text.as_bytes());
    let signature = wallet.ask("personal_sign", json!([message, address.to_string()])).await?;
    let signature = signature.as_str().and_then(btt::hex::decode_prefixed);
    signature.ok_or_else(|| Failure::Wallet("It gave no signature.".to_owned()))
}
