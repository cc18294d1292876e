//! What the program of tips may ask of the engine, and what the page tells it.

use metainfo::{Endorsement, InfoHash};
use serde::{Deserialize, Serialize};

use crate::TipClaim;

/// What the program of tips asks of the engine. It has no other way to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TipsCommand {
    /// What came of claims of [`Event::TipClaims`](crate::Event::TipClaims), or the user's own tip.
    Checked {
        /// Which torrent.
        info_hash: InfoHash,
        /// These are tips: they are kept, and peers are told of them.
        genuine: Vec<TipClaim>,
        /// These are not.
        refused: Vec<TipClaim>,
    },
    /// These are tips for a torrent, but there are too many that are worth more: they are not kept, and peers are told of
    /// them no longer.
    Forget {
        /// Which torrent.
        info_hash: InfoHash,
        /// Which tips.
        claims: Vec<TipClaim>,
    },
    /// Keep a creator's signature with a torrent.
    Endorse {
        /// Which torrent.
        info_hash: InfoHash,
        /// The signature.
        endorsement: Endorsement,
    },
}

/// What the page tells the program of tips.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum TipsNews {
    /// The torrent that is open, and whom it says to pay.
    Torrent(TipsView),
    /// Tips for it that peers speak of; none of them is believed yet.
    Claims(Vec<TipClaim>),
    /// The user came here to tip.
    Open,
}

/// A torrent as far as tips go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipsView {
    /// Which torrent.
    pub info_hash: InfoHash,
    /// Its name, which proves nothing of whose it is.
    pub name: String,
    /// Its magnet link.
    pub magnet: String,
    /// `paymentOptions` of its metadata.
    pub payment_options: Vec<(String, String)>,
    /// What its torrent file has as `btt-sig`.
    pub endorsements: Vec<Endorsement>,
}
