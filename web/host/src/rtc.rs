//! The peer connections, which only a window can make. The page holds them and knows nothing of what they carry: the
//! engine asks ([`RtcCommand`]), the page answers ([`RtcEvent`]).
//!
//! 1. [`RtcCommand::Offer`]: a connection with one data channel. The channel goes to the engine in the same
//!    task, since later it could no longer be transferred; the offer follows when its candidates are known.
//! 2. [`RtcCommand::Accept`]: a connection that answers an offer. The channel goes to the engine in the
//!    event that brings it.
//! 3. The table keeps each connection reachable until it fails or the engine drops it: nothing else would
//!    (webrtc-pc issue 3062).

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use js_sys::{Array, Date};
use litemap::LiteMap;
use protocol::RelayFault;
use protocol::window::{RtcCommand, RtcEvent, RtcId, ToEngine};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    Event, RtcConfiguration, RtcDataChannel, RtcDataChannelEvent, RtcIceConnectionState,
    RtcIceGatheringState, RtcIceTransportPolicy, RtcPeerConnection, RtcPeerConnectionIceEvent,
    RtcPeerConnectionState, RtcSdpType, RtcSessionDescriptionInit,
};

use crate::browser;
use crate::config::Config;
use crate::early::{self, EarlyConnection};
use crate::engine::Engine;
use crate::gathering::{Awaited, Candidate, DOUBTFUL, Gathering, Servers, without_trickle};
use crate::relay::Relay;
use crate::relayed::relayed_only;

/// Milliseconds from both descriptions being known until a connection that is not up counts as failed.
const CONNECT_TIMEOUT: u32 = 25_000;
/// Milliseconds until a relay that gave no address counts as silent. Chromium 156 asks it for 40 s.
const RELAY_TIMEOUT: u32 = 10_000;
/// Milliseconds until ICE servers that did not come are asked for again.
const RENEWAL_RETRY: f64 = 60_000.0;
/// Milliseconds for which a connection may be interrupted.
const INTERRUPTION_TIMEOUT: u32 = 10_000;

/// The peer connections of this page.
#[derive(Clone)]
pub(crate) struct Connections(Rc<Table>);

struct Table {
    engine: Rc<Engine>,
    configuration: RtcConfiguration,
    /// The same for connections that go through relays alone.
    relayed_configuration: RtcConfiguration,
    /// When to ask for other ICE servers, in milliseconds since 1970.
    renew_at: Cell<f64>,
    open: RefCell<LiteMap<RtcId, Connection>>,
    /// Offers that are made once the one that is being made can be sent, or at the latest when the timer goes off, and
    /// whether they go through relays alone.
    behind: RefCell<Vec<(RtcId, bool)>>,
    behind_timer: RefCell<Option<Timeout>>,
    /// Whether channels stay on the page: asked for, or this browser cannot transfer them.
    relayed: Cell<bool>,
    /// What the ICE servers are there for, and what is known of them.
    awaited: Cell<Awaited>,
    servers: Cell<Servers>,
}

struct Connection {
    peer: RtcPeerConnection,
    /// Whether its local description is an offer, not an answer.
    offers: bool,
    /// Whether it goes through relays alone.
    relay_only: bool,
    /// Present until the local description is sent.
    gathering: Option<Gathering>,
    send_timer: Option<Timeout>,
    failure_timer: Option<Timeout>,
    relay: Option<Relay>,
    _on_candidate: Closure<dyn Fn(RtcPeerConnectionIceEvent)>,
    _on_state: Closure<dyn Fn(Event)>,
    _on_channel: Closure<dyn Fn(RtcDataChannelEvent)>,
}

impl Connections {
    /// No connections yet. `config` tells the ICE servers; `relayed` keeps channels on the page even where they could be
    /// transferred.
    pub(crate) fn new(engine: Rc<Engine>, config: &Config, relayed: bool) -> Self {
        let table = Table {
            engine,
            configuration: RtcConfiguration::new(),
            relayed_configuration: RtcConfiguration::new(),
            renew_at: Cell::default(),
            open: RefCell::default(),
            behind: RefCell::default(),
            behind_timer: RefCell::default(),
            relayed: Cell::new(relayed),
            awaited: Cell::default(),
            servers: Cell::new(Servers::Unknown { round_trip: config.round_trip }),
        };
        table.relayed_configuration.set_ice_transport_policy(RtcIceTransportPolicy::Relay);
        table.configure(config);
        let table = Rc::new(table);
        table.close_on_leaving();
        Self(table)
    }

