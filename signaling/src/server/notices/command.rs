//! `seedcast-signaling notice`: how an operator looks at notices, and decides.

use std::path::Path;

use anyhow::Context as _;
use metainfo::visible;

use super::store::Store;
use super::{Verdict, page};
use crate::config::Config;

/// Longest reason of a decision, in bytes.
const MAX_REASON: usize = 1000;

/// What the operator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    /// A line for each notice.
    List,
    /// All of one.
    Show {
        id: String,
    },
    Decide {
        id: String,
        verdict: Verdict,
        reason: String,
    },
}

/// Does it, in the folder that the configuration names.
pub(crate) fn run(config: &Path, order: &Order) -> anyhow::Result<()> {
    let notices = Config::read(config)?.notices;
    let notices = notices.with_context(|| format!("{} says nothing of notices", config.display()))?;
    let store = Store::open(&notices.folder)?;
    match order {
        Order::List => {
            for (id, kept) in store.all()? {
                let kept = match kept {
                    Ok(kept) => kept,
                    Err(error) => {
                        println!("{id}  {error:#}");
                        continue;
                    }
                };
                let state = match kept.decisions.last().map(|last| last.decision) {
                    None => "open",
                    Some(Verdict::Deny) => "denied",
                    Some(Verdict::Keep) => "kept",
                };
                let (received, kind) = (&kept.notice.received, kept.notice.kind.name());
                println!("{id}  {received}  {state:6}  {kind}");
            }
        }
        Order::Show { id } => {
            let kept = store.read(id)?.with_context(|| format!("there is no notice {id}"))?;
            print!("{}", page::letter(id, &kept.notice));
            for decision in &kept.decisions {
                println!("{}: {}, {}", decision.decided, decision.decision.name(), visible(&decision.reason));
            }
        }
        Order::Decide { id, verdict, reason } => {
            let is_reason = !reason.trim().is_empty() && reason.len() <= MAX_REASON;
            anyhow::ensure!(is_reason, "--reason has to be a text of at most {MAX_REASON} bytes");
            let notice = store.decide(id, *verdict, reason.trim())?;
            println!("{}: {}", notice.kind.name(), verdict.name());
        }
    }
    Ok(())
}

impl Verdict {
    const fn name(self) -> &'static str {
        match self {
            Self::Deny => "denied",
            Self::Keep => "kept",
        }
    }
}
