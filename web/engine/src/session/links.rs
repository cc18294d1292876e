//! What goes out to peers: gathered while outputs are carried out, and sent together.

use session::{Opened, WaterMarks};
use swarm::{PeerKey, Time};

use super::Driver;
use crate::link::Link;

/// Bytes that wait for a peer who asks and never takes, at which it is given up. Blocks alone wait no longer than
/// the connection's [`WaterMarks`] allow.
const OVERFULL: u32 = 2 << 20;

/// A connection that a torrent has.
#[derive(Debug)]
pub(super) struct Peer {
    opened: Opened<Link>,
    marks: WaterMarks,
    /// What is to be sent.
    out: Vec<u8>,
    /// Blocks are in `out`, so there may be room for more afterwards.
    uploading: bool,
}

impl Peer {
    pub(super) fn new(opened: Opened<Link>) -> Self {
        let marks = opened.link.water_marks();
        opened.link.set_low_water(marks.low());
        Self { opened, marks, out: Vec::new(), uploading: false }
    }

    /// Bytes that it takes while nothing waits.
    pub(super) const fn most(&self) -> u32 {
        self.marks.high()
    }

    /// Whether a neighbour arranged it.
    pub(super) const fn introduced(&self) -> bool {
        self.opened.introduced
    }
}

impl Driver {
    /// Gathers something for a peer: `write` puts it at the end, and says whether there is anything, and room for more
    /// once it is sent.
    pub(super) fn gather(
        &mut self,
        key: PeerKey,
        write: impl FnOnce(&mut Vec<u8>, &mut super::Session) -> Gathered,
    ) {
        let Some(peer) = self.peers.get_mut(&key) else { return };
        let before = peer.out.len();
        match write(&mut peer.out, &mut self.session) {
            Gathered::Nothing => peer.out.truncate(before),
            Gathered::Messages => {}
            Gathered::Block => peer.uploading = true,
        }
        // Also if there is nothing: the session counts on less room than there is.
        if before == 0 {
            self.outgoing.push(key);
        }
    }

    /// A connection has room again.
    pub(super) fn has_room(&mut self, now: Time, key: PeerKey) {
        if let Some(Peer { opened, marks, .. }) = self.peers.get_mut(&key) {
            let buffered = opened.link.buffered();
            marks.drained(now, buffered);
            opened.link.set_low_water(marks.low());
            self.session.writable(now, key, marks.room(buffered));
        }
    }

    /// Sends what was gathered. Whether the session has something to say to that.
    pub(super) fn flush(&mut self, now: Time) -> bool {
        let mut news = false;
        for key in std::mem::take(&mut self.outgoing) {
            let Some(peer) = self.peers.get_mut(&key) else { continue };
            let Peer { opened: Opened { link, max_message, .. }, marks, out, uploading } = peer;
            let sent = out.chunks(*max_message).try_for_each(|part| link.send(part));
            out.clear();
            let buffered = link.buffered();
            if sent.is_err() || buffered > OVERFULL {
                self.session.gone(now, key);
                news = true;
            } else if buffered <= marks.low() {
                // Whatever was sent: what extensions have to say takes room, too, and the channel tells nothing if it
                // never held more than this.
                *uploading = false;
                self.session.writable(now, key, marks.room(buffered));
                news = true;
            } else if std::mem::take(uploading) {
                marks.filled(now, buffered);
            }
        }
        news
    }
}

/// What was written for a peer.
pub(super) enum Gathered {
    /// Nothing that is to be sent.
    Nothing,
    /// Messages that go whatever the room is.
    Messages,
    /// A block.
    Block,
}
