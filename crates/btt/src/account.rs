use std::fmt;
use std::str::FromStr;

use crate::{Address, Error};

/// A chain, as CAIP-2 names it: `eip155:199`, `tron:0x2b6653dc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Chain {
    /// A chain that executes as Ethereum does, by its chain id (EIP-155).
    Eip155(u64),
    /// A chain of TRON, by the last four bytes of its first block's hash.
    Tron(u32),
}

impl Chain {
    /// BitTorrent Chain.
    pub const BTTC: Self = Self::Eip155(199);
    /// Its public test network, Donau.
    pub const BTTC_DONAU: Self = Self::Eip155(1029);
    /// A chain on one's own machine, as development tools number it.
    pub const LOCAL: Self = Self::Eip155(31337);
    /// TRON.
    pub const TRON: Self = Self::Tron(0x2b66_53dc);

    /// TRON's public test networks, Nile and Shasta.
    const TRON_TESTS: [Self; 2] = [Self::Tron(0xcd86_90dc), Self::Tron(0x94a9_059e)];

    /// Whether its coins are known to be play money. Those of a chain that nobody here knows may be worth something.
    #[must_use]
    pub fn is_test(self) -> bool {
        self == Self::BTTC_DONAU || self == Self::LOCAL || Self::TRON_TESTS.contains(&self)
    }
}

impl FromStr for Chain {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (namespace, reference) = text.split_once(':').ok_or(Error::Chain)?;
        let chain = match namespace {
            "eip155" => reference.parse().ok().map(Self::Eip155),
            "tron" => {
                let digits = reference.strip_prefix("0x");
                digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).map(Self::Tron)
            }
            _ => None,
        };
        // One way to write each: no signs, no leading zeros, no capitals.
        chain.filter(|chain| chain.to_string() == text).ok_or(Error::Chain)
    }
}

impl fmt::Display for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eip155(id) => write!(f, "eip155:{id}"),
            Self::Tron(id) => write!(f, "tron:{id:#010x}"),
        }
    }
}

/// An address on a chain, as CAIP-10 writes it: `eip155:199:0x…`, `tron:0x2b6653dc:T…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Where.
    pub chain: Chain,
    /// Who.
    pub address: Address,
}

impl Account {
    /// The address as its chain writes it.
    #[must_use]
    pub fn address_text(&self) -> String {
        match self.chain {
            Chain::Eip155(_) => self.address.to_string(),
            Chain::Tron(_) => self.address.tron(),
        }
    }
}

impl FromStr for Account {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (chain, address) = text.rsplit_once(':').ok_or(Error::Account)?;
        let chain: Chain = chain.parse().map_err(|_error| Error::Account)?;
        let fits = match chain {
            Chain::Eip155(_) => address.starts_with("0x"),
            Chain::Tron(_) => address.starts_with('T'),
        };
        if fits { Ok(Self { chain, address: address.parse()? }) } else { Err(Error::Account) }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.chain, self.address_text())
    }
}

serde_as_text!(Chain, Account);
