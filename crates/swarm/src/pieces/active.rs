//! A piece that is being downloaded, and where each of its blocks stands.

use litemap::LiteMap;
use wire::PeerId;

use crate::PeerKey;
use crate::giver::Giver;

/// A piece that is being downloaded.
#[derive(Clone, Debug)]
pub(crate) struct Active {
    slots: Vec<Slot>,
    free: u32,
    received: u32,
    /// Requests for blocks that somebody else was asked for as well.
    doubled: u32,
    /// Bytes in the driver's slot, those of unfinished blocks included.
    bytes: u32,
    lead: Giver,
    origin: Origin,
}

/// Whose bytes a piece is made of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    /// Everyone who gave a block of it, and their ids; web seeds have none.
    pub(crate) contributors: LiteMap<Giver, Option<PeerId>>,
    /// Who gave each block, once all are here.
    pub(crate) senders: Vec<Giver>,
    /// Nobody but the peer that opened it may contribute.
    pub(crate) exclusive: bool,
}

/// A block of a piece that is being downloaded.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// Peers that are waited for.
    requests: u16,
    /// Whoever was asked last.
    asked: Giver,
    progress: Progress,
}

/// What has come of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Empty,
    /// The owner sent this many bytes of it. Nobody else's bytes are taken meanwhile.
    Receiving {
        owner: Giver,
        bytes: u32,
    },
    /// All of it came from this peer.
    Received {
        from: Giver,
    },
}

/// A block that somebody is expected to send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Its place in the piece.
    pub(crate) position: u32,
    /// Peers that are waited for.
    pub(crate) requests: u16,
    /// Who sends it, or was asked last.
    pub(crate) holder: Giver,
    /// Whether its first bytes are here.
    pub(crate) started: bool,
}

/// What to do with bytes of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Put them into the slot. `replaced` bytes that another peer sent of this block are now worthless.
    Keep { replaced: u32 },
    /// Nobody needs them.
    Drop,
}

impl Active {
    /// `lead` is about to be asked for its blocks, of which none is here.
    pub(super) fn new(blocks: u32, lead: Giver, exclusive: bool) -> Self {
        let slot = Slot { requests: 0, asked: lead, progress: Progress::Empty };
        Self {
            slots: vec![slot; blocks as usize],
            free: blocks,
            received: 0,
            doubled: 0,
            bytes: 0,
            lead,
            origin: Origin { exclusive, ..Origin::default() },
        }
    }

    /// A piece that was whole, with blocks of these lengths, and lacks those at the positions in `wrong`.
    pub(super) fn mended(origin: Origin, lengths: impl Iterator<Item = u32>, wrong: &[u32]) -> Self {
        let Origin { contributors, senders, exclusive } = origin;
        let lead = senders.first().copied().unwrap_or(Giver::Peer(PeerKey::new(0)));
        let mut active = Self::new(senders.len() as u32, lead, exclusive);
        for (n, (from, length)) in (0..).zip(senders.into_iter().zip(lengths)) {
            if !wrong.contains(&n) {
                active.slots[n as usize].progress = Progress::Received { from };
                active.free -= 1;
                active.received += 1;
                active.bytes += length;
                active.origin.contributors.insert(from, contributors.get(&from).copied().flatten());
            }
        }
        active
    }

    /// Blocks received, and blocks in all.
    pub(crate) const fn progress(&self) -> (u32, u32) {
        (self.received, self.slots.len() as u32)
    }

    /// Bytes in the driver's slot.
    pub(crate) const fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Whether some block is neither requested nor received.
    pub(crate) const fn has_free(&self) -> bool {
        self.free > 0
    }

    /// Requests for blocks that somebody else was asked for as well.
    pub(crate) const fn doubled(&self) -> u32 {
        self.doubled
    }

    /// Whether `peer` may contribute.
    pub(crate) fn admits(&self, peer: Giver) -> bool {
        !self.origin.exclusive || self.lead == peer
    }

    /// Whether only its lead may contribute.
    pub(crate) const fn is_exclusive(&self) -> bool {
        self.origin.exclusive
    }

    /// The peer that it was opened for.
    pub(crate) const fn lead(&self) -> Giver {
        self.lead
    }

