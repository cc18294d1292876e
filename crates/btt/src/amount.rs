use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Error;

/// An amount of BTT, in its smallest unit: 10^18 of them are one BTT. All BTT that exist are less than 2^110 of them.
///
/// As text it is a decimal number of BTT, exactly, in both directions. Serde has it as the decimal number of units, in a
/// string, since the numbers of JSON are floating point to many programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(u128);

impl Amount {
    /// Digits behind the point of a BTT.
    pub const DECIMALS: u32 = 18;

    const UNIT: u128 = 10_u128.pow(Self::DECIMALS);

    /// So many of the smallest unit.
    #[must_use]
    pub const fn from_units(units: u128) -> Self {
        Self(units)
    }

    /// So many whole BTT.
    #[must_use]
    pub const fn from_btt(btt: u64) -> Self {
        // 2^64 times 10^18 is less than 2^124.
        Self(btt as u128 * Self::UNIT)
    }

    /// How many of the smallest unit.
    #[must_use]
    pub const fn units(self) -> u128 {
        self.0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum, unless it overflows.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The product, unless it overflows.
    #[must_use]
    pub fn checked_mul(self, times: u64) -> Option<Self> {
        self.0.checked_mul(times.into()).map(Self)
    }

    /// The units as a quantity of JSON-RPC: hexadecimal, behind `0x`, without leading zeros (EIP-1474).
    #[must_use]
    pub fn to_quantity(self) -> String {
        format!("{:#x}", self.0)
    }

    /// Reads a quantity of JSON-RPC.
    ///
    /// # Errors
    /// [`Error::Amount`] unless it is `0x` and hexadecimal digits; [`Error::AmountTooLarge`] if it is 2^128 or more.
    pub fn from_quantity(text: &str) -> Result<Self, Error> {
        let digits = text.strip_prefix("0x").ok_or(Error::Amount)?;
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(Error::Amount);
        }
        u128::from_str_radix(digits, 16).map(Self).map_err(|_overflow| Error::AmountTooLarge)
    }
}

/// Digits, at most one point with digits on both sides, at most 18 behind it; nothing else: no sign, exponent, space or
/// comma.
impl FromStr for Amount {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return Err(Error::Amount),
            None => (text, ""),
        };
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
            return Err(Error::Amount);
        }
        let missing = (Self::DECIMALS as usize).checked_sub(fraction.len()).ok_or(Error::Amount)?;
        let digits = whole.bytes().chain(fraction.bytes()).chain(std::iter::repeat_n(b'0', missing));
        let mut units = 0_u128;
        for digit in digits {
            let more = units.checked_mul(10).and_then(|units| units.checked_add(u128::from(digit - b'0')));
            units = more.ok_or(Error::AmountTooLarge)?;
        }
        Ok(Self(units))
    }
}

/// The number of BTT, exactly, without zeros at the end.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / Self::UNIT, self.0 % Self::UNIT);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        let digits = format!("{fraction:018}");
        write!(f, "{whole}.{}", digits.trim_end_matches('0'))
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let units = text.parse().ok().filter(|_| is_number);
        units.map(Self).ok_or_else(|| serde::de::Error::custom("an amount is a string of digits"))
    }
}
