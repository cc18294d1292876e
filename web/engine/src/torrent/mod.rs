//! One torrent in the browser: the part of what it asks for that takes long, and how people see it.

mod check;
mod save;
mod view;

pub(crate) use self::check::{Cancel, CheckJob};
pub(crate) use self::save::{Progress, SaveError, SaveJob};
pub(crate) use self::view::{Surroundings, detail, view};
use crate::files::Reader;
use crate::store::Folder;

/// One torrent that the user added or shares.
pub(crate) type Torrent = session::Torrent<Folder, Reader>;

/// What is known of a torrent when it is added.
pub(crate) type Origin = session::Origin<Reader>;
