//! What is sent to the contract to call its functions.

use btt::Address;

use crate::words::Words;
use crate::{SessionId, Terms, Voucher};

/// Opens a session.
#[must_use]
pub fn open(key: Address, terms: Terms) -> Vec<u8> {
    let data = Words::of("open(address,uint32,uint96,uint64,uint128)").address(key).number(terms.slots);
    data.number(terms.cap).number(terms.expiry).number(terms.bond).into_bytes()
}

/// Moves a session's expiry and adds slots.
#[must_use]
pub fn extend(session: SessionId, expiry: u64, slots: u32) -> Vec<u8> {
    Words::of("extend(bytes32,uint64,uint32)").bytes(&session).number(expiry).number(slots).into_bytes()
}

/// Redeems vouchers as if they were all signed to `payee`.
#[must_use]
pub fn redeem(payee: Address, vouchers: &[Voucher]) -> Vec<u8> {
    let data = Words::of("redeem(address,(bytes32,uint32,uint96,bytes32,bytes32)[])").address(payee);
    // The list comes behind the arguments, 64 bytes from their beginning.
    let data = data.number(64_u32).number(vouchers.len() as u128);
    let data = vouchers.iter().fold(data, |data, voucher| {
        let data = data.bytes(&voucher.session).number(voucher.slot).number(voucher.cumulative);
        signature(data, voucher)
    });
    data.into_bytes()
}

/// Shows two vouchers of the session and slot of the first.
#[must_use]
pub fn slash(a: &Voucher, b: &Voucher) -> Vec<u8> {
    let data =
        Words::of("slash(bytes32,uint32,address,uint96,bytes32,bytes32,address,uint96,bytes32,bytes32)");
    let data = [a, b].into_iter().fold(data.bytes(&a.session).number(a.slot), |data, voucher| {
        signature(data.address(voucher.payee).number(voucher.cumulative), voucher)
    });
    data.into_bytes()
}

/// Ends a session.
#[must_use]
pub fn withdraw(session: SessionId) -> Vec<u8> {
    Words::of("withdraw(bytes32)").bytes(&session).into_bytes()
}

fn signature(data: Words, voucher: &Voucher) -> Words {
    let (halves, _) = voucher.signature.as_chunks::<32>();
    halves.iter().fold(data, Words::bytes)
}
