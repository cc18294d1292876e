//! What the user gave: kept in this browser and nowhere else.

use btt::{Account, Address, Amount, Note};
use serde::{Deserialize, Serialize};

use crate::browser::storage;

/// Where it is kept.
const KEY: &str = "seedcast-tips";

/// Tips that are kept: the oldest make way.
const MOST: usize = 1000;

/// One tip of the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Given {
    /// Milliseconds since 1970 when the wallet was asked; its name among the user's tips.
    pub(crate) at: u64,
    pub(crate) payee: Account,
    pub(crate) amount: Amount,
    pub(crate) note: Note,
    pub(crate) info_hash: String,
    /// What the torrent was called.
    pub(crate) name: String,
    /// What the torrent said about whose it is.
    pub(crate) domain: Option<String>,
    /// Who paid, as far as the wallet told.
    pub(crate) from: Option<Address>,
    /// Hash of the transaction, once there is one.
    pub(crate) transaction: Option<String>,
    /// The number of the transaction among those of the payer.
    pub(crate) number: u64,
    /// The newest block when it was sent.
    pub(crate) block: u64,
    pub(crate) outcome: Outcome,
}

/// What became of a tip.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Outcome {
    /// The wallet was asked, and has not answered.
    Asked,
    /// Sent, and not certain yet.
    Pending,
    /// Certain.
    Confirmed,
    /// Not made.
    Failed,
}

/// The user's tips, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct History(Vec<Given>);

/// Why a payee should be looked at twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It looks like this address that the user tipped, and is another.
    LooksLike(Address),
    /// The same creator, by domain, or a torrent of the same name paid this address before.
    Moved(Address),
}

impl History {
    /// What is kept; what cannot be read is left alone, and not shown.
    pub(crate) fn load() -> Self {
        let text = storage().and_then(|storage| storage.get_item(KEY).ok().flatten()).unwrap_or_default();
        Self(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Another tab may have written since.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Vec<Given>)) {
        *self = Self::load();
        change(&mut self.0);
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&self.0)) {
            // A browser that stores nothing forgets; the chain does not.
            let _ = storage.set_item(KEY, &text);
        }
    }

    /// Changes one tip.
    pub(crate) fn update(&mut self, at: u64, update: impl FnOnce(&mut Given)) {
        self.change(|given| {
            if let Some(tip) = given.iter_mut().find(|tip| tip.at == at) {
                update(tip);
            }
        });
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Given> {
        self.0.iter()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everything, for the user to keep elsewhere.
    pub(crate) fn export(&self) -> String {
        serde_json::to_string_pretty(&self.0).unwrap_or_default()
    }

    /// Whether the user has tipped this account.
    pub(crate) fn knows(&self, payee: &Account) -> bool {
        self.confirmed().any(|tip| tip.payee.address == payee.address)
    }

    /// Why this payee should be looked at twice, if at all.
    pub(crate) fn doubt(&self, payee: &Account, name: &str, domain: Option<&str>) -> Option<Doubt> {
        if self.knows(payee) {
            return None;
        }
        let newest = || self.confirmed().rev();
        let double = newest().find(|tip| tip.payee.address.looks_like(&payee.address));
        if let Some(tip) = double {
            return Some(Doubt::LooksLike(tip.payee.address));
        }
        let same = |tip: &&Given| tip.name == name || (domain.is_some() && tip.domain.as_deref() == domain);
        newest().find(same).map(|tip| Doubt::Moved(tip.payee.address))
    }

    fn confirmed(&self) -> impl DoubleEndedIterator<Item = &Given> {
        self.0.iter().filter(|tip| tip.outcome == Outcome::Confirmed)
    }
}
