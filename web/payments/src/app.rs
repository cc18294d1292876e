//! What is to be done is done here; [`State`] says what, and [`view`] draws.

use btt::{Network, Networks};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Math};
use node::Node;
use protocol::Sponsorship;
use protocol::purse::{PurseCommand, PurseNews};
use wallet::{Discovery, Family, Found, Progress, Wallet};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::state::{Effect, Message, State, Torrent};
use crate::{memo, view};

/// Blocks from a transaction's own on until it counts as carried out: the purse looks deeper before money depends on it.
const CONFIRMATIONS: u64 = 1;
/// Looks at the chain, ten minutes of them, that may not find a transaction: until it is found nothing else can be asked for.
const PATIENCE: u32 = 300;
/// Milliseconds that the purse has to answer before somebody is told that it does not.
const LATE: u32 = 10_000;
/// Milliseconds for which clicks count for nothing: whoever clicks then meant what was there before.
const RIPENING: u32 = 500;

#[derive(Debug)]
pub(crate) struct App {
    state: State,
    tell: Callback<Message>,
    wallets: Vec<Wallet>,
    /// It listens until this is dropped.
    _discovery: Discovery,
}

#[derive(PartialEq, Properties)]
pub(crate) struct AppProps {
    pub(crate) networks: Networks,
    pub(crate) send: Callback<PurseCommand>,
    /// The page's function that takes what is said of people.
    pub(crate) people: Function,
}

pub(crate) enum Msg {
    Purse(PurseNews),
    Torrent(Torrent),
    Offered(Option<Sponsorship>, bool),
    State(Message),
    Found(Found),
}

impl Component for App {
    type Message = Msg;
    type Properties = AppProps;

    fn create(ctx: &Context<Self>) -> Self {
        let AppProps { networks, send, .. } = ctx.props();
        let state = State::new(networks.clone(), memo::payee(), first_id());
        let tell = ctx.link().callback(Msg::State);
        let discovery = Discovery::start(&ctx.link().callback(Msg::Found));
        let late = tell.clone();
        Timeout::new(LATE, move || late.emit(Message::Late)).forget();
        let ripe = tell.clone();
        Timeout::new(RIPENING, move || ripe.emit(Message::Ripe)).forget();
        send.emit(PurseCommand::Look);
        if let Some(node) = node(state.network.as_ref()) {
            let tell = tell.clone();
            spawn_local(async move {
                if let Ok(price) = node.gas_price().await {
                    tell.emit(Message::GasPrice(price));
                }
            });
        }
        Self { state, tell, wallets: Vec::new(), _discovery: discovery }
    }

    fn update(&mut self, ctx: &Context<Self>, message: Msg) -> bool {
        match message {
            Msg::Purse(news) => {
                self.handle(ctx, Message::Purse(news));
                self.tell_people(ctx);
            }
            Msg::Torrent(torrent) => {
                self.handle(ctx, Message::Torrent(torrent));
                self.tell_people(ctx);
            }
            Msg::Offered(offer, is_accepted) => self.handle(ctx, Message::Offered(offer, is_accepted)),
            Msg::State(message) => self.handle(ctx, message),
            Msg::Found(found) => {
                if found.family() == Family::Evm
                    && let Some(card) = found.join(&mut self.wallets)
                {
                    self.handle(ctx, Message::Found(card));
                }
            }
        }
        true
    }

    fn view(&self, _: &Context<Self>) -> Html {
        view::payments(&self.state, &self.tell)
    }
}

impl App {
    fn handle(&mut self, ctx: &Context<Self>, message: Message) {
        for effect in self.state.handle(message) {
            self.run(ctx, effect);
        }
    }

    fn run(&self, ctx: &Context<Self>, effect: Effect) {
        let tell = self.tell.clone();
        match effect {
            Effect::Tell(command) => ctx.props().send.emit(command),
            Effect::Remember(on) => memo::remember_on(on),
            Effect::RememberPayee(payee) => memo::remember_payee(&payee),
            Effect::Connect { wallet } => {
                let Some((wallet, network)) = self.wallet(wallet) else { return };
                spawn_local(async move {
                    tell.emit(Message::Connected(wallet.account(&network).await));
                });
            }
            Effect::Send { wallet, from, call } => {
                let Some((wallet, network)) = self.wallet(wallet) else { return };
                spawn_local(async move {
                    tell.emit(Message::Sent(wallet::send(&wallet, &network, from, &call, || {}).await));
                });
            }
            Effect::Await(id) => {
                Timeout::new(LATE, move || tell.emit(Message::Unprepared(id))).forget();
            }
            Effect::Watch { sent, call } => {
                let Some(node) = node(self.state.network.as_ref()) else { return };
                spawn_local(async move {
                    let progress = |progress| {
                        if let Progress::Renamed(hash) = progress {
                            tell.emit(Message::Renamed(hash));
                        }
                    };
                    let outcome = wallet::watch(&node, &call, &sent, CONFIRMATIONS, PATIENCE, progress).await;
                    tell.emit(Message::Ended(outcome.map(drop)));
                });
            }
        }
    }

    /// A wallet, and the network on which it is to be.
    fn wallet(&self, place: usize) -> Option<(Wallet, Network)> {
        Some((self.wallets.get(place)?.clone(), self.state.network.clone()?))
    }

    /// Tells the page what money goes to the people of the torrent that is open, or comes from them.
    fn tell_people(&self, ctx: &Context<Self>) {
        let people: Array = view::people(&self.state)
            .into_iter()
            .map(|(peer, text)| Array::of2(&JsValue::from(peer), &JsValue::from(text)))
            .collect();
        // The page's own function.
        let _ = ctx.props().people.call1(&JsValue::NULL, &people);
    }
}

/// Other tabs count their questions from elsewhere.
fn first_id() -> u32 {
    (Math::random() * f64::from(u32::MAX)) as u32
}

/// Where the chain of a network is asked.
fn node(network: Option<&Network>) -> Option<Node> {
    network?.rpc.as_deref().map(Node::new)
}
