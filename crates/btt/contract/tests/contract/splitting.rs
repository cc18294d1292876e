//! Row 43: redeeming for who has no coins, for a share.

use btt::Address;
use btt_contract::{BttSplit, Refusal, Words, artefact, payments};
use pay::abi::Call;
use pay::{SessionId, SignedVoucher};
use proptest::prelude::*;
use relay::{Share, Split};
use sha3::{Digest as _, Keccak256};

use crate::fixture::{ALICE, BAD_ARGS, BAD_SIG, BOB, CAP, NOBODY, NOTHING, Opened, PAY_FAILED, STRANGER};
use crate::payees::{created, made_and_succeeded, prepare_to_call, run_to};

/// Both contracts, and a session.
struct Scene {
    opened: Opened,
    split: BttSplit,
}

impl Scene {
    fn new() -> Self {
        let opened = Opened::new();
        let split = BttSplit::beside(opened.pay.clone());
        Self { opened, split }
    }

    /// A voucher for the purse of an owner that leaves a fifth.
    fn voucher(&self, slot: u32, owner: Address, cumulative: u128) -> SignedVoucher {
        self.opened.voucher(slot, self.split.split.purse(owner, fifth()), cumulative)
    }

    fn balances<const N: usize>(&mut self, accounts: [Address; N]) -> [u128; N] {
        accounts.map(|account| self.split.pay.chain.balance(account))
    }
}

fn fifth() -> Share {
    Share::new(2000).unwrap()
}

#[test]
fn row_43_whoever_redeems_gets_its_share_and_the_owner_the_rest() {
    let mut scene = Scene::new();
    let purse = scene.split.split.purse(ALICE, fifth());
    for (slot, cumulative, balances) in
        [(0, 101, [20, 81, 0]), (0, 104, [20, 84, 0]), (1, CAP, [220, 884, 0])]
    {
        let voucher = scene.voucher(slot, ALICE, cumulative);
        let receipt = scene.split.redeem(BOB, ALICE, fifth(), &[voucher]).unwrap();
        let earned = balances[0] - if cumulative == 101 { 0 } else { 20 };
        assert_eq!(receipt.output, Words::default().number(earned).into_bytes());
        assert_eq!(scene.balances([BOB, ALICE, purse]), balances);
    }
    assert_eq!(scene.balances([scene.split.split.address]), [0]);
}

#[test]
fn row_43_a_purse_is_where_the_contract_and_this_program_say() {
    let scene = Scene::new();
    assert_eq!(Split::PURSE_CODE, <[u8; 32]>::from(Keccak256::digest(artefact("Purse"))));
    for (owner, share) in [(ALICE, 0), (ALICE, 1), (BOB, 2000), (STRANGER, 10_000)] {
        let share = Share::new(share).unwrap();
        assert_eq!(scene.split.purse(owner, share), scene.split.split.purse(owner, share));
    }
}

#[test]
fn row_43_who_redeems_without_a_relay_gives_no_share() {
    let mut scene = Scene::new();
    let (purse, voucher) = (scene.split.split.purse(ALICE, fifth()), scene.voucher(0, ALICE, 100));
    // Before there is a purse, and by nobody in particular.
    scene.split.pay.redeem(STRANGER, purse, &[voucher]).unwrap();
    assert_eq!(scene.balances([purse, ALICE]), [100, 0]);
    scene.split.release(STRANGER, ALICE, fifth()).unwrap();
    assert_eq!(scene.balances([purse, ALICE, STRANGER]), [0, 100, 0]);
    assert_eq!(scene.split.release(STRANGER, ALICE, fifth()), Err(NOTHING));
}

#[test]
fn row_43_a_relay_gets_nothing_of_what_came_to_a_purse_before() {
    let mut scene = Scene::new();
    let purse = scene.split.split.purse(ALICE, fifth());
    let [first, second] = [scene.voucher(0, ALICE, 100), scene.voucher(1, ALICE, 50)];
    scene.split.pay.redeem(STRANGER, purse, &[first]).unwrap();
    scene.split.pay.chain.give(purse, 107);
    assert_eq!(scene.split.redeem(BOB, ALICE, fifth(), &[first]), Err(NOTHING));
    scene.split.redeem(BOB, ALICE, fifth(), &[first, second]).unwrap();
    assert_eq!(scene.balances([BOB, ALICE, purse]), [10, 100 + 107 + 40, 0]);
}

