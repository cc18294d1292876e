//! The door for extensions of the peer protocol (BEP 10), and those that every torrent has.
//!
//! An extension is one type in one file. It is told what its peers say and what becomes of them, keeps what it
//! has to know of the torrent and of each peer, and acts through a [`Context`]. `docs/extensions.md` shows one from
//! beginning to end.
//!
//! # What an extension owes
//!
//! - Its work and its memory are bounded by what it was sent. The decoder bounds the length of a message; how many
//!   it reads is its own to limit, with an [`Allowance`] for each peer.
//! - What it keeps for a peer goes with [`closed`](Extension::closed), which comes once for every connection.
//! - It has no clock and no dice but those it is given: equal inputs have equal outcomes.

mod allowance;
mod dont_have;
mod exchange;
mod metadata;
mod payments;
mod tips;

use std::any::Any;
use std::fmt;

use metainfo::{Info, PieceIndex};
use wire::ExtendedHandshake;

pub use self::allowance::Allowance;
use self::dont_have::DontHave;
use self::exchange::Exchange;
pub(crate) use self::metadata::Metadata;
use self::payments::Payments;
pub use self::payments::{MAX_PAYMENT_MESSAGE, PaymentNotice, PaymentOrder, PeerTrade};
pub(crate) use self::tips::Tips;
pub use crate::torrent::{Context, PeerFacts};
use crate::{CloseReason, Config, Input, PeerKey, Source, Time};

/// The extensions of every torrent. Peers call each by its place in this list, so new ones go to its end.
pub(crate) fn of_every_torrent(source: &Source, config: &Config, seed: u64) -> Vec<Box<dyn Extension>> {
    vec![
        Box::new(Metadata::new(source, config.metadata_timeout)),
        Box::new(DontHave),
        Box::new(Exchange::new(seed)),
        Box::new(Tips::default()),
        Box::new(Payments::default()),
    ]
}

/// An extension of the peer protocol (BEP 10).
///
/// Only [`name`](Self::name) has to be there; of all else an extension hears if it wants to.
pub trait Extension: Any + Send {
    /// What handshakes call it.
    fn name(&self) -> &'static str;

    /// Whether peers are told that they may use it, by what is known of the torrent.
    fn is_offered(&self, info: Option<&Info>) -> bool {
        let _ = info;
        true
    }

    /// What our handshake says of it beyond its id: one bencoded value, which stands there under its name.
    fn terms(&self) -> Option<Vec<u8>> {
        None
    }

    /// A peer said its name ([`PeerFacts::id`]), and can be sent nothing yet.
    fn met(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// A peer said what extensions it speaks, perhaps this one ([`PeerFacts::speaks`]). It may say so again, and
    /// otherwise.
    fn handshake(&mut self, cx: &mut Context<'_>, peer: PeerKey, handshake: &ExtendedHandshake) {
        let _ = (cx, peer, handshake);
    }

    /// The metadata became known: what could not be said before to a peer that has been here can be now. Comes once
    /// for each such peer.
    fn learnt(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// A peer sent a message of this extension, whether it was offered or not.
    ///
    /// # Errors
    ///
    /// Why the connection has to end.
    fn message(&mut self, cx: &mut Context<'_>, peer: PeerKey, payload: &[u8]) -> Result<(), CloseReason> {
        let _ = (cx, peer, payload);
        Ok(())
    }

    /// There is room for what was [queued](Context::queue) for a peer: to be sent now.
    fn give(&mut self, cx: &mut Context<'_>, peer: PeerKey, item: u32) {
        let _ = (cx, peer, item);
    }

    /// A peer has more, or wants less, than before.
    fn changed(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// Bytes of blocks came from a peer or went to it, those that came turned out right, or it began or ceased to serve
    /// us.
    fn traded(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// A peer gave blocks that turned out wrong, and nobody else gave any of them. It is about to be let go, unless it has
    /// gone already.
    fn lied(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// A connection has ended, and nothing is known of its peer any more.
    fn closed(&mut self, cx: &mut Context<'_>, peer: PeerKey) {
        let _ = (cx, peer);
    }

    /// We do not have a piece any more.
    fn lost(&mut self, cx: &mut Context<'_>, piece: PieceIndex) {
        let _ = (cx, piece);
    }

    /// The torrent was paused: all of its connections are closed.
    fn paused(&mut self, cx: &mut Context<'_>) {
        let _ = cx;
    }

    /// The driver has something for extensions. Each takes what is its own: a kind of [`Input`] that it
    /// is known for, or [`Input::Extension`] under its name.
    fn input(&mut self, cx: &mut Context<'_>, input: &Input<'_>) {
        let _ = (cx, input);
    }

    /// Whether to keep a connection though neither side wants anything.
    fn keeps(&self, peer: PeerKey) -> bool {
        let _ = peer;
        false
    }

    /// When [`tick`](Self::tick) has something to do.
    fn deadline(&self) -> Option<Time> {
        None
    }

    /// Does what is due. Comes at the end of each input at which the deadline has passed.
    fn tick(&mut self, cx: &mut Context<'_>) {
        let _ = cx;
    }
}

/// What there is of an extension for people to read; the code to show all of it would be part of every program.
impl fmt::Debug for dyn Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
