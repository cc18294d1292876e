//! Payments by the byte (`docs/pay.md`), as far as the engine has to know of them: it carries messages that it does not
//! understand, serves on credit, minds bids, and counts bytes. What all that means is up to the driver.

use std::time::Duration;

use litemap::LiteMap;
use metainfo::Info;
use wire::ExtendedHandshake;

use super::{Allowance, Context, Extension, PeerFacts};
use crate::{CloseReason, Input, Output, PeerKey, Time};

/// What handshakes call it.
const NAME: &str = "btt_pay";

/// Bytes that a message has at most.
pub const MAX_PAYMENT_MESSAGE: usize = 1024;

/// Messages that a peer may send at once. Then it is one in each [`MESSAGE_EVERY`], and what comes sooner is not heard:
/// what peers say of money holds until they say something else, so the next one makes up for it.
const MESSAGES: u32 = 20;
const MESSAGE_EVERY: Duration = Duration::from_millis(50);

/// Bytes after which the driver hears how far a peer is, when so many were traded: a small part of what a seller trusts by
/// then (`docs/pay.md`), so that nobody waits for being paid, and seldom enough to cost nothing.
fn step(traded: u64) -> u64 {
    (traded / 128).clamp(LEAST_STEP, MOST_STEP)
}

const LEAST_STEP: u64 = 16 << 10;
const MOST_STEP: u64 = 256 << 10;

/// And after this time, if anything changed.
const NOTICE_EVERY: Duration = Duration::from_secs(1);

/// Payments. They are off until [begun](PaymentOrder::Begin).
#[derive(Debug, Default)]
pub(crate) struct Payments {
    /// What our handshake says of them, while they are on.
    terms: Option<Vec<u8>>,
    is_on: bool,
    /// Those who speak the extension.
    peers: LiteMap<PeerKey, Speaker>,
    /// When the driver is to hear of some peer.
    notice_at: Option<Time>,
}

/// What the driver of a torrent wants of its payments.
#[derive(Clone, Copy, Debug)]
pub enum PaymentOrder<'a> {
    /// To speak of payments from now on.
    Begin {
        /// One bencoded value for the handshake, of who wants to be paid.
        terms: Option<&'a [u8]>,
    },
    /// Not to speak of them any more. Everybody is served as if there were none.
    End,
    /// To send a message, and to say where in the stream it was ([`PaymentNotice::Sent`]).
    Send {
        /// To whom.
        peer: PeerKey,
        /// At most [`MAX_PAYMENT_MESSAGE`] bytes.
        payload: &'a [u8],
    },
    /// To give a peer bytes of blocks until they are `given` in all, and no more; `None`: as many as it likes.
    Allow {
        /// Whom.
        peer: PeerKey,
        /// All bytes of this connection.
        given: Option<u64>,
    },
    /// To mind what serving a peer is worth ([`Standing::preference`](crate::Standing::preference)).
    Prefer {
        /// Whom.
        peer: PeerKey,
        /// Its bid.
        preference: u64,
    },
}

/// What payments tell the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaymentNotice {
    /// A peer speaks of payments, or says something else of them than before; or the metadata became known while it was here.
    Met {
        /// Who.
        peer: PeerKey,
        /// What its handshake says: one bencoded value, unchecked.
        terms: Option<Vec<u8>>,
    },
    /// A peer sent a message of at most [`MAX_PAYMENT_MESSAGE`] bytes.
    Said {
        /// Who.
        peer: PeerKey,
        /// The message.
        payload: Vec<u8>,
        /// What was traded before it.
        trade: PeerTrade,
    },
    /// The oldest message to a peer that was not told of yet is on its way.
    Sent {
        /// To whom.
        peer: PeerKey,
        /// What was traded before it.
        trade: PeerTrade,
    },
    /// How far a peer is.
    Traded {
        /// Who.
        peer: PeerKey,
        /// What was traded.
        trade: PeerTrade,
    },
    /// A peer that was met is gone.
    Gone {
        /// Who.
        peer: PeerKey,
        /// What was traded until then.
        trade: PeerTrade,
    },
}

/// What was traded over one connection. Both of its ends count alike, since they see one stream: what one has given before
/// a message is what the other has been given when that comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PeerTrade {
    /// Bytes of blocks that the peer was given.
    pub given: u64,
    /// Bytes of blocks that it was asked for and gave, of use or not.
    pub taken: u64,
    /// How many of these are in pieces that are not checked yet.
    pub unchecked: u64,
    /// Whether it serves us.
    pub serves: bool,
}

/// A peer that speaks the extension.
#[derive(Clone, Debug)]
struct Speaker {
    terms: Option<Vec<u8>>,
    messages: Allowance,
    /// What was traded, but for what is unchecked.
    trade: PeerTrade,
    /// What the driver was told last, and when.
    told: PeerTrade,
    told_at: Time,
}

