//! What the user gave: kept in this browser and nowhere else.

use btt::{Account, Address, Amount, Note};
use serde::{Deserialize, Serialize};

use crate::browser::storage;
use wallet::Sent;

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

/// What changes about a tip once the wallet was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It is on its way.
    Sent(Sent),
    /// It goes by another transaction.
    Renamed(String),
    /// It is certain; by this transaction, if another may have taken its place.
    Confirmed(Option<String>),
    /// It was not made.
    Failed,
}

impl History {
    /// What this browser has; nothing if it stores nothing. What cannot be read is left alone, and not shown.
    pub(crate) fn load() -> Option<Self> {
        let text = storage()?.get_item(KEY).ok()?.unwrap_or_default();
        Some(Self(serde_json::from_str(&text).unwrap_or_default()))
    }

    /// Changes what this browser has, to which another tab may have written since. A browser that stores nothing forgets;
    /// the chain does not.
    pub(crate) fn store(change: impl FnOnce(&mut Self)) {
        let Some(mut history) = Self::load() else { return };
        change(&mut history);
        if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(&history.0)) {
            let _ = storage.set_item(KEY, &text);
        }
    }

    /// Adds a tip.
    pub(crate) fn push(&mut self, tip: Given) {
        self.0.push(tip);
        let surplus = self.0.len().saturating_sub(MOST);
        self.0.drain(..surplus);
    }

    /// The tip for which the wallet was asked then.
    pub(crate) fn of(&self, at: u64) -> Option<&Given> {
        self.0.iter().find(|tip| tip.at == at)
    }

    /// Changes the tip for which the wallet was asked then.
    pub(crate) fn apply(&mut self, at: u64, change: &Change) {
        let Some(tip) = self.0.iter_mut().find(|tip| tip.at == at) else { return };
        match change {
            Change::Sent(sent) => {
                (tip.transaction, tip.from) = (Some(sent.hash.clone()), Some(sent.from));
                (tip.number, tip.block) = (sent.number, sent.block);
                tip.outcome = Outcome::Pending;
            }
            Change::Renamed(transaction) => tip.transaction = Some(transaction.clone()),
            Change::Confirmed(transaction) => {
                tip.outcome = Outcome::Confirmed;
                tip.transaction = transaction.clone().or_else(|| tip.transaction.take());
            }
            Change::Failed => tip.outcome = Outcome::Failed,
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn account(address: &str) -> Account {
        format!("eip155:1029:{address}").parse().unwrap()
    }

    fn given(address: &str, outcome: Outcome) -> Given {
        Given {
            at: 1,
            payee: account(address),
            amount: Amount::from_btt(5),
            note: Note::default(),
            info_hash: "0".repeat(40),
            name: "holiday.mp4".to_owned(),
            domain: Some("example.org".to_owned()),
            from: None,
            transaction: None,
            number: 0,
            block: 0,
            outcome,
        }
    }

    const KNOWN: &str = "0x1234000000000000000000000000000000005678";
    const DOUBLE: &str = "0x1234000000000000000000000000000000ff5678";
    const OTHER: &str = "0xabcd000000000000000000000000000000005678";

    /// Payments, row 37.
    #[test]
    fn an_address_that_was_tipped_is_known_and_another_in_its_place_is_told() {
        let history = History(vec![given(KNOWN, Outcome::Confirmed)]);
        assert!(history.knows(&account(KNOWN)));
        assert_eq!(history.doubt(&account(KNOWN), "holiday.mp4", None), None);
        let moved = Some(Doubt::Moved(account(KNOWN).address));
        assert_eq!(history.doubt(&account(OTHER), "holiday.mp4", None), moved);
        assert_eq!(history.doubt(&account(OTHER), "else.mp4", Some("example.org")), moved);
        assert_eq!(history.doubt(&account(OTHER), "else.mp4", None), None);
    }

    /// Payments, row 37.
    #[test]
    fn an_address_that_only_looks_known_is_told_whatever_it_is_for() {
        let history = History(vec![given(KNOWN, Outcome::Confirmed)]);
        let double = Some(Doubt::LooksLike(account(KNOWN).address));
        assert_eq!(history.doubt(&account(DOUBLE), "else.mp4", None), double);
    }

    #[test]
    fn what_did_not_arrive_makes_nobody_known() {
        for outcome in [Outcome::Asked, Outcome::Pending, Outcome::Failed] {
            assert!(!History(vec![given(KNOWN, outcome)]).knows(&account(KNOWN)));
        }
    }

    #[test]
    fn what_is_kept_can_be_read_again() {
        let history = vec![given(KNOWN, Outcome::Confirmed)];
        let text = History(history.clone()).export();
        assert_eq!(serde_json::from_str::<Vec<Given>>(&text).unwrap(), history);
        assert!(text.contains("\"5000000000000000000\""), "{text}");
    }
}
