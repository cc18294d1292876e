//! Connections that a neighbour arranges (`docs/peer-exchange.md`), as driver and engine speak of them.

use wire::PeerId;

/// One attempt to connect with a peer through a neighbour of both, as the engine numbers it: unique in the
/// torrent and never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IntroductionKey(u32);

impl IntroductionKey {
    /// The attempt with this number.
    #[must_use]
    pub const fn new(key: u32) -> Self {
        Self(key)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

/// What the driver shall do for an introduction. Descriptions of connections (SDP) are opaque to the engine.
///
/// When the channel opens, it is [`Input::Connected`](crate::Input::Connected) as ever: the engine knows by
/// the handshake that the introduction has worked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Make an offer for this peer; answered by [`Progress::Offer`].
    Offer {
        /// Whom it is for.
        peer_id: PeerId,
    },
    /// Make an answer to this peer's offer; answered by [`Progress::Answer`].
    Answer {
        /// Who offers.
        peer_id: PeerId,
        /// Its description.
        offer: String,
    },
    /// The other peer answered the offer of this introduction: the connection can be made.
    Complete {
        /// Its description.
        answer: String,
    },
    /// Nothing will come of it any more. No answer is needed.
    Cancel,
}

/// What became of a [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress<'a> {
    /// The offer, whole.
    Offer(&'a str),
    /// The answer, whole.
    Answer(&'a str),
    /// It could not be done, at this step or later: there will be no connection.
    Failed,
}