    /// Does what the engine asks.
    pub(crate) fn handle(&self, rtc: RtcId, command: RtcCommand) {
        let table = &self.0;
        match command {
            RtcCommand::Offer { relay_only } if table.gathers_offer() => table.offer_behind(rtc, relay_only),
            RtcCommand::Offer { relay_only } => table.offer(rtc, relay_only),
            RtcCommand::Accept { sdp, relay_only } => table.accept(rtc, sdp, relay_only),
            RtcCommand::Complete { sdp } => table.complete(rtc, sdp),
            RtcCommand::Drop => {
                table.behind.borrow_mut().retain(|(other, _)| *other != rtc);
                drop(table.forget(rtc));
                table.follow_up();
            }
        }
    }
}

impl Table {
    /// Closes all connections when the user leaves. Chromium 156 keeps those of a document that another took the place of,
    /// frozen and silent, so that others take minutes to miss it. The engine is told, since the user may come back to it.
    fn close_on_leaving(self: &Rc<Self>) {
        let table = Rc::downgrade(self);
        let leave = with(&table, |table, _: Event| {
            early::close_connection();
            for (rtc, _) in table.behind.take() {
                table.tell(rtc, RtcEvent::Gone);
            }
            while let Some(rtc) = table.first() {
                table.gone(rtc);
            }
        });
        let leave = Closure::<dyn Fn(Event)>::new(leave).into_js_value();
        // A window takes every listener.
        let _ = browser::window().add_event_listener_with_callback("pagehide", leave.unchecked_ref());
    }

    fn offer(self: &Rc<Self>, rtc: RtcId, relay_only: bool) {
        let begun = if relay_only { None } else { self.begun(rtc) };
        let Some(peer) = begun.or_else(|| self.make(rtc, true, relay_only)) else { return };
        // The label is random because a fixed one would tell programs apart; nobody reads it.
        let channel = peer.create_data_channel(&browser::random_hex(20));
        self.hand_over(rtc, channel);
        self.attempt(rtc, async move {
            let offer = peer.create_offer().await?;
            peer.set_local_description(offer.unchecked_ref()).await?;
            Ok(())
        });
    }

    /// Whether an offer is being made. Answers do not count: others decide when and how often those are made.
    fn gathers_offer(&self) -> bool {
        self.open.borrow().values().any(|connection| connection.offers && connection.gathering.is_some())
    }

    /// Makes this offer once it would not be in the way of another. One that can be sent soon is worth more than several that
    /// can be sent later, but not if servers keep it waiting for long.
    fn offer_behind(self: &Rc<Self>, rtc: RtcId, relay_only: bool) {
        let mut behind = self.behind.borrow_mut();
        if behind.is_empty() {
            let table = Rc::downgrade(self);
            let most = u32::try_from(DOUBTFUL.1.as_millis()).unwrap_or(u32::MAX);
            self.behind_timer.replace(Some(Timeout::new(most, move || {
                if let Some(table) = table.upgrade() {
                    table.make_offers();
                }
            })));
        }
        behind.push((rtc, relay_only));
    }

    /// Makes the offers that waited, if no other is being made.
    fn follow_up(self: &Rc<Self>) {
        if !self.gathers_offer() {
            self.make_offers();
        }
    }

    fn make_offers(self: &Rc<Self>) {
        self.behind_timer.take();
        for (rtc, relay_only) in self.behind.take() {
            self.offer(rtc, relay_only);
        }
    }

    fn accept(self: &Rc<Self>, rtc: RtcId, sdp: String, relay_only: bool) {
        let Some(peer) = self.make(rtc, false, relay_only) else { return };
        self.limit(rtc, CONNECT_TIMEOUT);
        self.attempt(rtc, async move {
            peer.set_remote_description(&description(RtcSdpType::Offer, &sdp)).await?;
            let answer = peer.create_answer().await?;
            peer.set_local_description(answer.unchecked_ref()).await?;
            Ok(())
        });
    }

    fn complete(self: &Rc<Self>, rtc: RtcId, sdp: String) {
        let Some(peer) = self.open.borrow().get(&rtc).map(|connection| connection.peer.clone()) else {
            return;
        };
        self.limit(rtc, CONNECT_TIMEOUT);
        self.attempt(rtc, async move {
            peer.set_remote_description(&description(RtcSdpType::Answer, &sdp)).await?;
            Ok(())
        });
    }

    fn configure(&self, config: &Config) {
        self.configuration.set_ice_servers(&config.ice_servers);
        self.relayed_configuration.set_ice_servers(&config.ice_servers);
        self.awaited.set(Awaited::of_urls(config.ice_urls()));
        self.renew_at.set(config.renew_at);
    }

