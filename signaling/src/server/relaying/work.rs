//! What a relay does by itself: one step after the other, for ever.

use std::sync::Arc;

use btt::{Address, Amount};
use pay::SlotId;
use relay::{Quote, Sight, Signed, Step};
use tokio::time::timeout;

use super::node::Failure;
use super::{Shared, now};

/// Works until the process ends.
pub(crate) async fn run(shared: Arc<Shared>) {
    let mut complaint = String::new();
    let mut is_checked = false;
    loop {
        let done = shared.step(&mut is_checked).await;
        // Once, and not every two seconds for as long as a node is down.
        let problem = done.err().map(|error| format!("{error:#}")).unwrap_or_default();
        if problem != complaint {
            eprintln!(
                "seedcast-signaling: {}",
                if problem.is_empty() { "the relay goes on" } else { &problem }
            );
            complaint = problem;
        }
        let _ = timeout(shared.config.poll, shared.news.notified()).await;
    }
}

impl Shared {
    async fn step(&self, is_checked: &mut bool) -> anyhow::Result<()> {
        if !*is_checked {
            let config = self.state().relay.config().clone();
            self.node.check(&config.deployment, &config.split, config.share).await?;
            *is_checked = true;
        }
        let price = self.node.price().await?;
        let step = self.state().relay.next(now(), price);
        match step {
            Step::Wait => Ok(()),
            Step::Quote { owner, slots } => self.quote(owner, &slots, price).await,
            Step::Watch { purse, signed } => self.watch(purse, &signed, price).await,
        }
    }

    /// Asks what some vouchers would earn, and makes the transaction if that is worth it.
    async fn quote(&self, owner: Address, slots: &[SlotId], price: Amount) -> anyhow::Result<()> {
        let (account, to) = (self.state().relay.account(), self.config.split);
        for slot in slots {
            let status = self.node.status(self.config.contract, *slot).await?;
            self.state().relay.refresh(now(), owner, *slot, status.as_ref());
        }
        let Some(data) = self.state().relay.call(owner, slots) else { return Ok(()) };
        let (earned, gas) = match self.node.simulate(account, to, &data).await {
            Ok(result) => result,
            Err(failure) => {
                self.state().relay.rest(now(), owner);
                return match failure {
                    // It would be reverted.
                    Failure::Refused(_) => Ok(()),
                    silent @ Failure::Silent(_) => Err(silent.into()),
                };
            }
        };
        let (nonce, balance) = (self.node.nonce(account).await?, self.node.balance(account).await?);
        let quote = Quote { earned, gas, price, nonce, balance };
        let mut state = self.state();
        // A better voucher may have come while the node was asked: its transaction is another.
        if state.relay.call(owner, slots).as_ref() == Some(&data)
            && state.relay.quoted(now(), owner, slots, quote)
        {
            state.is_dirty = true;
            state.save()?;
            self.news.notify_one();
        }
        Ok(())
    }

    /// Sends a transaction again, and looks what became of it.
    async fn watch(&self, purse: Address, signed: &[Signed], price: Amount) -> anyhow::Result<()> {
        let account = {
            let mut state = self.state();
            // Nothing is sent that is not on disk.
            state.save()?;
            state.relay.account()
        };
        if let Some(newest) = signed.last() {
            self.node.send(newest).await?;
        }
        let nonce = self.node.nonce(account).await?;
        let mut receipt = None;
        for signed in signed {
            receipt = receipt.or(self.node.receipt(signed.hash, self.config.contract, purse).await?);
        }
        let head = self.node.head().await?;
        let mut state = self.state();
        let before = state.relay.earned_and_spent();
        if state.relay.watched(&Sight { head, nonce, price, receipt }) {
            state.is_dirty = true;
            state.save()?;
            self.news.notify_one();
        }
        let (earned, spent) = state.relay.earned_and_spent();
        if (earned, spent) != before {
            eprintln!("seedcast-signaling: {earned} BTT were earned and {spent} BTT spent on gas so far");
        }
        Ok(())
    }
}
