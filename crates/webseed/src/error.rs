use std::time::Duration;

/// Why a web seed does not give the bytes of the torrent. Each is a sentence, and where there is something that a
/// person can do, a second one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Error {
    /// The address is no URL, or absurdly long.
    #[error("This is no web address.")]
    NotAnAddress,
    /// An `ftp:` URL, or another that browsers do not fetch.
    #[error("Browsers can fetch only from addresses that start with https or http.")]
    Scheme,
    /// The URL names a user, which browsers do not allow.
    #[error("The address contains a user name, and browsers refuse such addresses.")]
    UserInfo,
    /// An `http:` URL on an `https:` page.
    #[error(
        "The address starts with http, and browsers do not let this page, which uses https, fetch from there. \
         The server needs an https address."
    )]
    MixedContent,
    /// The server answers, but does not let scripts of other sites read the answer.
    #[error(
        "The server, or one that it redirects to, does not let other websites read its files (CORS). Whoever runs \
         it can allow that with the response header Access-Control-Allow-Origin: *."
    )]
    Cors,
    /// No answer.
    #[error("The server cannot be reached.")]
    Unreachable,
    /// 404 or 410.
    #[error("The server does not have \u{201c}{file}\u{201d}.")]
    NotFound {
        /// The last name in the file's path.
        file: String,
    },
    /// 401, 403 and others that mean: not you, not so.
    #[error("The server refuses to give out the file (status {status}).")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// 429 or 503.
    #[error("The server is busy.")]
    Busy {
        /// When it wants to be asked again (`Retry-After`).
        wait: Option<Duration>,
    },
    /// 5xx.
    #[error("The server failed (status {status}).")]
    Server {
        /// The HTTP status.
        status: u16,
    },
    /// The server's file is not as long as the torrent's.
    #[error(
        "The server has another version of \u{201c}{file}\u{201d}: its length is not that of the torrent."
    )]
    WrongLength {
        /// The last name in the file's path.
        file: String,
    },
    /// The server answered with another part than was asked for.
    #[error("The server sends other parts of the file than it is asked for.")]
    WrongRange,
    /// The server always sends the whole file, and most of it is here or not wanted.
    #[error(
        "The server can only send whole files, not parts of them, and most of this one is here already or not \
         wanted."
    )]
    WholeOnly,
    /// The body ended too early.
    #[error("The connection to the server broke.")]
    CutOff,
    /// Next to nothing for a long time.
    #[error("The server hardly sends anything.")]
    Stalled,
    /// A piece of which every byte came from it failed its hash.
    #[error("The server sent bytes that are not those of the torrent. It is not asked again.")]
    Lied,
}

impl Error {
    /// How long to wait at least before the server is asked again; `None` if that is pointless.
    #[must_use]
    pub const fn retry(&self) -> Option<Duration> {
        match self {
            Self::NotAnAddress
            | Self::Scheme
            | Self::UserInfo
            | Self::MixedContent
            | Self::NotFound { .. }
            | Self::Refused { .. }
            | Self::WrongLength { .. }
            | Self::WrongRange
            | Self::WholeOnly
            | Self::Lied => None,
            Self::Busy { wait: Some(wait) } => Some(*wait),
            Self::Cors
            | Self::Unreachable
            | Self::Busy { wait: None }
            | Self::Server { .. }
            | Self::CutOff
            | Self::Stalled => Some(Duration::ZERO),
        }
    }
}
