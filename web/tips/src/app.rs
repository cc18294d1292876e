//! Tips in a page of a browser: draws their [`State`], and has happen what it asks for.

use std::mem;

use btt::{Account, Address, CONFIRMATIONS, Chain, Endorsement, Network, Networks, PaymentRequest};
use gloo_timers::callback::Timeout;
use metainfo::InfoHash;
use protocol::tips::{TipsCommand, TipsNews};
use serde_json::json;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlDialogElement};
use yew::prelude::*;

use crate::history::{Given, History};
use crate::state::{Effect, Message, Stage, State, WalletKey};
use crate::view::{self, Ui};
use crate::{creator, evidence, tron, words};
use node::Node;
use wallet::{Discovery, Failure, Found, Wallet};

/// Looks at the chain that may not find a transaction.
const PATIENCE: u32 = 5;

/// Milliseconds that the dialog has to be there before a click on its button counts: whoever clicked at what was there
/// before did not mean it.
const RIPENING: u32 = 500;

/// What a page gives to its tips.
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct AppProps {
    pub(crate) networks: Networks,
    pub(crate) send: Callback<TipsCommand>,
}

/// Something happened in the browser.
pub(crate) enum Msg {
    /// The page tells.
    News(TipsNews),
    /// A wallet was found.
    Found(Found),
    /// The rest concerns the state alone.
    State(Message),
}

/// Tips on one page.
#[derive(Debug)]
pub(crate) struct App {
    state: State,
    ui: Ui,
    /// As many as the state knows of, in the same order.
    wallets: Vec<Wallet>,
    discovery: Option<Discovery>,
    /// What the status was when it was last brought into view.
    shown: mem::Discriminant<Stage>,
}

impl Component for App {
    type Message = Msg;
    type Properties = AppProps;

    fn create(ctx: &Context<Self>) -> Self {
        let history = History::load().unwrap_or_default();
        let tell = ctx.link().callback(Msg::State);
        Self {
            state: State::new(ctx.props().networks.clone(), history),
            ui: Ui { tell, dialog: NodeRef::default(), status: NodeRef::default() },
            wallets: Vec::new(),
            discovery: None,
            shown: mem::discriminant(&Stage::Idle),
        }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Msg) -> bool {
        match message {
            Msg::News(news) => self.handle(ctx, Message::News(news)),
            Msg::State(message) => self.handle(ctx, message),
            Msg::Found(found) => {
                if let Some(card) = found.join(&mut self.wallets) {
                    self.handle(ctx, Message::Found(card));
                }
            }
        }
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        view::tips(&self.state, &self.ui)
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        if let Some(dialog) = self.ui.dialog.cast::<HtmlDialogElement>()
            && self.state.open
            && !dialog.open()
        {
            // Fails only if it is open.
            let _ = dialog.show_modal();
        }
        let stage = mem::discriminant(&self.state.stage);
        if mem::replace(&mut self.shown, stage) != stage
            && let Some(status) = self.ui.status.cast::<Element>()
        {
            status.scroll_into_view_with_bool(false);
        }
    }
}

impl App {
    fn handle(&mut self, ctx: &Context<Self>, message: Message) {
        for effect in self.state.handle(message) {
            self.run(ctx, effect);
        }
    }

