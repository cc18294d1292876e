//! Fetching from web seeds: servers that a torrent's files are fetched from, beside peers (BEP 19).
//!
//! The torrent decides what is fetched from whom; here it is done. A [`FetchJob`] runs beside everything else, and
//! what becomes of it comes back as [`FetchEvent`]s. It asks for the next bytes only when the last are dealt with,
//! so a fast server fills no memory.

mod fetch;

pub(crate) use self::fetch::small_file;
pub use self::fetch::{Abort, FetchEvent, FetchJob};
