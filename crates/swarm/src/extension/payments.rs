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

/// Bytes one way after which the driver hears how far a peer is, when so many went that way since it is spoken with: a small
/// part of what a seller trusts by then (`docs/pay.md`), so that nobody waits for being paid, and seldom enough to cost
/// nothing.
fn step(traded: u64) -> u64 {
    (traded / 128).clamp(LEAST_STEP, MOST_STEP)
}

const LEAST_STEP: u64 = 16 << 10;
const MOST_STEP: u64 = 256 << 10;

/// What was traded counts anew after so long without a message of either side: then nobody was paying, and what was taken for
/// nothing makes nobody trusted.
const SILENCE: Duration = Duration::from_secs(5);

/// And after this time, if anything changed.
const NOTICE_EVERY: Duration = Duration::from_secs(1);

/// Who stopped speaking of payments is not met again before: it is not to get more of what each peer has a limit of.
const PAUSE: Duration = Duration::from_secs(10);

/// Payments. They are off until [begun](PaymentOrder::Begin).
#[derive(Debug, Default)]
pub(crate) struct Payments {
    /// What our handshake says of them, while they are on.
    terms: Option<Vec<u8>>,
    is_on: bool,
    /// Those who speak the extension, or did.
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
    /// To have a peer work on pieces of its own where it can, so that it is soon known whether what it gave is right.
    KeepApart {
        /// Whom.
        peer: PeerKey,
        /// Whether to, from now on.
        apart: bool,
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
    /// A peer gave what was wrong, and nobody else had part in it. It is about to be gone.
    Bad {
        /// Who.
        peer: PeerKey,
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
    /// How many of these are not in pieces that turned out right: not yet, or not at all.
    pub unchecked: u64,
    /// Whether it serves us.
    pub serves: bool,
    /// Whether it says that it has all that it wants, and so, most often, everything.
    pub complete: bool,
}

/// A peer that speaks the extension, or did.
#[derive(Clone, Debug)]
struct Speaker {
    terms: Option<Vec<u8>>,
    /// Whether it speaks of payments now.
    speaks: bool,
    /// Whether the driver knows it.
    met: bool,
    /// When it may be met again.
    welcome_at: Time,
    messages: Allowance,
    /// What was traded.
    trade: PeerTrade,
    /// What was when the first message came or went, after a while without any, and when the last did.
    began: PeerTrade,
    spoke_at: Time,
    /// Up to where it may be given bytes.
    limit: Option<u64>,
    /// What the driver was told last, and when.
    told: PeerTrade,
    told_at: Time,
}

impl Payments {
    fn obey(&mut self, cx: &mut Context<'_>, order: PaymentOrder<'_>) {
        match order {
            PaymentOrder::Begin { terms } => {
                self.terms = terms.map(Vec::from);
                self.is_on = true;
                cx.introduce_again();
                self.meet_all(cx);
            }
            PaymentOrder::End => {
                (self.terms, self.is_on, self.notice_at) = (None, false, None);
                cx.introduce_again();
                for (peer, speaker) in self.peers.iter_mut() {
                    speaker.met = false;
                    serve_as_anybody(cx, *peer);
                }
            }
            // What comes late is for nobody.
            PaymentOrder::Send { peer, .. }
            | PaymentOrder::Allow { peer, .. }
            | PaymentOrder::Prefer { peer, .. }
            | PaymentOrder::KeepApart { peer, .. }
                if self.peers.get(&peer).is_none_or(|speaker| !speaker.met) => {}
            PaymentOrder::Send { peer, payload } => {
                cx.send(peer, payload);
                let trade = trade(cx, peer);
                if let Some(speaker) = self.peers.get_mut(&peer) {
                    speaker.speak(cx.now(), trade);
                }
                tell(cx, PaymentNotice::Sent { peer, trade });
            }
            PaymentOrder::Allow { peer, given } => {
                let before = cx.peer(peer).map_or(0, |peer| peer.uploaded);
                cx.allow(peer, given.map(|given| given.saturating_sub(before)));
                if let Some(speaker) = self.peers.get_mut(&peer) {
                    speaker.limit = given;
                }
                self.watch(cx, peer);
            }
            PaymentOrder::Prefer { peer, preference } => cx.prefer(peer, preference),
            PaymentOrder::KeepApart { peer, apart } => cx.keep_apart(peer, apart),
        }
    }

    /// Tells of a peer that speaks of payments and was not met, or will when it may be.
    fn meet(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let Some(speaker) = self.peers.get_mut(&peer) else { return };
        if !self.is_on || !speaker.speaks || speaker.met {
            return;
        }
        if speaker.welcome_at <= cx.now() {
            (speaker.met, speaker.limit) = (true, None);
            tell(cx, PaymentNotice::Met { peer, terms: speaker.terms.clone() });
            let trade = trade(cx, peer);
            (speaker.told, speaker.told_at) = (trade, cx.now());
            if trade != PeerTrade::default() {
                tell(cx, PaymentNotice::Traded { peer, trade });
            }
        } else {
            sooner(&mut self.notice_at, speaker.welcome_at);
        }
    }

    fn meet_all(&mut self, cx: &mut Context<'_>) {
        for peer in self.peers.keys().copied().collect::<Vec<_>>() {
            self.meet(cx, peer);
        }
    }

    /// A peer speaks of payments no more.
    fn part(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let Some(speaker) = self.peers.get_mut(&peer) else { return };
        speaker.speaks = false;
        if std::mem::take(&mut speaker.met) {
            speaker.welcome_at = cx.now() + PAUSE;
            serve_as_anybody(cx, peer);
            tell(cx, PaymentNotice::Gone { peer, trade: speaker.trade });
        }
    }

    /// Tells how far a peer is, if that is due.
    fn watch(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let Some(speaker) = self.peers.get_mut(&peer) else { return };
        let (Some(facts), now) = (cx.peer(peer), cx.now()) else { return };
        speaker.trade = trade_of(&facts);
        if !speaker.met || speaker.trade == speaker.told {
            return;
        }
        let due = speaker.told_at + NOTICE_EVERY;
        if speaker.is_far() || due <= now {
            (speaker.told, speaker.told_at) = (speaker.trade, now);
            tell(cx, PaymentNotice::Traded { peer, trade: speaker.told });
        } else {
            sooner(&mut self.notice_at, due);
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
        if self.peers.get(&peer).is_none() {
            self.peers.insert(peer, Speaker::new());
        }
        let Some(speaker) = self.peers.get_mut(&peer) else { return };
        speaker.speaks = true;
        if speaker.terms != terms {
            speaker.terms = terms;
            speaker.met = false;
        }
        self.meet(cx, peer);
    }

    fn learnt(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        // Only now the driver can know how long a piece is, and what a peer is trusted with.
        if let Some(speaker) = self.peers.get(&peer).filter(|_| self.is_on) {
            tell(cx, PaymentNotice::Met { peer, terms: speaker.terms.clone() });
        }
    }

    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let Some(speaker) = self.peers.get_mut(&peer).filter(|speaker| speaker.met) else { return Ok(()) };
        if payload.len() > MAX_PAYMENT_MESSAGE {
            return Err(CloseReason::Misbehaved("says too much of payments at once"));
        }
        if speaker.messages.take(cx.now()) {
            let trade = trade(cx, peer);
            speaker.speak(cx.now(), trade);
            tell(cx, PaymentNotice::Said { peer, payload: payload.to_vec(), trade });
        }
        Ok(())
    }

    fn traded(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.watch(cx, peer);
    }

    fn lied(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        if self.peers.get(&peer).is_some_and(|speaker| speaker.met) {
            tell(cx, PaymentNotice::Bad { peer });
        }
    }

    fn closed(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.part(cx, peer);
        self.peers.remove(&peer);
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
            self.meet(cx, peer);
            self.watch(cx, peer);
        }
    }
}

impl Speaker {
    const fn new() -> Self {
        let nothing = PeerTrade { given: 0, taken: 0, unchecked: 0, serves: false, complete: false };
        Self {
            terms: None,
            speaks: true,
            met: false,
            welcome_at: Time::ZERO,
            messages: Allowance::new(MESSAGES, MESSAGE_EVERY),
            trade: nothing,
            began: nothing,
            spoke_at: Time::ZERO,
            limit: None,
            told: nothing,
            told_at: Time::ZERO,
        }
    }