    fn run(&mut self, ctx: &Context<Self>, effect: Effect) {
        let tell = self.ui.tell.clone();
        match effect {
            Effect::Ripen => {
                Timeout::new(RIPENING, move || tell.emit(Message::Ripe)).forget();
            }
            Effect::Discover => {
                self.discovery = Some(Discovery::start(&ctx.link().callback(Msg::Found)));
            }
            Effect::Recall => {
                if let Some(history) = History::load() {
                    self.handle(ctx, Message::Remembered(history));
                }
            }
            Effect::Remember(at, change) => History::store(|history| history.apply(at, &change)),
            Effect::AskPrice(account, rpc) => spawn_local(async move {
                tell.emit(Message::Price(account, Node::new(&rpc).gas_price().await.map_err(Failure::from)));
            }),
            Effect::Pay { wallet, network, request, given } => {
                spawn_local(pay(self.wallet(wallet), network, request, *given, tell));
            }
            Effect::WatchByNode { at, rpc, request, sent } => spawn_local(async move {
                let progress = |progress| tell.emit(Message::Progress(at, progress));
                let (node, transaction) = (Node::new(&rpc), request.transaction());
                let outcome =
                    wallet::watch(&node, &transaction, &sent, CONFIRMATIONS, PATIENCE, progress).await;
                tell.emit(Message::Ended(at, outcome.map(Some)));
            }),
            Effect::WatchByWallet { at, wallet, transaction } => {
                let wallet = self.wallet(wallet);
                spawn_local(async move {
                    let progress = |progress| tell.emit(Message::Progress(at, progress));
                    let outcome = tron::watch(&wallet, &transaction, progress).await;
                    tell.emit(Message::Ended(at, outcome.map(|()| None)));
                });
            }
            Effect::Look { claims, accounts, info_hash } => {
                let networks = self.state.networks.networks.clone();
                spawn_local(async move {
                    let looked = |claim, finding| tell.emit(Message::Looked(claim, finding));
                    evidence::look(claims, networks, accounts, info_hash, looked).await;
                    tell.emit(Message::RoundOver);
                });
            }
            Effect::AskSite(domain, account) => spawn_local(async move {
                tell.emit(Message::Site(account, creator::ask(&domain, &account).await));
            }),
            Effect::Endorse { wallet, account, info_hash } => {
                let wallet = self.wallet(wallet);
                spawn_local(async move {
                    tell.emit(Message::Endorsed(endorse(&wallet, account, info_hash).await));
                });
            }
            Effect::Tell(command) => ctx.props().send.emit(command),
            Effect::Export(text) => {
                // A browser that refuses to save says so itself.
                let _ = crate::browser::save_text(&text, "tips.json");
            }
            Effect::Copy(text) => spawn_local(async move {
                tell.emit(Message::Copied(crate::browser::copy(&text).await));
            }),
        }
    }

    fn wallet(&self, key: WalletKey) -> Wallet {
        self.wallets[key.0].clone()
    }
}

/// Asks a wallet for a tip, once.
async fn pay(
    wallet: Wallet,
    network: Network,
    request: PaymentRequest,
    given: Given,
    tell: Callback<Message>,
) {
    let at = given.at;
    // Written before the wallet is asked, so that nothing is ever sent that this browser knows nothing of.
    let asked = |from: Address| {
        let given = Given { from: Some(from), ..given };
        History::store(|history| history.push(given.clone()));
        tell.emit(Message::Asked(given));
    };
    let sent = match network.chain {
        Chain::Eip155(_) => match wallet.account(&network).await {
            Ok(from) => wallet::send(&wallet, &network, from, &request.transaction(), || asked(from)).await,
            Err(failure) => Err(failure),
        },
        Chain::Tron(_) => tron::send(&wallet, &network, &request, asked).await,
    };
    tell.emit(Message::Sent(at, sent));
}

/// Has a wallet sign a torrent with the key of an account.
async fn endorse(
    wallet: &Wallet,
    account: Account,
    info_hash: InfoHash,
) -> Result<metainfo::Endorsement, Failure> {
    let issued = (js_sys::Date::now() / 1000.0) as i64;
    let text = Endorsement::text(&account, info_hash, issued);
    let signature = sign(wallet, account.address, &text).await?;
    let endorsement = Endorsement { account, issued, signature };
    if endorsement.verify(info_hash) { Ok(endorsement.to_torrent()) } else { Err(Failure::Changed) }
}

async fn sign(wallet: &Wallet, address: Address, text: &str) -> Result<[u8; 65], Failure> {
    let accounts = wallet.connect().await?;
    if !accounts.iter().any(|account| account.parse() == Ok(address)) {
        return Err(Failure::NoAccount);
    }
    let message = btt::hex::prefixed(text.as_bytes());
    let signature = wallet.ask("personal_sign", json!([message, address.to_string()])).await?;
    let signature = signature.as_str().and_then(btt::hex::decode_prefixed);
    signature.ok_or_else(|| Failure::Wallet(words::NO_SIGNATURE.into()))
}
