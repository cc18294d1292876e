//! The purse: who decides on payments by the byte ([`protocol::purse`]). The engine hands on what peers and pages say of money,
//! and does what the purse wants of peers.

use std::collections::VecDeque;
use std::fmt;

use js_sys::Array;
use metainfo::InfoHash;
use protocol::purse::{FromPurse, PeerNews, PeerOrder, ToPurse, Trade};
use protocol::window::FromEngine;
use protocol::{Event, TorrentView, port};
use swarm::extension::{PaymentNotice, PaymentOrder, PeerTrade};
use swarm::{Input, PeerKey, Time};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::Closure;
use web_sys::{MessageEvent, MessagePort};

use super::Driver;
use super::pages::{tell, tell_window};
use crate::browser::now;

/// What pages may say before there is a purse.
const MOST_WAITING: usize = 64;

/// What is said to the purse: the torrents are lent.
type Said<'a> = ToPurse<&'a [TorrentView]>;

/// The way to the purse.
#[derive(Debug, Default)]
pub(super) enum Purse {
    /// Nobody has asked for it.
    #[default]
    Absent,
    /// The window was asked for it; what pages say waits.
    Coming(VecDeque<Vec<u8>>),
    /// It is there.
    Here(Line),
}

/// A port to the purse. Dropping it ends the conversation.
pub(super) struct Line {
    port: MessagePort,
    _on_message: Closure<dyn Fn(MessageEvent)>,
}

impl Line {
    fn new(port: MessagePort, hear: impl Fn(FromPurse) + 'static) -> Self {
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            // One of another version has told the window so, and is of no use.
            if let Ok((message, _)) = port::decode(&event.data()) {
                hear(message);
            }
        });
        // Setting it also starts the port.
        port.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Self { port, _on_message: on_message }
    }

    fn say(&self, message: &Said<'_>) {
        let (value, _) = port::encode(message, &Array::new(), &Array::new());
        // A purse that is gone needs no news.
        let _ = self.port.post_message(&value);
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Line")
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.port.set_onmessage(None);
        self.port.close();
    }
}

impl Driver {
    /// A page says something to the purse.
    pub(super) fn page_says(&mut self, words: Vec<u8>) {
        match &mut self.purse {
            Purse::Absent => {
                self.purse = Purse::Coming([words].into());
                tell_window(&FromEngine::Purse, &Array::new());
            }
            Purse::Coming(waiting) if waiting.len() < MOST_WAITING => waiting.push_back(words),
            Purse::Coming(_) => {}
            Purse::Here(line) => line.say(&Said::Page(words)),
        }
    }

    /// The window has the purse, or has it no more.
    pub(super) fn purse_opened(&mut self, parts: &Array) {
        let Ok(port) = parts.get(0).dyn_into::<MessagePort>() else {
            self.purse = Purse::Absent;
            self.leave_payments();
            return;
        };
        let this = self.this.clone();
        let line = Line::new(port, move |message| {
            this.with(move |driver| driver.purse_says(message));
        });
        line.say(&Said::Torrents(&self.views(now())));
        if let Purse::Coming(waiting) = std::mem::take(&mut self.purse) {
            for words in waiting {
                line.say(&Said::Page(words));
            }
        }
        self.purse = Purse::Here(line);
    }

    /// Tells the purse of a peer that speaks of payments.
    pub(super) fn tell_purse(&self, torrent: InfoHash, notice: PaymentNotice) {
        let Purse::Here(line) = &self.purse else { return };
        let (peer, news) = match notice {
            PaymentNotice::Met { peer, terms } => {
                let info = self.session.torrent(torrent).and_then(|torrent| torrent.info());
                let piece_length = info.map_or(0, |info| info.geometry().piece_length());
                (peer, PeerNews::Met { terms, piece_length })
            }
            PaymentNotice::Said { peer, payload, trade } => {
                (peer, PeerNews::Said { payload, trade: told(trade) })
            }
            PaymentNotice::Sent { peer, trade } => (peer, PeerNews::Sent(told(trade))),
            PaymentNotice::Traded { peer, trade } => (peer, PeerNews::Traded(told(trade))),
            PaymentNotice::Bad { peer } => (peer, PeerNews::Bad),
            PaymentNotice::Gone { peer, trade } => (peer, PeerNews::Gone(told(trade))),
        };
        line.say(&Said::Peer { torrent, peer: peer.get(), news });
    }

    /// Tells the purse of the torrents.
    pub(super) fn tell_purse_of_torrents(&self, views: &[TorrentView]) {
        if let Purse::Here(line) = &self.purse {
            line.say(&Said::Torrents(views));
        }
    }

    fn purse_says(&mut self, message: FromPurse) {
        let now = now();
        match message {
            FromPurse::Pages(words) => tell(&Event::Purse(words)),
            FromPurse::Begin { terms } => {
                self.session.take_payments(now, terms);
                self.settle(now);
            }
            FromPurse::End => self.leave_payments(),
            FromPurse::Order { torrent, peer, order } => self.obey_purse(now, torrent, peer, order),
        }
    }

    fn leave_payments(&mut self) {
        let now = now();
        self.session.leave_payments(now);
        self.settle(now);
    }

    fn obey_purse(&mut self, now: Time, torrent: InfoHash, peer: u32, order: PeerOrder) {
        let peer = PeerKey::new(peer);
        let order = match &order {
            PeerOrder::Send(payload) => PaymentOrder::Send { peer, payload },
            PeerOrder::Allow(given) => PaymentOrder::Allow { peer, given: *given },
            PeerOrder::Prefer(preference) => PaymentOrder::Prefer { peer, preference: *preference },
            PeerOrder::KeepApart(apart) => PaymentOrder::KeepApart { peer, apart: *apart },
            PeerOrder::Drop => {
                self.session.gone(now, peer);
                return self.settle(now);
            }
        };
        self.with(torrent, |torrent, now| torrent.handle(now, Input::Payments(order)));
    }
}

const fn told(trade: PeerTrade) -> Trade {
    let PeerTrade { given, taken, unchecked, serves, complete } = trade;
    Trade { given, taken, unchecked, serves, complete }
}
