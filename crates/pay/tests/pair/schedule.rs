//! Whatever comes in whatever order. A schedule is bytes, so that a fuzzer can make some, too: four for each step.

use std::time::Duration;

use btt::{Address, Amount};
use pay::message::{Claim, Fraud, Message, Payment};
use pay::{PeerKey, Rate, SessionId, Signature, SlotId, Voucher, seller};

use crate::world::{CHEAT, CHEAT_KEY, KEY, OWNER, UNIT_PER_BYTE, World, terms};

/// What a schedule may do beside letting things go on.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dangers {
    /// Connections, the buyer and sellers may end at any step.
    pub(crate) losses: bool,
    /// Others connect and send what they like.
    pub(crate) cheats: bool,
    /// What may be spent changes.
    pub(crate) budgets: bool,
    /// Sellers change what they charge, and a byte is not a unit any more.
    pub(crate) prices: bool,
}

/// Follows a schedule whose first byte says what may happen in it.
pub(crate) fn pay_schedule(bytes: &[u8]) {
    let Some((dangers, schedule)) = bytes.split_first() else { return };
    let [losses, cheats, budgets, prices] = [1, 2, 4, 8].map(|bit| dangers & bit != 0);
    // What is longer does nothing that is new.
    let mut world =
        follow(&schedule[..schedule.len().min(2000)], Dangers { losses, cheats, budgets, prices });
    if !(losses || cheats || budgets) {
        expect_exact_sums(&mut world);
    }
}

/// Goes on until all is settled and redeemed. Then what was given is what was taken, signed and paid on the chain.
pub(crate) fn expect_exact_sums(world: &mut World) {
    world.chain.is_down = false;
    world.settle(Duration::from_secs(60));
    world.redeem_all();
    for link in &world.links {
        let payee = world.sellers[link.seller.expect("all are honest")].config.terms.payee;
        let cost = link.gave.cost();
        assert_eq!(link.took.cost(), cost);
        assert_eq!(world.signer.signed_to(payee), cost);
        assert_eq!(world.chain.paid_to(payee), cost);
    }
}

/// Follows a schedule, with all its rules looked at after each step.
pub(crate) fn follow(schedule: &[u8], dangers: Dangers) -> World {
    let mut world = World::new(6, 1 << 22, 3);
    world.has_prices = dangers.prices;
    for seller in 0..3 {
        world.connect(seller);
    }
    for step in schedule.as_chunks::<4>().0 {
        let [what, which, high, low] = *step;
        step_once(&mut world, dangers, what, usize::from(which), u16::from_be_bytes([high, low]));
    }
    world
}

fn step_once(world: &mut World, dangers: Dangers, what: u8, which: usize, much: u16) {
    let seller = which % world.sellers.len();
    let key = world.keys().get(which % world.links.len().max(1)).copied();
    let key = key.unwrap_or_else(|| world.connect(seller));
    let bytes = u64::from(much) * 8 + 1;
    match what % 32 {
        0 => _ = world.up(key),
        1 => _ = world.flush(key),
        2 | 3 => _ = world.give(key, bytes),
        4 => _ = world.down(key),
        5 => _ = world.verify(key, bytes),
        6 => _ = world.write_buyer(),
        7 => _ = world.sign(),
        8 => _ = world.write_seller(seller),
        9 => _ = world.check_signatures(seller),
        10 => _ = world.read(seller),
        11 => world.pass(Duration::from_millis(u64::from(much) % 256)),
        // Who hears nothing for so long may give up, and what came remains unpaid.
        12 if dangers.losses => world.pass(Duration::from_secs(u64::from(much) % 40)),
        12 => world.settle(Duration::from_secs(u64::from(much) % 40)),
        13 => world.tell_seller(seller, seller::Input::Redeem),
        14 => world.chain.mine(world.now, &world.signer),
        15 => world.chain.confirm(),
        16 if !world.links.iter().any(|link| link.has_buyer && link.seller == Some(seller)) => {
            _ = world.connect(seller);
        }
        17 => world.chain.is_down = much.is_multiple_of(4),
        18 if dangers.budgets => {
            let highest = if much.is_multiple_of(3) { Rate::FREE } else { UNIT_PER_BYTE };
            world.set_budget(u128::from(much) * 64, highest);
        }
        19 if dangers.losses => world.disconnect(key),
        20 if dangers.losses && much.is_multiple_of(2) => world.crash_buyer(usize::from(much / 2 % 4)),
        20 if dangers.losses => world.crash_seller(seller, usize::from(much / 2 % 4)),
        21 if dangers.cheats => {
            world.connect_as_buyer(seller);
        }
        22..=26 if dangers.cheats => cheat(world, which, much),
        27 if dangers.prices => {
            let floor = Rate::per_mib(1 + u128::from(much) * 97);
            world.tell_seller(seller, seller::Input::Floor(floor));
        }
        _ => {
            for _ in 0..much % 16 {
                for key in world.keys() {
                    world.give(key, bytes);
                }
                world.round();
                world.pass(Duration::from_millis(20));
            }
        }
    }
}

/// Somebody with a deposit of its own, and a key that signs anything, says something.
fn cheat(world: &mut World, which: usize, much: u16) {
    let cheats: Vec<PeerKey> =
        world.links.iter().filter(|link| !link.has_buyer).map(|link| link.key).collect();
    let Some(&key) = cheats.get(which % cheats.len().max(1)) else { return };
    let link = world.link_of(key);
    let (seller, bids) = (link.seller.expect("cheats connect to sellers"), link.bids);
    link.bids += 1;
    let payee = world.sellers[seller].config.terms.payee;
    let slot = SlotId { session: SessionId::of(CHEAT, CHEAT_KEY), slot: u32::from(much >> 4) % 3 };
    let cumulative = Amount::from_units(u128::from(much >> 4) * 512);
    let mut sign = |payee: Address, cumulative| {
        world.signer.sign_anything(CHEAT_KEY, &Voucher { slot, payee, cumulative })
    };
    let message = match much % 16 {
        0..4 => {
            let signature = sign(payee, Amount::default());
            let (owner, slot, cumulative) = (CHEAT, slot.slot, Amount::default());
            Message::Session { owner, key: CHEAT_KEY, slot, cumulative, signature }
        }
        4..8 => Message::Bid { rate: UNIT_PER_BYTE, number: bids + 1 },
        8..13 => Message::Voucher(Payment { slot, cumulative, signature: sign(payee, cumulative) }),
        // What the honest buyer has, with a signature that it never made.
        13 => {
            let slot = SlotId { session: SessionId::of(OWNER, KEY), slot: slot.slot };
            Message::Voucher(Payment { slot, cumulative, signature: Signature::from_bytes([7; 64]) })
        }
        14 => {
            let claims = [1, 2].map(|number| {
                let payee = terms(number).payee;
                Claim { payee, cumulative, signature: sign(payee, cumulative) }
            });
            Message::Fraud(Box::new(Fraud { owner: CHEAT, key: CHEAT_KEY, slot: slot.slot, claims }))
        }
        _ => Message::Bid { rate: Rate::FREE, number: bids + u32::from(much) / 1024 },
    };
    world.link_of(key).up.push_back(message.encode());
}