#[test]
fn row_43_nobody_takes_another_share_than_the_owner_named() {
    let mut scene = Scene::new();
    let voucher = scene.voucher(0, ALICE, 100);
    for (owner, share) in [(ALICE, 2001), (ALICE, 10_000), (BOB, 2000)] {
        let refused = scene.split.redeem(BOB, owner, Share::new(share).unwrap(), &[voucher]);
        assert_eq!(refused, Err(BAD_SIG));
    }
    assert_eq!(scene.split.redeem(BOB, NOBODY, fifth(), &[voucher]), Err(BAD_ARGS));
    assert_eq!(scene.split.release(BOB, NOBODY, fifth()), Err(BAD_ARGS));
    let more_than_all = Words::of("release(address,uint16)").address(ALICE).number(10_001_u32).into_bytes();
    let split = scene.split.split.address;
    assert_eq!(scene.split.pay.chain.send(BOB, split, 0, more_than_all), Err(BAD_ARGS));
}

#[test]
fn row_43_a_purse_obeys_nobody_but_its_contract() {
    let mut scene = Scene::new();
    let [first, second] = [100, 300].map(|cumulative| scene.voucher(0, ALICE, cumulative));
    scene.split.redeem(BOB, ALICE, fifth(), &[first]).unwrap();
    let purse = scene.split.split.purse(ALICE, fifth());
    scene.split.pay.redeem(STRANGER, purse, &[second]).unwrap();
    let take = Words::default().address(STRANGER).number(200_u32).number(30_000_u32).into_bytes();
    scene.split.pay.chain.send(STRANGER, purse, 0, take).unwrap();
    assert_eq!(scene.balances([purse, STRANGER]), [200, 0]);
    scene.split.release(STRANGER, ALICE, fifth()).unwrap();
    assert_eq!(scene.balances([purse, ALICE]), [0, 280]);
}

#[test]
fn row_43_the_contract_that_shares_takes_no_coins() {
    let mut scene = Scene::new();
    scene.split.pay.chain.give(BOB, 1);
    let split = scene.split.split.address;
    assert_eq!(scene.split.pay.chain.send(BOB, split, 1, Vec::new()), Err(Refusal::Other));
}

#[test]
fn row_43_a_relay_that_calls_back_gets_its_share_and_no_more() {
    let mut scene = Scene::new();
    let reentrant = created(&mut scene.split.pay.chain, "Reentrant");
    let split = scene.split.split;
    let vouchers = [0, 1].map(|slot| scene.voucher(slot, ALICE, 100));
    let of_bob = scene.voucher(2, BOB, 100);
    let redeem = |owner, vouchers: &[SignedVoucher]| split.redeem(owner, fifth(), &payments(vouchers));
    let calls = [
        // Again, which is stale; more of the same purse, and of another, which are good.
        redeem(ALICE, &vouchers[..1]),
        redeem(ALICE, &vouchers),
        redeem(BOB, &[of_bob]),
        // All that is left, and then nothing is.
        split.release(ALICE, fifth()),
    ];
    prepare_to_call(&mut scene.split.pay.chain, reentrant, split.address, &calls);
    let call = redeem(ALICE, &vouchers[..1]);
    run_to(&mut scene.split.pay.chain, reentrant, split.address, 0, &call).unwrap();
    assert_eq!(made_and_succeeded(&scene.split.pay, reentrant), [4, 2]);
    assert_eq!(scene.balances([reentrant, ALICE, BOB]), [60, 160, 80]);
}

#[test]
fn row_43_an_owner_that_calls_back_gets_what_is_its_own() {
    let mut scene = Scene::new();
    let reentrant = created(&mut scene.split.pay.chain, "Reentrant");
    let split = scene.split.split;
    prepare_to_call(
        &mut scene.split.pay.chain,
        reentrant,
        split.address,
        &[split.release(reentrant, fifth())],
    );
    let voucher = scene.voucher(0, reentrant, 100);
    let purse = split.purse(reentrant, fifth());
    scene.split.redeem(BOB, reentrant, fifth(), &[voucher]).unwrap();
    // The little gas that it gets is too little for that.
    assert_eq!(scene.balances([BOB, purse]), [20, 80]);
    scene.split.release(STRANGER, reentrant, fifth()).unwrap();
    assert_eq!(made_and_succeeded(&scene.split.pay, reentrant), [1, 0]);
    assert_eq!(scene.balances([reentrant, purse]), [80, 0]);
}