    /// The positions of blocks that are neither requested nor received.
    pub(crate) fn free(&self) -> impl Iterator<Item = u32> + '_ {
        self.slots.iter().enumerate().filter(|(_, slot)| slot.is_free()).map(|(n, _)| n as u32)
    }

    /// The block at this position, if it is requested and not received.
    pub(crate) fn pending(&self, position: u32) -> Option<Pending> {
        let slot = self.slots.get(position as usize).filter(|slot| !slot.is_free())?;
        let (holder, started) = match slot.progress {
            Progress::Empty => (slot.asked, false),
            Progress::Receiving { owner, .. } => (owner, true),
            Progress::Received { .. } => return None,
        };
        Some(Pending { position, requests: slot.requests, holder, started })
    }

    /// The blocks that are requested and not received.
    pub(crate) fn all_pending(&self) -> impl Iterator<Item = Pending> + '_ {
        (0..self.slots.len() as u32).filter_map(|position| self.pending(position))
    }

    /// Whether nobody is asked for anything of it, nor sending any.
    pub(crate) fn is_idle(&self) -> bool {
        self.slots.iter().all(|slot| slot.is_free() || matches!(slot.progress, Progress::Received { .. }))
    }

    /// `peer` was asked for the block at `n`.
    pub(super) fn request(&mut self, n: usize, peer: Giver) {
        let slot = &mut self.slots[n];
        self.free -= u32::from(slot.is_free());
        self.doubled += u32::from(slot.requests > 0);
        slot.requests += 1;
        slot.asked = peer;
    }

    /// A peer that was asked for the block at `n` is not waited for any more.
    pub(super) fn withdraw(&mut self, n: usize) {
        let slot = &mut self.slots[n];
        let Some(requests) = slot.requests.checked_sub(1) else { return };
        slot.requests = requests;
        self.doubled -= u32::from(requests > 0);
        self.free += u32::from(slot.is_free());
    }

    /// `length` bytes of the block at `n` arrived from `peer`, which had sent `offset` before.
    ///
    /// The first to send the start of a block owns it, until its bytes end or it `gives_way` when another
    /// one starts.
    pub(super) fn receive(
        &mut self,
        n: usize,
        offset: u32,
        length: u32,
        peer: Giver,
        gives_way: impl FnOnce(Giver) -> bool,
    ) -> Verdict {
        if !self.admits(peer) {
            return Verdict::Drop;
        }
        let slot = &mut self.slots[n];
        let was_free = slot.is_free();
        let replaced = match slot.progress {
            Progress::Received { .. } => return Verdict::Drop,
            Progress::Receiving { owner, bytes } if owner == peer && bytes == offset => 0,
            Progress::Receiving { owner, bytes } if offset == 0 && (owner == peer || gives_way(owner)) => {
                bytes
            }
            Progress::Empty if offset == 0 => 0,
            Progress::Empty | Progress::Receiving { .. } => return Verdict::Drop,
        };
        slot.progress = Progress::Receiving { owner: peer, bytes: offset + length };
        self.free -= u32::from(was_free);
        self.bytes = self.bytes + length - replaced;
        Verdict::Keep { replaced }
    }

    /// The last of the `length` bytes of the block at `n` arrived from `peer`. `None` if they were not
    /// needed; else whether others may still be asked for it.
    pub(super) fn finish(&mut self, n: usize, length: u32, peer: Giver, id: Option<PeerId>) -> Option<bool> {
        let slot = &mut self.slots[n];
        if slot.progress != (Progress::Receiving { owner: peer, bytes: length }) {
            return None;
        }
        slot.progress = Progress::Received { from: peer };
        self.received += 1;
        self.origin.contributors.insert(peer, id);
        Some(slot.requests > 0)
    }

    /// Whose bytes it is made of, if all are here.
    pub(super) fn whole(&mut self) -> Option<Origin> {
        let senders = self.slots.iter().filter_map(|slot| match slot.progress {
            Progress::Received { from } => Some(from),
            Progress::Empty | Progress::Receiving { .. } => None,
        });
        (self.received as usize == self.slots.len())
            .then(|| Origin { senders: senders.collect(), ..std::mem::take(&mut self.origin) })
    }

    /// `peer` will not send the rest of the block at `n`. How many bytes of it are lost.
    pub(super) fn disown(&mut self, n: usize, peer: Giver) -> u32 {
        let slot = &mut self.slots[n];
        match slot.progress {
            Progress::Receiving { owner, bytes } if owner == peer => {
                slot.progress = Progress::Empty;
                self.bytes -= bytes;
                self.free += u32::from(slot.is_free());
                bytes
            }
            _ => 0,
        }
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.requests == 0 && self.progress == Progress::Empty
    }
}
