//! Peer exchange: neighbours tell each other whom they know, and introduce them (`docs/peer-exchange.md`).
//!
//! [`Neighbours`] decides; what is here turns that into messages and outputs.

mod introductions;
mod neighbours;
mod news;
mod relay;

use std::time::Duration;

use metainfo::Info;
use wire::{ExchangeMessage, ExtendedHandshake, Party, PeerId, Refusal, SC_PEX, Signal};

use self::neighbours::{Loose, Neighbours};
use super::{Context, Extension};
use crate::{CloseReason, Input, IntroductionKey, Output, PeerKey, Progress, Step, Time};

/// Introduces neighbours to each other, and has them introduce us.
#[derive(Debug)]
pub(crate) struct Exchange {
    neighbours: Neighbours,
}

impl Exchange {
    pub(crate) fn new(seed: u64) -> Self {
        Self { neighbours: Neighbours::new(seed) }
    }

    /// Takes note of whether a neighbour speaks the extension. Once it does, it is a neighbour for as long as it is
    /// connected, whatever it says later: so what it may do is counted once.
    fn acquaint(&mut self, cx: &mut Context<'_>, key: PeerKey) {
        let Some(peer) = cx.peer(key).filter(|peer| peer.speaks && self.is_offered(cx.info())) else {
            return;
        };
        if let Some(id) = peer.id {
            self.neighbours.meet(cx.now(), key, id, peer.wants_nothing);
            // At once, before blocks that it may have asked for fill its channel.
            self.tell_neighbours(cx);
        }
    }

    /// What the driver did for an introduction.
    fn progressed(&mut self, cx: &mut Context<'_>, introduction: IntroductionKey, progress: Progress<'_>) {
        let now = cx.now();
        let introductions = &mut self.neighbours.introductions;
        match progress {
            Progress::Offer(description) => {
                if let Some((peer_id, relay)) = introductions.offered(now, introduction) {
                    signal(cx, relay, Party::To(peer_id), introduction.get(), Signal::Offer(description));
                }
            }
            Progress::Answer(description) => {
                if let Some((peer_id, relay, id)) = introductions.answered(now, introduction) {
                    signal(cx, relay, Party::To(peer_id), id, Signal::Answer(description));
                }
            }
            Progress::Failed => {
                if let Some((peer_id, relay, id)) = introductions.answered(now, introduction) {
                    signal(cx, relay, Party::To(peer_id), id, Signal::Refusal(Refusal::Busy));
                }
                introductions.failed(now, introduction);
                self.neighbours.seek_soon(now);
            }
        }
    }

    /// A neighbour wants something passed on to a peer.
    fn pass_on(
        &mut self,
        cx: &mut Context<'_>,
        from: (PeerKey, PeerId),
        to: PeerId,
        id: u32,
        what: Signal<'_>,
    ) {
        let (key, name) = from;
        match what {
            Signal::Offer(_) => match self.neighbours.pass_offer(cx.now(), key, to, id) {
                Ok(to) => signal(cx, to, Party::From(name), id, what),
                Err(why) => signal(cx, key, Party::From(to), id, Signal::Refusal(why)),
            },
            Signal::Answer(_) | Signal::Refusal(_) => {
                if let Some(to) = self.neighbours.pass_answer(key, to, id) {
                    signal(cx, to, Party::From(name), id, what);
                }
            }
        }
    }

    /// A neighbour passes on something to us.
    fn passed_on(&mut self, cx: &mut Context<'_>, relay: PeerKey, from: PeerId, id: u32, what: Signal<'_>) {
        let now = cx.now();
        let introduction = IntroductionKey::new(id);
        match what {
            Signal::Offer(offer) => {
                if let Err(why) = self.offered(cx, relay, from, id, offer) {
                    signal(cx, relay, Party::To(from), id, Signal::Refusal(why));
                }
            }
            Signal::Answer(answer) => {
                if self.neighbours.introductions.complete(now, introduction, from, relay) {
                    introduce(cx, introduction, Step::Complete { answer: answer.to_owned() });
                }
            }
            Signal::Refusal(why) => {
                if self.neighbours.introductions.refused(now, introduction, from, relay, why) {
                    introduce(cx, introduction, Step::Cancel);
                    self.neighbours.seek_soon(now);
                }
            }
        }
    }

