use crate::Chain;

/// What is wrong with an outsider's text or bytes. Each message is a sentence for a person.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not an amount.
    #[error("An amount is written in digits, with at most one point and 18 digits behind it, such as 12.5.")]
    Amount,
    /// An amount beyond what can exist.
    #[error("That is more BTT than there is.")]
    AmountTooLarge,
    /// Not an address.
    #[error(
        "That is no address: one of BTTC is 0x and 40 hexadecimal digits, one of TRON is T and 33 letters and digits."
    )]
    Address,
    /// An address whose check digits do not fit.
    #[error("There is a typing error in that address: its check digits do not fit.")]
    Checksum,
    /// Not a chain.
    #[error("That is no chain: write it like eip155:199 or tron:0x2b6653dc.")]
    Chain,
    /// Not an account.
    #[error("That is no account: write it like eip155:199:0x, followed by the address.")]
    Account,
    /// Not a name that a web site can have.
    #[error("That is no domain: write it like example.org.")]
    Domain,
    /// A note that is too long.
    #[error("A note has 140 characters at most.")]
    NoteTooLong,
    /// A note that holds what cannot be seen.
    #[error("A note is one line of text, without invisible characters.")]
    NoteInvisible,
    /// Data that are not those of a tip.
    #[error("These are not the data of a tip.")]
    Memo,
    /// Not the file of a creator.
    #[error("That is no list of a creator's accounts.")]
    CreatorFile,
    /// Networks that cannot be read: why.
    #[error("The networks for tips cannot be read: {0}.")]
    Networks(String),
    /// A chain with real money that nobody turned on.
    #[error(
        "The chain {0} is not allowed: only eip155:1029 and eip155:31337 are, and with \"mainnet\": true also eip155:199 and TRON."
    )]
    ChainNotAllowed(Chain),
    /// A chain that is there more than once.
    #[error("The chain {0} is there twice.")]
    NetworkTwice(Chain),
    /// A network without what is needed to use it.
    #[error("The network {0} needs {1}.")]
    NetworkIncomplete(String, &'static str),
}
