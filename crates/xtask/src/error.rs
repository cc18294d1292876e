use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// Why a chore stopped, each as a sentence that says what to do where something can be done.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The command line was not understood; the sentence says what was.
    Usage(String),
    /// A program is not installed or could not be started.
    Start { program: String, source: io::Error },
    /// A program ran and reported failure.
    Failed { command: String, status: ExitStatus },
    /// A file or folder could not be read, written or moved.
    File { path: PathBuf, source: io::Error },
    /// Ctrl-C cannot be handled.
    Interrupts(ctrlc::Error),
    /// Something that this command cannot install by itself.
    Missing { what: String, remedy: String },
    /// A file that was built or committed is not what it should be.
    Unfit { path: PathBuf, problem: String },
}

impl Error {
    /// For `map_err`: an input or output error with the path it happened at.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(sentence) => write!(f, "{sentence} `cargo xtask help` lists every chore."),
            Self::Start { program, source } => write!(f, "`{program}` could not be started: {source}."),
            Self::Failed { command, status } => write!(f, "`{command}` failed ({status})."),
            Self::File { path, source } => write!(f, "{}: {source}.", path.display()),
            Self::Interrupts(source) => write!(f, "Ctrl-C cannot be passed on to the server: {source}."),
            Self::Missing { what, remedy } => write!(f, "{what} is missing: {remedy}."),
            Self::Unfit { path, problem } => write!(f, "{} {problem}.", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } | Self::File { source, .. } => Some(source),
            Self::Interrupts(source) => Some(source),
            Self::Usage(_) | Self::Failed { .. } | Self::Missing { .. } | Self::Unfit { .. } => None,
        }
    }
}
