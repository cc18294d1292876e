//! What ethers makes of the same input; vectors/generate.mjs says how.

use btt::{Address, Amount, hex};
use pay::{SessionId, Signature, SlotId};
use serde_json::Value;

/// The vectors under this name.
pub(crate) fn ethers(name: &str) -> Vec<Vector> {
    let mut all: Value = serde_json::from_str(include_str!("../../vectors/ethers.json")).expect("JSON");
    list(&mut all, name)
}

/// One of them: fields by name.
pub(crate) struct Vector(Value);

#[allow(dead_code, reason = "each test reads what it needs")]
impl Vector {
    /// A list in it.
    pub(crate) fn list(&mut self, name: &str) -> Vec<Self> {
        list(&mut self.0, name)
    }

    /// Bytes behind `0x`.
    pub(crate) fn bytes(&self, name: &str) -> Vec<u8> {
        let digits = self.text(name).strip_prefix("0x").and_then(hex::decode);
        digits.unwrap_or_else(|| panic!("{name} are no bytes"))
    }

    pub(crate) fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().unwrap_or_else(|_| panic!("{name} has another length"))
    }

    pub(crate) fn address(&self, name: &str) -> Address {
        self.text(name).parse().unwrap_or_else(|_| panic!("{name} is no address"))
    }

    /// A whole number, which is text if it may be large.
    pub(crate) fn number(&self, name: &str) -> u128 {
        let number = self.0[name].as_str().map_or_else(|| self.0[name].to_string(), str::to_owned);
        number.parse().unwrap_or_else(|_| panic!("{name} is no number"))
    }

    pub(crate) fn amount(&self, name: &str) -> Amount {
        Amount::from_units(self.number(name))
    }

    /// The slot `slot` of the session under this name.
    pub(crate) fn slot(&self, session: &str) -> SlotId {
        let slot = self.number("slot").try_into().expect("slots have 32 bits");
        SlotId { session: SessionId::from_bytes(self.array(session)), slot }
    }

    /// The signature whose halves are `r` and `vs`.
    pub(crate) fn halves(&self) -> Signature {
        let halves = [self.bytes("r"), self.bytes("vs")].concat();
        Signature::from_bytes(halves.try_into().expect("each has 32 bytes"))
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.0[name] == true
    }

    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} is no text"))
    }
}

fn list(value: &mut Value, name: &str) -> Vec<Vector> {
    let Value::Array(list) = value[name].take() else { panic!("{name} is no list") };
    list.into_iter().map(Vector).collect()
}
