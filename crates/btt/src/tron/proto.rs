//! As much of Protocol Buffers as a transfer needs: numbers and bytes, each field once.

/// The fields of one message.
pub(super) struct Fields<'a>(Vec<(u64, Field<'a>)>);

#[derive(Clone, Copy)]
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Fields<'a> {
    /// Reads a message that has no other fields than those `known`, and none of them twice.
    pub(super) fn read(mut input: &'a [u8], known: &[u64]) -> Option<Self> {
        let mut fields: Vec<(u64, Field<'a>)> = Vec::new();
        while !input.is_empty() {
            let tag = varint(&mut input)?;
            let (number, kind) = (tag >> 3, tag & 7);
            if !known.contains(&number) || fields.iter().any(|(other, _)| *other == number) {
                return None;
            }
            let value = varint(&mut input)?;
            let field = match kind {
                0 => Field::Number(value),
                2 => Field::Bytes(input.split_off(..usize::try_from(value).ok()?)?),
                _ => return None,
            };
            fields.push((number, field));
        }
        Some(Self(fields))
    }

    pub(super) fn number(&self, number: u64) -> Option<u64> {
        self.0.iter().find_map(|(other, field)| match field {
            Field::Number(value) if *other == number => Some(*value),
            _ => None,
        })
    }

    pub(super) fn bytes(&self, number: u64) -> Option<&'a [u8]> {
        self.0.iter().find_map(|(other, field)| match field {
            Field::Bytes(value) if *other == number => Some(*value),
            _ => None,
        })
    }
}

fn varint(input: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let byte = *input.split_off_first()?;
        let bits = u64::from(byte & 0x7f);
        // What does not fit into 64 bits is nonsense, as is a number that ends in needless zeros.
        if bits << shift >> shift != bits || (byte == 0 && shift > 0) {
            return None;
        }
        value |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Writes one message.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// Zero is what a missing number means, and is left out.
    pub(super) fn number(&mut self, number: u64, value: u64) {
        if value != 0 {
            self.varint(number << 3);
            self.varint(value);
        }
    }

    pub(super) fn bytes(&mut self, number: u64, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.varint(number << 3 | 2);
            self.varint(bytes.len() as u64);
            self.0.extend_from_slice(bytes);
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }

    fn varint(&mut self, mut value: u64) {
        while value > 0x7f {
            self.0.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.0.push(value.to_le_bytes()[0]);
    }
}
