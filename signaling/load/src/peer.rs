//! One client's connection to a tracker.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::mem;

use mio::net::TcpStream;

use crate::message::Id;

/// A client, connected or not.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its torrent.
    pub(crate) info_hash: Id,
    pub(crate) peer_id: Id,
    pub(crate) link: Option<Link>,
    /// When the announces were sent that have no reply yet, in nanoseconds of the fleet's clock.
    pub(crate) unreplied: VecDeque<u64>,
}

/// A connection that has not ended.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) stream: TcpStream,
    pub(crate) stage: Stage,
    /// The beginning of what is still to arrive.
    partial: Vec<u8>,
    /// What the socket did not take yet.
    pending: Vec<u8>,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// TCP's handshake.
    Connecting,
    /// The request that makes it a WebSocket was sent.
    Upgrading,
    /// A WebSocket.
    Open,
    /// The server has sent its close frame.
    Closed,
}

impl Link {
    pub(crate) fn new(stream: TcpStream) -> Self {
        Self { stream, stage: Stage::Connecting, partial: Vec::new(), pending: Vec::new() }
    }

    /// Sends `bytes`, or keeps them until the socket is writable.
    pub(crate) fn send(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while self.pending.is_empty() && !bytes.is_empty() {
            match self.stream.write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.pending.extend_from_slice(bytes);
        Ok(())
    }

    /// Goes on with what was kept, now that the socket is writable.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        let pending = mem::take(&mut self.pending);
        self.send(&pending)
    }

    /// Reads once into `input`, behind what was left of the last time. Returns how much is there now, and whether
    /// there may be more.
    pub(crate) fn receive(&mut self, input: &mut [u8]) -> io::Result<Received> {
        let partial = mem::take(&mut self.partial);
        input[..partial.len()].copy_from_slice(&partial);
        let room = &mut input[partial.len()..];
        match self.stream.read(room) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            // A socket that gives less than was asked for is empty, and tells when it no longer is.
            Ok(read) => Ok(Received { length: partial.len() + read, may_have_more: read == room.len() }),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.partial = partial;
                Ok(Received { length: 0, may_have_more: false })
            }
            Err(error) => Err(error),
        }
    }

    /// Keeps the beginning of a message for [`Self::receive`].
    pub(crate) fn keep(&mut self, rest: &[u8]) {
        self.partial = rest.to_vec();
    }
}

/// What [`Link::receive`] has read.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) length: usize,
    pub(crate) may_have_more: bool,
}
