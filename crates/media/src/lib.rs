//! What a browser can show of a file, told by its name and its first bytes: the kinds of media, subtitles and their
//! languages, and whether an mp4 can be played before all of it is here.

mod index;
mod kind;
mod language;
mod subtitles;

pub use index::{HEADER, IndexPlace, IndexSearch, keeps_index};
pub use kind::Kind;
pub use language::language;
pub use subtitles::{MAX_SUBTITLES, belong_to, charset, to_webvtt};
