/// What is wrong with bytes of a peer, or of a node of the chain.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// More bytes than [`MAX_MESSAGE`](crate::message::MAX_MESSAGE).
    #[error("What a peer says of payments has more than 1024 bytes.")]
    TooLong,
    /// Not one bencoded value.
    #[error("What a peer says of payments cannot be read: {0}")]
    Bencode(#[from] metainfo::Error),
    /// A field is missing, of another type or length, or out of range.
    #[error("What a peer says of payments has no sound field `{0}`.")]
    Field(&'static str),
    /// Both vouchers of a [`Fraud`](crate::message::Fraud) are for the same payee, as every later voucher is.
    #[error("A peer speaks of fraud where one payee was paid twice.")]
    NoFraud,
    /// A node says that the contract answered what it cannot have answered.
    #[error("A node of the chain does not say what the contract can have answered.")]
    Answer,
}
