use std::fmt;

/// The checksum that zip wants of every file: CRC-32 (ISO 3309), in any number of parts.
#[derive(Clone)]
pub struct Crc32 {
    /// `tables[n][byte]` is what `byte` does to the remainder when `n` more bytes follow it.
    tables: Box<[[u32; 256]; STRIDE]>,
    remainder: u32,
}

impl Crc32 {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { tables: tables(), remainder: !0 }
    }

    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        let (strides, rest) = bytes.as_chunks::<STRIDE>();
        for stride in strides {
            let remainder = self.remainder.to_le_bytes();
            let mut next = 0;
            for (place, byte) in stride.iter().enumerate() {
                let byte = byte ^ remainder.get(place).copied().unwrap_or(0);
                next ^= self.tables[STRIDE - 1 - place][usize::from(byte)];
            }
            self.remainder = next;
        }
        for byte in rest {
            let place = byte ^ self.remainder as u8;
            self.remainder = self.tables[0][usize::from(place)] ^ self.remainder >> 8;
        }
    }

    /// The checksum of all bytes so far.
    #[must_use]
    pub const fn sum(&self) -> u32 {
        !self.remainder
    }

    /// Begins again, with another file.
    pub const fn reset(&mut self) {
        self.remainder = !0;
    }
}

impl Default for Crc32 {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Crc32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crc32({:08x})", self.sum())
    }
}

fn tables() -> Box<[[u32; 256]; STRIDE]> {
    let mut tables = Box::new([[0; 256]; STRIDE]);
    for byte in 0..256 {
        let mut remainder = byte as u32;
        for _ in 0..8 {
            remainder = remainder >> 1 ^ if remainder & 1 == 1 { POLYNOMIAL } else { 0 };
        }
        tables[0][byte] = remainder;
    }
    for further in 1..STRIDE {
        for byte in 0..256 {
            let before = tables[further - 1][byte];
            tables[further][byte] = tables[0][(before & 0xff) as usize] ^ before >> 8;
        }
    }
    tables
}

/// Bytes that are taken at once: each look into a table is then independent of the others.
const STRIDE: usize = 16;

/// x³² + x²⁶ + … + 1, its bits reversed.
const POLYNOMIAL: u32 = 0xedb8_8320;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bit_by_bit(bytes: &[u8]) -> u32 {
        let mut remainder = !0;
        for byte in bytes {
            remainder ^= u32::from(*byte);
            for _ in 0..8 {
                remainder = (remainder >> 1) ^ (POLYNOMIAL * (remainder & 1));
            }
        }
        !remainder
    }

    #[test]
    fn the_check_value_of_the_standard_comes_out() {
        let mut crc = Crc32::new();
        crc.update(b"123456789");
        assert_eq!(crc.sum(), 0xcbf4_3926);
    }

    #[test]
    fn nothing_sums_to_nothing_also_after_another_file() {
        let mut crc = Crc32::new();
        assert_eq!(crc.sum(), 0);
        crc.update(b"something");
        crc.reset();
        assert_eq!(crc.sum(), 0);
    }

    proptest! {
        #[test]
        fn parts_sum_to_what_the_whole_sums_to(parts: Vec<Vec<u8>>) {
            let mut crc = Crc32::new();
            for part in &parts {
                crc.update(part);
            }
            prop_assert_eq!(crc.sum(), bit_by_bit(&parts.concat()));
        }
    }
}
