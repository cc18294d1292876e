//! Sessions that a creator pays for the viewers of its films: who gets one, and what all of them may cost.
//!
//! Pure: no network, no files, no clock. A [`Sponsor`] is told who asks and what the chain says, and says what to ask it next;
//! whoever drives it saves it before anything is sent.
//!
//! # How it works
//!
//! 1. The creator's own web server vets a viewer, by a log-in or whatever it likes, and signs a [`Ticket`] for it with a
//!    [`Secret`] that it shares with the sponsor.
//! 2. The viewer's browser makes a key and hands in its address and the ticket. It is [admitted](Sponsor::admit) if the ticket is
//!    good, the viewer has no session yet and the budget has room, all of which is **saved before it is answered**.
//! 3. [`Sponsor::next`] says what it needs: a [`Quote`] for the transaction that opens the session. It is made
//!    ([`Sponsor::quoted`]), **saved**, and [sent](sending) until the chain has carried it out, once, and nothing else is meanwhile.
//! 4. When a session has ended, what it has left is fetched back to the account that paid, and may be spent again.
//!
//! # What it can lose
//!
//! The key of a session is the viewer's, who may pay itself with it: a viewer takes the deposit of one session at most, for
//! as long as it runs. All of them take the budget at most. It is what may have left the account, gas included, and is not
//! known to have come back: counted before anything is sent, and of whatever is in doubt as if it were gone.
//!
//! ```
//! use pay::Time;
//! use sponsor::{Secret, Ticket, Viewer};
//!
//! let secret = Secret::new(b"thirty-two bytes that two know..").ok_or("too short")?;
//! let torrent = "d2474e86c95b19b8bcfdb92bc12c9d44667cfa36".parse().map_err(|_| "no hash")?;
//! let viewer = Viewer::new("alice").ok_or("no name")?;
//! let ticket = Ticket { viewer, torrent, until: Time::from_secs(1_800_000_000) };
//! let text = secret.sign(&ticket);
//! assert!(text.starts_with("1.alice.d2474e86c95b19b8bcfdb92bc12c9d44667cfa36.1800000000."));
//! assert_eq!(secret.check(&text), Ok(ticket));
//! # Ok::<(), &str>(())
//! ```

#![deny(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::float_arithmetic
)]

mod config;
mod grant;
mod machine;
mod refusal;
mod ticket;

pub use config::Config;
pub use grant::Answer;
pub use machine::{Quote, Saved, Sponsor, Step};
pub use refusal::Refusal;
pub use ticket::{MAX_TICKET, Secret, Ticket, Viewer};
