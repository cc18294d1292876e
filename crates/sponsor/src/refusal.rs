/// Why a viewer gets no session, as a sentence for whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It is not signed so.
    #[error("The creator's server has not signed this ticket.")]
    Ticket,
    /// It was good until before now.
    #[error("The ticket is not taken any more: open the creator's page again.")]
    Late,
    /// The viewer has a session already, with another key.
    #[error("This viewer is sponsored already, in another browser.")]
    Other,
    /// No key has this address, or somebody has a session with it.
    #[error("The address of the key is not one for a new session.")]
    Key,
    /// The chain has refused the session, within the last hour.
    #[error("The chain has refused the session: ask again in an hour.")]
    Failed,
    /// As many viewers as can be are sponsored.
    #[error("As many viewers as possible are sponsored now.")]
    Full,
    /// What may be spent is spent.
    #[error("The budget for viewers is used up.")]
    Budget,
    /// The account has too little.
    #[error("The account that pays is empty.")]
    Empty,
    /// It is not known what the chain charges, or what the account has.
    #[error("The chain cannot be asked now.")]
    Deaf,
}

impl Refusal {
    /// The same for programs: it stays as it is in later releases.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ticket => "ticket",
            Self::Late => "late",
            Self::Other => "other-key",
            Self::Key => "key",
            Self::Failed => "failed",
            Self::Full => "full",
            Self::Budget => "budget",
            Self::Empty => "empty",
            Self::Deaf => "unavailable",
        }
    }
}