    /// Asks for ICE servers with new passwords if it is time to. Connections that are made before they are here have the
    /// old ones.
    fn renew(self: &Rc<Self>) {
        let now = Date::now();
        if now < self.renew_at.get() {
            return;
        }
        self.renew_at.set(now + RENEWAL_RETRY);
        let table = Rc::downgrade(self);
        spawn_local(async move {
            if let (Some(config), Some(table)) = (Config::fetch_again().await, table.upgrade()) {
                table.configure(&config);
            }
        });
    }

    /// The connection that the document began.
    fn begun(self: &Rc<Self>, rtc: RtcId) -> Option<RtcPeerConnection> {
        let EarlyConnection { peer, began } = early::connection()?;
        self.keep(rtc, &peer, (true, false), began);
        Some(peer)
    }

    /// Makes a connection that offers, or answers. One that is to go through relays alone, where there are none, is none.
    fn make(self: &Rc<Self>, rtc: RtcId, offers: bool, relay_only: bool) -> Option<RtcPeerConnection> {
        self.renew();
        if relay_only && !self.awaited.get().relayed {
            self.tell(rtc, RtcEvent::NoRelay(RelayFault::None));
            return None;
        }
        let configuration = if relay_only { &self.relayed_configuration } else { &self.configuration };
        let Ok(peer) = RtcPeerConnection::new_with_configuration(configuration) else {
            // Browsers also refuse when there are too many, which closing some cures.
            let blocked = self.open.borrow().is_empty();
            self.tell(rtc, if blocked { RtcEvent::Blocked } else { RtcEvent::Gone });
            return None;
        };
        self.keep(rtc, &peer, (offers, relay_only), None);
        Some(peer)
    }

