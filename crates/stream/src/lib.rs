//! Files of torrents as HTTP has them (RFC 9110), for media elements that read them while they arrive.
//!
//! Pure: which file a request is for ([`Address`]), which of its bytes are wanted and with which headers they are sent
//! ([`Request::answer`]), and which bytes to have ready for a reader, and when ([`Window`]).
//!
//! ```
//! use stream::{Address, Request, Resource};
//!
//! let address = Address::parse("a0a1a2a3a4a5a6a7a8a9b0b1b2b3b4b5b6b7b8b9/Talks/a%20b.mp4").expect("it is one");
//! assert_eq!(address.path, ["Talks", "a b.mp4"]);
//!
//! let request = Request { method: "GET", range: Some("bytes=200-"), if_range: None };
//! let file = Resource { name: "a b.mp4", size: 1000, tag: "\"a0a1-0\"" };
//! let head = request.answer(file);
//! assert_eq!((head.status, head.body), (206, 200..1000));
//! assert!(head.headers.contains(&("Content-Range", "bytes 200-999/1000".to_owned())));
//! ```

mod address;
mod answer;
mod media_type;
mod range;
mod window;

pub use address::{Address, MAX_ADDRESS_LENGTH};
pub use answer::{Head, Request, Resource};
pub use media_type::{MediaType, media_type};
pub use range::{Part, part};
pub use window::{Window, has_index_at_either_end, opening};
