//! Whom a torrent pays, and what vouches for that.

use btt::{Account, Chain, Endorsement, Network, PaymentOptions, Trust};
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
        let address = text.parse().ok()?;
        // The same bytes are an address on either kind of chain. How they are written says which is meant.
        let is_tron = text.starts_with('T');
        let network = networks.iter().find(|network| matches!(network.chain, Chain::Tron(_)) == is_tron)?;
        Some(Account { chain: network.chain, address })
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
    magnet.hashes.swarms().find(|swarm| *swarm == torrent.info_hash)?;
    let (_, value) = magnet.other.iter().find(|(key, _)| key == "x.btt")?;
    Some(wallet::readable_long(value))
}

fn endorsed(torrent: &TipsView, account: &Account) -> bool {
    torrent.endorsements.iter().any(|endorsement| {
        Endorsement::from_torrent(endorsement).is_some_and(|endorsement| {
            endorsement.account == *account && endorsement.verify(torrent.info_hash)
        })
    })
}

#[cfg(test)]
mod tests {
    use btt::{Address, Networks};
    use metainfo::InfoHash;

    use super::*;

    const ACCOUNT: &str = "eip155:1029:0x1234000000000000000000000000000000005678";

    fn torrent(options: &[(&str, &str)], magnet: &str) -> TipsView {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        TipsView {
            info_hash: InfoHash::from_bytes([0xdd; 20]),
            name: "holiday.mp4".to_owned(),
            magnet: magnet.to_owned(),
            payment_options: options.iter().map(owned).collect(),
            endorsements: Vec::new(),
        }
    }

    fn networks() -> Vec<Network> {
        let networks = r#"{"networks":[{"chain":"eip155:1029","name":"Donau","rpc":"http://127.0.0.1/"}]}"#;
        Networks::of_json(networks).unwrap().networks
    }

    #[test]
    fn an_address_in_the_torrent_is_vouched_for_by_the_torrent_alone() {
        let payees = payees(&torrent(&[("btt", ACCOUNT)], ""), &networks(), &History::default(), None);
        assert_eq!(payees.len(), 1);
        assert_eq!((payees[0].trust(), payees[0].trust().level()), (Trust::Torrent, 1));
    }

    #[test]
    fn only_the_account_that_a_site_lists_is_verified() {
        let (account, torrent) = (ACCOUNT.parse().unwrap(), torrent(&[("btt", ACCOUNT)], ""));
        let trust =
            |answer| payees(&torrent, &networks(), &History::default(), Some((&account, &answer)))[0].trust();
        assert_eq!(trust(Answer::Lists), Trust::Domain);
        assert_eq!(trust(Answer::Denies), Trust::Torrent);
        let other = Account { chain: Chain::BTTC_DONAU, address: Address::from_bytes([1; 20]) };
        let payees = payees(&torrent, &networks(), &History::default(), Some((&other, &Answer::Lists)));
        assert_eq!(payees[0].trust(), Trust::Torrent);
    }

    #[test]
    fn a_chain_that_the_deployment_lacks_reaches_nobody() {
        let mainnet = ACCOUNT.replace("1029", "199");
        assert!(
            payees(&torrent(&[("btt", &mainnet)], ""), &networks(), &History::default(), None).is_empty()
        );
    }

    #[test]
    fn what_only_the_link_says_has_to_be_typed() {
        let magnet = format!("magnet:?xt=urn:btih:{}&x.btt={ACCOUNT}", "dd".repeat(20));
        let torrent = torrent(&[], &magnet);
        assert_eq!(linked(&torrent).as_deref(), Some(ACCOUNT));
        assert_eq!(typed("", &torrent, &networks(), &History::default()), None);
        let payee = typed(ACCOUNT, &torrent, &networks(), &History::default()).unwrap();
        assert_eq!(payee.trust(), Trust::Link);
    }

    #[test]
    fn an_address_is_typed_as_its_chain_writes_it() {
        let torrent = torrent(&[], "");
        let payee = |text: &str| typed(text, &torrent, &networks(), &History::default());
        let account: Account = ACCOUNT.parse().unwrap();
        assert_eq!(payee(&account.address.to_string()).map(|payee| payee.account), Some(account));
        assert_eq!(payee(&account.address.tron()), None);
    }

    #[test]
    fn the_link_of_another_torrent_says_nothing() {
        let magnet = format!("magnet:?xt=urn:btih:{}&x.btt={ACCOUNT}", "ee".repeat(20));
        assert_eq!(linked(&torrent(&[], &magnet)), None);
    }
}
