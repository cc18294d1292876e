//! Transfers of BTT on TRON (TRC-20), as the bytes that are signed.
//!
//! Wallets let a node build a transaction. What it built is read here and compared, field by field, with what was asked
//! for, before anybody signs it. The reader is strict: a field that a transfer does not need, or that comes twice, is a
//! reason not to sign. Source: TRON's `core/Tron.proto` and `core/contract/smart_contract.proto`.

mod proto;

use sha2::{Digest as _, Sha256};

use crate::{Address, Amount, hex};
use proto::{Fields, Writer};

/// A transfer as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The contract of the token.
    pub token: Address,
    /// Who pays.
    pub from: Address,
    /// Who is paid.
    pub to: Address,
    /// How much.
    pub amount: Amount,
    /// The most that may be burnt for its execution, in sun: a millionth of a TRX.
    pub fee_limit: u64,
    /// The memo ([`Memo::encode`](crate::Memo::encode)).
    pub memo: Vec<u8>,
}

/// What ties a transaction to a place and time of the chain. Whoever builds the transaction chooses it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// Two bytes of the number of a recent block.
    pub ref_block_bytes: [u8; 2],
    /// Eight bytes of its hash.
    pub ref_block_hash: [u8; 8],
    /// When the transaction becomes void, in milliseconds since 1970.
    pub expiration: u64,
    /// When it was made, in milliseconds since 1970.
    pub timestamp: u64,
}

/// The part of a transaction that is not what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Tampered {
    /// The bytes are no transaction, or hold what a transfer has no need of.
    #[error("its form")]
    Form,
    /// The id is not that of the bytes.
    #[error("its id")]
    Id,
    /// It does not call a contract's function, or more than one.
    #[error("what it does")]
    Kind,
    /// It calls another contract.
    #[error("the token")]
    Token,
    /// Somebody else pays.
    #[error("who pays")]
    From,
    /// It pays somebody else.
    #[error("who is paid")]
    To,
    /// It pays another amount.
    #[error("the amount")]
    Amount,
    /// It may burn more.
    #[error("the fee")]
    FeeLimit,
    /// It pays coins of the chain besides.
    #[error("an additional payment")]
    CallValue,
    /// It says something else.
    #[error("the note")]
    Memo,
}

/// `transfer(address,uint256)`.
const TRANSFER: [u8; 4] = [0xa9, 0x05, 0x9c, 0xbb];
const TRIGGER_SMART_CONTRACT: u64 = 31;
const TYPE_URL: &[u8] = b"type.googleapis.com/protocol.TriggerSmartContract";
const PREFIX: u8 = 0x41;

/// Bytes of a transaction, at most: far more than a transfer with the longest note has.
const MAX_RAW: usize = 2048;

/// Compares a transaction that somebody built, `raw_data_hex` and `txID` of tronWeb, with the one that was asked for.
///
/// # Errors
/// The first difference.
pub fn check(raw_data_hex: &str, id: &str, wanted: &Transfer) -> Result<(), Tampered> {
    if raw_data_hex.len() > 2 * MAX_RAW {
        return Err(Tampered::Form);
    }
    let raw = hex::decode(raw_data_hex).ok_or(Tampered::Form)?;
    let ours = hex::encode(&Sha256::digest(&raw));
    if !ours.eq_ignore_ascii_case(id) {
        return Err(Tampered::Id);
    }
    wanted.compare(&raw).map(|_anchor| ())
}

impl Transfer {
    /// The bytes of the transaction.
    #[must_use]
    pub fn encode(&self, anchor: &Anchor) -> Vec<u8> {
        let mut call = Writer::default();
        call.bytes(1, &prefixed(self.from));
        call.bytes(2, &prefixed(self.token));
        call.bytes(4, &self.call_data());
        let mut any = Writer::default();
        any.bytes(1, TYPE_URL);
        any.bytes(2, &call.finish());
        let mut contract = Writer::default();
        contract.number(1, TRIGGER_SMART_CONTRACT);
        contract.bytes(2, &any.finish());
        let mut raw = Writer::default();
        raw.bytes(1, &anchor.ref_block_bytes);
        raw.bytes(4, &anchor.ref_block_hash);
        raw.number(8, anchor.expiration);
        raw.bytes(10, &self.memo);
        raw.bytes(11, &contract.finish());
        raw.number(14, anchor.timestamp);
        raw.number(18, self.fee_limit);
        raw.finish()
    }

    /// Compares the bytes of a transaction with this transfer; what ties it to the chain.
    ///
    /// # Errors
    /// The first difference.
    pub fn compare(&self, raw: &[u8]) -> Result<Anchor, Tampered> {
        let raw = Fields::read(raw, &[1, 4, 8, 10, 11, 14, 18]).ok_or(Tampered::Form)?;
        let contract = raw.bytes(11).and_then(|bytes| Fields::read(bytes, &[1, 2])).ok_or(Tampered::Kind)?;
        let any = contract.bytes(2).and_then(|bytes| Fields::read(bytes, &[1, 2])).ok_or(Tampered::Kind)?;
        if contract.number(1) != Some(TRIGGER_SMART_CONTRACT) || any.bytes(1) != Some(TYPE_URL) {
            return Err(Tampered::Kind);
        }
        let call = any.bytes(2).and_then(|bytes| Fields::read(bytes, &[1, 2, 3, 4])).ok_or(Tampered::Form)?;
        if call.number(3).unwrap_or(0) != 0 {
            return Err(Tampered::CallValue);
        }
        if call.bytes(2) != Some(&prefixed(self.token)[..]) {
            return Err(Tampered::Token);
        }
        if call.bytes(1) != Some(&prefixed(self.from)[..]) {
            return Err(Tampered::From);
        }
        self.compare_call(call.bytes(4).unwrap_or_default())?;
        if raw.number(18).unwrap_or(0) > self.fee_limit {
            return Err(Tampered::FeeLimit);
        }
        if raw.bytes(10).unwrap_or_default() != self.memo {
            return Err(Tampered::Memo);
        }
        let field = |n| raw.bytes(n).ok_or(Tampered::Form);
        let time = |n| raw.number(n).ok_or(Tampered::Form);
        Ok(Anchor {
            ref_block_bytes: field(1)?.try_into().map_err(|_length| Tampered::Form)?,
            ref_block_hash: field(4)?.try_into().map_err(|_length| Tampered::Form)?,
            expiration: time(8)?,
            timestamp: time(14)?,
        })
    }

    fn compare_call(&self, data: &[u8]) -> Result<(), Tampered> {
        let expected = self.call_data();
        if data.len() != expected.len() || data[..4] != expected[..4] {
            return Err(Tampered::Kind);
        }
        if data[4..36] != expected[4..36] {
            return Err(Tampered::To);
        }
        if data[36..] != expected[36..] { Err(Tampered::Amount) } else { Ok(()) }
    }

    /// The function, and two words of 32 bytes.
    fn call_data(&self) -> Vec<u8> {
        let mut data = TRANSFER.to_vec();
        data.extend_from_slice(&[0; 12]);
        data.extend_from_slice(self.to.as_bytes());
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&self.amount.units().to_be_bytes());
        data
    }
}

fn prefixed(address: Address) -> [u8; 21] {
    let mut bytes = [PREFIX; 21];
    bytes[1..].copy_from_slice(address.as_bytes());
    bytes
}
