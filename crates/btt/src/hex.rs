//! Bytes as hexadecimal digits, as chains and wallets write them.

use std::fmt::Write as _;

/// Lower-case digits, without `0x`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Digits of either case, without `0x`. `None` if there is anything else, or half a byte.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Lower-case digits behind `0x`.
#[must_use]
pub fn prefixed(bytes: &[u8]) -> String {
    format!("0x{}", encode(bytes))
}

/// So many bytes behind `0x`.
#[must_use]
pub fn decode_prefixed<const N: usize>(text: &str) -> Option<[u8; N]> {
    decode(text.strip_prefix("0x")?)?.try_into().ok()
}