impl Payments {
    fn obey(&mut self, cx: &mut Context<'_>, order: PaymentOrder<'_>) {
        match order {
            PaymentOrder::Begin { terms } => {
                self.terms = terms.map(Vec::from);
                let is_new = !std::mem::replace(&mut self.is_on, true);
                cx.introduce_again();
                for (peer, speaker) in self.peers.iter().filter(|_| is_new) {
                    tell(cx, PaymentNotice::Met { peer: *peer, terms: speaker.terms.clone() });
                }
            }
            PaymentOrder::End => {
                (self.terms, self.is_on, self.notice_at) = (None, false, None);
                cx.introduce_again();
                for peer in self.peers.keys() {
                    serve_as_anybody(cx, *peer);
                }
            }
            // What comes late is for nobody.
            PaymentOrder::Send { peer, .. }
            | PaymentOrder::Allow { peer, .. }
            | PaymentOrder::Prefer { peer, .. }
                if !self.is_on || !self.peers.contains_key(&peer) => {}
            PaymentOrder::Send { peer, payload } => {
                cx.send(peer, payload);
                tell(cx, PaymentNotice::Sent { peer, trade: trade(cx, peer) });
            }
            PaymentOrder::Allow { peer, given } => {
                let before = cx.peer(peer).map_or(0, |peer| peer.uploaded);
                cx.allow(peer, given.map(|given| given.saturating_sub(before)));
            }
            PaymentOrder::Prefer { peer, preference } => cx.prefer(peer, preference),
        }
    }

    /// A peer speaks of payments no more.
    fn part(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        if let Some(Speaker { trade, .. }) = self.peers.remove(&peer).filter(|_| self.is_on) {
            serve_as_anybody(cx, peer);
            let trade = PeerTrade { unchecked: cx.unchecked(peer), ..trade };
            tell(cx, PaymentNotice::Gone { peer, trade });
        }
    }

    /// Tells how far a peer is, if that is due.
    fn watch(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let Some(speaker) = self.peers.get_mut(&peer).filter(|_| self.is_on) else { return };
        let (Some(facts), now) = (cx.peer(peer), cx.now()) else { return };
        speaker.trade = trade_of(&facts, 0);
        let PeerTrade { given, taken, serves, .. } = speaker.told;
        let more = (facts.uploaded - given) + (facts.answered - taken);
        if more == 0 && serves == facts.serves {
            return;
        }
        let due = speaker.told_at + NOTICE_EVERY;
        if more >= step(given + taken) || due <= now {
            speaker.told = trade(cx, peer);
            speaker.told_at = now;
            tell(cx, PaymentNotice::Traded { peer, trade: speaker.told });
        } else {
            self.notice_at = Some(self.notice_at.map_or(due, |at| at.min(due)));
        }
    }
}

impl Extension for Payments {
    fn name(&self) -> &'static str {
        NAME
    }

    fn is_offered(&self, _: Option<&Info>) -> bool {
        self.is_on
    }

    fn terms(&self) -> Option<Vec<u8>> {
        self.terms.clone()
    }

    fn handshake(&mut self, cx: &mut Context<'_>, peer: PeerKey, handshake: &ExtendedHandshake) {
        if !cx.speaks(peer) {
            self.part(cx, peer);
            return;
        }
        let terms = handshake.terms.get(NAME).filter(|terms| terms.len() <= MAX_PAYMENT_MESSAGE).cloned();
        match self.peers.get_mut(&peer) {
            Some(speaker) if speaker.terms == terms => return,
            Some(speaker) => speaker.terms.clone_from(&terms),
            None => {
                self.peers.insert(peer, Speaker::new(terms.clone()));
            }
        }
        if self.is_on {
            tell(cx, PaymentNotice::Met { peer, terms });
        }
    }

    fn learnt(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        // Only now the driver can know how long a piece is, and what a peer is trusted with.
        if let Some(speaker) = self.peers.get(&peer).filter(|_| self.is_on) {
            tell(cx, PaymentNotice::Met { peer, terms: speaker.terms.clone() });
        }
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let Some(speaker) = self.peers.get_mut(&peer).filter(|_| self.is_on) else { return Ok(()) };
        if payload.len() > MAX_PAYMENT_MESSAGE {
            return Err(CloseReason::Misbehaved("says too much of payments at once"));
        }
        if speaker.messages.take(cx.now()) {
            tell(cx, PaymentNotice::Said { peer, payload: payload.to_vec(), trade: trade(cx, peer) });
        }
        Ok(())
    }

    fn traded(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.watch(cx, peer);
    }

    fn closed(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.part(cx, peer);
    }

    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        if let Input::Payments(order) = input {
            self.obey(cx, *order);
        }
    }

    fn deadline(&self) -> Option<Time> {
        self.notice_at
    }

    fn tick(&mut self, cx: &mut Context<'_>) {
        self.notice_at = None;
        for peer in self.peers.keys().copied().collect::<Vec<_>>() {
            self.watch(cx, peer);
        }
    }
}

impl Speaker {
    const fn new(terms: Option<Vec<u8>>) -> Self {
        let nothing = PeerTrade { given: 0, taken: 0, unchecked: 0, serves: false };
        let messages = Allowance::new(MESSAGES, MESSAGE_EVERY);
        Self { terms, messages, trade: nothing, told: nothing, told_at: Time::ZERO }
    }
}

fn trade(cx: &Context<'_>, peer: PeerKey) -> PeerTrade {
    cx.peer(peer).map_or_else(PeerTrade::default, |facts| trade_of(&facts, cx.unchecked(peer)))
}

const fn trade_of(facts: &PeerFacts, unchecked: u64) -> PeerTrade {
    PeerTrade { given: facts.uploaded, taken: facts.answered, unchecked, serves: facts.serves }
}

/// A peer has no more to do with money.
fn serve_as_anybody(cx: &mut Context<'_>, peer: PeerKey) {
    cx.allow(peer, None);
    cx.prefer(peer, 0);
}

fn tell(cx: &mut Context<'_>, notice: PaymentNotice) {
    cx.ask(Output::Payments(notice));
}
