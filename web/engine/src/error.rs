//! What goes wrong with storage and the user's files, from the browser's words for it to ours for people.

use protocol::Problem;
use session::Error;
use wasm_bindgen::JsValue;

use crate::browser;

/// What the browser's storage threw.
#[must_use]
pub fn thrown(error: &JsValue) -> Error {
    match &*browser::name(error) {
        "QuotaExceededError" => Error::Full,
        "NotFoundError" => Error::NotFound,
        "NoModificationAllowedError" => Error::InUse,
        _ => Error::Failed(browser::words(error)),
    }
}

/// A sentence for people.
pub(crate) fn words(error: &Error) -> String {
    match error {
        Error::Full => "The browser's storage is full.".to_owned(),
        Error::MemoryFull => "There is no more memory for what this browser does not store.".to_owned(),
        Error::InUse => "Another tab is using this torrent.".to_owned(),
        Error::NotFound => "A file is missing from the browser's storage.".to_owned(),
        Error::Failed(words) => format!("The browser's storage failed: {words}."),
        Error::FileChanged { path } => {
            format!("The file \u{201c}{path}\u{201d} was changed, moved or deleted.")
        }
        Error::OtherFiles { path } => {
            format!("These are not the files of this torrent: \u{201c}{path}\u{201d} differs.")
        }
        Error::BrokeVisit => "Seedcast stopped when this torrent was last opened.".to_owned(),
        _ => "What the browser stored of this torrent cannot be read.".to_owned(),
    }
}

/// The same for the list of torrents; `needed` is how many bytes are still to be stored.
pub(crate) fn problem(error: &Error, needed: u64) -> Problem {
    match error {
        Error::Full => Problem::StorageFull { needed },
        Error::MemoryFull => Problem::MemoryFull { needed },
        Error::FileChanged { path } | Error::OtherFiles { path } => {
            Problem::FileChanged { path: path.clone() }
        }
        Error::BrokeVisit => Problem::BrokeVisit,
        Error::InUse | Error::NotFound | Error::Failed(_) => Problem::StorageFailed(words(error)),
        _ => Problem::BrokenState,
    }
}
