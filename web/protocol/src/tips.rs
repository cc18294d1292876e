//! What the page tells the program of tips.

use metainfo::{Endorsement, InfoHash};
use serde::{Deserialize, Serialize};

use crate::TipClaim;

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
