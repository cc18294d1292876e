//! Web seeds (BEP 19): ordinary web servers that have a torrent's files.
//!
//! Pure: which URL and which range of it holds which bytes of a torrent ([`Address::part`]), and what a server's
//! answer is worth ([`Request::judge`]). Whoever fetches goes through a span part by part:
//!
//! ```
//! use metainfo::{FileSpan, InfoBuilder, Version};
//! use webseed::{Address, Answer, Body};
//!
//! let (info, _) = InfoBuilder::new("A talk")
//!     .file(vec!["notes.txt".to_owned()], 100)
//!     .file(vec!["slides".to_owned(), "1 & 2.pdf".to_owned()], 900)
//!     .version(Version::One)
//!     .finish(&[[0; 20]], &[])?;
//! let address = Address::parse("https://example.org/talks/")?;
//!
//! let mut rest = FileSpan { offset: 0, length: 1000 };
//! let first = address.part(&info, rest);
//! let request = first.request.expect("this file is no padding");
//! assert_eq!(request.url, "https://example.org/talks/A%20talk/notes.txt");
//! assert_eq!(request.range(), "bytes=0-99");
//! let answer = Answer { status: 206, length: Some("100"), ..Answer::default() };
//! assert_eq!(request.judge(answer)?, Body::Part);
//!
//! rest = FileSpan { offset: first.span.end(), length: rest.length - first.span.length };
//! let second = address.part(&info, rest).request.expect("nor is this");
//! assert_eq!(second.url, "https://example.org/talks/A%20talk/slides/1%20%26%202.pdf");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod answer;
mod error;
mod part;

pub use address::{Address, MAX_ADDRESS_LENGTH};
pub use answer::{Answer, Body};
pub use error::Error;
pub use part::{Part, Request};
