//! Whom a share says to pay, from what the user typed.

use btt::{Account, Chain, Error, PaymentOptions};

/// Why there is nobody to pay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The text is wrong.
    Text(Error),
    /// An address alone does not say on which chain, and this deployment has none for tips.
    NoChain,
    /// Two accounts of the same kind of chain.
    Twice,
    /// A site without an account that it could confirm.
    DomainAlone,
}

/// Reads accounts, separated by white space, and the creator's website. An address alone is on the `usual` chain, or on
/// TRON if it is written as there.
///
/// # Errors
/// The first thing that is wrong.
pub fn parse(accounts: &str, domain: &str, usual: Option<Chain>) -> Result<PaymentOptions, Wrong> {
    let mut options = PaymentOptions::default();
    for text in accounts.split_whitespace() {
        let account = account(text, usual)?;
        let same_kind = |other: &Account| {
            matches!(other.chain, Chain::Tron(_)) == matches!(account.chain, Chain::Tron(_))
        };
        if options.accounts.iter().any(same_kind) {
            return Err(Wrong::Twice);
        }
        options.accounts.push(account);
    }
    let domain = domain.trim();
    if !domain.is_empty() {
        if options.accounts.is_empty() {
            return Err(Wrong::DomainAlone);
        }
        options.domain = Some(PaymentOptions::domain(domain).map_err(Wrong::Text)?);
    }
    Ok(options)
}

fn account(text: &str, usual: Option<Chain>) -> Result<Account, Wrong> {
    if text.contains(':') {
        return text.parse().map_err(Wrong::Text);
    }
    let address = text.parse().map_err(Wrong::Text)?;
    let chain = if text.starts_with('T') { Some(Chain::TRON) } else { usual };
    Ok(Account { chain: chain.ok_or(Wrong::NoChain)?, address })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVM: &str = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed";
    const TRON: &str = "TAFjULxiVgT4qWk6UZwjqwZXTSaGaqnVp4";

    fn entries(accounts: &str, domain: &str) -> Result<Vec<(String, String)>, Wrong> {
        parse(accounts, domain, Some(Chain::BTTC_DONAU)).map(|options| options.entries())
    }

    #[test]
    fn nothing_typed_is_nobody_to_pay() {
        assert_eq!(entries(" ", ""), Ok(Vec::new()));
    }

    #[test]
    fn an_address_alone_is_on_the_usual_chain() {
        let options = entries(&format!(" {EVM} {TRON} "), "example.org").unwrap();
        let options: Vec<(&str, &str)> = options.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(
            options,
            [
                ("btt", &*format!("eip155:1029:{EVM}")),
                ("btt-tron", &*format!("tron:0x2b6653dc:{TRON}")),
                ("btt-domain", "example.org"),
            ]
        );
        assert_eq!(parse(EVM, "", None), Err(Wrong::NoChain));
        assert!(parse(&format!("eip155:199:{EVM}"), "", None).is_ok());
    }

    #[test]
    fn typing_errors_are_told() {
        assert_eq!(entries(&EVM.replace("5a", "5A"), ""), Err(Wrong::Text(Error::Checksum)));
        assert_eq!(entries("0x12", ""), Err(Wrong::Text(Error::Address)));
        assert_eq!(entries(&format!("{EVM} {EVM}"), ""), Err(Wrong::Twice));
        assert_eq!(entries("", "example.org"), Err(Wrong::DomainAlone));
        assert_eq!(entries(EVM, "https://example.org/"), Err(Wrong::Text(Error::Domain)));
    }
}
