//! Why a tip was not made, or is not known to have been.

use btt::Amount;
use btt::tron::Tampered;

use crate::words;
use node::NodeError;
use wallet::Refusal;

/// Why a tip was not made, or is not known to have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
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
    /// The account has less than amount and fee.
    Insufficient { has: Amount, needs: Amount },
    /// The chain cannot be asked.
    Unreachable,
    /// The chain would not execute it: its words.
    Impossible(String),
    /// What was to be signed is not what was asked for: which part differs.
    Tampered(Tampered),
    /// What the wallet signed is not what it was asked to sign: which part differs.
    SignedOther(Tampered),
    /// The wallet failed before anything was sent: its words.
    Wallet(String),
    /// The wallet failed while sending; whether it sent is not known. Its words.
    Unknown(String),
    /// It was executed without success.
    Reverted,
    /// Another transaction of the same account took its place.
    Replaced,
    /// The chain has forgotten it.
    Dropped,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected => Self::Rejected,
            Refusal::Busy => Self::Busy,
            Refusal::Unauthorized => Self::NoAccount,
            Refusal::UnknownChain => Self::WrongChain,
            Refusal::Disconnected => Self::Wallet(words::WALLET_LOCKED.into()),
            Refusal::Lacks => Self::Wallet(words::WALLET_LACKS.into()),
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

impl Failure {
    /// Whether the same tip can be tried again at once without a risk of paying twice.
    pub(crate) const fn is_harmless(&self) -> bool {
        !matches!(self, Self::Unknown(_) | Self::SignedOther(_) | Self::Dropped)
    }
}
