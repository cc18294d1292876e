//! Many clients of one tracker in one thread.

use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::mem;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};
use tracker::Response;

use crate::frame::{self, Frame, Kind};
use crate::message::{Id, Messages, id};
use crate::orders::{Crew, Figures};
use crate::peer::{Link, Peer, Stage};

/// Connections that are being made at a time, unless all come at once.
const OPENING: usize = 256;

/// Announces without a reply, where as many are sent as the tracker can take.
const IN_FLIGHT: usize = 256;

/// How long to wait for connections, first replies and the end of connections.
const PATIENCE: Duration = Duration::from_secs(60);

/// Time to the next attempt of a client that could not connect.
const RETRY: Duration = Duration::from_millis(100);

/// Longer than any message.
const INPUT: usize = 256 * 1024;

/// Clients of one tracker.
#[derive(Debug)]
pub(crate) struct Fleet {
    address: SocketAddr,
    peers: Vec<Peer>,
    /// In which order they announce.
    order: Vec<usize>,
    next: usize,
    messages: Messages,
    poll: Poll,
    clock: Instant,
    /// What happened since the last figures.
    figures: Figures,
    /// Latencies count from here, in nanoseconds of the clock.
    counted_from: u64,
    /// Whose connection has ended since somebody looked.
    ended: VecDeque<usize>,
    connected: usize,
    upgraded: usize,
    /// Whether a client announces as soon as it is connected.
    joins_at_once: bool,
    // Kept, so that nothing is allocated for each message.
    events: Events,
    input: Vec<u8>,
    output: Vec<u8>,
}

impl Fleet {
    /// The clients that `crew` describes, none connected yet.
    pub(crate) fn new(crew: &Crew) -> io::Result<Self> {
        let numbers = crew.first_peer..crew.first_peer + crew.peers as u64;
        let peers = numbers.map(|number| Peer {
            info_hash: id('t', crew.first_swarm + number % crew.swarms),
            peer_id: id('p', number),
            link: None,
            unreplied: VecDeque::new(),
        });
        let mut order: Vec<_> = (0..crew.peers).collect();
        fastrand::Rng::with_seed(crew.first_peer).shuffle(&mut order);
        Ok(Self {
            address: crew.address,
            peers: peers.collect(),
            order,
            next: 0,
            messages: Messages::new(crew.offers, crew.sdp),
            poll: Poll::new()?,
            clock: Instant::now(),
            figures: Figures::default(),
            counted_from: 0,
            ended: VecDeque::new(),
            connected: 0,
            upgraded: 0,
            joins_at_once: false,
            events: Events::with_capacity(1024),
            input: vec![0; INPUT],
            output: Vec::new(),
        })
    }

    /// What wakes [`Self::turn`] from another thread.
    pub(crate) fn waker(&self) -> io::Result<mio::Waker> {
        mio::Waker::new(self.poll.registry(), WAKER)
    }

    /// Connects all. Returns how many are.
    pub(crate) fn open(&mut self) -> io::Result<usize> {
        let deadline = Instant::now() + PATIENCE;
        let mut next = 0;
        loop {
            while next < self.peers.len() && self.connected - self.upgraded < OPENING {
                self.connect(next);
                next += 1;
            }
            if self.upgraded + self.ended.len() >= self.peers.len() || Instant::now() > deadline {
                self.ended.clear();
                return Ok(self.upgraded);
            }
            self.turn(Duration::from_millis(100))?;
        }
    }

    /// Lets all announce once, without offers. Returns how many had a reply.
    pub(crate) fn join(&mut self) -> io::Result<usize> {
        let deadline = Instant::now() + PATIENCE;
        self.begin();
        let mut next = 0;
        while (self.figures.replies as usize) < self.peers.len() && Instant::now() < deadline {
            while next < self.peers.len() && next - (self.figures.replies as usize) < IN_FLIGHT {
                self.announce_first(next);
                next += 1;
            }
            self.turn(Duration::from_millis(100))?;
            if !self.ended.is_empty() {
                break;
            }
        }
        Ok(self.figures.replies as usize)
    }

    /// Lets them announce in turn, `rate` times a second in all, or as fast as replies come if that is 0.
    /// Stragglers are waited for by [`Self::finish`].
    pub(crate) fn announce(&mut self, rate: u32, time: Duration) -> io::Result<()> {
        self.begin();
        let start = Instant::now();
        let window = IN_FLIGHT.min(self.peers.len()) as u64;
        loop {
            let elapsed = start.elapsed();
            if elapsed >= time {
                self.figures.seconds = elapsed.as_secs_f64();
                return Ok(());
            }
            let due = match rate {
                0 => self.figures.replies + window,
                _ => (elapsed.as_secs_f64() * f64::from(rate)) as u64 + 1,
            };
            while self.figures.announces < due {
                self.announce_next();
            }
            let pause = match rate {
                0 => Duration::from_millis(100),
                _ => Duration::from_secs_f64(due as f64 / f64::from(rate)).saturating_sub(elapsed),
            };
            self.turn(pause.min(time - elapsed))?;
        }
    }

