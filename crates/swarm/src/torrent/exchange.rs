//! Peer exchange (`docs/peer-exchange.md`): its messages, and what the driver is asked to do for it.

use wire::{ExchangeMessage, Message, Party, PeerId, Refusal, Signal};

use super::Torrent;
use crate::exchange::Loose;
use crate::set::Set;
use crate::{CloseReason, IntroductionKey, Output, PeerKey, Progress, Step};

impl Torrent {
    /// Whether we speak the extension: never before it is known that the torrent is not private (BEP 27).
    pub(super) fn may_exchange(&self) -> bool {
        self.info().is_some_and(|info| !info.private())
    }

    /// Takes note of whether a neighbour speaks the extension. Once it does, it is a neighbour for as long as it is
    /// connected, whatever it says later: so what it may do is counted once.
    pub(super) fn acquaint(&mut self, key: PeerKey) {
        let Some(peer) = self.peers.get(&key) else { return };
        if let Some(hello) = peer.hello.filter(|_| peer.sc_pex != 0 && self.may_exchange()) {
            self.exchange.meet(self.now, key, hello.id, peer.wants_nothing());
            // At once, before blocks that it may have asked for fill its channel.
            self.tell_neighbours();
        }
    }

    /// A neighbour is gone.
    pub(super) fn part(&mut self, key: PeerKey) {
        let name = self.exchange.name(key);
        let Loose { cancelled, unanswered } = self.exchange.part(self.now, key);
        for introduction in cancelled {
            self.introduce(introduction, Step::Cancel);
        }
        for (author, id) in unanswered {
            if let Some(name) = name {
                self.signal(author, Party::From(name), id, Signal::Refusal(Refusal::Unknown));
            }
        }
    }

    /// A peer is connected: whatever was to bring that about is not needed any more.
    pub(super) fn introduced(&mut self, peer_id: PeerId) {
        if let Some(introduction) = self.exchange.introductions.met(peer_id) {
            self.introduce(introduction, Step::Cancel);
        }
    }

    /// Gives up every introduction.
    pub(super) fn cancel_introductions(&mut self) {
        for introduction in self.exchange.introductions.clear() {
            self.introduce(introduction, Step::Cancel);
        }
    }

    /// Does what is due.
    pub(super) fn tick_exchange(&mut self) {
        let now = self.now;
        for introduction in self.exchange.expire(now) {
            self.introduce(introduction, Step::Cancel);
        }
        self.tell_neighbours();
        if self.exchange.seeks(now) {
            let open = self.peers.len() + self.exchange.introductions.len();
            let room = self.config.enough_peers.saturating_sub(open);
            let known = self.known();
            for (introduction, peer_id) in self.exchange.seek(now, room, !self.wants_nothing(), &known) {
                self.introduce(introduction, Step::Offer { peer_id });
            }
        }
    }

    /// What the driver did for an introduction.
    pub(super) fn progressed(&mut self, introduction: IntroductionKey, progress: Progress<'_>) {
        let introductions = &mut self.exchange.introductions;
        match progress {
            Progress::Offer(description) => {
                if let Some((peer_id, relay)) = introductions.offered(self.now, introduction) {
                    self.signal(relay, Party::To(peer_id), introduction.get(), Signal::Offer(description));
                }
            }
            Progress::Answer(description) => {
                if let Some((peer_id, relay, id)) = introductions.answered(self.now, introduction) {
                    self.signal(relay, Party::To(peer_id), id, Signal::Answer(description));
                }
            }
            Progress::Failed => {
                if let Some((peer_id, relay, id)) = introductions.answered(self.now, introduction) {
                    self.signal(relay, Party::To(peer_id), id, Signal::Refusal(Refusal::Busy));
                }
                self.exchange.introductions.failed(self.now, introduction);
                self.exchange.seek_soon(self.now);
            }
        }
    }

    pub(super) fn exchange_message(&mut self, key: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let Some(name) = self.exchange.name(key) else { return Ok(()) };
        match ExchangeMessage::parse(payload).map_err(CloseReason::Protocol)? {
            None => {}
            Some(ExchangeMessage::Neighbours { added, dropped }) => {
                self.exchange.heard(self.now, key, &added, &dropped)?;
            }
            Some(ExchangeMessage::Signal { party: Party::To(to), id, signal }) => match signal {
                Signal::Offer(_) => match self.exchange.pass_offer(self.now, key, to, id) {
                    Ok(to) => self.signal(to, Party::From(name), id, signal),
                    Err(why) => self.signal(key, Party::From(to), id, Signal::Refusal(why)),
                },
                Signal::Answer(_) | Signal::Refusal(_) => {
                    if let Some(to) = self.exchange.pass_answer(key, to, id) {
                        self.signal(to, Party::From(name), id, signal);
                    }
                }
            },
            Some(ExchangeMessage::Signal { party: Party::From(from), id, signal }) => match signal {
                Signal::Offer(offer) => {
                    if let Err(why) = self.offered(key, from, id, offer) {
                        self.signal(key, Party::To(from), id, Signal::Refusal(why));
                    }
                }
                Signal::Answer(answer) => {
                    let introduction = IntroductionKey::new(id);
                    if self.exchange.introductions.complete(self.now, introduction, from, key) {
                        self.introduce(introduction, Step::Complete { answer: answer.to_owned() });
                    }
                }
                Signal::Refusal(why) => {
                    let introduction = IntroductionKey::new(id);
                    if self.exchange.introductions.refused(self.now, introduction, from, key, why) {
                        self.introduce(introduction, Step::Cancel);
                        self.exchange.seek_soon(self.now);
                    }
                }
            },
        }
        Ok(())
    }

    /// A peer offers a connection through a neighbour.
    fn offered(&mut self, relay: PeerKey, from: PeerId, id: u32, offer: &str) -> Result<(), Refusal> {
        if !self.exchange.takes_offer(self.now, relay) {
            return Err(Refusal::Busy);
        }
        if !self.welcomes(from) {
            return Err(Refusal::Unwanted);
        }
        let own = self.config.peer_id;
        let (introduction, replaced) = self.exchange.introductions.answer(self.now, own, from, relay, id)?;
        if let Some(replaced) = replaced {
            self.introduce(replaced, Step::Cancel);
        }
        self.introduce(introduction, Step::Answer { peer_id: from, offer: offer.to_owned() });
        Ok(())
    }

    /// Peers with whom no connection is wanted: ourselves, those who are connected, and those who are banned.
    fn known(&self) -> Set<PeerId> {
        let mut known = self.banned.clone();
        known.extend(self.peers.values().filter_map(|peer| peer.hello).map(|hello| hello.id));
        known.insert(self.config.peer_id);
        known
    }

    fn tell_neighbours(&mut self) {
        for (key, message) in self.exchange.tell(self.now) {
            self.say_exchange(key, &message);
        }
    }

    fn introduce(&mut self, introduction: IntroductionKey, step: Step) {
        self.outputs.push_back(Output::Introduce { introduction, step });
    }

    fn signal(&mut self, key: PeerKey, party: Party, id: u32, signal: Signal<'_>) {
        self.say_exchange(key, &ExchangeMessage::Signal { party, id, signal });
    }

    fn say_exchange(&mut self, key: PeerKey, message: &ExchangeMessage<'_>) {
        if let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.sc_pex != 0) {
            peer.say(Message::Extended { id: peer.sc_pex, payload: &message.encode() });
        }
    }
}
