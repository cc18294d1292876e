use btt::Address;
use metainfo::bencode::Item;

use super::codec::{Fields, rate_bytes};
use crate::{Credit, Deployment, Error, Rate};

/// What a seller says of itself in its extended handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Where it wants to be paid; the chain's id is below 2^63. To whoever is configured otherwise it is a peer like any
    /// other.
    pub deployment: Deployment,
    /// Who is paid.
    pub payee: Address,
    /// The least that it charges.
    pub floor: Rate,
    /// How far it trusts, in bytes below 2^63.
    pub credit: Credit,
}

impl Terms {
    /// The version of the extension that this crate speaks.
    const VERSION: u64 = 1;

    /// The value that stands in the extended handshake under [`BTT_PAY`](super::BTT_PAY).
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let floor = rate_bytes(self.floor);
        let terms = [
            ("c", Item::from(&self.deployment.contract.as_bytes()[..])),
            ("f", Item::from(&floor[..])),
            ("n", number(self.deployment.chain)),
            ("p", Item::from(&self.payee.as_bytes()[..])),
            ("v", number(Self::VERSION)),
            ("w", number(self.credit.first)),
            ("x", number(self.credit.most)),
        ];
        Item::dict(terms).encode()
    }

    /// Reads what a handshake says under [`BTT_PAY`](super::BTT_PAY). Fields that nobody knows are ignored; `None` if it
    /// speaks another version.
    ///
    /// # Errors
    /// As [`Message::parse`](super::Message::parse).
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, Error> {
        let terms = Fields::parse(bytes)?;
        if terms.number::<u64>("v")? != Self::VERSION {
            return Ok(None);
        }
        Ok(Some(Self {
            deployment: Deployment { chain: terms.number("n")?, contract: terms.address("c")? },
            payee: terms.address("p")?,
            floor: terms.rate("f")?,
            credit: Credit { first: terms.number("w")?, most: terms.number("x")? },
        }))
    }
}

/// The most that bencode's numbers are good for stands for what is beyond it.
fn number(number: u64) -> Item<'static> {
    Item::from(i64::try_from(number).unwrap_or(i64::MAX))
}
