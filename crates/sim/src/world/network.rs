//! Channels between peers.

use std::time::Duration;

use swarm::PeerKey;

use super::{Event, World};
use crate::line::on_line;
use crate::node::{Connection, End, Parcel};

impl World {
    /// Puts a channel between two peers.
    pub(super) fn join_ends(&mut self, ends: [End; 2]) {
        let [(node, key), _] = ends;
        for ((node, key), other) in [(ends[0], ends[1]), (ends[1], ends[0])] {
            let connection = Connection::new(self.now, other, MAX_ASKED);
            self.nodes[node].connections.insert(key, connection);
        }
        if let Some(breaks) = self.breaks {
            let millis = self.rng.u64(0..=2 * breaks.as_millis() as u64);
            self.schedule(self.now + Duration::from_millis(millis), Event::Break { node, key });
        }
    }

    /// Puts a parcel into a channel.
    pub(super) fn send(&mut self, number: usize, key: PeerKey, parcel: Parcel) {
        let node = &mut self.nodes[number];
        let Some(connection) = node.connections.get_mut(&key) else {
            self.fault(number, "sends to a peer that is gone");
            return;
        };
        connection.put(self.now, parcel);
        if !connection.in_line {
            self.line_up(number, key);
        }
    }

    /// Lets the next parcel of a connection leave when its turn comes.
    fn line_up(&mut self, number: usize, key: PeerKey) {
        let node = &mut self.nodes[number];
        let Some(connection) = node.connections.get_mut(&key) else { return };
        let next = connection.outgoing.front().map(Parcel::length);
        connection.in_line = next.is_some();
        if let Some(bytes) = next {
            node.up.line_up(key, &mut connection.finish, bytes);
            self.transmit(number);
        }
    }

    /// Lets the next parcel leave, if the line is free.
    fn transmit(&mut self, number: usize) {
        while !self.nodes[number].up.busy {
            let node = &mut self.nodes[number];
            let Some(key) = node.up.next() else { return };
            let alive = node.connections.get(&key).filter(|connection| !connection.is_dead);
            let Some(other) = alive.map(|connection| connection.other) else { continue };
            if !self.nodes[other].down.has_room() {
                self.nodes[other].down.waiting.push_back((number, key));
                continue;
            }
            let node = &mut self.nodes[number];
            let Some(connection) = node.connections.get_mut(&key) else { continue };
            let Some(parcel) = connection.outgoing.pop_front() else { continue };
            let bytes = parcel.length();
            let leaves = self.now + on_line(bytes, node.line.up.get());
            let jitter = Duration::from_millis(self.rng.u64(..=u64::from(node.line.jitter_ms)));
            connection.arrives = connection.arrives.max(leaves + node.line.delay() + jitter);
            let (at, other_key) = (connection.arrives, connection.other_key);
            node.up.busy = true;
            self.nodes[other].down.reserve(bytes);
            self.schedule(leaves, Event::Sent { node: number, key, bytes });
            self.schedule(at, Event::Enter { node: other, key: other_key, parcel });
        }
    }

    /// A parcel has left.
    pub(super) fn sent(&mut self, number: usize, key: PeerKey, bytes: u32) {
        let node = &mut self.nodes[number];
        node.up.busy = false;
        if let Some(connection) = node.connections.get_mut(&key) {
            connection.buffered -= bytes;
            if let Some(room) = connection.room(self.now) {
                self.tell(number, |session, now| session.writable(now, key, room));
            }
        }
        self.line_up(number, key);
        self.transmit(number);
    }

    /// A parcel is here.
    pub(super) fn arrive(&mut self, number: usize, key: PeerKey, parcel: &Parcel) {
        let node = &mut self.nodes[number];
        node.down.deliver(parcel.length());
        while self.nodes[number].down.has_room() {
            let Some((sender, key)) = self.nodes[number].down.waiting.pop_front() else { break };
            self.line_up(sender, key);
        }
        if self.nodes[number].connections.contains_key(&key) {
            self.receive(number, key, parcel);
        }
    }

    /// Hangs up on a peer, which learns of it after what was sent before.
    pub(super) fn hang_up(&mut self, number: usize, key: PeerKey) {
        let node = &mut self.nodes[number];
        let Some(connection) = node.connections.remove(&key) else { return };
        let at = connection.arrives.max(self.now + node.line.delay());
        let at = at + self.nodes[connection.other].line.delay();
        self.schedule(at, Event::HangUp { node: connection.other, key: connection.other_key });
    }
}

/// Requests that may wait: those of the configuration, which are less than what peers queue.
const MAX_ASKED: usize = 500;
