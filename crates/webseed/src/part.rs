use metainfo::FileSpan;

/// The beginning of a span, as far as it comes from one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which bytes of the torrent.
    pub span: FileSpan,
    /// How to get them; `None` where they are padding, all zeros.
    pub request: Option<Request>,
}

/// One HTTP request for a run of bytes of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Of the file, escaped.
    pub url: String,
    /// What the file is called in the torrent, without its folders.
    pub name: String,
    /// Where the whole file lies in the torrent.
    pub file: FileSpan,
    /// The first byte to get, counted from the start of the file.
    pub first: u64,
    /// Bytes to get; at least one.
    pub length: u64,
}

impl Request {
    /// The value of the `Range` header (RFC 9110, 14.2).
    #[must_use]
    pub fn range(&self) -> String {
        let (first, last) = (self.first, self.last());
        format!("bytes={first}-{last}")
    }

    pub(crate) const fn last(&self) -> u64 {
        self.first + self.length - 1
    }
}
