//! Why a transaction was not made, or is not known to have been.

use btt::Amount;
use btt::tron::Tampered;
use node::NodeError;

use crate::Refusal;

/// Why a transaction was not made, or is not known to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The user said no in the wallet.
    Rejected,
    /// The wallet already waits for the user.
    Busy,
    /// The wallet shows this page no account.
    NoAccount,
    /// The wallet stays on another chain.
    WrongChain,
    /// The user turned to another account or chain meanwhile.
    Changed,
    /// The account has less than what the transaction carries and the fee.
    Insufficient {
        /// What it has.
        has: Amount,
        /// What it takes.
        needs: Amount,
    },
    /// What it would take is no amount.
    TooMuch,
    /// The chain cannot be asked.
    Unreachable,
    /// The chain would not carry it out: its words.
    Impossible(String),
    /// What was to be signed is not what was asked for, on TRON: which part differs.
    Tampered(Tampered),
    /// What the wallet signed is not what it was asked to sign, on TRON: which part differs.
    SignedOther(Tampered),
    /// The wallet is locked or has no network.
    Locked,
    /// The wallet has not what every wallet has.
    Lacks,
    /// The wallet failed before anything was sent: its words.
    Wallet(String),
    /// The wallet failed while sending; whether it sent is not known. Its words.
    Unknown(String),
    /// The wallet says that it sent, and not what.
    NoHash,
    /// It was carried out without success.
    Reverted,
    /// Another transaction of the same account took its place.
    Replaced,
    /// The chain has forgotten it.
    Dropped,
}

impl Failure {
    /// Whether the same can be tried again at once without a risk of having it twice.
    #[must_use]
    pub const fn is_harmless(&self) -> bool {
        !matches!(self, Self::Unknown(_) | Self::NoHash | Self::SignedOther(_) | Self::Dropped)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected => Self::Rejected,
            Refusal::Busy => Self::Busy,
            Refusal::Unauthorized => Self::NoAccount,
            Refusal::UnknownChain => Self::WrongChain,
            Refusal::Disconnected => Self::Locked,
            Refusal::Lacks => Self::Lacks,
            Refusal::Other(words) => Self::Wallet(words),
        }
    }
}

impl From<NodeError> for Failure {
    fn from(error: NodeError) -> Self {
        match error {
            NodeError::Unreachable => Self::Unreachable,
            NodeError::Refused(words) => Self::Impossible(words),
        }
    }
}
