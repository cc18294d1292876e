//! What goes wrong with storage and the user's files, from the browser's words for it to the reasons that windows know.

use protocol::{Problem, Refusal, SealFault, StorageFault};
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

/// The error, as windows know it.
pub(crate) fn fault(error: Error) -> StorageFault {
    match error {
        Error::Full => StorageFault::Full,
        Error::MemoryFull => StorageFault::MemoryFull,
        Error::InUse => StorageFault::InUse,
        Error::NotFound => StorageFault::NotFound,
        Error::Failed(words) => StorageFault::Failed(words),
        Error::FileChanged { path } => StorageFault::FileChanged { path },
        Error::OtherFiles { path } => StorageFault::OtherFiles { path },
        Error::BrokeVisit => StorageFault::BrokeVisit,
        _ => StorageFault::Unreadable,
    }
}

/// Why a key does not open a sealed share, as windows know it.
pub(crate) const fn seal_fault(error: &seal::Error) -> SealFault {
    match error {
        seal::Error::WrongKey => SealFault::WrongKey,
        seal::Error::LaterVersion(_) => SealFault::LaterVersion,
        _ => SealFault::Changed,
    }
}

/// Why something that a user asked for was not done.
pub(crate) fn refusal(error: Error) -> Refusal {
    Refusal::Storage(fault(error))
}

/// What the error means for a torrent of the list; `needed` is how many bytes are still to be stored.
pub(crate) fn problem(error: Error, needed: u64) -> Problem {
    match fault(error) {
        StorageFault::Full => Problem::StorageFull { needed },
        StorageFault::MemoryFull => Problem::MemoryFull { needed },
        StorageFault::FileChanged { path } | StorageFault::OtherFiles { path } => {
            Problem::FileChanged { path }
        }
        StorageFault::Unreadable => Problem::BrokenState,
        StorageFault::BrokeVisit => Problem::BrokeVisit,
        fault @ (StorageFault::InUse | StorageFault::NotFound | StorageFault::Failed(_)) => {
            Problem::StorageFailed(fault)
        }
    }
}
