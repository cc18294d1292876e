//! The contract of payments by the byte on a node of its own, which is called as nodes are: the rest of what is tested of it
//! is beside it, in `crates/btt/contract`.

use anyhow::{Result, ensure};
use btt::{Address, Amount, hex};
use btt_contract::{Key, fraud, payments, selector};
use harness::Chain;
use pay::abi::{Call, Opening};
use pay::seller::SlotStatus;
use pay::{Deployment, SessionId, Signature, SignedVoucher, SlotId, Time, Voucher};
use serde_json::json;

/// Whom slots pay: accounts that have nothing yet.
const ALICE: Address = Address::from_bytes([0xa1; 20]);
const BOB: Address = Address::from_bytes([0xb0; 20]);

const CAP: Amount = Amount::from_units(1_000_000);
const BOND: Amount = Amount::from_units(501);
const DAY: u64 = 24 * 60 * 60;

/// A session of the node's second account. Everybody else calls by the third.
struct Scene {
    chain: Chain,
    contract: Address,
    owner: Address,
    key: Key,
    session: SessionId,
}

impl Scene {
    async fn set() -> Result<Self> {
        let chain = Chain::start().await?;
        let contract = chain.create_contract().await?;
        let (owner, key) = (chain.account(1).parse()?, Key::of(0x11));
        let expiry = Time::from_secs(chain.now().await? + DAY);
        let opening = Opening { key: key.address(), slots: 3, slot_cap: CAP, expiry, bond: BOND };
        let value = Amount::from_units(3 * CAP.units() + BOND.units());
        ensure!(opening.value() == Some(value));
        let receipt =
            chain.transact(chain.account(1), Some(contract), value, &Call::Open(opening).encode()).await?;
        ensure!(receipt.succeeded, "the session was not opened");
        let session = SessionId::of(owner, key.address());
        Ok(Self { chain, contract, owner, key, session })
    }

    /// Whether the contract did what it was called for.
    async fn call(&self, call: Call<'_>) -> Result<bool> {
        let (from, to) = (self.chain.account(2), Some(self.contract));
        Ok(self.chain.transact(from, to, Amount::default(), &call.encode()).await?.succeeded)
    }

    async fn redeem(&self, voucher: &SignedVoucher) -> Result<bool> {
        let payments = payments(&[*voucher]);
        self.call(Call::Redeem { payee: voucher.voucher.payee, payments: &payments }).await
    }

    /// Why the contract would refuse a voucher; empty if it would not.
    async fn refusal(&self, voucher: &SignedVoucher) -> String {
        let payments = payments(&[*voucher]);
        let call = Call::Redeem { payee: voucher.voucher.payee, payments: &payments };
        let [to, data] = [self.contract.as_bytes().as_slice(), &call.encode()].map(hex::prefixed);
        let asked = self.chain.call("eth_call", json!([{ "to": to, "data": data }, "latest"])).await;
        asked.map_or_else(|refusal| refusal.to_string(), |_answer| String::new())
    }

    async fn status(&self, slot: u32) -> Result<SlotStatus> {
        let slot = SlotId { session: self.session, slot };
        let [to, data] =
            [self.contract.as_bytes().as_slice(), &Call::Status(slot).encode()].map(hex::prefixed);
        let answer = self.chain.call("eth_call", json!([{ "to": to, "data": data }, "latest"])).await?;
        let answer = answer.as_str().and_then(|answer| hex::decode(answer.strip_prefix("0x")?));
        Ok(SlotStatus::parse(slot, &answer.unwrap_or_default())?)
    }

    fn voucher(&self, chain: u64, slot: u32, payee: Address, cumulative: u128) -> SignedVoucher {
        let slot = SlotId { session: self.session, slot };
        let voucher = Voucher { slot, payee, cumulative: Amount::from_units(cumulative) };
        let deployment = Deployment { chain, contract: self.contract };
        SignedVoucher {
            voucher,
            signature: Signature::from_bytes(self.key.sign(&voucher.digest(&deployment))),
        }
    }

    async fn balance(&self, account: Address) -> Result<u128> {
        self.chain.balance(&hex::prefixed(account.as_bytes())).await
    }
}

#[tokio::test]
async fn on_a_node_a_session_is_opened_redeemed_slashed_and_withdrawn_to_the_last_unit() -> Result<()> {
    let scene = Scene::set().await?;
    let voucher = |slot, payee, cumulative| scene.voucher(Chain::ID, slot, payee, cumulative);
    ensure!(scene.redeem(&voucher(0, ALICE, 300)).await?);
    ensure!(scene.redeem(&voucher(0, ALICE, 1_000)).await?);
    ensure!(!scene.redeem(&voucher(0, ALICE, 999)).await?, "an older voucher was paid");
    ensure!(scene.balance(ALICE).await? == 1_000);
    let status = scene.status(0).await?;
    ensure!(status.payee == Some(ALICE) && status.paid.units() == 1_000);

    // To others than the slot's payee, which costs the bond.
    let twice = fraud(scene.owner, scene.key.address(), &voucher(0, ALICE, 1_000), &voucher(0, BOB, 5));
    let nobody = Address::from_bytes([0; 20]);
    let burnt = scene.balance(nobody).await?;
    ensure!(scene.call(Call::Slash(&twice)).await?);
    // The node's blocks pay their fees to the same address that bonds are burnt with.
    ensure!(scene.balance(nobody).await? - burnt >= BOND.units().div_ceil(2));

    let before = scene.balance(scene.owner).await?;
    ensure!(!scene.call(Call::Withdraw(scene.session)).await?, "it was withdrawn before its expiry");
    scene.chain.advance(DAY).await?;
    ensure!(scene.call(Call::Withdraw(scene.session)).await?);
    ensure!(scene.balance(scene.owner).await? - before == 3 * CAP.units() - 1_000);
    ensure!(scene.balance(scene.contract).await? == 0);
    Ok(())
}

#[tokio::test]
async fn row_13_on_a_node_whose_chain_gets_another_number_old_vouchers_are_refused_and_new_ones_are_not()
-> Result<()> {
    let scene = Scene::set().await?;
    let [before, after] = [Chain::ID, FORK].map(|chain| scene.voucher(chain, 0, ALICE, 300));
    let bad_signature = hex::prefixed(&selector("BadSig()"));
    ensure!(scene.refusal(&before).await.is_empty());
    ensure!(scene.refusal(&after).await.contains(&bad_signature));
    scene.chain.call("anvil_setChainId", json!([FORK])).await?;
    scene.chain.mine(1).await?;
    // Asked only: the node signs for its accounts with the number that it began with.
    ensure!(scene.refusal(&before).await.contains(&bad_signature));
    ensure!(scene.refusal(&after).await.is_empty());
    Ok(())
}

/// The number of the other chain.
const FORK: u64 = 1030;
