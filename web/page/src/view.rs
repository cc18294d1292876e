//! What the page looks like: components and nothing else.

mod app;
mod attach;
mod chart;
mod checkbox;
mod copy;
mod dialogs;
mod embed;
mod files;
mod home;
mod icon;
mod limits;
mod list;
mod notices;
mod piece_map;
mod priority;
mod share_form;
mod share_panel;
mod swarm;
mod torrent;

pub(crate) use app::App;
