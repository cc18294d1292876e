//! A deterministic simulator of swarms.
//!
//! The sessions of the peers are real, engines included, and so is the tracker's index; the network between them, the
//! content and the time are not. Everything that happens is an event in one queue, ordered by time and then by cause, every number
//! is an integer, and every choice comes from the scenario's seed: the same scenario takes the same course on
//! every machine, which [`Report::trace`] shows.
//!
//! Nothing is done for a byte, only for a block, so a thousand peers with a file of their own fit into little
//! memory and a minute. What is simulated and what is left out is said in `docs/swarm.md`.
//!
//! ```
//! use sim::{Scenario, simulate};
//!
//! let scenario = Scenario::parse(r#"{
//!     "pieces": 20,
//!     "piece_length": 65536,
//!     "groups": [
//!         { "conduct": "seed", "count": 1, "line": { "up": 1000000, "down": 4000000, "delay_ms": 15 } },
//!         { "conduct": "leech", "count": 3, "line": { "up": 500000, "down": 2000000, "delay_ms": 30 } }
//!     ],
//!     "limit_s": 600
//! }"#)?;
//! let report = simulate(&scenario)?;
//! assert!(report.broken_rules(&scenario).is_empty());
//! assert!(report.completion(100) > Some(scenario.bound()));
//! # Ok::<(), sim::Error>(())
//! ```

mod comparison;
mod error;
mod ledger;
mod line;
mod market;
mod node;
mod player;
mod random;
mod recorded;
mod report;
mod rules;
mod scenario;
mod slots;
mod trace;
mod world;

pub use self::comparison::Comparison;
pub use self::error::Error;
pub use self::market::{Balance, Cheat, Money};
pub use self::report::{Fault, Outcome, Report};
pub use self::scenario::{Churn, Conduct, Expectation, Group, Kill, Line, Scenario, Seek};
pub use self::world::{record, simulate};
