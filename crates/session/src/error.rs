/// What can be wrong with what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Bytes that were written in turns are not whole.
    #[error("the bytes are not what was written")]
    Torn,
    /// A record is whole, and in no format of any release.
    #[error("the record is in an unknown format")]
    Record,
}