    /// What came of [`Self::announce`], once all replies and answers are there, or none has come for the `patience`.
    pub(crate) fn finish(&mut self, patience: Duration) -> io::Result<Figures> {
        let missing = |figures: &Figures| {
            (figures.announces + figures.offers) - (figures.replies + figures.answer_micros.len() as u64)
        };
        let (mut before, mut since) = (u64::MAX, Instant::now());
        while missing(&self.figures) > 0 && since.elapsed() < patience {
            self.turn(Duration::from_millis(100))?;
            if missing(&self.figures) < before {
                (before, since) = (missing(&self.figures), Instant::now());
            }
        }
        let mut figures = mem::take(&mut self.figures);
        figures.connected = self.upgraded as u64;
        Ok(figures)
    }

    /// Lets them announce once, and never read again.
    pub(crate) fn mute(&mut self) -> io::Result<()> {
        for index in 0..self.peers.len() {
            self.announce_first(index);
            let Some(link) = &mut self.peers[index].link else { continue };
            self.poll.registry().deregister(&mut link.stream)?;
            // It is the server's memory that is to be seen.
            rustix::net::sockopt::set_socket_recv_buffer_size(&link.stream, 4096)?;
        }
        Ok(())
    }

    /// Lets all come back at once, each announcing as soon as it can, and trying again where it cannot. Returns when
    /// each had its reply.
    pub(crate) fn come_back(&mut self) -> io::Result<Vec<Duration>> {
        self.begin();
        for peer in &mut self.peers {
            peer.link = None;
            peer.unreplied.clear();
        }
        (self.connected, self.upgraded) = (0, 0);
        self.ended.clear();
        self.joins_at_once = true;
        let start = Instant::now();
        (0..self.peers.len()).for_each(|index| self.connect(index));
        let mut times = Vec::new();
        let mut retried = start;
        while times.len() < self.peers.len() && start.elapsed() < PATIENCE {
            self.turn(RETRY)?;
            times.resize(self.figures.replies as usize, start.elapsed());
            if retried.elapsed() >= RETRY {
                retried = Instant::now();
                for index in mem::take(&mut self.ended) {
                    self.connect(index);
                }
            }
        }
        self.joins_at_once = false;
        Ok(times)
    }

    /// Waits until the server has ended every connection. Returns how many had a close frame before.
    pub(crate) fn watch_the_end(&mut self) -> io::Result<usize> {
        let deadline = Instant::now() + PATIENCE;
        while self.connected > 0 && Instant::now() < deadline {
            self.turn(Duration::from_millis(100))?;
        }
        Ok(self.figures.closed as usize)
    }

    /// Handles what happens within `pause`, and returns as soon as something did.
    pub(crate) fn turn(&mut self, pause: Duration) -> io::Result<()> {
        let mut events = mem::replace(&mut self.events, Events::with_capacity(0));
        match self.poll.poll(&mut events, Some(pause)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in events.iter().filter(|event| event.token() != WAKER) {
            let index = event.token().0;
            if self.proceed(index, event.is_readable(), event.is_writable()).is_err() {
                self.end(index);
            }
        }
        self.events = events;
        Ok(())
    }

    fn begin(&mut self) {
        self.figures = Figures::default();
        self.counted_from = self.now();
    }

    fn now(&self) -> u64 {
        self.clock.elapsed().as_nanos() as u64
    }

    fn connect(&mut self, index: usize) {
        let link = TcpStream::connect(self.address).and_then(|mut stream| {
            stream.set_nodelay(true)?;
            let both = Interest::READABLE | Interest::WRITABLE;
            self.poll.registry().register(&mut stream, Token(index), both)?;
            Ok(Link::new(stream))
        });
        match link {
            Ok(link) => {
                self.peers[index].link = Some(link);
                self.connected += 1;
            }
            Err(_) => self.ended.push_back(index),
        }
    }

    fn end(&mut self, index: usize) {
        let Some(link) = self.peers[index].link.take() else { return };
        self.connected -= 1;
        if matches!(link.stage, Stage::Open | Stage::Closed) {
            self.upgraded -= 1;
        }
        self.ended.push_back(index);
    }

    /// Goes on with a connection whose socket can be read or written.
    fn proceed(&mut self, index: usize, readable: bool, writable: bool) -> io::Result<()> {
        let Some(link) = &mut self.peers[index].link else { return Ok(()) };
        if writable && link.stage == Stage::Connecting {
            if let Some(error) = link.stream.take_error()? {
                return Err(error);
            }
            link.stage = Stage::Upgrading;
            link.send(upgrade(self.address).as_bytes())?;
        } else if writable {
            link.flush()?;
        }
        if readable { self.receive(index) } else { Ok(()) }
    }

    fn receive(&mut self, index: usize) -> io::Result<()> {
        let mut input = mem::take(&mut self.input);
        let mut output = mem::take(&mut self.output);
        let received = loop {
            let Some(link) = &mut self.peers[index].link else { break Ok(()) };
            let received = match link.receive(&mut input) {
                Ok(received) => received,
                Err(error) => break Err(error),
            };
            if let Err(error) = self.read(index, &input[..received.length], &mut output) {
                break Err(error);
            }
            if !received.may_have_more {
                break Ok(());
            }
        };
        let sent = match &mut self.peers[index].link {
            Some(link) => link.send(&output),
            None => Ok(()),
        };
        output.clear();
        (self.input, self.output) = (input, output);
        received.and(sent)
    }

    /// Reads what has arrived, and writes to `output` what is to be said to that.
    fn read(&mut self, index: usize, mut bytes: &[u8], output: &mut Vec<u8>) -> io::Result<()> {
        let Some(link) = &mut self.peers[index].link else { return Ok(()) };
        if link.stage == Stage::Upgrading && !bytes.is_empty() {
            let Some(length) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
                link.keep(bytes);
                return Ok(());
            };
            if !bytes.starts_with(b"HTTP/1.1 101") {
                return Err(ErrorKind::ConnectionRefused.into());
            }
            bytes = &bytes[length + 4..];
            link.stage = Stage::Open;
            self.upgraded += 1;
            if self.joins_at_once {
                self.announce_first(index);
            }
        }
        while let Some(frame) = Frame::take(&mut bytes).map_err(|_broken| ErrorKind::InvalidData)? {
            match frame.kind {
                Kind::Text => self.hear(index, frame.payload, output),
                Kind::Ping => frame::write(output, Kind::Pong, frame.payload),
                Kind::Pong => {}
                Kind::Close => {
                    frame::write(output, Kind::Close, frame.payload);
                    self.figures.closed += 1;
                    if let Some(link) = &mut self.peers[index].link {
                        link.stage = Stage::Closed;
                    }
                }
            }
        }
        if let Some(link) = &mut self.peers[index].link
            && !bytes.is_empty()
        {
            link.keep(bytes);
        }
        Ok(())
    }

