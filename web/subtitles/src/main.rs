//! The program of subtitles; everything is in the library.

use subtitles as _;

fn main() {}
