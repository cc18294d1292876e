//! What is drawn of files beside their names, in a program of its own that the page loads where there are pictures, or when
//! something plays. It has no framework, which would be most of it.
//!
//! 1. [`draw`] makes small pictures of files, one at a time and of bounded size, and one large where it comes alone: pictures
//!    are a stranger's.
//! 2. [`view`] shows one of them over the whole page, with the way to the others.
//! 3. [`Playing`] reads what a sound says of itself ([`media::tags`]), and shows it below the player and to the system, whose own
//!    controls (Media Session) can stop and wind it.
//!
//! What of that can be decided without a browser is in [`media`].

mod large;
mod playing;
mod small;
mod source;
mod viewer;
mod words;

pub use playing::Playing;
pub use small::draw;
pub use viewer::view;
