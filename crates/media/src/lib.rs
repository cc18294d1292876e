//! What a browser can show of a file, told by its name and its first bytes: the kinds of media, subtitles and their
//! languages, and whether an mp4 can be played before all of it is here. What a sound says of itself ([`tags`]), and how large
//! a [`picture`] may be. And what a [`player`] of it does: what it shows, what becomes of a stream that breaks, and what
//! [`keys`] mean.

mod index;
pub mod keys;
mod kind;
mod language;
pub mod picture;
pub mod player;
mod subtitles;
pub mod tags;

pub use index::{HEADER, IndexPlace, IndexSearch, keeps_index};
pub use kind::Kind;
pub use language::language;
pub use subtitles::{MAX_SUBTITLES, belong_to, charset, to_webvtt};
