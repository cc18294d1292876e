//! What a sponsor does by itself: one step after the other, for ever.

use std::time::Duration;

use btt::{Address, Amount};
use pay::{SessionId, SlotId};
use sending::Signed;
use sponsor::{Quote, Step};
use tokio::sync::Notify;

use super::Shared;
use crate::door::Worker;
use crate::node::Failure;
use crate::own_account::now;

impl Worker for Shared {
    const NAME: &'static str = "the sponsor";

    fn pause(&self) -> (Duration, &Notify) {
        (self.config.program.poll, &self.news)
    }

    async fn step(&self) -> anyhow::Result<()> {
        self.checked.get_or_try_init(|| self.node.check(&self.deployment)).await?;
        let owner = self.state().sponsor.owner();
        let (price, balance) = (self.node.price().await?, self.node.balance(owner).await?);
        let step = {
            let mut state = self.state();
            state.sponsor.see(price, balance);
            state.sponsor.next(now())
        };
        match step {
            Step::Wait => Ok(()),
            Step::Open { key, value, data } => {
                let Some(quote) = self.quote(owner, key, value, &data, price, balance).await? else {
                    return Ok(());
                };
                self.made(|state| state.sponsor.quoted(now(), key, quote))
            }
            Step::Look { key, session } => self.look(owner, key, session, price, balance).await,
            Step::Watch { signed } => self.watch(owner, &signed, price).await,
        }
    }
}

impl Shared {
    /// Looks what a session that has ended has left, and has that fetched back if it is worth it.
    async fn look(
        &self,
        owner: Address,
        key: Address,
        session: SessionId,
        price: Amount,
        balance: Amount,
    ) -> anyhow::Result<()> {
        let slot = SlotId { session, slot: 0 };
        let (status, rest) = self.node.standing(self.deployment.contract, slot).await?;
        let call = {
            let mut state = self.state();
            let (changed, call) = state.sponsor.looked(key, &status, rest);
            state.is_dirty |= changed;
            state.save()?;
            call
        };
        let Some(data) = call else { return Ok(()) };
        let Some(quote) = self.quote(owner, key, Amount::default(), &data, price, balance).await? else {
            return Ok(());
        };
        self.made(|state| state.sponsor.quoted_back(now(), key, rest, quote))
    }

    /// What a transaction would take; `None` if it would be refused, and is tried later.
    async fn quote(
        &self,
        owner: Address,
        key: Address,
        value: Amount,
        data: &[u8],
        price: Amount,
        balance: Amount,
    ) -> anyhow::Result<Option<Quote>> {
        let gas = match self.node.estimate(owner, self.deployment.contract, value, data).await {
            Ok(gas) => gas,
            Err(failure) => {
                self.state().sponsor.rest(now(), key);
                return match failure {
                    Failure::Refused(_) => Ok(None),
                    silent @ Failure::Silent(_) => Err(silent.into()),
                };
            }
        };
        let nonce = self.node.nonce(owner).await?;
        Ok(Some(Quote { gas, price, nonce, balance }))
    }

    /// Has on disk what was made, if it was, and goes on with it.
    fn made(&self, make: impl FnOnce(&mut super::State) -> bool) -> anyhow::Result<()> {
        let mut state = self.state();
        if make(&mut state) {
            state.is_dirty = true;
            state.save()?;
            self.news.notify_one();
        }
        Ok(())
    }

    /// Sends a transaction again, and looks what became of it.
    async fn watch(&self, owner: Address, signed: &[Signed], price: Amount) -> anyhow::Result<()> {
        // Nothing is sent that is not on disk.
        self.state().save()?;
        let sight = self.node.watch(owner, signed, price).await?;
        self.made(|state| state.sponsor.watched(now(), &sight))
    }
}