    /// A peer offers a connection through a neighbour.
    fn offered(
        &mut self,
        cx: &mut Context<'_>,
        relay: PeerKey,
        from: PeerId,
        id: u32,
        offer: &str,
    ) -> Result<(), Refusal> {
        let now = cx.now();
        if !self.neighbours.takes_offer(now, relay) {
            return Err(Refusal::Busy);
        }
        if !cx.welcomes(from) {
            return Err(Refusal::Unwanted);
        }
        let own = cx.own_id();
        let (introduction, replaced) = self.neighbours.introductions.answer(now, own, from, relay, id)?;
        if let Some(replaced) = replaced {
            introduce(cx, replaced, Step::Cancel);
        }
        introduce(cx, introduction, Step::Answer { peer_id: from, offer: offer.to_owned() });
        Ok(())
    }

    fn tell_neighbours(&mut self, cx: &mut Context<'_>) {
        for (key, message) in self.neighbours.tell(cx.now()) {
            cx.send(key, &message.encode());
        }
    }
}

impl Extension for Exchange {
    fn name(&self) -> &'static str {
        SC_PEX
    }

    /// Never before it is known that the torrent is not private (BEP 27).
    fn is_offered(&self, info: Option<&Info>) -> bool {
        info.is_some_and(|info| !info.private())
    }

    /// Whatever was to bring the connection about is not needed any more.
    fn met(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let Some(id) = cx.peer(peer).and_then(|peer| peer.id) else { return };
        if let Some(introduction) = self.neighbours.introductions.met(id) {
            introduce(cx, introduction, Step::Cancel);
        }
    }

    fn handshake(&mut self, cx: &mut Context<'_>, peer: PeerKey, _: &ExtendedHandshake) {
        self.acquaint(cx, peer);
    }

    fn learnt(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        self.acquaint(cx, peer);
    }

    fn message(&mut self, cx: &mut Context<'_>, key: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let Some(name) = self.neighbours.name(key) else { return Ok(()) };
        match ExchangeMessage::parse(payload).map_err(CloseReason::Protocol)? {
            None => {}
            Some(ExchangeMessage::Neighbours { added, dropped }) => {
                self.neighbours.heard(cx.now(), key, &added, &dropped)?;
            }
            Some(ExchangeMessage::Signal { party: Party::To(to), id, signal }) => {
                self.pass_on(cx, (key, name), to, id, signal);
            }
            Some(ExchangeMessage::Signal { party: Party::From(from), id, signal }) => {
                self.passed_on(cx, key, from, id, signal);
            }
        }
        Ok(())
    }

    fn changed(&mut self, cx: &mut Context<'_>, key: PeerKey) {
        if let Some(peer) = cx.peer(key) {
            self.neighbours.update(cx.now(), key, peer.wants_nothing);
        }
    }

    fn closed(&mut self, cx: &mut Context<'_>, key: PeerKey) {
        let name = self.neighbours.name(key);
        let Loose { cancelled, unanswered } = self.neighbours.part(cx.now(), key);
        for introduction in cancelled {
            introduce(cx, introduction, Step::Cancel);
        }
        for (author, id) in unanswered {
            if let Some(name) = name {
                signal(cx, author, Party::From(name), id, Signal::Refusal(Refusal::Unknown));
            }
        }
        self.neighbours.seek_soon(cx.now());
    }

    fn paused(&mut self, cx: &mut Context<'_>) {
        for introduction in self.neighbours.introductions.clear() {
            introduce(cx, introduction, Step::Cancel);
        }
    }

    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        if let Input::Introduction { introduction, progress } = *input {
            self.progressed(cx, introduction, progress);
        }
    }

    fn keeps(&self, peer: PeerKey) -> bool {
        self.neighbours.keeps(peer)
    }

    fn deadline(&self) -> Option<Time> {
        self.neighbours.deadline()
    }

    fn tick(&mut self, cx: &mut Context<'_>) {
        let now = cx.now();
        for introduction in self.neighbours.expire(now) {
            introduce(cx, introduction, Step::Cancel);
        }
        self.tell_neighbours(cx);
        if self.neighbours.seeks(now) {
            let room = cx.room(self.neighbours.introductions.len());
            let known = cx.known();
            for (introduction, peer_id) in self.neighbours.seek(now, room, !cx.wants_nothing(), &known) {
                introduce(cx, introduction, Step::Offer { peer_id });
            }
        }
    }
}

fn introduce(cx: &mut Context<'_>, introduction: IntroductionKey, step: Step) {
    cx.ask(Output::Introduce { introduction, step });
}

fn signal(cx: &mut Context<'_>, key: PeerKey, party: Party, id: u32, signal: Signal<'_>) {
    cx.send(key, &ExchangeMessage::Signal { party, id, signal }.encode());
}

/// How long each step of an introduction may take.
const PATIENCE: Duration = Duration::from_secs(30);