    /// A message comes or goes.
    fn speak(&mut self, now: Time, trade: PeerTrade) {
        if now > self.spoke_at + SILENCE {
            self.began = trade;
        }
        self.spoke_at = now;
    }

    /// Whether what the driver was told is a step behind, or the peer waits for the driver to allow it more.
    fn is_far(&self) -> bool {
        let PeerTrade { given, taken, unchecked, .. } = self.trade;
        if given > self.told.given && self.limit.is_some_and(|limit| given + LEAST_STEP > limit) {
            return true;
        }
        let (told, began) = (&self.told, &self.began);
        let right = |trade: &PeerTrade| trade.taken - trade.unchecked;
        let came = (taken - told.taken).max((taken - unchecked) - right(told));
        given - told.given >= step(told.given.saturating_sub(began.given))
            || came >= step(told.taken.saturating_sub(began.taken))
    }
}

fn trade(cx: &Context<'_>, peer: PeerKey) -> PeerTrade {
    cx.peer(peer).map_or_else(PeerTrade::default, |facts| trade_of(&facts))
}

const fn trade_of(facts: &PeerFacts) -> PeerTrade {
    let unchecked = facts.answered - facts.right;
    PeerTrade {
        given: facts.uploaded,
        taken: facts.answered,
        unchecked,
        serves: facts.serves,
        complete: facts.wants_nothing,
    }
}

/// Something is due, perhaps before all else.
fn sooner(at: &mut Option<Time>, due: Time) {
    *at = Some(at.map_or(due, |at| at.min(due)));
}

/// A peer has no more to do with money.
fn serve_as_anybody(cx: &mut Context<'_>, peer: PeerKey) {
    cx.allow(peer, None);
    cx.prefer(peer, 0);
    cx.keep_apart(peer, false);
}

fn tell(cx: &mut Context<'_>, notice: PaymentNotice) {
    cx.ask(Output::Payments(notice));
}
