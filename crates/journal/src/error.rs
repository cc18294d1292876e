//! Why a text is no report.

/// A text is no report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// It is longer than [`MAX_BYTES`](crate::MAX_BYTES).
    #[error("The report is too long.")]
    TooLong,
    /// It begins otherwise than reports of this version and those before do.
    #[error("The file is not a report, or one of a later version.")]
    Heading,
    /// A line is not an entry.
    #[error("Line {0} of the report is not understood.")]
    Line(u32),
}
