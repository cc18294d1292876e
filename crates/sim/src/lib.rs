//! A deterministic simulator of swarms.
//!
//! The engines are real, and so is the tracker's index; the network between them, the content and the time
//! are not. Everything that happens is an event in one queue, ordered by time and then by cause, and every
//! choice comes from the scenario's seed: the same scenario always ends the same way, which
//! [`Report::trace`] shows.
//!
//! ```
//! use std::time::Duration;
//!
//! use sim::{Conduct, Line, Participant, Scenario, simulate};
//! use swarm::Time;
//!
//! let peer = |conduct| Participant { conduct, joins: Time::ZERO, away: None };
//! let report = simulate(&Scenario {
//!     seed: 1,
//!     pieces: 20,
//!     piece_length: 65_536,
//!     peers: vec![peer(Conduct::Seed), peer(Conduct::Honest)],
//!     line: Line { rate: 1_000_000, delay: Duration::from_millis(30), jitter: Duration::ZERO },
//!     limit: Duration::from_secs(600),
//! });
//! assert!(report.peers[1].completed.is_some());
//! ```

mod link;
mod node;
mod payload;
mod scenario;
mod world;

pub use self::link::Line;
pub use self::scenario::{Conduct, Outcome, Participant, Report, Scenario};
pub use self::world::simulate;
