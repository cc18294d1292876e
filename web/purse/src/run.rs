//! From the worker's first message to payments, and again after the storage failed.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use btt::{Chain as ChainId, Network, Networks};
use pay::Deployment;
use protocol::port;
use protocol::purse::{
    CallFault, FromPurse, PurseCommand, PurseFault, PurseNews, PurseSettings, PurseView, Quote, SponsorFault,
    ToPurse,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{MessageEvent, MessagePort};

use crate::browser::{Lock, complain, now, pause, scope, words};
use crate::chain::Chain;
use crate::driver::{Driver, Setup};
use crate::store::Store;

/// The lock that the purse of one tab has.
const LOCK: &str = "seedcast-purse";

/// Commands that wait for the purse to be ready.
const MOST_WAITING: usize = 64;

/// Milliseconds after which a storage that failed is tried again.
const AGAIN: i32 = 30_000;

/// The purse, ready or not.
#[derive(Debug)]
pub(crate) struct Shell {
    port: MessagePort,
    chain: u64,
    driver: Option<Driver>,
    /// Why there is no driver.
    fault: Option<PurseFault>,
    /// What pages said before there was one.
    waiting: VecDeque<PurseCommand>,
    /// The last word about torrents.
    torrents: Vec<protocol::TorrentView>,
}

/// Waits for the worker's first message, and goes on from there.
pub fn start() {
    let began = RefCell::new(false);
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if began.replace(true) {
            return;
        }
        let Ok((settings, parts)) = port::decode::<PurseSettings>(&event.data()) else { return };
        if let Ok(port) = parts.get(0).dyn_into::<MessagePort>() {
            begin(&settings, port);
        }
    });
    scope().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
}

/// Begins for a deployment, as the engine's partner at the other end of a port.
pub fn begin(settings: &PurseSettings, port: MessagePort) {
    // Chains that are not allowed make all of the networks count as none.
    let networks = Networks::of_json(&settings.networks).unwrap_or_default();
    let configured = networks.networks.into_iter().find_map(|network| {
        let (ChainId::Eip155(chain), Some(contract)) = (network.chain, network.pay) else { return None };
        Some((Deployment { chain, contract }, network))
    });
    let shell = Rc::new(RefCell::new(Shell {
        port: port.clone(),
        chain: configured.as_ref().map_or(0, |(deployment, _)| deployment.chain),
        driver: None,
        fault: configured.is_none().then_some(PurseFault::NotConfigured),
        waiting: VecDeque::new(),
        torrents: Vec::new(),
    }));
    let listener = Rc::clone(&shell);
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Ok((message, _)) = port::decode::<ToPurse>(&event.data()) {
            listener.borrow_mut().hear(message);
        }
    });
    // Setting it also starts the port.
    port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    if let Some((deployment, network)) = configured {
        spawn_local(run(shell, deployment, network));
    }
}

/// Opens the purse, as often as it is needed.
async fn run(shell: Rc<RefCell<Shell>>, deployment: Deployment, network: Network) {
    let taken = match Lock::take(LOCK, false).await {
        Ok(None) => {
            shell.borrow_mut().fail(PurseFault::InOtherTab);
            Lock::take(LOCK, true).await
        }
        taken => taken,
    };
    let Ok(Some(_lock)) = taken else {
        // Without locks two purses might promise one slot to two.
        return shell.borrow_mut().fail(PurseFault::NoStorage);
    };
    let nodes = [&network.rpc, &network.second_rpc].into_iter().filter_map(Option::as_deref);
    let chain = Rc::new(Chain::new(deployment.chain, deployment.contract, nodes));
    for life in 0.. {
        match open(&shell, life, deployment, &chain).await {
            Ok(driver) => Shell::run(&shell, driver),
            Err(error) => {
                complain(&format!("Nothing of payments can be stored: {}", words(&error)));
                shell.borrow_mut().fail(PurseFault::NoStorage);
            }
        }
        loop {
            pause(AGAIN).await;
            if shell.borrow().driver.is_none() {
                break;
            }
        }
    }
}

async fn open(
    shell: &Rc<RefCell<Shell>>,
    life: u32,
    deployment: Deployment,
    chain: &Rc<Chain>,
) -> Result<Driver, JsValue> {
    let store = Rc::new(Store::open(&deployment).await?);
    let remembered = store.load().await?;
    if remembered.unreadable > 0 {
        complain(&format!(
            "{} records of payments cannot be read, and stay as they are",
            remembered.unreadable
        ));
    }
    let mut keys = Vec::new();
    for (session, record) in &remembered.deposits {
        let is_clear = !remembered.unclear.contains(session);
        match remembered
            .vault
            .open(&record.sealed)
            .await
            .filter(|key| is_clear && key.address() == record.key)
        {
            Some(key) => keys.push((*session, key)),
            None => complain(&format!("The deposit {session:?} cannot be paid from any more")),
        }
    }
    let port = shell.borrow().port.clone();
    let setup = Setup { shell: Rc::downgrade(shell), life, port, deployment, chain: Rc::clone(chain), store };
    Ok(Driver::new(setup, remembered, keys))
}

