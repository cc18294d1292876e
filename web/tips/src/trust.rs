//! Whom a torrent pays, and what vouches for that.

use btt::{Account, Endorsement, Network, PaymentOptions, Trust};
use metainfo::Magnet;
use protocol::tips::TipsView;

use crate::creator::Answer;
use crate::history::{Doubt, History};

/// Somebody who can be tipped.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Payee {
    pub(crate) account: Account,
    /// The network of the deployment that reaches the account.
    pub(crate) network: Network,
    /// Everything that vouches for the account, weakest first; never empty.
    pub(crate) vouchers: Vec<Trust>,
    /// Why to look twice.
    pub(crate) doubt: Option<Doubt>,
}

impl Payee {
    /// The strongest of what vouches for it.
    pub(crate) fn trust(&self) -> Trust {
        self.vouchers.last().copied().unwrap_or(Trust::Link)
    }
}

/// Whom a torrent names, as far as this deployment reaches them.
pub(crate) fn payees(
    torrent: &TipsView,
    networks: &[Network],
    history: &History,
    site: Option<(&Account, &Answer)>,
) -> Vec<Payee> {
    let options = PaymentOptions::from_entries(&torrent.payment_options);
    let reached = |account: Account| {
        let network = networks.iter().find(|network| network.chain == account.chain)?;
        let mut vouchers = vec![Trust::Torrent];
        if endorsed(torrent, &account) {
            vouchers.push(Trust::Endorsed);
        }
        if site == Some((&account, &Answer::Lists)) {
            vouchers.push(Trust::Domain);
        }
        if history.knows(&account) {
            vouchers.push(Trust::Pinned);
        }
        let doubt = history.doubt(&account, &torrent.name, options.domain.as_deref());
        Some(Payee { account, network: network.clone(), vouchers, doubt })
    };
    options.accounts.iter().copied().filter_map(reached).collect()
}

/// The domain that the torrent says is its creator's.
pub(crate) fn domain(torrent: &TipsView) -> Option<String> {
    PaymentOptions::from_entries(&torrent.payment_options).domain
}

/// The accounts that the torrent names, reached or not.
pub(crate) fn accounts(torrent: &TipsView) -> Vec<Account> {
    PaymentOptions::from_entries(&torrent.payment_options).accounts
}

/// An account that only the link names, and that the user typed in after reading it there or hearing it from the creator.
pub(crate) fn typed(
    text: &str,
    torrent: &TipsView,
    networks: &[Network],
    history: &History,
) -> Option<Payee> {
    let account: Account = text.parse().ok().or_else(|| {
        let network = networks.first()?;
        Some(Account { chain: network.chain, address: text.parse().ok()? })
    })?;
    let network = networks.iter().find(|network| network.chain == account.chain)?.clone();
    let mut vouchers = vec![Trust::Link];
    if history.knows(&account) {
        vouchers.push(Trust::Pinned);
    }
    let doubt = history.doubt(&account, &torrent.name, None);
    Some(Payee { account, network, vouchers, doubt })
}

/// What the link says about whom to pay.
pub(crate) fn linked(torrent: &TipsView) -> Option<String> {
    let magnet = Magnet::parse(&torrent.magnet).ok()?;
    let (_, value) = magnet.other.iter().find(|(key, _)| key == "x.btt")?;
    Some(crate::wallet::readable_long(value))
}

fn endorsed(torrent: &TipsView, account: &Account) -> bool {
    torrent.endorsements.iter().any(|endorsement| {
        Endorsement::from_torrent(endorsement).is_some_and(|endorsement| {
            endorsement.account == *account && endorsement.verify(torrent.info_hash)
        })
    })
}