    /// Puts a connection into the table, with when it `began` to gather if it has.
    fn keep(
        self: &Rc<Self>,
        rtc: RtcId,
        peer: &RtcPeerConnection,
        (offers, relay_only): (bool, bool),
        began: Option<Duration>,
    ) {
        let table = Rc::downgrade(self);
        let on_candidate = Closure::new(with(&table, move |table, event: RtcPeerConnectionIceEvent| {
            table.gathered(rtc, event.candidate().map(|found| Candidate::of_line(&found.candidate())));
        }));
        let on_state = Closure::new(with(&table, move |table, _: Event| table.state_changed(rtc)));
        let on_channel = Closure::new(with(&table, move |table, event: RtcDataChannelEvent| {
            table.hand_over(rtc, event.channel());
        }));
        // What leads nowhere then is not sent.
        let silence = with(&table, move |table, ()| table.send_description(rtc));
        let send_timer = relay_only.then(|| Timeout::new(RELAY_TIMEOUT, move || silence(())));
        peer.set_onicecandidate(Some(on_candidate.as_ref().unchecked_ref()));
        peer.set_onconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));
        // Firefox tells of some failures only here.
        peer.set_oniceconnectionstatechange(Some(on_state.as_ref().unchecked_ref()));
        peer.set_ondatachannel(Some(on_channel.as_ref().unchecked_ref()));
        self.open.borrow_mut().insert(
            rtc,
            Connection {
                peer: peer.clone(),
                offers,
                relay_only,
                gathering: Some(Gathering::new(began, self.awaited.get(), self.servers.get())),
                send_timer,
                failure_timer: None,
                relay: None,
                _on_candidate: on_candidate,
                _on_state: on_state,
                _on_channel: on_channel,
            },
        );
    }

    /// Gives a channel to the engine: itself, or a port to a relay of it.
    fn hand_over(self: &Rc<Self>, rtc: RtcId, channel: RtcDataChannel) {
        let message = ToEngine::Rtc { rtc, event: RtcEvent::Channel };
        if !self.relayed.get() {
            let parts = Array::of1(&channel);
            if self.engine.transfer(&message, &parts, &parts).is_ok() {
                return;
            }
            self.relayed.set(true);
        }
        let Ok((relay, port)) = Relay::new(channel) else {
            self.gone(rtc);
            return;
        };
        if let Some(connection) = self.open.borrow_mut().get_mut(&rtc) {
            connection.relay = Some(relay);
        }
        let parts = Array::of1(&port);
        if self.engine.transfer(&message, &parts, &parts).is_err() {
            self.gone(rtc);
        }
    }

    /// A candidate came, or with `None` the last one has.
    fn gathered(self: &Rc<Self>, rtc: RtcId, candidate: Option<Candidate>) {
        if matches!(candidate, Some(Candidate::Public | Candidate::Relayed)) {
            self.servers.set(Servers::Answer);
        }
        let now = browser::now();
        let mut open = self.open.borrow_mut();
        let Some(connection) = open.get_mut(&rtc) else { return };
        let Some(gathering) = connection.gathering.as_mut() else { return };
        match candidate {
            Some(candidate) => gathering.found(now, candidate),
            None => gathering.complete(),
        }
        if connection.peer.ice_gathering_state() == RtcIceGatheringState::Complete {
            gathering.complete();
        }
        let Some(send_at) = gathering.send_at() else { return };
        let wait = send_at.saturating_sub(now);
        if wait == Duration::ZERO {
            drop(open);
            self.send_description(rtc);
            return;
        }
        let table = Rc::downgrade(self);
        let milliseconds = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        connection.send_timer = Some(Timeout::new(milliseconds, move || {
            if let Some(table) = table.upgrade() {
                table.send_description(rtc);
            }
        }));
    }

    fn send_description(self: &Rc<Self>, rtc: RtcId) {
        let (description, relay_only) = {
            let mut open = self.open.borrow_mut();
            let Some(connection) = open.get_mut(&rtc) else { return };
            if let Some(gathering) = connection.gathering.take() {
                self.servers.set(gathering.servers_after(self.servers.get()));
            }
            connection.send_timer = None;
            (connection.peer.local_description(), connection.relay_only)
        };
        let Some(description) = description else {
            self.gone(rtc);
            return;
        };
        let sdp = without_trickle(&description.sdp());
        let sdp = if relay_only { relayed_only(&sdp) } else { Some(sdp) };
        let Some(sdp) = sdp else {
            drop(self.forget(rtc));
            self.tell(rtc, RtcEvent::NoRelay(RelayFault::Silent));
            self.follow_up();
            return;
        };
        let offer = description.type_() == RtcSdpType::Offer;
        self.tell(rtc, if offer { RtcEvent::Offer { sdp } } else { RtcEvent::Answer { sdp } });
        self.follow_up();
    }

    fn state_changed(self: &Rc<Self>, rtc: RtcId) {
        let Some(peer) = self.open.borrow().get(&rtc).map(|connection| connection.peer.clone()) else {
            return;
        };
        use {RtcIceConnectionState as Ice, RtcPeerConnectionState as Whole};
        match (peer.connection_state(), peer.ice_connection_state()) {
            (Whole::Failed | Whole::Closed, _) | (_, Ice::Failed | Ice::Closed) => self.gone(rtc),
            (Whole::Disconnected, _) | (_, Ice::Disconnected) => self.limit(rtc, INTERRUPTION_TIMEOUT),
            (Whole::Connected, _) => {
                if let Some(connection) = self.open.borrow_mut().get_mut(&rtc) {
                    connection.failure_timer = None;
                }
            }
            _ => {}
        }
    }

    /// Gives the connection up after so many milliseconds, unless it comes up first.
    fn limit(self: &Rc<Self>, rtc: RtcId, milliseconds: u32) {
        let table = Rc::downgrade(self);
        if let Some(connection) = self.open.borrow_mut().get_mut(&rtc) {
            connection.failure_timer = Some(Timeout::new(milliseconds, move || {
                if let Some(table) = table.upgrade() {
                    table.gone(rtc);
                }
            }));
        }
    }

    /// Runs one step of a negotiation; a connection whose step fails is of no use.
    fn attempt(self: &Rc<Self>, rtc: RtcId, step: impl Future<Output = Result<(), JsValue>> + 'static) {
        let table = Rc::downgrade(self);
        spawn_local(async move {
            if step.await.is_err()
                && let Some(table) = table.upgrade()
            {
                table.gone(rtc);
            }
        });
    }

    fn gone(self: &Rc<Self>, rtc: RtcId) {
        if self.forget(rtc).is_some() {
            self.tell(rtc, RtcEvent::Gone);
            self.follow_up();
        }
    }

    fn first(&self) -> Option<RtcId> {
        self.open.borrow().first().map(|(rtc, _)| *rtc)
    }

    fn forget(&self, rtc: RtcId) -> Option<Connection> {
        self.open.borrow_mut().remove(&rtc)
    }

    fn tell(&self, rtc: RtcId, event: RtcEvent) {
        self.engine.say(ToEngine::Rtc { rtc, event });
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.peer.set_onicecandidate(None);
        self.peer.set_onconnectionstatechange(None);
        self.peer.set_oniceconnectionstatechange(None);
        self.peer.set_ondatachannel(None);
        self.peer.close();
    }
}

fn description(kind: RtcSdpType, sdp: &str) -> RtcSessionDescriptionInit {
    let description = RtcSessionDescriptionInit::new(kind);
    description.set_sdp(sdp);
    description
}

/// A listener that does nothing once the table is gone.
fn with<E, F: Fn(&Rc<Table>, E)>(table: &Weak<Table>, listener: F) -> impl Fn(E) + use<E, F> {
    let table = table.clone();
    move |event| {
        if let Some(table) = table.upgrade() {
            listener(&table, event);
        }
    }
}
