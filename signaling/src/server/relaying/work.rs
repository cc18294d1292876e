//! What a relay does by itself: one step after the other, for ever.

use std::time::Duration;

use btt::{Address, Amount};
use pay::SlotId;
use relay::{Quote, Share, Split, Step};
use sending::Signed;
use tokio::sync::Notify;

use super::Shared;
use crate::door::Worker;
use crate::node::{Failure, Node};
use crate::own_account::now;

impl Worker for Shared {
    const NAME: &'static str = "the relay";

    fn pause(&self) -> (Duration, &Notify) {
        (self.config.program.poll, &self.news)
    }

    async fn step(&self) -> anyhow::Result<()> {
        self.checked.get_or_try_init(|| self.check()).await?;
        let price = self.node.price().await?;
        let step = self.state().relay.next(now(), price);
        match step {
            Step::Wait => Ok(()),
            Step::Quote { owner, slots } => self.quote(owner, &slots, price).await,
            Step::Watch { signed } => self.watch(&signed, price).await,
        }
    }
}

impl Shared {
    /// Whether the node has both contracts.
    async fn check(&self) -> anyhow::Result<()> {
        let config = self.state().relay.config().clone();
        self.node.check(&config.deployment).await?;
        check_split(&self.node, config.deployment.contract, &config.split, config.share).await
    }

    /// Asks what some vouchers would earn, and makes the transaction if that is worth it.
    async fn quote(&self, owner: Address, slots: &[SlotId], price: Amount) -> anyhow::Result<()> {
        let (account, to) = (self.state().relay.account(), self.config.split);
        for slot in slots {
            let status = self.node.status(self.config.program.contract, *slot).await?;
            self.state().relay.refresh(now(), owner, *slot, status.as_ref());
        }
        let Some(data) = self.state().relay.call(owner, slots) else { return Ok(()) };
        let simulated = async {
            let earned = self.node.simulate(account, to, &data).await?;
            Ok((earned, self.node.estimate(account, to, Amount::default(), &data).await?))
        };
        let (earned, gas) = match simulated.await {
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
    async fn watch(&self, signed: &[Signed], price: Amount) -> anyhow::Result<()> {
        let account = {
            let mut state = self.state();
            // Nothing is sent that is not on disk.
            state.save()?;
            state.relay.account()
        };
        let sight = self.node.watch(account, signed, price).await?;
        let mut state = self.state();
        let before = state.relay.earned_and_spent();
        if state.relay.watched(&sight) {
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

/// Whether the node knows the contract that shares, and that is for the contract that pays.
async fn check_split(node: &Node, pay: Address, split: &Split, share: Share) -> anyhow::Result<()> {
    let somebody = Address::from_bytes([1; 20]);
    let (purse, pays) = (
        node.view(split.address, &split.ask_for_purse(somebody, share)).await?,
        node.view(split.address, &split.ask_for_contract()).await?,
    );
    let is = |answer: &[u8], address: Address| answer.get(12..) == Some(address.as_bytes().as_slice());
    anyhow::ensure!(is(&purse, split.purse(somebody, share)), "there is no BttSplit at {}", split.address);
    anyhow::ensure!(is(&pays, pay), "the BttSplit at {} is for another BttPay", split.address);
    Ok(())
}
