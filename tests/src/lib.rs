//! A harness for real browsers: the product as people use it, between separate browser processes.
//!
//! 1. A [`Server`] runs the real signaling server, which also serves the built page; a [`TrackerServer`]
//!    runs bittorrent-tracker's own, a [`PageServer`] serves the pages of other clients, a
//!    [`WebServer`] serves files to web seeds' users, well or badly; a [`TurnServer`] is a relay for peer connections, and
//!    a [`Tap`] hears what pages say to a tracker.
//! 2. A [`Browser`] is one driver process and one browser process with a profile of its own. It can be killed
//!    and opened again with the same profile, as after a crash.
//! 3. A [`Page`] drives Seedcast in a browser by the names that the page promises to outside programs
//!    (`data-testid`), and nothing else; a [`WebTorrentPage`] drives WebTorrent, and a [`Libtorrent`] is another
//!    client, outside of browsers. A [`Chain`] is one of play money, and a [`Wallet`] one that a test decides for.
//! 4. A [`Line`] puts delay, loss and a rate between two browsers, each [within](Browser::within) a network of its own.
//! 5. Every wait is for a condition, with a generous limit and a sentence that says what was waited for.
//!
//! What drives browsers is a feature, `browsers`, without which the demo compiles in a fraction of the time.
//!
//! Nothing is skipped: a tool or a build that is missing is an error that says how to get it ([`tools`]). What
//! a browser wrote to its console is printed when its [`Browser`] is dropped, where a test runner shows it
//! only for tests that fail. Processes are found and measured through `/proc`: this runs on Linux.

#[cfg(feature = "browsers")]
mod browser;
mod chain;
mod chromium;
mod demo;
mod fixture;
mod libtorrent;
#[cfg(feature = "browsers")]
mod line;
mod media;
#[cfg(feature = "browsers")]
mod page;
#[cfg(feature = "browsers")]
mod payments;
mod picture;
mod process;
mod relay;
mod server;
mod sponsor;
#[cfg(feature = "browsers")]
mod tab;
mod tap;
mod threads;
#[cfg(feature = "browsers")]
mod tips;
pub mod tools;
mod turn;
mod wait;
mod web_server;
#[cfg(feature = "browsers")]
mod webtorrent;

#[cfg(feature = "browsers")]
pub use browser::{Browser, Kind};
pub use chain::{Chain, Receipt};
pub use demo::Demo;
pub use fixture::{Files, Seed, TorrentFile, digest_of};
pub use libtorrent::{DescribedFile, Description, Format, Libtorrent};
#[cfg(feature = "browsers")]
pub use line::{Conditions, Counts, Line, Namespace, become_root};
pub use media::Media;
#[cfg(feature = "browsers")]
pub use page::{Page, Player, Subtitles, Torrent, WebSeed, magnet_of};
#[cfg(feature = "browsers")]
pub use payments::Figure;
pub use picture::{bitmap, hollow_bitmap, tagged};
pub use process::CpuTime;
pub use relay::Relay;
pub use server::{PageServer, Server, TrackerServer, silent_udp_port};
pub use sponsor::Sponsor;
#[cfg(feature = "browsers")]
pub use tab::Tab;
pub use tap::Tap;
pub use threads::CpuByThread;
#[cfg(feature = "browsers")]
pub use tips::{TronWallet, Wallet};
pub use turn::TurnServer;
pub use wait::{SLOW, SOON, until};
pub use web_server::{Conduct, WebServer};
#[cfg(feature = "browsers")]
pub use webtorrent::{WebTorrentPage, WebTorrentStatus};
