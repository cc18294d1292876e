//! How peers are met: by trackers, neighbours and links that come by themselves. Issue 12, 1: none of this was tested but
//! by whole pages in browsers.

mod anything;
mod driver;
mod links;
mod notes;
mod peers;
mod relays;
mod trackers;
