//! Zip archives that are put together rather than written.
//!
//! The bytes of the files never come here. [`Archive::file`] gives what stands before the bytes of one file,
//! [`Archive::finish`] what stands behind those of the last; whoever has the files lays them between. They are stored
//! as they are, so all that must be known of one is its length and its [`Crc32`].
//!
//! Archives follow PKWARE's APPNOTE 6.3.10: names are UTF-8, and the fields of zip64 (4.5.3, 4.3.14) appear only where
//! a length, a place or the number of files needs them.
//!
//! ```
//! use zip::{Archive, Crc32, File, Time};
//!
//! let content = b"Hello, swarm!";
//! let mut crc = Crc32::new();
//! crc.update(content);
//!
//! let mut archive = Archive::new(Time::of_unix(1_500_000_000));
//! let mut bytes = archive.file(&File { path: "a/hello.txt", length: 13, crc: crc.sum() })?;
//! bytes.extend(content);
//! bytes.extend(archive.finish());
//! assert_eq!(bytes.len(), 13 + 2 * "a/hello.txt".len() + 30 + 46 + 22);
//! # Ok::<(), zip::Error>(())
//! ```

mod archive;
mod crc;
mod time;

pub use archive::{Archive, Error, File};
pub use crc::Crc32;
pub use time::Time;
