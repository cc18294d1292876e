//! What payments cost whoever pays and whoever is paid: both machines, with real keys, for so many seconds of a transfer, as
//! WebAssembly without anything of a browser. `measure.mjs` runs it in Node, whose V8 is Chromium's.

mod pair;

use btt::{Address, Amount};
use pay::keys::{SessionKey, Verifier};
use pay::{Deployment, SessionId, SignedVoucher, SlotId, Voucher};
use wasm_bindgen::prelude::*;

use crate::pair::Pair;

const DEPLOYMENT: Deployment = Deployment { chain: 1029, contract: Address::from_bytes([3; 20]) };
const OWNER: Address = Address::from_bytes([1; 20]);
const PAYEE: Address = Address::from_bytes([2; 20]);

/// What was counted in a transfer.
#[wasm_bindgen]
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Blocks of 16 KiB that came.
    pub blocks: u32,
    /// Vouchers that were sent.
    pub vouchers: u32,
    /// Bytes of all messages, with what carries them.
    pub wire: u32,
    /// Signatures that were made.
    pub signed: u32,
    /// Signatures that were checked.
    pub verified: u32,
}

/// Buyer and seller for so many seconds, in which the peer could give so many bytes each second. Signatures are made and
/// checked only if they are `real`.
#[wasm_bindgen]
#[must_use]
pub fn transfer(seconds: u32, bytes_per_second: u32, real: bool) -> Counts {
    let mut pair = Pair::new(key(), real);
    pair.run(seconds, bytes_per_second);
    pair.counts()
}

/// Makes so many signatures.
#[wasm_bindgen]
#[must_use]
pub fn sign(times: u32) -> u32 {
    let key = key();
    (1..=times).map(|n| u32::from(key.sign(&voucher(n), &DEPLOYMENT).as_bytes()[0])).sum()
}

/// Checks one signature so many times, with the key that is known.
#[wasm_bindgen]
#[must_use]
pub fn verify(times: u32) -> u32 {
    let key = key();
    let voucher = voucher(1);
    let signed = SignedVoucher { voucher, signature: key.sign(&voucher, &DEPLOYMENT) };
    let mut verifier = Verifier::new(DEPLOYMENT, key.address());
    (0..=times).map(|_| u32::from(verifier.verify(&signed))).sum()
}

fn key() -> SessionKey {
    SessionKey::from_bytes(&[0x11; 32]).expect("it is one")
}

fn voucher(n: u32) -> Voucher {
    let session = SessionId::of(OWNER, key().address());
    Voucher { slot: SlotId { session, slot: 7 }, payee: PAYEE, cumulative: Amount::from_units(n.into()) }
}