    fn hear(&mut self, index: usize, text: &[u8], output: &mut Vec<u8>) {
        let now = self.now();
        let response = str::from_utf8(text).ok().and_then(|text| Response::parse(text).ok());
        let peer = &mut self.peers[index];
        match response {
            Some(Response::Announce { .. }) => {
                let Some(sent) = peer.unreplied.pop_front() else { return };
                if sent >= self.counted_from {
                    self.figures.replies += 1;
                    self.figures.reply_micros.push(micros(now - sent));
                }
            }
            Some(Response::Offer { peer_id, offer_id, .. }) => {
                let (to, offer_id) = (peer_id.as_bytes(), offer_id.as_bytes());
                let text = self.messages.answer(&peer.info_hash, &peer.peer_id, to, offer_id);
                frame::write(output, Kind::Text, text);
            }
            Some(Response::Answer { offer_id, .. }) => {
                let Some(sent) = time_in(offer_id.as_bytes()) else { return };
                if sent >= self.counted_from {
                    self.figures.answer_micros.push(micros(now - sent));
                }
            }
            Some(Response::Scrape { .. } | Response::Failure { .. }) | None => self.figures.refusals += 1,
        }
    }

    fn announce_first(&mut self, index: usize) {
        let peer = &mut self.peers[index];
        let text = self.messages.join(&peer.info_hash, &peer.peer_id);
        let mut output = Vec::with_capacity(text.len() + 16);
        frame::write(&mut output, Kind::Text, text);
        self.send_announce(index, &output);
    }

    fn announce_next(&mut self) {
        let index = self.order[self.next];
        self.next = (self.next + 1) % self.order.len();
        let now = self.now();
        let peer = &mut self.peers[index];
        let text = self.messages.announce(&peer.info_hash, &peer.peer_id, |offer| id_with(now, offer));
        let mut output = mem::take(&mut self.output);
        frame::write(&mut output, Kind::Text, text);
        self.send_announce(index, &output);
        output.clear();
        self.output = output;
        self.figures.offers += self.messages.offers() as u64;
    }

    fn send_announce(&mut self, index: usize, output: &[u8]) {
        let now = self.now();
        self.figures.announces += 1;
        let peer = &mut self.peers[index];
        let Some(link) = peer.link.as_mut().filter(|link| link.stage == Stage::Open) else { return };
        peer.unreplied.push_back(now);
        if link.send(output).is_err() {
            self.end(index);
        }
    }
}

const WAKER: Token = Token(usize::MAX);

fn upgrade(address: SocketAddr) -> String {
    format!(
        "GET /announce HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: c2VlZGNhc3QgdG8gbG9hZA==\r\n\r\n"
    )
}

/// An offer's id that says when it was sent.
fn id_with(time: u64, offer: usize) -> Id {
    let digits = (u128::from(time) << 16) | offer as u128;
    std::array::from_fn(|index| b"0123456789abcdef"[(digits >> (76 - 4 * index)) as usize & 15])
}

fn time_in(id: &Id) -> Option<u64> {
    u64::from_str_radix(str::from_utf8(&id[..16]).ok()?, 16).ok()
}

fn micros(nanos: u64) -> u32 {
    u32::try_from(nanos / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_id_says_when_it_was_sent() {
        for time in [0, 1, 1_234_567_890_123, u64::MAX] {
            assert_eq!(time_in(&id_with(time, 4)), Some(time));
        }
    }
}