impl Shell {
    /// Payments begin.
    fn run(shell: &Rc<RefCell<Self>>, driver: Driver) {
        let this = &mut *shell.borrow_mut();
        this.fault = None;
        let driver = this.driver.insert(driver);
        let now = now();
        driver.see_torrents(now, std::mem::take(&mut this.torrents));
        for command in std::mem::take(&mut this.waiting) {
            driver.obey(now, command);
        }
        this.finish();
    }

    /// Lets the driver of one life do something, if it is still that one.
    pub(crate) fn act(&mut self, life: u32, act: impl FnOnce(&mut Driver)) {
        if let Some(driver) = self.driver.as_mut().filter(|driver| driver.life() == life) {
            act(driver);
            self.finish();
        }
    }

    fn finish(&mut self) {
        let now = now();
        let Some(driver) = &mut self.driver else { return };
        driver.finish(now);
        if driver.is_broken() {
            self.torrents = driver.take_torrents();
            self.driver = None;
            self.fail(PurseFault::NoStorage);
        }
    }

    fn hear(&mut self, message: ToPurse) {
        let command = |bytes: &[u8]| port_command(bytes);
        let now = now();
        if let Some(driver) = &mut self.driver {
            match message {
                ToPurse::Page(bytes) => {
                    command(&bytes).into_iter().for_each(|command| driver.obey(now, command))
                }
                ToPurse::Torrents(torrents) => driver.see_torrents(now, torrents),
                ToPurse::Peer { torrent, peer, news } => driver.hear(now, torrent, peer, news),
            }
            return self.finish();
        }
        match message {
            ToPurse::Page(bytes) => command(&bytes).into_iter().for_each(|command| self.obey(command)),
            ToPurse::Torrents(torrents) => self.torrents = torrents,
            // Nobody speaks of payments.
            ToPurse::Peer { .. } => {}
        }
    }

    /// A page says something while there are no payments. How things are is known only when they begin, or cannot.
    fn obey(&mut self, command: PurseCommand) {
        let is_hopeless = matches!(self.fault, Some(PurseFault::NotConfigured));
        match command {
            PurseCommand::Look if self.fault.is_some() => self.tell(&PurseNews::State(Box::new(self.view()))),
            PurseCommand::Quote { id, .. } if is_hopeless => {
                let quote =
                    Quote { without: None, with: None, at_most: Default::default(), peers: 0, sellers: 0 };
                self.tell(&PurseNews::Quote { id, quote });
            }
            PurseCommand::Call { id, .. } if self.fault.is_some() => {
                let fault = if is_hopeless { CallFault::Nothing } else { CallFault::NotStored };
                self.tell(&PurseNews::Call { id, call: Err(fault) });
            }
            PurseCommand::Sponsor { id, .. } if self.fault.is_some() => {
                let fault = if is_hopeless { SponsorFault::Unfit } else { SponsorFault::NotStored };
                self.tell(&PurseNews::Sponsored { id, agreed: Err(fault) });
            }
            _ if is_hopeless || self.waiting.len() >= MOST_WAITING => {}
            command => self.waiting.push_back(command),
        }
    }

    /// There are no payments for now.
    fn fail(&mut self, fault: PurseFault) {
        self.fault = Some(fault);
        self.tell(&PurseNews::State(Box::new(self.view())));
    }

    fn view(&self) -> PurseView {
        PurseView { chain: self.chain, fault: self.fault, ..PurseView::default() }
    }

    fn tell(&self, news: &PurseNews) {
        say(&self.port, &FromPurse::Pages(postcard::to_allocvec(news).unwrap_or_default()));
    }
}

/// Says something to the engine.
pub(crate) fn say(port: &MessagePort, message: &FromPurse) {
    let (value, _) = port::encode(message, &js_sys::Array::new(), &js_sys::Array::new());
    // An engine that is gone needs nothing.
    let _ = port.post_message(&value);
}

/// What a page said; nothing, if that is of another build.
fn port_command(bytes: &[u8]) -> Option<PurseCommand> {
    postcard::from_bytes(bytes).ok()
}
