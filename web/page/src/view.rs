//! What the page looks like: components and nothing else.

mod add;
mod app;
mod artwork;
mod attach;
mod chart;
mod checkbox;
mod copy;
mod debug;
mod dialogs;
mod embed;
mod files;
mod film;
mod first_visit;
mod gallery;
mod growing;
mod home;
mod icon;
mod limits;
mod list;
mod many;
mod notices;
mod opened;
mod part;
pub(crate) mod payments;
mod piece_map;
mod player;
mod preview;
mod priority;
mod program;
mod relaying;
mod share_form;
mod share_panel;
mod subtitles;
mod swarm;
mod tips;
mod torrent;

pub(crate) use app::App;

/// Name of the element that gets the focus when the view changes.
const HEADING: &str = "heading";
