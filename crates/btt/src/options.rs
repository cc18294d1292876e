use crate::{Account, Chain, Error};

/// Whom a torrent says to pay: `paymentOptions` of its `info` dictionary. What is there and makes no sense is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaymentOptions {
    /// At most one account of an EVM chain and one of TRON.
    pub accounts: Vec<Account>,
    /// The web site that can confirm the accounts.
    pub domain: Option<String>,
}

const EVM: &str = "btt";
const TRON: &str = "btt-tron";
const DOMAIN: &str = "btt-domain";

impl PaymentOptions {
    /// Reads the text entries of the dictionary.
    #[must_use]
    pub fn from_entries(entries: &[(String, String)]) -> Self {
        let value =
            |key: &str| entries.iter().find(|(other, _)| other == key).map(|(_, value)| value.as_str());
        let account = |key, fits: fn(Chain) -> bool| {
            value(key).and_then(|text| text.parse::<Account>().ok()).filter(|account| fits(account.chain))
        };
        let evm = account(EVM, |chain| matches!(chain, Chain::Eip155(_)));
        let tron = account(TRON, |chain| matches!(chain, Chain::Tron(_)));
        let domain = value(DOMAIN).and_then(|text| Self::domain(text).ok());
        Self { accounts: evm.into_iter().chain(tron).collect(), domain }
    }

    /// The entries of the dictionary.
    #[must_use]
    pub fn entries(&self) -> Vec<(String, String)> {
        let key = |chain| match chain {
            Chain::Eip155(_) => EVM,
            Chain::Tron(_) => TRON,
        };
        let accounts =
            self.accounts.iter().map(|account| (key(account.chain).to_owned(), account.to_string()));
        accounts.chain(self.domain.iter().map(|domain| (DOMAIN.to_owned(), domain.clone()))).collect()
    }

    /// Checks the name of a web site: ASCII, with a dot, in lower case; others as punycode. On one's own machine it is
    /// `localhost`, and may have a port.
    ///
    /// # Errors
    /// [`Error::Domain`].
    pub fn domain(text: &str) -> Result<String, Error> {
        if text == "localhost" {
            return Ok(text.to_owned());
        }
        if let Some(port) = text.strip_prefix("localhost:") {
            let is_port = port.parse::<u16>().is_ok_and(|number| number > 0 && number.to_string() == port);
            return is_port.then(|| text.to_owned()).ok_or(Error::Domain);
        }
        let is_label = |label: &str| {
            let is_part = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            (1..=63).contains(&label.len())
                && label.bytes().all(is_part)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        // An address of numbers has no owner whose name people know.
        let top = text.rsplit('.').next().unwrap_or_default();
        let is_name = text.contains('.') && !top.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() <= 253 && is_name && text.split('.').all(is_label) {
            Ok(text.to_owned())
        } else {
            Err(Error::Domain)
        }
    }
}
