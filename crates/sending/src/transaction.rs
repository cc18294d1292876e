//! Transactions as before London (EIP-155), which is what BTTC's nodes take, and the key that signs them.

use std::fmt;

use btt::{Address, Amount};
use k256::FieldBytes;
use k256::ecdsa::SigningKey;
use sha3::{Digest as _, Keccak256};

/// A transaction that is not signed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// How many transactions of the account come before it.
    pub nonce: u64,
    /// What it pays for each gas.
    pub price: Amount,
    /// What it may use.
    pub gas: u64,
    /// The contract that it calls.
    pub to: Address,
    /// The coins that it sends.
    pub value: Amount,
    /// What the contract is called with.
    pub data: Vec<u8>,
}

/// A transaction as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// By which a node knows it.
    pub hash: [u8; 32],
    /// What is sent.
    pub bytes: Vec<u8>,
}

/// An account that sends, and when what it sent is certain.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its key.
    pub key: Key,
    /// The chain's id.
    pub chain: u64,
    /// Blocks that a transaction is in, its own included, until it is certain.
    pub confirmations: u64,
}

/// The key of an account.
#[derive(Clone)]
pub struct Key(SigningKey);

impl Key {
    /// The key with these bytes; `None` if they are no key.
    #[must_use]
    pub fn from_bytes(secret: &[u8; 32]) -> Option<Self> {
        SigningKey::from_bytes(&FieldBytes::from(*secret)).ok().map(Self)
    }

    /// The account.
    #[must_use]
    pub fn address(&self) -> Address {
        let point = self.0.verifying_key().to_sec1_point(false);
        let hash = Keccak256::digest(&point.as_bytes()[1..]);
        Address::from_bytes(*hash.last_chunk().expect("a hash has more than 20 bytes"))
    }
}

impl Account {
    /// Where it is.
    #[must_use]
    pub fn address(&self) -> Address {
        self.key.address()
    }

    /// Signs a transaction for its chain: always the same way (RFC 6979).
    #[must_use]
    pub fn sign(&self, transaction: &Transaction) -> Signed {
        let fields = transaction.fields();
        let chain = self.chain;
        let unsigned = list(&[fields.clone(), number(chain.into()), number(0), number(0)].concat());
        let (halves, recovery) = self.key.0.sign_prehash_recoverable(&Keccak256::digest(unsigned));
        let parity = u128::from(chain) * 2 + 35 + u128::from(recovery.is_y_odd());
        let halves = halves.to_bytes();
        let (r, s) = halves.split_at(32);
        let bytes = list(&[fields, number(parity), string(trimmed(r)), string(trimmed(s))].concat());
        Signed { hash: Keccak256::digest(&bytes).into(), bytes }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key of {}", self.address())
    }
}

impl Transaction {
    fn fields(&self) -> Vec<u8> {
        let Self { nonce, price, gas, to, value, data } = self;
        [
            number((*nonce).into()),
            number(price.units()),
            number((*gas).into()),
            string(to.as_bytes()),
            number(value.units()),
            string(data),
        ]
        .concat()
    }
}

/// A number as RLP has it: without leading zeros.
fn number(number: u128) -> Vec<u8> {
    string(trimmed(&number.to_be_bytes()))
}

fn string(bytes: &[u8]) -> Vec<u8> {
    match bytes {
        [byte] if *byte < 0x80 => vec![*byte],
        _ => behind_its_length(0x80, bytes),
    }
}

fn list(items: &[u8]) -> Vec<u8> {
    behind_its_length(0xc0, items)
}

fn behind_its_length(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let length = bytes.len().to_be_bytes();
    let digits = trimmed(&length);
    let head = match digits {
        [] => vec![kind],
        [short] if *short < 56 => vec![kind + short],
        // The length of an array of bytes has 8 digits at most.
        _ => [&[kind + 55 + u8::try_from(digits.len()).unwrap_or(8)], digits].concat(),
    };
    [head.as_slice(), bytes].concat()
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

#[cfg(test)]
mod tests {
    use btt::hex;

    use super::*;

    #[test]
    fn lengths_are_written_as_rlp_has_them() {
        assert_eq!(string(b""), [0x80]);
        assert_eq!(string(&[0x7f]), [0x7f]);
        assert_eq!(string(&[0x80]), [0x81, 0x80]);
        assert_eq!(string(&[1; 55])[..2], [0x80 + 55, 1]);
        assert_eq!(string(&[1; 56])[..3], [0xb8, 56, 1]);
        assert_eq!(list(&[1; 1024])[..4], [0xf9, 4, 0, 1]);
        assert_eq!(number(0), [0x80]);
        assert_eq!(number(1024), [0x82, 4, 0]);
    }

    /// The example of EIP-155.
    #[test]
    fn row_46_a_transaction_is_signed_for_its_chain() {
        let key = Key::from_bytes(&[0x46; 32]).unwrap();
        assert_eq!(key.address().to_string(), "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F");
        let account = Account { key, chain: 1, confirmations: 1 };
        let transaction = Transaction {
            nonce: 9,
            price: Amount::from_units(20_000_000_000),
            gas: 21_000,
            to: Address::from_bytes([0x35; 20]),
            value: Amount::from_btt(1),
            data: Vec::new(),
        };
        let signed = "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340b\
                      d939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc\
                      64214b297fb1966a3b6d83";
        assert_eq!(hex::encode(&account.sign(&transaction).bytes), signed);
    }
}
