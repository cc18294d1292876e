//! Sealed shares: torrents that any client can keep and pass on, and that only who has the key in the link can read.
//!
//! `docs/sealed.md` is the format. The files are laid out one behind the other and padded ([`List`]), every byte is
//! encrypted in its place ([`Cipher`]), and the torrent is one file of what results. Its hashes authenticate that file,
//! and one tag binds them to the key: the list of files stands in `info`, sealed, with the hashes as associated data.
//!
//! Nothing here reads a file, and randomness is an argument: whoever shares makes a [`Key`] and a [`Salt`] for each
//! torrent. To share,
//!
//! 1. make the [`List`] and take its [`torrent`](List::torrent), which has one file;
//! 2. [encrypt](Cipher::apply) what the list lays out, hash it, and finish the torrent;
//! 3. [`seal`] it.
//!
//! Who downloads [opens](open) it and has list and cipher back.
//!
//! ```
//! use metainfo::{InfoHash, Version};
//! use seal::{Entry, Key, Keys, List, Salt, open, seal};
//!
//! // In earnest, these are random.
//! let (key, salt) = (Key::from_bytes([1; 16]), Salt::from_bytes([2; 16]));
//! let letter = Entry { path: vec!["letter.txt".to_owned()], length: 5, modified: None };
//! let list = List::new("letter.txt", [letter], "")?;
//! let torrent = list.torrent(&salt).version(Version::One).piece_length(1 << 16);
//!
//! let mut content = b"hello".to_vec();
//! content.resize(list.padded_length() as usize, 0);
//! Keys::new(&key, &salt).cipher().apply(0, &mut content);
//! let (info, _) = torrent.finish(&[*InfoHash::of(&content).as_bytes()], &[])?;
//! let sealed = seal(&info, &list, &key, &salt)?;
//!
//! let opened = open(&sealed, &key)?;
//! assert_eq!(opened.list, list);
//! opened.cipher.apply(1, &mut content[1..4]);
//! assert_eq!(&content[1..4], b"ell");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod error;
mod keys;
mod list;
mod padding;
mod sealed;

pub use error::Error;
pub use keys::{Keys, Salt};
pub use keystream::Cipher;
pub use list::{Entry, File, List, MAX_NOTE_LENGTH};
pub use metainfo::SealKey as Key;
pub use padding::padded_length;
pub use sealed::{Opened, is_sealed, open, seal};