#[test]
fn row_43_an_owner_that_refuses_coins_or_burns_gas_does_not_stop_a_relay() {
    for (name, gas) in [("Refusing", 1_000), ("Greedy", 32_300)] {
        let mut scene = Scene::new();
        let [bad, good] = [name, "Wallet"].map(|name| created(&mut scene.split.pay.chain, name));
        let mut used = Vec::new();
        for (slot, owner) in [(0, good), (1, bad)] {
            let voucher = scene.voucher(slot, owner, 100);
            used.push(scene.split.redeem(BOB, owner, fifth(), &[voucher]).unwrap().gas);
        }
        assert!(used[1] <= used[0] + gas, "{name}: {used:?}");
        let purse = scene.split.split.purse(bad, fifth());
        assert_eq!(scene.balances([BOB, good, bad, purse]), [40, 80, 0, 80], "{name}");
        assert_eq!(scene.split.release(STRANGER, bad, fifth()), Err(PAY_FAILED), "{name}");
    }
}

#[test]
fn row_43_a_relay_that_refuses_coins_earns_nothing_and_redeems_nothing() {
    let mut scene = Scene::new();
    let refusing = created(&mut scene.split.pay.chain, "Refusing");
    let voucher = scene.voucher(0, ALICE, 100);
    let split = scene.split.split;
    let call = split.redeem(ALICE, fifth(), &payments(&[voucher]));
    let refused = run_to(&mut scene.split.pay.chain, refusing, split.address, 0, &call);
    assert_eq!(refused, Err(PAY_FAILED));
    scene.split.redeem(BOB, ALICE, fifth(), &[voucher]).unwrap();
}

#[test]
fn row_43_what_a_relay_redeemed_cannot_be_redeemed_again_anywhere() {
    let mut scene = Scene::new();
    let voucher = scene.voucher(0, ALICE, 100);
    scene.split.redeem(BOB, ALICE, fifth(), &[voucher]).unwrap();
    assert_eq!(scene.split.redeem(STRANGER, ALICE, fifth(), &[voucher]), Err(NOTHING));
    let call = Call::Redeem { payee: voucher.voucher.payee, payments: &payments(&[voucher]) }.encode();
    let pay = scene.split.pay.address;
    assert_eq!(scene.split.pay.chain.send(STRANGER, pay, 0, call), Err(NOTHING));
    let slot = scene.split.pay.status(SessionId::of(crate::fixture::OWNER, scene.opened.key.address()), 0);
    assert_eq!(slot.unwrap().payee, Some(voucher.voucher.payee));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever the share and the amounts, and whoever redeems by which way, nothing is lost and no share is exceeded.
    #[test]
    fn row_43_all_that_is_paid_is_the_owners_but_for_the_share(
        share in 0..=10_000_u16,
        steps in prop::collection::vec((0..4_u32, 1..=CAP, any::<bool>()), 1..12),
    ) {
        let mut scene = Scene::new();
        let share = Share::new(share).unwrap();
        let purse = scene.split.split.purse(ALICE, share);
        let mut paid = [0; 4];
        let mut earned = 0;
        for (slot, cumulative, by_relay) in steps {
            let before = &mut paid[slot as usize];
            let delta = cumulative.saturating_sub(*before);
            *before = cumulative.max(*before);
            let voucher = [scene.opened.voucher(slot, purse, cumulative)];
            let redeemed = if by_relay {
                earned += delta * u128::from(share.hundredths()) / 10_000;
                scene.split.redeem(BOB, ALICE, share, &voucher)
            } else {
                scene.split.pay.redeem(STRANGER, purse, &voucher)
            };
            prop_assert_eq!(redeemed.is_ok(), delta > 0);
        }
        let _ = scene.split.release(STRANGER, ALICE, share);
        let total: u128 = paid.iter().sum();
        prop_assert_eq!(scene.balances([BOB, ALICE, purse, STRANGER]), [earned, total - earned, 0, 0]);
    }
}
