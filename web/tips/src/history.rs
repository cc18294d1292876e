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
